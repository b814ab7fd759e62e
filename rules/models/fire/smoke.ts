import { type Baseline, type BaselineLimits, firstBase, followBase } from './baseline.ts';
import type { FirePlan } from './config.ts';
import { learnNoise } from './noise.ts';
import { beat, type Rhythm, rounding } from './rhythm.ts';

/**
 * Smoke of one place, in dB/m above a base line that follows dirt and never a fire.
 *
 * Drift compensation: the base rises by at most 2 % of the alarm level per hour and by at most half the alarm level in all, so
 * that smoke which rises by 10 % of it per hour is an alarm after 12.5 h at the latest wherever the base stands, and one that
 * rises by a quarter per hour within the time EN 54-7 4.8 leaves (1.6 A/R + 100 s). It falls faster, for a cleaned detector.
 */
export type Smoke = Rhythm &
  Baseline & {
    /** As read, its mean of a few seconds to show, and the same of what counts. */
    dbPerM: number;
    mean: number;
    filtered: number;
    /** Since when smoke is at the alarm level, and at half of it, or -1. */
    overSinceMs: number;
    halfSinceMs: number;
    still: Still;
    /** Noise of a reading (1 sigma), learned while there is no smoke. */
    noiseDb: number;
  };

/** How the readings stand still, and where they stood before. */
export type Still = {
  /** Level that the readings have kept since then, and whether one single step led to it. */
  steadyDb: number;
  steadySinceMs: number;
  jumped: boolean;
  /** The level they last kept for long. */
  settledDb: number;
  /** When the base was moved over a jump, or -1, and how far. */
  movedAtMs: number;
  movedDb: number;
};

export const noSmoke: Smoke = {
  atMs: -1,
  intervalMs: 0,
  sinceMs: -1,
  smooth: 0,
  base: 0,
  dbPerM: 0,
  mean: 0,
  filtered: 0,
  overSinceMs: -1,
  halfSinceMs: -1,
  still: { steadyDb: 0, steadySinceMs: -1, jumped: false, settledDb: 0, movedAtMs: -1, movedDb: 0 },
  noiseDb: 0,
};

/** Smoke enters a chamber within seconds; averaging as long takes noise off and costs half a hold at most. */
const filterMs = 5_000;
/** Noise beyond a tenth of the alarm level is averaged longer, with its square as averaging needs, up to two holds in all. */
const quietShare = 0.1;
const filterMostMs = 20_000;
/** Noise of a quarter of the alarm level leaves four sigma, and no longer a sure hold: the meter needs care. */
export const noisyShare = 0.25;
/** One reading counts no more than twice the alarm level, so that a puff of dust does not outlast itself in the average. */
export const strongShare = 2;
/** A hold goes on down to this share of its level. */
const holdShare = 0.8;
/** Readings that stay within this share of the alarm level for five minutes have no dynamics; smoke of a fire wafts. */
const steadyShare = 0.1;
const steadyMs = 300_000;
const steadySamples = 5;
/** A step of this share between two samples is a jump. */
const jumpShare = 0.2;
/** The base drifts by half the alarm level at most (domain.md §2.6), and below clean air by all of it. */
export const driftMaxShare = 0.5;
const lowestShare = -1;

/** EN 54-7 4.8: see above. A cleaned detector is back within the hour. */
export function baseLimits(alarmDb: number, settleMs: number): BaselineLimits {
  return {
    smoothMs: 3_600_000,
    upPerH: 0.02 * alarmDb,
    downPerH: alarmDb,
    low: lowestShare * alarmDb,
    high: driftMaxShare * alarmDb,
    settleMs,
  };
}

/** Since when a level is held, given since when it was. */
function held(sinceMs: number, net: number, level: number, atMs: number): number {
  if (net >= level * (1 - rounding)) return sinceMs >= 0 ? sinceMs : atMs;
  return sinceMs >= 0 && net >= holdShare * level ? sinceMs : -1;
}

/**
 * Follows how long the readings stand still. Where one step led from one settled level to another, and the base can go as far,
 * it has to: a swapped or restarted sensor. Where it cannot, this may be smoke, and the old level stays the settled one.
 */
function stillAfter(before: Smoke, dbPerM: number, atMs: number, alarmDb: number): Still {
  const { steadyDb, steadySinceMs, jumped, settledDb, movedAtMs, movedDb } = before.still;
  if (Math.abs(dbPerM - steadyDb) > steadyShare * alarmDb) {
    const step = steadyDb === settledDb && Math.abs(dbPerM - before.dbPerM) >= jumpShare * alarmDb;
    return { steadyDb: dbPerM, steadySinceMs: atMs, jumped: step, settledDb, movedAtMs, movedDb };
  }
  const forMs = atMs - steadySinceMs;
  const settled = forMs >= steadyMs && forMs >= steadySamples * before.intervalMs;
  if (!settled || settledDb === steadyDb) return before.still;
  const byDb = steadyDb - settledDb;
  const move = jumped && Math.abs(byDb) >= jumpShare * alarmDb;
  if (move && before.base + byDb > driftMaxShare * alarmDb) return before.still;
  const still = { steadyDb, steadySinceMs, jumped: false, settledDb: steadyDb };
  return move ? { ...still, movedAtMs: atMs, movedDb: byDb } : { ...still, movedAtMs, movedDb };
}

/** The base moved over a jump; downwards not below the level that the readings took, which would make smoke of clean air. */
function movedBase(base: number, { movedDb, steadyDb }: Still, limits: BaselineLimits): number {
  return within(Math.max(base + movedDb, Math.min(base, steadyDb)), limits);
}

/** Noise is learned while there is no smoke. */
function noiseAfter(before: Smoke, dbPerM: number, sample: { gapMs: number; ageMs: number }, alarmDb: number): number {
  if (before.halfSinceMs >= 0 || before.filtered - before.base >= alarmDb / 2) return before.noiseDb;
  return learnNoise(before.noiseDb, dbPerM - before.dbPerM, { ...sample, stepMax: alarmDb });
}

/** Time over which this meter is averaged. */
function filterOf(noiseDb: number, alarmDb: number): number {
  const excess = (noiseDb / (quietShare * alarmDb)) ** 2;
  return Math.min(filterMostMs, filterMs * Math.max(1, excess));
}

/** The place one smoke reading later; `atMs` must be newer than the newest. */
export function seeSmoke(before: Smoke, dbPerM: number, atMs: number, plan: FirePlan): Smoke {
  const { alarmDb } = plan;
  const { intervalMs, sinceMs } = beat(before, atMs, plan.usualMs.smoke);
  const slow = baseLimits(alarmDb, plan.warmUpMs.smoke);
  const first = sinceMs === atMs;
  const gapMs = atMs - before.atMs;
  const sample = { value: dbPerM, gapMs, ageMs: before.atMs - sinceMs };
  const followed = first ? firstBase(dbPerM, slow) : followBase(before, sample, slow);
  const still = first
    ? { steadyDb: dbPerM, steadySinceMs: atMs, jumped: false, settledDb: dbPerM, movedAtMs: -1, movedDb: 0 }
    : stillAfter(before, dbPerM, atMs, alarmDb);
  const moved = still.movedAtMs === atMs;
  const base = moved ? movedBase(followed.base, still, slow) : followed.base;
  const smooth = moved ? base : followed.smooth;
  const counted = Math.min(dbPerM, base + strongShare * alarmDb);
  const share = first ? 1 : 1 - Math.exp(-gapMs / filterOf(before.noiseDb, alarmDb));
  const filtered = before.filtered + (counted - before.filtered) * share;
  const net = filtered - base;
  return {
    atMs,
    intervalMs,
    sinceMs,
    smooth,
    base,
    dbPerM,
    mean: before.mean + (dbPerM - before.mean) * share,
    filtered,
    overSinceMs: held(before.overSinceMs, net, alarmDb, atMs),
    halfSinceMs: held(before.halfSinceMs, net, alarmDb / 2, atMs),
    still,
    noiseDb: first ? before.noiseDb : noiseAfter(before, dbPerM, sample, alarmDb),
  };
}

function within(value: number, { low, high }: BaselineLimits): number {
  return Math.max(low, Math.min(high, value));
}

/**
 * True when smoke has been at the level since `sinceMs` for long enough. Where samples are farther apart than the hold, a
 * strong one counts at once and a marginal one needs the second.
 */
export function isHeld(smoke: Smoke, sinceMs: number, alarmDb: number, holdMs: number): boolean {
  if (sinceMs < 0) return false;
  if (smoke.atMs - sinceMs >= holdMs) return true;
  return smoke.intervalMs > holdMs && smoke.dbPerM - smoke.base >= strongShare * alarmDb * (1 - rounding);
}
