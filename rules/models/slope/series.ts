/**
 * The recent history of a sensor as a bounded list of points, fine where it is new and coarse where it is old: when the list is
 * full, the two neighbours that lie closest together for their age become one (weighted means). So a window of minutes and
 * one of days come from the same 48 points, whatever the sampling. Series are values: adding answers another one.
 */
export type Series = {
  /** Mean time, mean displacement, readings of the base length in each point, oldest first. */
  tMs: number[];
  x: number[];
  n: number[];
  /** Temperature anomaly of each point; empty where there is no temperature. */
  cel: number[];
};

export type Point = { tMs: number; x: number; cel: number };

export const emptySeries: Series = { tMs: [], x: [], n: [], cel: [] };
/** Enough that sixteen newest points stay apart while a hundred and fifty are remembered. */
export const pointsMax = 48;

/** Weight of a value said again: it is no measurement of its own, and some sensors say nothing else. */
const repeated = 0.02;

/** Adds a point and forgets what is older than `keepMs`, but never the newest `keepMin`. */
export function addPoint(
  series: Series,
  point: Point,
  { keepMs, keepMin }: { keepMs: number; keepMin: number },
): Series {
  const from = oldestKept(series, point.tMs - keepMs, keepMin);
  const tMs = series.tMs.slice(from);
  const x = series.x.slice(from);
  const n = series.n.slice(from);
  const cel = series.cel.length > 0 ? series.cel.slice(from) : series.cel;
  const next = { tMs, x, n, cel };
  if (tMs.length >= pointsMax) joinClosest(next, point.tMs);
  tMs.push(point.tMs);
  x.push(point.x);
  n.push(tMs.length > 1 && x[x.length - 2] === point.x ? repeated : 1);
  if (cel.length > 0) cel.push(point.cel);
  else if (point.cel !== 0) next.cel = tMs.map((_, k) => (k === tMs.length - 1 ? point.cel : 0));
  return next;
}

function oldestKept({ tMs }: Series, fromMs: number, keepMin: number): number {
  let from = 0;
  while (tMs.length - from > keepMin && tMs[from]! < fromMs) from += 1;
  return from;
}

/** Joins, in place, the neighbours with the smallest distance for their age. */
function joinClosest({ tMs, x, n, cel }: Series, nowMs: number): void {
  const last = tMs.length - 1;
  let best = 0;
  let bestGap = 1;
  let bestAge = 0;
  for (let i = 0; i < last; i += 1) {
    const gap = tMs[i + 1]! - tMs[i]!;
    const age = nowMs - tMs[i]!;
    if (gap * bestAge >= bestGap * age && i > 0) continue;
    best = i;
    bestGap = gap;
    bestAge = age;
  }
  const weight = n[best]! + n[best + 1]!;
  const part = n[best + 1]! / weight;
  // Whole milliseconds, so that a shift of all times shifts nothing else, to the bit.
  tMs[best] = tMs[best]! + Math.round(part * (tMs[best + 1]! - tMs[best]!));
  x[best] = x[best]! + part * (x[best + 1]! - x[best]!);
  n[best] = weight;
  if (cel.length > 0) cel[best] = cel[best]! + part * (cel[best + 1]! - cel[best]!);
  for (let i = best + 1; i < last; i += 1) {
    tMs[i] = tMs[i + 1]!;
    x[i] = x[i + 1]!;
    n[i] = n[i + 1]!;
    if (cel.length > 0) cel[i] = cel[i + 1]!;
  }
  tMs.pop();
  x.pop();
  n.pop();
  cel.pop();
}

/** The same series with `byMm` added to all points from `fromMs` on. */
export function shiftFrom(series: Series, fromMs: number, byMm: number): Series {
  return { ...series, x: series.x.map((x, i) => (series.tMs[i]! >= fromMs ? x + byMm : x)) };
}

/** Displacement and temperature at an instant, between two points; undefined where none is within `nearMs` on both sides. */
export function at({ tMs, x, cel }: Series, atMs: number, nearMs: number): { x: number; cel: number } | undefined {
  let i = tMs.length - 1;
  while (i >= 0 && tMs[i]! > atMs) i -= 1;
  if (i < 0) return undefined;
  if (tMs[i] === atMs) return { x: x[i]!, cel: cel[i] ?? 0 };
  if (i + 1 >= tMs.length || atMs - tMs[i]! > nearMs || tMs[i + 1]! - atMs > nearMs) return undefined;
  const part = (atMs - tMs[i]!) / (tMs[i + 1]! - tMs[i]!);
  const warm = cel.length > 0 ? cel[i]! + part * (cel[i + 1]! - cel[i]!) : 0;
  return { x: x[i]! + part * (x[i + 1]! - x[i]!), cel: warm };
}

/** Usual distance of the newest points: the median of up to eight distances; undefined with fewer than two points. */
export function usualMs({ tMs }: Series): number | undefined {
  const count = Math.min(8, tMs.length - 1);
  if (count < 1) return undefined;
  const gaps = sortedGaps.subarray(0, count);
  for (let k = 0; k < count; k += 1) gaps[k] = tMs[tMs.length - 1 - k]! - tMs[tMs.length - 2 - k]!;
  gaps.sort();
  return gaps[count >> 1];
}
/** Scratch of `usualMs`; it carries nothing from one call to the next. */
const sortedGaps = new Float64Array(8);
