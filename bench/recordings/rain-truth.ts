/**
 * The exceedance days of two Seattle thresholds, computed from hourly rain in inches with the parameters of usgs_threshold_parameters.txt
 * in the plainest way, so that the product is not held against itself. Hours without a value count as dry, as in USGS thresh.
 */
export type Hourly = (readonly [atMs: number, inches: number])[];

const hourMs = 3_600_000;

/** Days that instants or spans touch. */
export function daysOf(spans: Iterable<readonly [fromMs: number, toMs: number]>): Set<string> {
  const days = new Set<string>();
  for (const [fromMs, toMs] of spans)
    for (let atMs = fromMs; ; atMs = Math.min(toMs, atMs + 24 * hourMs)) {
      days.add(new Date(atMs).toISOString().slice(0, 10));
      if (atMs >= toMs) break;
    }
  return days;
}

/** P3 > 3.5 − 0.67 P15: 72 h against the 360 h before them; judged once all 432 h are known. */
function cumulativeDays(hours: Hourly): Set<string> {
  const sums = new Map<number, number>();
  const firstMs = hours[0]![0];
  const lastMs = hours.at(-1)![0];
  const rain = new Map(hours);
  let total = 0;
  for (let atMs = firstMs; atMs <= lastMs; atMs += hourMs) {
    total += rain.get(atMs) ?? 0;
    sums.set(atMs, total);
  }
  const until = (atMs: number) => sums.get(atMs) ?? 0;
  const over: [number, number][] = [];
  for (let atMs = firstMs; atMs <= lastMs; atMs += hourMs) {
    const recent = until(atMs) - until(atMs - 72 * hourMs);
    const before = until(atMs - 72 * hourMs) - until(atMs - 432 * hourMs);
    if (recent - Math.max(0, 3.5 - 0.67 * before) > 1e-9) over.push([atMs, atMs]);
  }
  return daysOf(over);
}

/** Storms parted by 3 h without rain; mean intensity so far above 3.257 D^-1.13 inches an hour, for D up to 60 h. */
function intensityDays(hours: Hourly): Set<string> {
  const over: [number, number][] = [];
  let [sum, beganMs, lastWetMs] = [0, 0, Number.NEGATIVE_INFINITY];
  for (const [atMs, inches] of hours) {
    if (inches <= 0) continue;
    if (atMs - lastWetMs > 3 * hourMs) [sum, beganMs] = [0, atMs - hourMs];
    sum += inches;
    lastWetMs = atMs;
    const durationH = (atMs - beganMs) / hourMs;
    if (durationH <= 60 && sum / durationH - 3.257 * durationH ** -1.13 > 1e-9) over.push([atMs, atMs]);
  }
  return daysOf(over);
}

/** Exceedance days by name of the threshold. */
export function usgsDays(hours: Hourly): Partial<Record<string, Set<string>>> {
  return { 'seattle-cumulative': cumulativeDays(hours), 'seattle-id': intensityDays(hours) };
}
