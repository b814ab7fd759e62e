import { beat, type Rhythm } from './rhythm.ts';

/**
 * Carbon dioxide, or the eCO2 of a metal-oxide sensor, of one place. Its value means little (eCO2 reads 400 ppm in clean air,
 * drifts, and needs half an hour to warm up; domain.md §2.3), so that only its rise within minutes supports other signs.
 */
export type Co2 = Rhythm & { filtered: number; base: number };

export const noCo2: Co2 = { atMs: -1, intervalMs: 0, sinceMs: -1, filtered: 0, base: 0 };

/** People raise a room by some 10 ppm a minute, a flaming fire by hundreds; over ten minutes of base that is 300 ppm. */
export const co2SignPpm = 300;
const baseMs = 600_000;
const filterMs = 30_000;

/** The place one CO2 reading later; `atMs` must be newer than the newest. */
export function seeCo2(before: Co2, ppm: number, atMs: number, usualMs: number): Co2 {
  const { intervalMs, sinceMs } = beat(before, atMs, usualMs);
  if (sinceMs === atMs) return { atMs, intervalMs, sinceMs, filtered: ppm, base: ppm };
  const gapMs = atMs - before.atMs;
  return {
    atMs,
    intervalMs,
    sinceMs,
    filtered: before.filtered + (ppm - before.filtered) * (1 - Math.exp(-gapMs / filterMs)),
    base: before.base + ((ppm - before.base) * gapMs) / (baseMs + gapMs),
  };
}
