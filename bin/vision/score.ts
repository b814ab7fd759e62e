/**
 * How well boxes fit a truth, as COCO measures it (cocodataset.org, detection evaluation): per kind and overlap, detections are taken
 * strongest first and each is given the truth it overlaps most; average precision is the mean of the interpolated precision at 101
 * recalls. What is marked to be ignored (crowds, other sizes) neither counts as missed nor makes a detection false. Pure.
 */
import type { Box, Kind } from '@tocsin/edge-agent/vision';

/** A box that is there. `isIgnored` when nobody should be judged by it; a crowd may take any number of detections. */
export type Truth = { frame: string; kind: Kind; box: Box; isIgnored?: boolean; isCrowd?: boolean };
/** A box that was told. */
export type Told = { frame: string; kind: Kind; box: Box; score: number };

/** Share of two boxes that both cover; of a crowd, the share of the told box that lies in it. */
export function iou(told: Box, truth: Box, isCrowd = false): number {
  const width = Math.min(told.x + told.width, truth.x + truth.width) - Math.max(told.x, truth.x);
  const height = Math.min(told.y + told.height, truth.y + truth.height) - Math.max(told.y, truth.y);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  const own = told.width * told.height;
  return both / (isCrowd ? own : own + truth.width * truth.height - both);
}

/** Whether a box belongs to what is being measured, such as a size. */
export type InRange = (box: Box, frame: string) => boolean;
const everything: InRange = () => true;

/** One detection after matching: true or false; ignored ones are left out. */
export type Judged = { score: number; isTrue: boolean };
export type Judgement = { judged: Judged[]; truths: number };

/** Gives each detection of one kind its truth at one overlap. */
export function judge(
  { truths, told, kind }: { truths: readonly Truth[]; told: readonly Told[]; kind: Kind },
  overlapMin: number,
  inRange: InRange = everything,
): Judgement {
  const byFrame = Map.groupBy(
    truths.filter((truth) => truth.kind === kind),
    ({ frame }) => frame,
  );
  const isOut = (truth: Truth) =>
    truth.isIgnored === true || truth.isCrowd === true || !inRange(truth.box, truth.frame);
  const taken = new Set<Truth>();
  const judged: Judged[] = [];
  const strongest = told.filter((one) => one.kind === kind).sort((a, b) => b.score - a.score);
  for (const one of strongest) {
    const match = bestTruth(one, byFrame.get(one.frame) ?? [], { overlapMin, taken, isOut });
    if (match === undefined) {
      if (inRange(one.box, one.frame)) judged.push({ score: one.score, isTrue: false });
      continue;
    }
    if (match.isCrowd !== true) taken.add(match);
    if (!isOut(match)) judged.push({ score: one.score, isTrue: true });
  }
  const counted = [...byFrame.values()].flat().filter((truth) => !isOut(truth)).length;
  return { judged, truths: counted };
}

type Matching = { overlapMin: number; taken: ReadonlySet<Truth>; isOut(truth: Truth): boolean };

/** The free truth a detection overlaps most; one that is ignored only where no other fits. */
function bestTruth({ box }: Told, truths: readonly Truth[], { overlapMin, taken, isOut }: Matching): Truth | undefined {
  let best: Truth | undefined;
  let most = 0;
  for (const truth of truths) {
    if (taken.has(truth)) continue;
    const overlap = iou(box, truth.box, truth.isCrowd);
    if (overlap < overlapMin) continue;
    const isBetter =
      best === undefined || (isOut(best) && !isOut(truth)) || (isOut(best) === isOut(truth) && overlap > most);
    if (isBetter) [best, most] = [truth, overlap];
  }
  return best;
}

/** Mean of the interpolated precision at recalls 0, 0.01 … 1; undefined without any truth. */
export function averagePrecision({ judged, truths }: Judgement): number | undefined {
  if (truths === 0) return undefined;
  const points: { recall: number; precision: number }[] = [];
  let right = 0;
  judged.forEach(({ isTrue }, i) => {
    if (isTrue) right += 1;
    points.push({ recall: right / truths, precision: right / (i + 1) });
  });
  // The precision at a recall is the best that is reached there or beyond.
  for (let i = points.length - 2; i >= 0; i -= 1) {
    points[i]!.precision = Math.max(points[i]!.precision, points[i + 1]!.precision);
  }
  let sum = 0;
  for (let step = 0, at = 0; step <= 100; step += 1) {
    while (at < points.length && points[at]!.recall < step / 100 - 1e-9) at += 1;
    sum += points[at]?.precision ?? 0;
  }
  return sum / 101;
}

/** What a judgement says of detections with at least a score; a share of nothing is undefined. */
export function atScore({ judged, truths }: Judgement, scoreMin: number) {
  const told = judged.filter(({ score }) => score >= scoreMin);
  const right = told.filter(({ isTrue }) => isTrue).length;
  return {
    recall: truths === 0 ? undefined : right / truths,
    precision: told.length === 0 ? undefined : right / told.length,
    falseCount: told.length - right,
  };
}

/** Overlaps of COCO's main figure: .5, .55 … .95. */
export const cocoOverlaps = Array.from({ length: 10 }, (_, i) => 0.5 + i * 0.05);
