/**
 * A bounded window over a series: samples are averaged into buckets of `spanMs / capacity`, so that a window of a day costs
 * the same from one sample a second as from one an hour. Buckets are anchored on their own first sample, never on the
 * calendar, so that shifting all times shifts nothing else. Trends are values: adding answers another one.
 */
export type Trend = {
  /** Mean time, mean value and number of samples of each bucket, oldest first. */
  tMs: number[];
  x: number[];
  n: number[];
  /** First sample of the newest bucket, and newest sample. */
  openedAtMs: number;
  lastMs: number;
};

export const emptyTrend: Trend = { tMs: [], x: [], n: [], openedAtMs: -1, lastMs: -1 };

export type TrendLimits = {
  spanMs: number;
  capacity: number;
  /** Points kept however old they are; 0 by default. */
  keepMin?: number;
};

/** Adds a sample; one that is not newer than the newest changes nothing and answers the same trend. */
export function addToTrend(trend: Trend, takenAtMs: number, value: number, limits: TrendLimits): Trend {
  if (takenAtMs <= trend.lastMs) return trend;
  const { spanMs, capacity, keepMin = 0 } = limits;
  const last = trend.tMs.length - 1;
  const sameBucket = last >= 0 && takenAtMs - trend.openedAtMs < spanMs / capacity;
  const size = last + (sameBucket ? 1 : 2);
  let from = 0;
  while (size - from > Math.max(keepMin, 1) && from <= last && trend.tMs[from]! < takenAtMs - spanMs) from += 1;
  from = Math.max(from, size - capacity - 1);
  const tMs = trend.tMs.slice(from);
  const x = trend.x.slice(from);
  const n = trend.n.slice(from);
  if (!sameBucket) {
    tMs.push(takenAtMs);
    x.push(value);
    n.push(1);
    return { tMs, x, n, openedAtMs: takenAtMs, lastMs: takenAtMs };
  }
  const end = tMs.length - 1;
  const count = n[end]! + 1;
  tMs[end] = tMs[end]! + (takenAtMs - tMs[end]!) / count;
  x[end] = x[end]! + (value - x[end]!) / count;
  n[end] = count;
  return { tMs, x, n, openedAtMs: trend.openedAtMs, lastMs: takenAtMs };
}

/** Index of the first point that is not older than `fromMs`. */
export function firstSince(trend: Trend, fromMs: number): number {
  let index = 0;
  while (index < trend.tMs.length && trend.tMs[index]! < fromMs) index += 1;
  return index;
}

/** Least-squares slope in value per millisecond, each bucket weighted by its samples; undefined without two instants. */
export function leastSquaresSlope(trend: Trend): number | undefined {
  const { tMs, x, n } = trend;
  const originMs = trend.lastMs;
  let weight = 0;
  let meanT = 0;
  let meanX = 0;
  for (let i = 0; i < tMs.length; i += 1) {
    weight += n[i]!;
    meanT += n[i]! * (tMs[i]! - originMs);
    meanX += n[i]! * x[i]!;
  }
  if (weight === 0) return undefined;
  meanT /= weight;
  meanX /= weight;
  let above = 0;
  let below = 0;
  for (let i = 0; i < tMs.length; i += 1) {
    const dt = tMs[i]! - originMs - meanT;
    above += n[i]! * dt * (x[i]! - meanX);
    below += n[i]! * dt * dt;
  }
  return below > 0 ? above / below : undefined;
}

/**
 * Theil–Sen slope in value per millisecond of the points from index `from`: the median of all pairwise slopes, which up to
 * 29 % of wild points cannot move (Sen 1968, JASA 63:1379). Costs a sort of n²/2 numbers, so keep n near 32.
 */
export function theilSenSlope(trend: Trend, from: number): number | undefined {
  const { tMs, x } = trend;
  const count = tMs.length - from;
  if (count < 2) return undefined;
  const slopes = new Float64Array((count * (count - 1)) / 2);
  let k = 0;
  for (let i = from; i < tMs.length; i += 1)
    for (let j = i + 1; j < tMs.length; j += 1) slopes[k++] = (x[j]! - x[i]!) / (tMs[j]! - tMs[i]!);
  slopes.sort();
  const middle = slopes.length >> 1;
  return slopes.length % 2 === 1 ? slopes[middle] : (slopes[middle - 1]! + slopes[middle]!) / 2;
}

/** Second derivative of the least-squares parabola through all points, in value per millisecond squared. */
export function curvature(trend: Trend): number | undefined {
  const { tMs, x } = trend;
  const count = tMs.length;
  const spanMs = count < 3 ? 0 : tMs[count - 1]! - tMs[0]!;
  if (spanMs === 0) return undefined;
  const meanT = tMs.reduce((sum, t) => sum + (t - tMs[0]!), 0) / count;
  const u = tMs.map((t) => (t - tMs[0]! - meanT) / spanMs);
  const s2 = u.reduce((sum, v) => sum + v * v, 0);
  const s3 = u.reduce((sum, v) => sum + v * v * v, 0);
  // The quadratic polynomial that is orthogonal to 1 and u on these points; its coefficient needs no 3 × 3 system.
  const p = u.map((v) => v * v - (s3 / s2) * v - s2 / count);
  const below = p.reduce((sum, v) => sum + v * v, 0);
  if (below <= 1e-12) return undefined;
  const above = p.reduce((sum, v, i) => sum + v * (x[i]! - x[0]!), 0);
  return (2 * above) / below / (spanMs * spanMs);
}
