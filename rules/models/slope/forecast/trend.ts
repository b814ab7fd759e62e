import type { Motion } from '../motion-types.ts';
import { meanOf, pointsGate } from './inverse-velocity.ts';
import type { Points } from './points.ts';
import { redRatio, yellowRatio } from './tangent.ts';

/**
 * Regressive or progressive (Dick et al. 2015, domain.md §1.1): whether the velocity falls back after a trigger or keeps rising,
 * what the sensor has lived through before, and for how long the ratios to v0 have been held. One step per point.
 */
export type Surge = {
  /** Quick velocity of the newest point, of the three before it, and points in a row that did not fall. */
  quick: number;
  before: number[];
  rises: number;
  /** Highest quick velocity of this rise with its sigma, lowest since, and whether it has fallen from it. */
  peak: number;
  peakSigma: number;
  trough: number;
  fallen: boolean;
  /** Points in a row at or above the critical ratio, and above ten times v0. */
  heldRed: number;
  heldTen: number;
  /** Present cycle: highest velocity, points, and points since it returned. */
  top: number;
  length: number;
  calm: number;
  /** Highest velocities of cycles that ended without failure, and when they ended. */
  survived: { atMs: number; top: number }[];
  /** The farthest place reached by each of the newest points, the newest first. */
  reached: { atMs: number; place: number }[];
};

export const noSurge: Surge = {
  quick: 0,
  before: [],
  rises: 0,
  peak: 0,
  peakSigma: 0,
  trough: 0,
  fallen: false,
  heldRed: 0,
  heldTen: 0,
  top: 0,
  length: 0,
  calm: 0,
  survived: [],
  reached: [],
};

/** A fall counts from two sigma and a tenth of the peak on: the size of noise that oracle S2 allows (domain.md §4). */
const fallSigmas = 2;
const fallShare = 0.1;
/** A cycle has returned when three points lie below a third of its peak; it has to have lasted three points to be one. */
const returnShare = 1 / 3;
const cyclePoints = 3;
const cyclesMax = 6;
/** What a slope came back from five years ago says little of how it stands today. */
const cycleMemoryMs = 5 * 365 * 86_400_000;
/** Half more than what was survived is something else than before, as growth by half is an acceleration. */
const survivedFactor = 1.5;
/** Points over which ground has to be gained: the three samples that persistence asks for (domain.md §1.8). */
const reachedPoints = 3;
/** Share of its velocity that a moving sensor gains in ground; what comes back from a wild reading gains none. */
const groundShare = 0.25;
const dayMs = 86_400_000;
/** How much faster the newer half must grow: exponential growth has 1, Voight's law over a fivefold growth 2; their geometric mean. */
const growthShare = 1.4;

/**
 * Whether the sensor stands where it never stood before, by a quarter of what its velocity makes of the time: a slope that fails
 * gains ground, and an instrument that returns from wild readings is only as fast.
 */
export function gainsGround({ reached }: Surge, { atMs, displacement, quick, noise }: Motion): boolean {
  const then = reached.at(-1);
  if (then === undefined || then.atMs >= atMs) return true;
  return displacement + 2 * noise >= then.place + groundShare * quick * ((atMs - then.atMs) / dayMs);
}

/** Hears one more point; `rate` is what ratios are taken of. */
export function stepSurge(
  surge: Surge,
  { atMs, velocity, displacement, quick, quickSigma }: Motion,
  rate: number | undefined,
): Surge {
  const sigma = quickSigma;
  const place = Math.max(displacement, surge.reached[0]?.place ?? displacement);
  const reached = [{ atMs, place }, ...surge.reached.slice(0, reachedPoints - 1)];
  const next = { ...surge, reached, quick, before: [surge.quick, surge.before[0] ?? 0, surge.before[1] ?? 0] };
  next.rises = quick > surge.quick ? surge.rises + 1 : quick < surge.quick - sigma ? 0 : surge.rises;
  if (quick >= surge.peak) {
    next.peak = quick;
    next.peakSigma = sigma;
    next.trough = quick;
    next.fallen = false;
  } else {
    next.trough = Math.min(surge.trough, quick);
    next.fallen = surge.fallen || hasFallen(surge, quick, sigma);
    // A rise out of the trough that is no scatter is another rise, with a peak of its own.
    if (next.fallen && next.rises >= 2 && quick - next.trough > fallSigmas * sigma + fallShare * next.trough) {
      next.fallen = false;
      next.peak = quick;
      next.peakSigma = sigma;
      next.trough = quick;
    }
  }
  const ratio = rate === undefined ? 0 : quick / rate;
  next.heldRed = ratio >= redRatio ? surge.heldRed + 1 : 0;
  next.heldTen = ratio > 10 ? surge.heldTen + 1 : 0;
  if (rate !== undefined) followCycle(next, velocity, rate, atMs);
  return next;
}

/** Whether a quick velocity lies clearly below the peak of this rise. */
export function hasFallen({ peak, peakSigma }: Surge, quick: number, sigma: number): boolean {
  return peak - quick > Math.max(fallShare * peak, fallSigmas * Math.hypot(sigma, peakSigma));
}

function followCycle(next: Surge, v: number, rate: number, atMs: number): void {
  if (v >= next.top) {
    if (v < yellowRatio * rate) return;
    next.top = v;
    next.length += 1;
    next.calm = 0;
    return;
  }
  next.length += 1;
  next.calm = v < returnShare * next.top ? next.calm + 1 : 0;
  if (next.calm < cyclePoints) return;
  if (next.length - next.calm >= cyclePoints) next.survived = remember(next.survived, { atMs, top: next.top });
  next.top = 0;
  next.length = 0;
  next.calm = 0;
  // What follows a cycle is a rise of its own.
  next.peak = next.quick;
  next.trough = next.quick;
  next.fallen = false;
}

/** The largest cycles of the last years. */
function remember(survived: Surge['survived'], cycle: { atMs: number; top: number }): Surge['survived'] {
  const kept = survived.filter(({ atMs }) => cycle.atMs - atMs < cycleMemoryMs);
  const all = [...kept, cycle].sort((a, b) => b.top - a.top);
  return all.slice(0, cyclesMax);
}

/** The highest velocity the sensor has come back from; 0 without one. */
export function survivedPeak({ survived }: Surge): number {
  let peak = 0;
  for (const { top } of survived) if (top > peak) peak = top;
  return peak;
}

/** Whether the sensor has moved as fast before and came back. */
export function seenBefore(surge: Surge, v: number): boolean {
  return surge.survived.length > 0 && v <= survivedFactor * survivedPeak(surge);
}

/** Whether the newest two quick velocities lie above the two before by more than noise: a plateau that wiggles does not rise. */
export function stillRises({ quick, before }: Surge): boolean {
  return before.length === 3 && quick + before[0]! >= (1 + fallShare) * (before[1]! + before[2]!);
}

/**
 * Whether the growth since the onset keeps its pace: the logarithm of velocity rises in the newer half at 1.4 times its rate in
 * the older half or more. Voight's law with alpha > 1 grows faster and faster; a burst, a step or a season levels off.
 */
export function keepsGrowing({ tMs, v }: Points, onset: number): boolean {
  const last = v.length - 1;
  if (v.length - onset < pointsGate) return false;
  const middleMs = (tMs[onset]! + tMs[last]!) / 2;
  let i = onset + 1;
  while (i < last - 1 && tMs[i]! < middleMs) i += 1;
  const first = Math.log(meanOf(v, Math.min(onset, last - 2)));
  const middle = Math.log((v[i - 1]! + v[i]! + v[i + 1]!) / 3);
  const newest = Math.log(v[last]!);
  const older = (middle - first) / (tMs[i]! - tMs[onset]!);
  const newer = (newest - middle) / (tMs[last]! - tMs[i]!);
  return newer > 0 && newer >= growthShare * older;
}
