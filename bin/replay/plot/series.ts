/**
 * A time series of any length in bounded memory. Samples fall into buckets of equal width that begins at 1 ms and doubles whenever
 * there are too many; a bucket keeps first, last, smallest and largest sample with their times, so that no peak is lost and a
 * short series stays exact. Samples may come in any order.
 */
export type Bucket = {
  firstMs: number;
  first: number;
  lastMs: number;
  last: number;
  minMs: number;
  min: number;
  maxMs: number;
  max: number;
};
export type Series = { widthMs: number; buckets: Bucket[]; count: number };
export type Point = readonly [atMs: number, value: number];

/** Finer than any screen column of a plot 1,000 px wide. */
const bucketsMax = 1024;

/** A series without samples. */
export function emptySeries(): Series {
  return { widthMs: 1, buckets: [], count: 0 };
}

const keyOf = (atMs: number, widthMs: number) => Math.floor(atMs / widthMs);

/** Adds `right` to `left`; of two samples of one instant the one that came later counts as last. */
function join(left: Bucket, right: Bucket): void {
  if (right.firstMs < left.firstMs) [left.firstMs, left.first] = [right.firstMs, right.first];
  if (right.lastMs >= left.lastMs) [left.lastMs, left.last] = [right.lastMs, right.last];
  if (right.min < left.min) [left.minMs, left.min] = [right.minMs, right.min];
  if (right.max > left.max) [left.maxMs, left.max] = [right.maxMs, right.max];
}

/** Fewer and wider buckets, at most `most`. */
function widened({ widthMs, buckets, count }: Series, most: number): Series {
  let wide = widthMs;
  let joined = buckets.map((bucket) => ({ ...bucket }));
  while (joined.length > most) {
    wide *= 2;
    const next: Bucket[] = [];
    for (const bucket of joined) {
      const before = next.at(-1);
      if (before && keyOf(before.firstMs, wide) === keyOf(bucket.firstMs, wide)) join(before, bucket);
      else next.push(bucket);
    }
    joined = next;
  }
  return { widthMs: wide, buckets: joined, count };
}

/** Adds one sample, in place. */
export function addSample(series: Series, atMs: number, value: number): void {
  const { buckets, widthMs } = series;
  series.count += 1;
  const key = keyOf(atMs, widthMs);
  let at = buckets.length - 1;
  while (at >= 0 && keyOf(buckets[at]!.firstMs, widthMs) > key) at -= 1;
  const sample = { firstMs: atMs, first: value, lastMs: atMs, last: value };
  const bucket: Bucket = { ...sample, minMs: atMs, min: value, maxMs: atMs, max: value };
  const found = buckets[at];
  if (found && keyOf(found.firstMs, widthMs) === key) {
    join(found, bucket);
    return;
  }
  buckets.splice(at + 1, 0, bucket);
  if (buckets.length > bucketsMax) Object.assign(series, widened(series, bucketsMax));
}

/** The points to draw, oldest first: of each bucket its first, smallest, largest and last sample. About `most` at the most. */
export function pointsOf(series: Series, most: number): Point[] {
  const fits = series.buckets.length <= most && series.count <= most;
  const { buckets } = fits ? series : widened(series, Math.max(2, Math.floor(most / 4)));
  const points: Point[] = [];
  for (const { firstMs, first, lastMs, last, minMs, min, maxMs, max } of buckets) {
    const inside: Point[] = [
      [minMs, min],
      [maxMs, max],
    ];
    if (maxMs < minMs) inside.reverse();
    for (const point of [[firstMs, first], ...inside, [lastMs, last]] as Point[]) {
      const before = points.at(-1);
      if (before?.[0] !== point[0] || before[1] !== point[1]) points.push(point);
    }
  }
  return points;
}

export type Span = { fromMs: number; toMs: number; value: number };

/**
 * What a series of states was from when to when, until `endMs`. Where several states share a bucket, the largest covers it, so that
 * a short alarm among many samples is still seen.
 */
export function spansOf(series: Series, endMs: number, most: number): Span[] {
  const spans: Span[] = [];
  const { buckets } = widened(series, most);
  const begin = (fromMs: number, value: number) => {
    const before = spans.at(-1);
    if (before?.value === value) return;
    if (before) before.toMs = fromMs;
    spans.push({ fromMs, toMs: endMs, value });
  };
  for (const { firstMs, lastMs, last, max, min } of buckets) {
    begin(firstMs, max);
    if (min !== max) begin(lastMs, last);
  }
  return spans;
}

/** Smallest and largest sample, or undefined without any. */
export function rangeOf({ buckets }: Series): { min: number; max: number } | undefined {
  if (buckets.length === 0) return undefined;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const bucket of buckets) {
    min = Math.min(min, bucket.min);
    max = Math.max(max, bucket.max);
  }
  return { min, max };
}
