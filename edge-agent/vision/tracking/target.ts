import type { Box } from '../types.ts';
import { type FollowedKind, followedKinds, type Sighting } from './boxes.ts';
import type { TrackingConfig } from './config.ts';
import { begin, correct, type Estimate, move, predict } from './kalman.ts';

/** One thing the tracker believes in: where its box is, how it moves, and how sure that is. */
export type Target = {
  id: number;
  /** Bottom centre, height and width of the box, in pixels of the picture; the box may reach beyond its edges. */
  x: Estimate;
  bottom: Estimate;
  height: Estimate;
  width: Estimate;
  /** Scores of the sightings by kind (person, bicycle, vehicle), the older the less. */
  votes: number[];
  /** Mean score of the last seconds. */
  score: number;
  hits: number;
  firstAtMs: number;
  seenAtMs: number;
  /** When its feet were last in the picture, or -1. */
  wholeAtMs: number;
  isConfirmed: boolean;
  /** Where it was first and last seen: bottom centre. */
  first: [x: number, bottom: number];
  last: [x: number, bottom: number];
  hasMoved: boolean;
};

/**
 * Noise in heights of the box. Boxes of detectors scatter by some 4 % of their height at the bottom edge and the
 * sides (measured: scripted walks with that jitter, vision.md §3 "boxed tightly"), twice that below the start score.
 * Unrest: a person changes pace by about 0.7 m/s within a second, a vehicle by 3 m/s, both about 1.7 m tall.
 */
const boxSigma = 0.04;
const unsureFactor = 2;
const speedSigma: Record<FollowedKind, number> = { person: 1, bicycle: 3, vehicle: 5 };
const unrest: Record<FollowedKind, number> = { person: 0.2, bicycle: 0.8, vehicle: 3 };
/** Sizes change slowly, by walking towards the camera. */
const sizeSpeedSigma = 0.3;
const sizeUnrest = 0.02;
/** Votes and the mean score forget with this time constant: a second of bad boxes changes no mind. */
const memoryMs = 3000;

/** What most sightings of the last seconds said it is. */
export function kindOf({ votes }: Target): FollowedKind {
  let best = 0;
  for (let i = 1; i < votes.length; i += 1) if (votes[i]! > votes[best]!) best = i;
  return followedKinds[best]!;
}

/** The box as estimated. */
export function boxOf({ x, bottom, height, width }: Target): Box {
  return { x: x.at - width.at / 2, y: bottom.at - height.at, width: width.at, height: height.at };
}

/** A track's first picture. */
export function beginTarget(id: number, { kind, score, box, cut }: Sighting, atMs: number): Target {
  const h = box.height;
  const foot: [number, number] = [box.x + box.width / 2, box.y + h];
  return {
    id,
    x: begin(foot[0], boxSigma * h, speedSigma[kind] * h),
    bottom: begin(foot[1], boxSigma * h, speedSigma[kind] * h),
    height: begin(h, boxSigma * h, sizeSpeedSigma * h),
    width: begin(box.width, boxSigma * h, sizeSpeedSigma * h),
    votes: followedKinds.map((each) => (each === kind ? score : 0)),
    score,
    hits: 1,
    firstAtMs: atMs,
    seenAtMs: atMs,
    wholeAtMs: cut.bottom ? -1 : atMs,
    isConfirmed: false,
    first: foot,
    last: foot,
    hasMoved: false,
  };
}

/** Where it is expected `dtMs` later if it walks on. */
export function expect(target: Target, dtMs: number): Target {
  const dtS = dtMs / 1000;
  const h2 = target.height.at ** 2;
  const kind = kindOf(target);
  const size = (estimate: Estimate) => {
    const next = predict(estimate, dtS, sizeUnrest * h2);
    // A box seen to shrink for a moment does not vanish while it is out of sight.
    return { ...next, at: Math.max(estimate.at / 2, next.at) };
  };
  return {
    ...target,
    x: predict(target.x, dtS, unrest[kind] * h2),
    bottom: predict(target.bottom, dtS, unrest[kind] * h2),
    height: size(target.height),
    width: size(target.width),
  };
}

/**
 * What a sighting says of the whole box where the edges of the picture cut it: the side that is seen, and the size
 * that was known before. Unknown sizes stay as they are cut.
 */
function measure(target: Target, { box, cut }: Sighting) {
  const h = target.wholeAtMs >= 0 && (cut.bottom || cut.top) ? Math.max(box.height, target.height.at) : box.height;
  const w = cut.left !== cut.right ? Math.max(box.width, target.width.at) : box.width;
  const x = cut.left && !cut.right ? box.x + box.width - w / 2 : box.x + w / 2;
  return { x, bottom: cut.bottom && !cut.top ? box.y + h : box.y + box.height, height: h, width: w };
}

/** The track after one more picture that shows it; `isFound` where it had been lost and turned up near by. */
export function see(target: Target, sighting: Sighting, { atMs, isFound, config }: SeeOptions): Target {
  const { kind, score, cut } = sighting;
  const measured = measure(target, sighting);
  const sigma = boxSigma * target.height.at * (score < config.startScore ? unsureFactor : 1);
  const place = isFound ? move : correct;
  const fade = Math.exp((target.seenAtMs - atMs) / memoryMs);
  const height = correct(target.height, measured.height, cut.bottom || cut.top ? 3 * sigma : sigma);
  const hits = Math.min(config.confirmHits, target.hits + 1);
  const foot: [number, number] = [measured.x, measured.bottom];
  const [x0, bottom0] = target.first;
  return {
    ...target,
    x: place(target.x, measured.x, cut.left || cut.right ? 3 * sigma : sigma),
    bottom: place(target.bottom, measured.bottom, cut.bottom ? 3 * sigma : sigma),
    height,
    width: correct(target.width, measured.width, sigma),
    votes: target.votes.map((vote, i) => vote * fade + (followedKinds[i] === kind ? score : 0)),
    score: target.score * fade + score * (1 - fade),
    hits,
    seenAtMs: atMs,
    wholeAtMs: cut.bottom ? target.wholeAtMs : atMs,
    isConfirmed: target.isConfirmed || (hits >= config.confirmHits && atMs - target.firstAtMs >= config.confirmMs),
    last: foot,
    hasMoved: target.hasMoved || Math.hypot(foot[0] - x0, foot[1] - bottom0) > config.statueHeights * target.height.at,
  };
}
type SeeOptions = { atMs: number; isFound: boolean; config: TrackingConfig };

/**
 * True for something that stood where it was first seen from the first on and that the model is not sure of: a post, a
 * statue, a bin. It takes ten seconds to be one, because a false person costs a few seconds of green and a missed one
 * may cost a life; whoever walked there, and whoever the model is sure of, never is.
 */
export function isStatue({ hasMoved, score, firstAtMs }: Target, atMs: number, config: TrackingConfig): boolean {
  return !hasMoved && score < config.statueScore && atMs - firstAtMs >= config.statueAfterMs;
}
