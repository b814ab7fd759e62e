import type { Box, Detection, Kind } from '../types.ts';

/** What walks or drives, and is therefore followed; flames and smoke are another watcher's business. */
export const followedKinds = ['person', 'bicycle', 'vehicle'] as const satisfies readonly Kind[];
export type FollowedKind = (typeof followedKinds)[number];

/** A detection the tracker believes, with what the edges of the picture cut off. */
export type Sighting = {
  kind: FollowedKind;
  score: number;
  box: Box;
  cut: { top: boolean; bottom: boolean; left: boolean; right: boolean };
};

/** More than any street shows; what is less sure beyond is dropped and counted. */
const sightingsMax = 512;
/** Boxes this alike are one detection told twice; detectors suppress overlaps above 0.5 to 0.55 (vision.md §7). */
const sameIou = 0.9;
/** A box that ends this close to the edge of the picture is cut by it: detectors' boxes end a pixel or two short. */
const edgeShare = 0.006;
const edgePxMin = 2;

/** Intersection over union, 0 for boxes that do not touch. */
export function iou(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  return both / (a.width * a.height + b.width * b.height - both);
}

/** The part of a box that lies in the picture; without area if none does. */
export function clip(box: Box, picture: { width: number; height: number }): Box {
  const x = Math.min(picture.width, Math.max(0, box.x));
  const y = Math.min(picture.height, Math.max(0, box.y));
  const right = Math.min(picture.width, Math.max(0, box.x + box.width));
  const bottom = Math.min(picture.height, Math.max(0, box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}

function isSound({ kind, score, box }: Detection): boolean {
  const { x, y, width, height } = box;
  const finite = [score, x, y, width, height].every(Number.isFinite);
  return finite && score >= 0 && score <= 1 && width > 0 && height > 0 && Math.abs(x) < 1e6 && kind !== undefined;
}

function inOrder(a: Sighting, b: Sighting): number {
  if (a.score !== b.score) return b.score - a.score;
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1;
  return a.box.x - b.box.x || a.box.y - b.box.y || a.box.width - b.box.width || a.box.height - b.box.height;
}

/**
 * The detections to follow, the surest first whatever their order was, each once. `refused` counts boxes that are no
 * boxes (not finite, without area, outside the picture) and what is beyond the limit.
 */
export function sight(
  detections: readonly Detection[],
  picture: { width: number; height: number },
  keepScore: number,
): { sightings: Sighting[]; refused: number } {
  const edgeX = Math.max(edgePxMin, edgeShare * picture.width);
  const edgeY = Math.max(edgePxMin, edgeShare * picture.height);
  let refused = 0;
  const found: Sighting[] = [];
  for (const detection of detections) {
    const kind = followedKinds.find((each) => each === detection.kind);
    const box = isSound(detection) ? clip(detection.box, picture) : undefined;
    if (box === undefined || box.width < 1 || box.height < 1) {
      refused += 1;
      continue;
    }
    if (kind === undefined || detection.score < keepScore) continue;
    const cut = {
      top: box.y <= edgeY,
      bottom: box.y + box.height >= picture.height - edgeY,
      left: box.x <= edgeX,
      right: box.x + box.width >= picture.width - edgeX,
    };
    found.push({ kind, score: detection.score, box, cut });
  }
  found.sort(inOrder);
  const sightings: Sighting[] = [];
  for (const each of found) {
    if (sightings.some(({ kind, box }) => kind === each.kind && iou(box, each.box) >= sameIou)) continue;
    if (sightings.length < sightingsMax) sightings.push(each);
    else refused += 1;
  }
  return { sightings, refused };
}
