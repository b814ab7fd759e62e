import type { Kind, Seen } from '@tocsin/edge-agent/vision';
import { atScore, iou, judge, type Told } from '../../bin/vision/score.ts';
import { median } from '../harness/pairs.ts';
import type { Path, Run } from './clip-run.ts';
import type { HandBox, HandTruth } from './clip-truth.ts';

/** From this score on a box counts as detected, as in `tocsin vision eval`. */
export const countedFrom = 0.4;
/** What the clips show. */
export const clipKinds = ['person', 'vehicle', 'bicycle'] as const satisfies readonly Kind[];

export type KindCount = { kind: Kind; visible: number; found: number; wrong: number };

/** Hand-made boxes that were found and boxes that are none, by kind, at an overlap of a half. */
export function countByHand(seen: readonly Seen[], truth: HandTruth): KindCount[] {
  const labelled = seen.filter(({ number }) => number % truth.every === 0);
  const told: Told[] = labelled.flatMap(({ number, detections = [] }) =>
    detections.map(({ kind, box, score }) => ({ frame: String(number), kind, box, score })),
  );
  const truths = labelled.flatMap(({ number }) =>
    boxesOf(truth, number).map((box) => ({ frame: String(number), ...box })),
  );
  return clipKinds.flatMap((kind) => {
    const judgement = judge({ truths, told, kind }, 0.5);
    const { recall = 0, falseCount } = atScore(judgement, countedFrom);
    const visible = judgement.truths;
    const isNone = visible === 0 && falseCount === 0;
    return isNone ? [] : [{ kind, visible, found: Math.round(recall * visible), wrong: falseCount }];
  });
}

const boxesOf = ({ boxes }: HandTruth, number: number): readonly HandBox[] => boxes[number] ?? [];

export type Crowd = { kind: Kind; median: number; most: number; none: number };

/** How many of each kind were detected in a picture. */
export function crowdsOf(seen: readonly Seen[]): Crowd[] {
  return clipKinds.map((kind) => {
    const counts = seen.map(
      ({ detections = [] }) => detections.filter((one) => one.kind === kind && one.score >= countedFrom).length,
    );
    return {
      kind,
      median: median(counts),
      most: Math.max(...counts),
      none: counts.filter((count) => count === 0).length,
    };
  });
}

/** Tracks held against the pictures that were boxed by hand. */
export type Held = {
  /** Hand-made boxes over which somebody was followed, of all. */
  covered: number;
  visible: number;
  /** Ids beyond the first of each person or thing. */
  switches: number;
  /** Tracks that lay over nothing that was boxed, wherever that could be told. */
  onNothing: Path[];
};

/** Less overlap than this is another thing: boxes of tracks are smoothed and lag behind. */
const sameOverlap = 0.3;

/** Who was followed where somebody is, by whatever kind it was taken for. */
export function holdTracks(seen: readonly Seen[], { followed, paths }: Run, truth: HandTruth): Held {
  const ids = new Map<string, Set<number>>();
  const [met, present] = [new Set<number>(), new Set<number>()];
  let [covered, visible] = [0, 0];
  seen.forEach(({ number }, at) => {
    if (number % truth.every !== 0) return;
    const now = followed[at]!.filter(({ isSeen }) => isSeen);
    for (const { id } of now) present.add(id);
    for (const { who, box, isIgnored } of boxesOf(truth, number)) {
      for (const each of now) if (iou(each.box, box) > 0.1) met.add(each.id);
      const best = now.toSorted((a, b) => iou(b.box, box) - iou(a.box, box))[0];
      const isCovered = best !== undefined && iou(best.box, box) >= sameOverlap;
      if (isCovered) ids.set(who, (ids.get(who) ?? new Set()).add(best.id));
      if (isIgnored) continue;
      visible += 1;
      if (isCovered) covered += 1;
    }
  });
  const switches = [...ids.values()].reduce((sum, of) => sum + of.size - 1, 0);
  return { covered, visible, switches, onNothing: paths.filter(({ id }) => present.has(id) && !met.has(id)) };
}
