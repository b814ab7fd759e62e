import { type Baseline, type BaselineLimits, firstBase, followBase } from './baseline.ts';
import type { FirePlan } from './config.ts';
import { learnNoise } from './noise.ts';
import { beat, intervalsUntilMissing, type Rhythm } from './rhythm.ts';

/**
 * Carbon monoxide of one place: as a poison by the dose that the blood has taken up, and as a sign of fire by its rise.
 *
 * The dose follows Coburn, Forster and Kane 1965 in first order: uptake towards c with one time constant, so that
 * c (1 - exp(-t/τ)) = K is the alarm. K and τ are effective values that lie well inside every window of the standard's table:
 * UL 2034 (70 ppm 60-240 min, 150 ppm 10-50, 400 ppm 4-15, never at 30): K = 50 ppm, τ = 65 min give 81, 26 and 9 min;
 * EN 50291 (50 ppm 60-90 min, 100 ppm 10-40, never at 30): K = 46 ppm, τ = 27 min give 68 and 17 min. Its third point, 300 ppm in
 * less than 3 min, no single uptake can meet: 250 ppm for 2 min is an alarm there. domain.md §2.3.
 */
export const coStandards = ['UL 2034', 'EN 50291', 'EN 54-26'] as const;
export type CoStandard = (typeof coStandards)[number];

type Dose = { alarmPpm: number; uptakeMs: number; highPpm: number; fireAlarm: boolean };
/** No reading is as high; for standards without such a limit. */
const neverPpm = 1e9;

export const doses: Record<CoStandard, Dose> = {
  'UL 2034': { alarmPpm: 50, uptakeMs: 3_900_000, highPpm: neverPpm, fireAlarm: false },
  'EN 50291': { alarmPpm: 46, uptakeMs: 1_620_000, highPpm: 250, fireAlarm: false },
  'EN 54-26': { alarmPpm: 50, uptakeMs: 3_900_000, highPpm: neverPpm, fireAlarm: true },
};
/** Time at `highPpm` that is an alarm. */
export const highMs = 120_000;

/** A rise over the base that supports smoke or heat, ppm (domain.md §2.4). */
export const coSignPpm = 15;
/** A rise that means something alone: the upper end of 10-40 ppm within minutes (domain.md §2.3, EN 54-26). */
export const coAlonePpm = 40;

export type Co = Rhythm &
  Baseline & {
    ppm: number;
    filtered: number;
    /** Share of the alarm dose. */
    dose: number;
    highSinceMs: number;
    /** Noise of a reading (1 sigma), learned while CO is at its base. */
    noisePpm: number;
  };

export const noCo: Co = {
  atMs: -1,
  intervalMs: 0,
  sinceMs: -1,
  smooth: 0,
  base: 0,
  ppm: 0,
  filtered: 0,
  dose: 0,
  highSinceMs: -1,
  noisePpm: 0,
};

/** An electrochemical cell answers within half a minute (T90); averaging over a third of that takes its noise off. */
const filterMs = 10_000;
/** The base follows traffic and heating, a few ppm in an hour, and lags a smouldering fire, a few ppm in a minute. */
const slow = { smoothMs: 1_800_000, upPerH: 10, downPerH: 60, low: -50, high: neverPpm };
/** What was breathed in a gap is not known beyond this or three intervals; the dose then waits. */
const gapMinMs = 60_000;

function doseAfter(before: Co, ppm: number, gapMs: number, { alarmPpm, uptakeMs }: Dose): number {
  const knownMs = Math.max(gapMinMs, intervalsUntilMissing * before.intervalMs);
  const breathed = gapMs <= knownMs ? (Math.max(0, before.ppm) + Math.max(0, ppm)) / 2 : Math.max(0, before.ppm);
  const share = 1 - Math.exp(-Math.min(gapMs, knownMs) / uptakeMs);
  return before.dose + (breathed / alarmPpm - before.dose) * share;
}

function noiseAfter(before: Co, ppm: number, sample: { gapMs: number; ageMs: number }): number {
  if (risenPpm(before) >= coSignPpm) return before.noisePpm;
  return learnNoise(before.noisePpm, ppm - before.ppm, { ...sample, stepMax: 10 * coSignPpm });
}

/** How far CO is above its base beyond what its noise can do: three sigma count as nothing where that is more than a sign. */
export function risenPpm({ filtered, base, noisePpm }: Co): number {
  return filtered - base - Math.max(0, 3 * noisePpm - coSignPpm);
}

/** The place one CO reading later; `atMs` must be newer than the newest. */
export function seeCo(
  before: Co,
  { ppm, atMs }: { ppm: number; atMs: number },
  { standard, warmUpMs, usualMs }: FirePlan,
): Co {
  const { intervalMs, sinceMs } = beat(before, atMs, usualMs.co);
  const dose = doses[standard];
  const limits: BaselineLimits = { ...slow, settleMs: warmUpMs.co };
  const first = sinceMs === atMs;
  const gapMs = atMs - before.atMs;
  const sample = { value: ppm, gapMs, ageMs: before.atMs - sinceMs };
  const base = first ? firstBase(ppm, limits) : followBase(before, sample, limits);
  const high = ppm >= dose.highPpm;
  return {
    atMs,
    intervalMs,
    sinceMs,
    smooth: base.smooth,
    base: base.base,
    ppm,
    filtered: first ? ppm : before.filtered + (ppm - before.filtered) * (1 - Math.exp(-gapMs / filterMs)),
    dose: before.atMs < 0 ? 0 : doseAfter(before, ppm, gapMs, dose),
    highSinceMs: high ? (before.highSinceMs >= 0 ? before.highSinceMs : atMs) : -1,
    noisePpm: first ? before.noisePpm : noiseAfter(before, ppm, sample),
  };
}
