/** When a channel spoke: newest sample (-1 for never), usual time between samples, since when it speaks without a long break. */
export type Rhythm = { atMs: number; intervalMs: number; sinceMs: number };

/** A channel that missed this many usual intervals is missing (domain.md §1.7: a gap is three intervals). */
export const intervalsUntilMissing = 3;
/** After a break of this length a sensor is taken to have been switched off, and warms up again. */
const powerCycleMs = 600_000;
/** Thresholds are met also when a conversion of units left them short by a rounding. */
export const rounding = 1e-6;

/**
 * The usual interval, an eighth nearer to the newest gap; a long silence counts as two intervals at most, so that it does
 * not pass for a habit.
 */
function usual(intervalMs: number, gapMs: number): number {
  return intervalMs === 0 ? gapMs : intervalMs + (Math.min(gapMs, 2 * intervalMs) - intervalMs) / 8;
}

/** The rhythm after a sample at `atMs`, which must be newer; the site's usual interval is 0 where nobody said. */
export function beat(rhythm: Rhythm, atMs: number, siteUsualMs: number): Rhythm {
  if (rhythm.atMs < 0) return { atMs, intervalMs: siteUsualMs, sinceMs: atMs };
  const gapMs = atMs - rhythm.atMs;
  const awake = gapMs < powerCycleMs || gapMs < 10 * rhythm.intervalMs;
  return { atMs, intervalMs: usual(rhythm.intervalMs, gapMs), sinceMs: awake ? rhythm.sinceMs : atMs };
}

/** True while the sensor warms up. */
export function isWarming({ sinceMs, atMs }: Rhythm, warmUpMs: number): boolean {
  return atMs >= 0 && atMs - sinceMs < warmUpMs;
}
