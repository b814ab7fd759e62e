import { co2SignPpm } from './carbon-dioxide.ts';
import { coAlonePpm, coSignPpm, doses, highMs, risenPpm } from './carbon-monoxide.ts';
import type { FirePlan } from './config.ts';
import type { Places } from './fire-state.ts';
import { isWarming, rounding } from './rhythm.ts';
import type { Support } from './sight.ts';
import { isHeld, type Smoke } from './smoke.ts';

/**
 * The vote of domain.md §2.4: fire = heat class, or smoke at the alarm level, or half of it together with CO 15 ppm over its base
 * or a rise of 3 K/min; and temperature with CO, the best pair of Cestari 2005. Each must last (10 s, or a second sample). CO2
 * that jumps by hundreds of ppm within minutes halves the rise that smoke needs. Pre-alarm is at half the values.
 * A camera supports as CO2 does, and also a pre-alarm. Flames that it sees end the verification of smoke; smoke that it sees does
 * not, because it may be the same steam.
 */
export type Vote = {
  level: number;
  /** Since when the signs are those of a pre-alarm or of a vote, or -1. */
  preSinceMs: number;
  voteSinceMs: number;
  /** When alarm verification began, or -1. */
  verifySinceMs: number;
  /** Since when the signs are below the level, or -1. */
  lowSinceMs: number;
  /** What made the level, a sum of `because`. */
  causes: number;
};

export const noVote: Vote = { level: 0, preSinceMs: -1, voteSinceMs: -1, verifySinceMs: -1, lowSinceMs: -1, causes: 0 };

/** Causes of an alarm, as bits. */
export const because = {
  heat: 1,
  smoke: 2,
  smokeWithCo: 4,
  smokeWithRise: 8,
  coWithRise: 16,
  dose: 32,
  co: 64,
} as const;

/** Rise that supports smoke or CO, K/min (domain.md §2.4), of at least this much above the base to be no noise. */
const riseSignKPerMin = 3;
const riseSignK = 2;
/** A level ends after the signs were below four fifths of what keeps it for this long: a flame flickers, a door swings. */
const clearMs = 60_000;
const keepShare = 0.8;
/** Part of the CO dose that is a pre-alarm. 30 ppm, which never may be one, ends at 0.65 of the dose. */
const dosePre = 0.8;
/** UL 864, NFPA 72: reset and restart take at most 60 s, the confirmation period that follows at least 60 s (domain.md §2.6). */
const verifyResetMs = 30_000;
const verifyWindowMs = 60_000;

/** The signs of this instant: smoke as a share of the alarm level, CO above its base, the rise that counts. */
export type Signs = { smoke: number; coPpm: number; riseKPerMin: number; co2: boolean; isSeen: boolean };

/** The channels at an instant, and what a camera supports then. */
type Instant = Places & { support?: Support };

/** The signs of the newest sample of every channel. */
export function signsOf({ temperature, smoke, co, co2, support }: Instant, plan: FirePlan): Signs {
  const { alarmDb, heat, warmUpMs } = plan;
  // With suffix S a rise is nothing unusual.
  const risen = heat.rated && temperature.cel - temperature.baseCel >= riseSignK;
  return {
    smoke: (smoke.filtered - smoke.base) / alarmDb + rounding,
    coPpm: isWarming(co, warmUpMs.co) ? 0 : risenPpm(co) + rounding,
    riseKPerMin: risen ? temperature.riseKPerMin + rounding : 0,
    co2: co2.filtered - co2.base >= co2SignPpm && !isWarming(co2, warmUpMs.co2),
    isSeen: support !== undefined && (support.flame || support.smokeSeen),
  };
}

/** Signs that two channels give together, as bits of `because`. */
function together({ smoke, coPpm, riseKPerMin, co2, isSeen }: Signs): number {
  let found = 0;
  if (smoke >= 0.5 && coPpm >= coSignPpm) found |= because.smokeWithCo;
  if (smoke >= 0.5 && riseKPerMin >= riseSignKPerMin * (co2 || isSeen ? 0.5 : 1)) found |= because.smokeWithRise;
  if (coPpm >= coSignPpm && riseKPerMin >= riseSignKPerMin) found |= because.coWithRise;
  return found;
}

/** Newest sample of the channels that a sign rests on: a hold is proved by samples, not by other channels' time. */
function newestOf(found: number, { temperature, smoke, co }: Places): number {
  let atMs = -1;
  if (found & (because.smokeWithCo | because.smokeWithRise)) atMs = Math.max(atMs, smoke.atMs);
  if (found & (because.smokeWithCo | because.coWithRise)) atMs = Math.max(atMs, co.atMs);
  if (found & (because.smokeWithRise | because.coWithRise)) atMs = Math.max(atMs, temperature.atMs);
  return atMs;
}

/** CO alone: by dose, by EN 50291's high limit, or as a fire detector of EN 54-26. */
function coAlone({ co }: Places, { coPpm }: Signs, { standard, holdMs }: FirePlan, preSinceMs: number): number {
  let found = 0;
  const high = co.highSinceMs >= 0 && co.atMs - co.highSinceMs >= highMs;
  if (co.dose >= 1 || high) found |= because.dose;
  const risen = coPpm >= coAlonePpm && preSinceMs >= 0 && co.atMs - preSinceMs >= holdMs;
  if (doses[standard].fireAlarm && risen) found |= because.co;
  return found;
}

/** Signs of a pre-alarm. */
function isPre({ smoke, coPpm, riseKPerMin, isSeen }: Signs): boolean {
  if (smoke >= 0.5 || coPpm >= coAlonePpm) return true;
  const risen = riseKPerMin >= riseSignKPerMin / 2;
  const supported = coPpm >= coSignPpm / 2 || risen || isSeen;
  return (smoke >= 0.25 && supported) || (coPpm >= coSignPpm && (risen || isSeen));
}

/** True while what made the alarm is still there, if weaker. */
function keeps(causes: number, { temperature, co }: Places, { smoke, coPpm }: Signs): boolean {
  if (temperature.heat === 2) return true;
  const bySmoke = because.smoke | because.smokeWithCo | because.smokeWithRise;
  if (causes & bySmoke && smoke >= 0.5 * keepShare) return true;
  const byCo = because.smokeWithCo | because.coWithRise | because.co;
  if (causes & byCo && coPpm >= coSignPpm * keepShare) return true;
  return (causes & because.dose) !== 0 && co.dose >= keepShare;
}

type Verified = { verifySinceMs: number; confirmed: boolean };

/**
 * Alarm verification of smoke alone. Where samples are farther apart than the hold, the first one at the alarm level begins it
 * and the second one is the look after the reset. Without a sample in the window, the first one after it decides.
 */
function verified(
  before: Vote,
  previous: Smoke,
  smoke: Smoke,
  { over, sparse }: { over: boolean; sparse: boolean },
): Verified {
  const begun = before.verifySinceMs;
  const start = over ? (sparse ? smoke.overSinceMs : smoke.atMs) : -1;
  const verifySinceMs = begun >= 0 ? begun : start;
  const passedMs = smoke.atMs - verifySinceMs;
  if (verifySinceMs < 0 || passedMs < verifyResetMs) return { verifySinceMs, confirmed: false };
  const unseen = begun < 0 || previous.atMs - begun < verifyResetMs;
  if (passedMs <= verifyResetMs + verifyWindowMs || unseen)
    return { verifySinceMs: over ? -1 : verifySinceMs, confirmed: over };
  return { verifySinceMs: start, confirmed: false };
}

/** True while nothing is going on and nothing is counted. */
function isIdle({ level, preSinceMs, voteSinceMs, verifySinceMs, lowSinceMs }: Vote): boolean {
  return level === 0 && preSinceMs < 0 && voteSinceMs < 0 && verifySinceMs < 0 && lowSinceMs < 0;
}

/** True when no sign reaches what the mildest rule asks of it; nearly all samples of a detector's life end here. */
function isQuiet({ temperature, smoke, co }: Places, { smoke: share, coPpm }: Signs): boolean {
  const few = share < 0.25 && coPpm < coSignPpm && smoke.halfSinceMs < 0;
  return few && temperature.heat === 0 && co.dose < dosePre && co.highSinceMs < 0;
}

/** The level one sample on; `previous` is the smoke before it. */
export function vote(before: Vote, places: Instant & { nowMs: number }, previous: Smoke, plan: FirePlan): Vote {
  const { temperature, smoke, co, nowMs, support } = places;
  const signs = signsOf(places, plan);
  if (isIdle(before) && isQuiet(places, signs)) return before;
  const { holdMs, alarmDb } = plan;
  const both = together(signs);
  const voteSinceMs = both === 0 ? -1 : before.voteSinceMs >= 0 ? before.voteSinceMs : nowMs;
  const preSinceMs = isPre(signs) ? (before.preSinceMs >= 0 ? before.preSinceMs : nowMs) : -1;

  let causes = coAlone(places, signs, plan, before.preSinceMs);
  if (temperature.heat === 2) causes |= because.heat;
  const sparse = smoke.intervalMs > holdMs;
  const strong = sparse && signs.smoke >= 1;
  if (both !== 0 && (newestOf(both, places) - voteSinceMs >= holdMs || strong)) causes |= both;
  const over = isHeld(smoke, smoke.overSinceMs, alarmDb, holdMs);
  let verifySinceMs = -1;
  if (!plan.verify || before.causes & because.smoke || support?.flame) causes |= over ? because.smoke : 0;
  else {
    const check = verified(before, previous, smoke, { over, sparse });
    verifySinceMs = check.verifySinceMs;
    if (check.confirmed) causes |= because.smoke;
  }
  const pre =
    temperature.heat === 1 ||
    co.dose >= dosePre ||
    verifySinceMs >= 0 ||
    isHeld(smoke, smoke.halfSinceMs, alarmDb, holdMs) ||
    (preSinceMs >= 0 && Math.max(smoke.atMs, co.atMs) - preSinceMs >= holdMs);
  const wanted = causes !== 0 ? 2 : pre ? 1 : 0;
  return settle(
    before,
    { wanted, causes, preSinceMs, voteSinceMs, verifySinceMs },
    keeps(before.causes, places, signs),
    nowMs,
  );
}

type Wanted = Omit<Vote, 'level' | 'lowSinceMs'> & { wanted: number };

/** Rises at once; falls when nothing has kept the level for a minute. */
function settle(before: Vote, after: Wanted, kept: boolean, nowMs: number): Vote {
  const { wanted, preSinceMs, voteSinceMs, verifySinceMs } = after;
  const next = { preSinceMs, voteSinceMs, verifySinceMs };
  const staying = before.level === 2 && kept;
  if (wanted >= before.level || staying) {
    const level = Math.max(wanted, before.level);
    const causes = level === 2 ? before.causes | after.causes : 0;
    const same =
      level === before.level &&
      causes === before.causes &&
      before.lowSinceMs === -1 &&
      preSinceMs === before.preSinceMs &&
      voteSinceMs === before.voteSinceMs &&
      verifySinceMs === before.verifySinceMs;
    return same ? before : { level, ...next, lowSinceMs: -1, causes };
  }
  const lowSinceMs = before.lowSinceMs >= 0 ? before.lowSinceMs : nowMs;
  const over = nowMs - lowSinceMs >= clearMs;
  return {
    level: over ? wanted : before.level,
    ...next,
    lowSinceMs: over ? -1 : lowSinceMs,
    causes: over && wanted < 2 ? 0 : before.causes | after.causes,
  };
}
