import { compare, type Gate, type Reading } from './gate.ts';
import { breakNoise } from './noise.ts';
import type { Pace } from './pace.ts';

/**
 * Where a sensor was before two readings in a row left the motion. If one of the next few is back where the motion led, all
 * between were the instrument: ground that slid does not return to where it was within the noise.
 */
export type Excursion = {
  /** First reading of it, and how many may still follow before it is movement for good. */
  sinceMs: number;
  left: number;
  gate: Gate;
  ratePerMs: number;
  sign: 1 | -1;
  zero: number;
  turned: number;
  offset: number;
};

/** Readings that an excursion may last: as many as the gate remembers. */
const readingsMax = 5;

/** What is remembered when two readings leave the motion. */
export function leave(gate: Gate, pace: Pace, { sinceMs, offset }: { sinceMs: number; offset: number }): Excursion {
  const { ratePerMs, sign, zero, turned } = pace;
  return { sinceMs, left: readingsMax - 2, gate, ratePerMs, sign, zero, turned, offset };
}

/** True when a reading lies where the motion before the excursion led, and not where the excursion leads. */
export function isBack(excursion: Excursion, present: Gate, ratePerMs: number, reading: Reading): boolean {
  const before = compare(excursion.gate, reading, excursion.ratePerMs);
  if (Math.abs(before.off) > before.allowed) return false;
  const now = compare(present, reading, ratePerMs);
  return Math.abs(now.off) > Math.abs(before.off);
}

/** The pace without the points of the excursion. */
export function undo(pace: Pace, { sinceMs, ratePerMs, sign, zero, turned }: Excursion): Pace {
  const { tMs, x, n, cel } = pace.series;
  let keep = tMs.length;
  while (keep > 0 && tMs[keep - 1]! >= sinceMs) keep -= 1;
  const series = { tMs: tMs.slice(0, keep), x: x.slice(0, keep), n: n.slice(0, keep), cel: cel.slice(0, keep) };
  return { ...pace, series, noise: breakNoise(pace.noise), ratePerMs, sign, zero, turned, fitAtMs: -1 };
}
