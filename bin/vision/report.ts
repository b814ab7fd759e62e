import { type Kind, kinds } from '@tocsin/edge-agent/vision';
import { atScore, averagePrecision, cocoOverlaps, type InRange, judge, type Told, type Truth } from './score.ts';

/** Figures of one kind; undefined where there is nothing to take a share of. */
export type KindRow = {
  kind: Kind;
  truths: number;
  recall?: number;
  precision?: number;
  ap50?: number;
  ap?: number;
  falsePerFrame: number;
};
/** Figures of one size, over one kind. */
export type SizeRow = { kind: Kind; size: string; truths: number; recall?: number; ap50?: number };
/** Figures of one kind from one score on: what another threshold would find, and what it would cost. */
export type ScoreRow = { kind: Kind; score: number; recall?: number; precision?: number; falsePerFrame: number };
export type Report = {
  frames: number;
  score: number;
  kinds: KindRow[];
  scores: ScoreRow[];
  sizes: SizeRow[];
  unjudged: Kind[];
};

/** Scores of the table by score; they hold those at which tracks begin (0.5) and down to which they go on (0.15). */
const scoresShown = [0.15, 0.2, 0.3, 0.4, 0.5, 0.6] as const;

/** COCO's sizes in square pixels of the picture. */
const [smallMax, mediumMax] = [32 ** 2, 96 ** 2];
/** Below this height in the network's input people are not found reliably (vision.md §3). */
export const tallPxMin = 25;

export type Evaluated = {
  frames: readonly string[];
  truths: readonly Truth[];
  told: readonly Told[];
  /** Pixels of the network's input per pixel of a frame's height. */
  scaleOf(frame: string): number;
  /** Score from which recall and precision count. */
  score: number;
};

/** Works out all figures; kinds without any truth are not judged, because their data may simply not be labelled. */
export function reportOf({ frames, truths, told, scaleOf, score }: Evaluated): Report {
  const area: (from: number, to: number) => InRange = (from, to) => (box) => {
    const size = box.width * box.height;
    return size >= from && size < to;
  };
  const sizes: [string, InRange][] = [
    ['small, under 32² px', area(0, smallMax)],
    ['medium, under 96² px', area(smallMax, mediumMax)],
    ['large', area(mediumMax, Number.POSITIVE_INFINITY)],
    [`under ${tallPxMin} px tall in the input`, (box, frame) => box.height * scaleOf(frame) < tallPxMin],
    [`${tallPxMin} px or more`, (box, frame) => box.height * scaleOf(frame) >= tallPxMin],
  ];
  const report: Report = { frames: frames.length, score, kinds: [], scores: [], sizes: [], unjudged: [] };
  for (const kind of kinds) {
    const of = { truths, told, kind };
    const at50 = judge(of, 0.5);
    if (at50.truths === 0) {
      if (told.some((one) => one.kind === kind)) report.unjudged.push(kind);
      continue;
    }
    const judged = (from: number) => {
      const { falseCount, ...shares } = atScore(at50, from);
      return { ...shares, falsePerFrame: falseCount / Math.max(1, frames.length) };
    };
    const aps = cocoOverlaps.map((overlap) => averagePrecision(judge(of, overlap))!);
    report.kinds.push({
      ...{ kind, truths: at50.truths, ...judged(score), ap50: aps[0] },
      ap: aps.reduce((a, b) => a + b, 0) / aps.length,
    });
    for (const from of scoresShown) report.scores.push({ kind, score: from, ...judged(from) });
    for (const [size, inRange] of sizes) {
      const judgement = judge(of, 0.5, inRange);
      const { recall } = atScore(judgement, score);
      report.sizes.push({ kind, size, truths: judgement.truths, recall, ap50: averagePrecision(judgement) });
    }
  }
  return report;
}

const share = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(3));

/** The report as tables for people; sizes of which there is nothing are left out. */
export function reportText({ frames, score, kinds: rows, scores, sizes, unjudged }: Report): string {
  const table = [
    ['kind', 'truths', 'recall', 'precision', 'AP .5', 'AP .5:.95', 'false per frame'],
    ...rows.map((row) => [
      ...[row.kind, String(row.truths), share(row.recall), share(row.precision)],
      ...[share(row.ap50), share(row.ap), row.falsePerFrame.toFixed(2)],
    ]),
  ];
  const byScore = [
    ['kind', 'from score', 'recall', 'precision', 'false per frame'],
    ...scores.map((row) => [
      ...[row.kind, row.score.toFixed(2), share(row.recall), share(row.precision), row.falsePerFrame.toFixed(2)],
    ]),
  ];
  const present = sizes.filter(({ truths }) => truths > 0);
  const bySize = [
    ['kind', 'size', 'truths', 'recall', 'AP .5'],
    ...present.map((row) => [row.kind, row.size, String(row.truths), share(row.recall), share(row.ap50)]),
  ];
  const notes = unjudged.map((kind) => `No ${kind} is labelled, so those that were found are not judged.`);
  const head = `${frames} frame${frames === 1 ? '' : 's'}. Recall, precision and false boxes at score ${score} and IoU .5.`;
  const tables = [table, byScore, bySize].flatMap((each) => ['', ...aligned(each)]);
  return [head, ...tables, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n');
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row
      .map((text, i) => text.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
}
