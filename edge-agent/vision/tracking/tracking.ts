import type { Detection, Followed } from '../types.ts';
import { associate } from './association.ts';
import { clip, sight } from './boxes.ts';
import type { TrackingConfig } from './config.ts';
import { beginTarget, boxOf, expect, isStatue, kindOf, see, type Target } from './target.ts';

export { type TrackingConfig, usualTracking } from './config.ts';

/** All the tracker remembers: at most 256 things, no pictures, plain numbers that can be stored. */
export type TrackingState = {
  /** Time of the newest picture, or -1. */
  atMs: number;
  /** Ids only grow and are never given twice. */
  nextId: number;
  targets: Target[];
  /** Where somebody who had walked went out of sight inside the picture, at most 64 places: see `lostForMs`. */
  lost: Lost[];
  /** Boxes that were none, pictures out of order, tracks beyond the limit. */
  refusedBoxes: number;
  refusedPictures: number;
  droppedTracks: number;
};

/** A place in pixels (bottom centre), the height of who was there, and when they were last seen there. */
type Lost = { x: number; bottom: number; height: number; atMs: number };

/** Nobody seen yet. */
export const noTracks: TrackingState = {
  atMs: -1,
  nextId: 1,
  targets: [],
  lost: [],
  refusedBoxes: 0,
  refusedPictures: 0,
  droppedTracks: 0,
};

/** What a detector said of one picture. */
export type PictureEvent = {
  detections: readonly Detection[];
  picture: { width: number; height: number };
  atMs: number;
};

/**
 * A thing followed, with the point where it touches the ground (pixels), smoothed. There is no foot where the bottom
 * edge of the picture cuts it off and its height is not known from just before: such a thing must not be placed.
 */
export type FollowedFoot = Followed & { foot?: { xPx: number; yPx: number } };

/**
 * The things followed after a picture. A picture that cannot be taken in is `refused` with the reason; what was
 * believed before then still stands, so that a bad picture is never an empty street.
 */
export type Tracking = { state: TrackingState; followed: FollowedFoot[]; refused?: string };

/** Pictures older than the newest are refused, unless the clock was set back by more: then all tracks begin anew. */
const clockSetMs = 5000;
/** Less of a box than this in the picture: whoever it was has left, and is not believed to be there unseen. */
const visibleShare = 0.3;

/**
 * Whoever had walked and went out of sight inside the picture may lie there still: what begins within half a height of that place in the
 * next ten minutes is somebody, however still and however unsure the model is, and never a post.
 */
const lostForMs = 600_000;
const lostHeights = 0.5;
const lostMax = 64;

function lostAfter(before: TrackingState, kept: readonly Target[], { atMs, picture }: PictureEvent): Lost[] {
  const still = new Set(kept.map(({ id }) => id));
  const gone = before.targets.filter((t) => t.isConfirmed && t.hasMoved && !still.has(t.id) && !hasLeft(t, picture));
  const places = gone.map(({ last: [x, bottom], height, seenAtMs }) => ({
    x,
    bottom,
    height: height.at,
    atMs: seenAtMs,
  }));
  return [...before.lost.filter((place) => atMs - place.atMs <= lostForMs), ...places].slice(-lostMax);
}

function isWhereSomebodyWas({ first: [x, bottom], height }: Target, lost: readonly Lost[]): boolean {
  return lost.some((at) => Math.hypot(at.x - x, at.bottom - bottom) <= lostHeights * Math.max(at.height, height.at));
}

function hasLeft(target: Target, picture: { width: number; height: number }): boolean {
  const box = boxOf(target);
  const seen = clip(box, picture);
  return seen.width * seen.height < visibleShare * box.width * box.height;
}

function isKept(target: Target, { atMs, picture }: PictureEvent, config: TrackingConfig): boolean {
  const unseenMs = atMs - target.seenAtMs;
  if (unseenMs === 0) return true;
  if (!target.isConfirmed) return unseenMs <= config.doubtMs;
  return unseenMs <= config.coastMs + config.handOverMs && !hasLeft(target, picture);
}

function tell(target: Target, atMs: number, config: TrackingConfig): FollowedFoot {
  const { id, seenAtMs, wholeAtMs, score, x, bottom } = target;
  const told: FollowedFoot = { id, kind: kindOf(target), box: boxOf(target), score, isSeen: seenAtMs === atMs };
  if (wholeAtMs >= 0 && atMs - wholeAtMs <= config.coastMs) told.foot = { xPx: x.at, yPx: bottom.at };
  return told;
}

/** Everybody who counts: confirmed, seen or gone for no longer than coasting allows, and no statue. */
function tellAll({ targets, atMs }: TrackingState, config: TrackingConfig): FollowedFoot[] {
  const counts = (target: Target) =>
    target.isConfirmed && atMs - target.seenAtMs <= config.coastMs && !isStatue(target, atMs, config);
  return targets.filter(counts).map((target) => tell(target, atMs, config));
}

function refusalOf({ atMs }: TrackingState, { picture, atMs: nowMs }: PictureEvent): string | undefined {
  if (!(Number.isFinite(nowMs) && nowMs >= 0)) return 'The time of the picture is not a number.';
  if (!(picture.width >= 1 && picture.height >= 1)) return 'The picture has no size.';
  const backMs = atMs - nowMs;
  if (backMs >= 0 && atMs >= 0 && backMs <= clockSetMs) return `The picture is ${backMs} ms older than the newest one.`;
  return undefined;
}

/** One more picture: who is followed after it. The same detections in any order give the same answer. */
export function stepTracks(state: TrackingState, event: PictureEvent, config: TrackingConfig): Tracking {
  const refused = refusalOf(state, event);
  if (refused !== undefined) {
    const next = { ...state, refusedPictures: state.refusedPictures + 1 };
    return { state: next, followed: tellAll(next, config), refused };
  }
  const { detections, picture, atMs } = event;
  const dtMs = atMs - state.atMs;
  // Who is gone for too long must not be met again by a picture after a long pause.
  const known = state.targets.filter((t) => dtMs > 0 && atMs - t.seenAtMs <= config.coastMs + config.handOverMs);
  const targets = known.map((target) => expect(target, dtMs));
  const { sightings, refused: refusedBoxes } = sight(detections, picture, config.keepScore);
  const { matches, starts } = associate({ targets, sightings, picture, atMs, config });
  for (const { target, sighting, isFound } of matches)
    targets[target] = see(targets[target]!, sightings[sighting]!, { atMs, isFound, config });
  const kept = targets.filter((target) => isKept(target, event, config));
  const room = Math.max(0, config.tracksMax - kept.length);
  const lost = lostAfter(state, kept, event);
  const begun = starts.slice(0, room).map((at, i) => {
    const target = beginTarget(state.nextId + i, sightings[at]!, atMs);
    return isWhereSomebodyWas(target, lost) ? { ...target, hasMoved: true } : target;
  });
  const next: TrackingState = {
    atMs,
    nextId: state.nextId + begun.length,
    targets: [...kept, ...begun],
    lost,
    refusedBoxes: state.refusedBoxes + refusedBoxes,
    refusedPictures: state.refusedPictures,
    droppedTracks: state.droppedTracks + starts.length - begun.length,
  };
  return { state: next, followed: tellAll(next, config) };
}
