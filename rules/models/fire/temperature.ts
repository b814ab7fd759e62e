import type { FirePlan } from './config.ts';
import { type HeatLimits, riseAlarmKPerMin } from './heat-class.ts';
import { beat, type Rhythm, rounding } from './rhythm.ts';

/**
 * What the temperature of one place tells of a fire: static limits, the two-speed algorithm and the rate of rise.
 *
 * A rise counts when it is seen in more than one step: the largest single step between two samples is taken off it. So a
 * swapped sensor, a joined recording or a wild sample, which jump once, are no rise, while a fire that jumps at slow sampling
 * goes on rising and counts at its second step. Above the static limit a jump is an alarm all the same.
 */
export type Temperature = Rhythm & {
  cel: number;
  /** The sample before it. */
  beforeCel: number;
  beforeMs: number;
  /** Mean of the last minutes, above which a rise counts. */
  baseCel: number;
  /** Points kept for chords, oldest first, and the largest step between each and the next. */
  tMs: readonly number[];
  pointCel: readonly number[];
  stepK: readonly number[];
  /** Largest step since the newest point. */
  openStepK: number;
  /** Rate over the last minute without its largest step, K/min. */
  riseKPerMin: number;
  /** Since when the static limit is exceeded, or -1. */
  hotSinceMs: number;
  /** 0 normal, 1 pre-alarm, 2 alarm of the heat class. */
  heat: number;
  /** The rise that made a rate alarm, and how long it took; 0 for none. */
  ratedK: number;
  ratedMs: number;
};

export const noTemperature: Temperature = {
  atMs: -1,
  intervalMs: 0,
  sinceMs: -1,
  cel: 0,
  beforeCel: 0,
  beforeMs: -1,
  baseCel: 0,
  tMs: [],
  pointCel: [],
  stepK: [],
  openStepK: 0,
  riseKPerMin: 0,
  hotSinceMs: -1,
  heat: 0,
  ratedK: 0,
  ratedMs: 0,
};

/** Follows weather and heating (K/h), lags an oven or a door (a minute), and forgets a swapped sensor within the half hour. */
const baseMs = 600_000;
/** Chord of the rate: one minute, the unit of every published rate, or two steps at slow sampling (and half for jitter). */
const rateMs = 60_000;
const rateSteps = 2.5;
/** A rate needs at least the 30 s over which domain.md §2.1 took it from real room fires. */
const rateMinMs = 30_000;
/** Fast is above 4 K/min (maker's two-speed algorithm, domain.md §2.1). */
export const fastKPerMin = 4;
/** Noise of a rate: 0.3 K of reading noise at both ends of a minute. */
const rateNoiseKPerMin = 0.5;
/** Points in memory, which at quick sampling makes them several seconds apart. */
const pointsMax = 12;
/** Two samples this close are one step; no air heats up in less, and a fire that did goes on. */
const spreadMs = 5_000;
/** A static alarm needs a second sample where that costs no more than this; half of the 10 s that NFPA 72 10.11 allows. */
const secondSampleMs = 5_000;
/** Static limits are left 4 K below, the distance of maximum use from the minimum response in every class. */
const leaveK = 4;

type Rise = { riseKPerMin: number; rawKPerMin: number; ratedK: number; ratedMs: number };

/** Looks back from the newest sample over every point, newest first, with the largest step on the way. */
function lookBack(points: Points, now: { cel: number; atMs: number; intervalMs: number }, limits: HeatLimits): Rise {
  const { tMs, pointCel, stepK, openStepK } = points;
  const spanMs = Math.max(rateMs, rateSteps * now.intervalMs);
  const rise: Rise = { riseKPerMin: 0, rawKPerMin: 0, ratedK: 0, ratedMs: 0 };
  let largest = openStepK;
  for (let i = tMs.length - 1; i >= 0; i -= 1) {
    const ageMs = now.atMs - tMs[i]!;
    if (i < tMs.length - 1) largest = Math.max(largest, stepK[i]!);
    if (ageMs <= 0) continue;
    const perMin = 60_000 / ageMs;
    const risenK = now.cel - pointCel[i]!;
    const restK = risenK - largest;
    if (ageMs <= spanMs && ageMs >= rateMinMs) {
      rise.rawKPerMin = risenK * perMin;
      // Twice the rest is the whole rise of two equal steps, the fewest in which a rise can be seen.
      rise.riseKPerMin = risenK > 0 ? Math.max(0, Math.min(risenK, 2 * restK)) * perMin : rise.rawKPerMin;
    }
    const steep = risenK * perMin >= riseAlarmKPerMin - rounding && restK * perMin > fastKPerMin;
    if (steep && risenK >= limits.riseMinK - rounding) {
      rise.ratedK = risenK;
      rise.ratedMs = ageMs;
    }
  }
  return rise;
}

type Points = Pick<Temperature, 'tMs' | 'pointCel' | 'stepK' | 'openStepK'>;

/** The points with a sample added; the arrays are shared until a bucket is full. */
function addPoint(before: Temperature, cel: number, rhythm: Rhythm, limits: HeatLimits): Points {
  const { atMs, intervalMs } = rhythm;
  // An averaging gateway spreads one jump over two quick samples.
  const spread = before.beforeMs >= 0 && atMs - before.beforeMs <= spreadMs ? cel - before.beforeCel : 0;
  const openStepK = Math.max(before.openStepK, cel - before.cel, spread);
  const memoryMs = Math.max(limits.riseSpanMs, rateMs) + rateSteps * intervalMs;
  const { tMs, pointCel, stepK } = before;
  if (atMs - tMs[tMs.length - 1]! < memoryMs / pointsMax) return { tMs, pointCel, stepK, openStepK };
  let from = Math.max(0, tMs.length - pointsMax - 2);
  while (from < tMs.length && tMs[from]! < atMs - memoryMs) from += 1;
  const kept = { tMs: tMs.slice(from), pointCel: pointCel.slice(from), stepK: stepK.slice(from) };
  if (from < tMs.length) kept.stepK.push(openStepK);
  kept.tMs.push(atMs);
  kept.pointCel.push(cel);
  return { tMs: kept.tMs, pointCel: kept.pointCel, stepK: kept.stepK, openStepK: 0 };
}

/** The static part: immediately at slow sampling and for heavy heat, else with the second sample. */
function isHot(hotSinceMs: number, { atMs, intervalMs }: Rhythm, cel: number, limits: HeatLimits): boolean {
  if (hotSinceMs < 0) return false;
  return atMs > hotSinceMs || intervalMs > secondSampleMs || cel >= limits.heavyCel - rounding;
}

function heatOf(before: Temperature, after: Temperature, rise: Rise, limits: HeatLimits): number {
  const { cel, baseCel, hotSinceMs } = after;
  const aboveK = cel - baseCel + rounding;
  if (isHot(hotSinceMs, after, cel, limits)) return 2;
  if (after.ratedK > 0 && before.heat < 2) return 2;
  const kept = cel >= limits.alarmCel - leaveK || (after.ratedK > 0 && aboveK >= limits.riseMinK / 2);
  if (before.heat === 2 && kept) return 2;
  if (cel >= limits.preCel - rounding || (before.heat > 0 && cel >= limits.preCel - leaveK)) return 1;
  const quick = limits.rated && rise.rawKPerMin > fastKPerMin + rateNoiseKPerMin && aboveK >= limits.riseMinK / 2;
  return quick && cel >= limits.fastPreCel - rounding ? 1 : 0;
}

/** The rate alarm of this sample, by rate of rise or by a fast rise to the lower limit, or the one that stands. */
function ratedOf(before: Temperature, rise: Rise, at: { cel: number; baseCel: number }, limits: HeatLimits) {
  const counts = limits.rated && at.cel - at.baseCel >= limits.riseMinK - rounding;
  if (counts && rise.ratedK > 0 && at.cel >= limits.rateFromCel) return { ratedK: rise.ratedK, ratedMs: rise.ratedMs };
  const fast = rise.riseKPerMin > fastKPerMin + rateNoiseKPerMin && at.cel >= limits.fastAlarmCel - rounding;
  if (counts && fast) return { ratedK: rise.riseKPerMin, ratedMs: 60_000 };
  const stands = before.heat === 2;
  return { ratedK: stands ? before.ratedK : 0, ratedMs: stands ? before.ratedMs : 0 };
}

/** The place one temperature later; `atMs` must be newer than the newest. */
export function seeTemperature(
  before: Temperature,
  { cel, atMs }: { cel: number; atMs: number },
  { heat: limits, usualMs }: Pick<FirePlan, 'heat' | 'usualMs'>,
): Temperature {
  const rhythm = beat(before, atMs, usualMs.temperature);
  const first = before.atMs < 0;
  const gapMs = atMs - before.atMs;
  const baseCel = first ? cel : before.baseCel + ((cel - before.baseCel) * gapMs) / (baseMs + gapMs);
  const points = first
    ? { tMs: [atMs], pointCel: [cel], stepK: [], openStepK: 0 }
    : addPoint(before, cel, rhythm, limits);
  const rise = lookBack(points, { cel, atMs, intervalMs: rhythm.intervalMs }, limits);
  const hot = cel >= limits.alarmCel - rounding;
  const after: Temperature = {
    atMs,
    intervalMs: rhythm.intervalMs,
    sinceMs: rhythm.sinceMs,
    cel,
    beforeCel: before.cel,
    beforeMs: before.atMs,
    baseCel,
    tMs: points.tMs,
    pointCel: points.pointCel,
    stepK: points.stepK,
    openStepK: points.openStepK,
    riseKPerMin: rise.riseKPerMin,
    hotSinceMs: hot ? (before.hotSinceMs >= 0 ? before.hotSinceMs : atMs) : -1,
    heat: 0,
    ratedK: 0,
    ratedMs: 0,
  };
  const rated = ratedOf(before, rise, after, limits);
  after.ratedK = rated.ratedK;
  after.ratedMs = rated.ratedMs;
  after.heat = heatOf(before, after, rise, limits);
  return after;
}
