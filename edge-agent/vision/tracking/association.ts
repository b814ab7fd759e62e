import type { Box } from '../types.ts';
import { clip, iou, type Sighting } from './boxes.ts';
import type { TrackingConfig } from './config.ts';
import { boxOf, kindOf, type Target } from './target.ts';

/** Indices of a target and of the sighting it is; `isFound` where it had been lost and turned up near by. */
export type Match = { target: number; sighting: number; isFound: boolean };

/** A box of another kind continues a track only if it all but covers it: a wheelchair seen as a bicycle for a moment. */
const otherKindIou = 0.6;
/** Somebody who turns up again has about the size they had. */
const sizeRatioMax = 1.6;

type Scene = {
  targets: readonly Target[];
  sightings: readonly Sighting[];
  picture: { width: number; height: number };
  atMs: number;
  config: TrackingConfig;
};
type Pair = { target: number; sighting: number; worth: number };

/** The best pair first, then the best of what is left; equal ones in the order of tracks, then of scores. */
function takeBest(pairs: Pair[], freeTargets: Set<number>, freeSightings: Set<number>, isFound: boolean): Match[] {
  pairs.sort((a, b) => b.worth - a.worth || a.target - b.target || a.sighting - b.sighting);
  const matches: Match[] = [];
  for (const { target, sighting } of pairs) {
    if (!freeTargets.has(target) || !freeSightings.has(sighting)) continue;
    freeTargets.delete(target);
    freeSightings.delete(sighting);
    matches.push({ target, sighting, isFound });
  }
  return matches;
}

/** Distance in heights from a sighting to anywhere between where a target was last seen and where it would be now. */
function heightsApart({ last, x, bottom, height }: Target, { box }: Sighting): number {
  const px = box.x + box.width / 2 - last[0];
  const py = box.y + box.height - last[1];
  const dx = x.at - last[0];
  const dy = bottom.at - last[1];
  const along = dx * dx + dy * dy === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / (dx * dx + dy * dy)));
  return Math.hypot(px - along * dx, py - along * dy) / Math.max(1, height.at);
}

function byOverlap(scene: Scene, boxes: readonly Box[], stage: Stage): Match[] {
  const { targets, sightings, config } = scene;
  const pairs: Pair[] = [];
  for (const target of stage.targets) {
    for (const sighting of stage.sightings) {
      const worth = iou(boxes[target]!, sightings[sighting]!.box);
      const isKind = kindOf(targets[target]!) === sightings[sighting]!.kind;
      if (isKind === stage.sameKind && worth >= (isKind ? config.iouMin : otherKindIou))
        pairs.push({ target, sighting, worth });
    }
  }
  return takeBest(pairs, stage.targets, stage.sightings, false);
}
type Stage = { targets: Set<number>; sightings: Set<number>; sameKind: boolean };

function byReach(scene: Scene, freeTargets: Set<number>, freeSightings: Set<number>): Match[] {
  const { targets, sightings, config } = scene;
  const pairs: Pair[] = [];
  for (const target of freeTargets) {
    const lost = targets[target]!;
    const doubt = Math.sqrt(Math.max(lost.x.varAt, lost.bottom.varAt)) / lost.height.at;
    const reach = Math.min(config.reachHeightsMax, config.reachHeights + config.reachSigmas * doubt);
    for (const sighting of freeSightings) {
      const { kind, box } = sightings[sighting]!;
      const ratio = box.height / lost.height.at;
      if (kind !== kindOf(lost) || ratio > sizeRatioMax || ratio < 1 / sizeRatioMax) continue;
      const apart = heightsApart(lost, sightings[sighting]!);
      if (apart <= reach) pairs.push({ target, sighting, worth: -apart });
    }
  }
  return takeBest(pairs, freeTargets, freeSightings, true);
}

/**
 * Who is who, in two stages as in ByteTrack (Zhang et al. 2022): sure detections first, then the unsure ones for
 * whoever is still missing; then boxes of another kind; at last tracks that were lost take over what begins near by.
 * Best pair first rather than the Hungarian method, which changed next to nothing (README.md).
 */
export function associate(scene: Scene): { matches: Match[]; starts: number[] } {
  const { targets, sightings, picture, atMs, config } = scene;
  const boxes = targets.map((target) => clip(boxOf(target), picture));
  const present = new Set<number>();
  const ended = new Set<number>();
  for (const [i, { seenAtMs }] of targets.entries()) (atMs - seenAtMs <= config.coastMs ? present : ended).add(i);
  const sure = new Set<number>();
  const unsure = new Set<number>();
  for (const [i, { score }] of sightings.entries()) (score >= config.startScore ? sure : unsure).add(i);
  const matches = [
    ...byOverlap(scene, boxes, { targets: present, sightings: sure, sameKind: true }),
    ...byOverlap(scene, boxes, { targets: present, sightings: unsure, sameKind: true }),
    ...byOverlap(scene, boxes, { targets: present, sightings: sure, sameKind: false }),
  ];
  matches.push(...byReach(scene, new Set([...present, ...ended]), sure));
  return { matches, starts: [...sure].sort((a, b) => a - b) };
}
