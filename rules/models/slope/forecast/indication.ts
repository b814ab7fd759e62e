import { sayDuration, sayNumber, sayValue } from '../../../engine/words.ts';
import type { Motion } from '../motion-types.ts';
import type { Limits } from './forecast-config.ts';
import type { Failure } from './inverse-velocity.ts';
import { orangeRatio, type Reference, redRatio, tangentDeg, yellowRatio } from './tangent.ts';
import { type Surge, stillRises, survivedPeak } from './trend.ts';

/** Everything one evaluation rests on, ready to be weighed. */
export type Case = {
  motion: Motion;
  limits: Limits;
  unit: 'mm' | 'deg';
  reference: Reference;
  surge: Surge;
  /** Prediction that passed every gate, and whether its life expectancy falls 1:1. */
  failure?: Failure;
  oneToOne: boolean;
  /** Points since the onset, times the velocity has grown since, and whether it keeps growing. */
  points: number;
  growth: number;
  growing: boolean;
  trend: -1 | 0 | 1;
  /** The sensor has moved as fast before and came back. */
  before: boolean;
  /** What the evaluation before indicated, and its quick velocity. */
  wasRed: boolean;
  quickBefore: number;
  /** It stands where it never stood before. */
  gaining: boolean;
};

export type Weighed = { indication: 0 | 1 | 2 | 3; alone: boolean; reasons: string[] };

const dayMs = 86_400_000;
/** Life expectancy bands: yellow 14 to 7 d, orange 7 to 2 d (domain.md §1.2). */
const yellowLifeMs = 14 * dayMs;
const orangeLifeMs = 7 * dayMs;
/** Fit of a prediction that may be red (domain.md §1.2). */
const r2Red = 0.9;
/** Red by ratio needs two more looks within the seven days in which red is meant; slower sampling cannot see the last days. */
const stepMaxMs = orangeLifeMs / 2;
/** Points above twice v0 that make an acceleration long: two long averages of 7 (Carlà et al. 2017); steps are shorter. */
const longPoints = 14;
/**
 * And it has to last as long as red is meant to look ahead, whatever the sampling: steps and bursts of days rise just so until
 * their peak, and only a prediction can tell a failure within days from them.
 */
const longMs = orangeLifeMs;
/** Three samples in a row make a rise that lasts (domain.md §1.8); a burst of rain is over before. */
const pointsLasting = 3;
/** First alert by acceleration, mm/d² (domain.md §1.5). */
const accelerationAlert = 0.9;
/** A quantity must stand three sigma clear (domain.md §1.2: k x noise with k >= 3). */
const clear = 3;

/** Shared, because calm is what nearly every evaluation finds; nobody may change them. */
const calmReasons = ['Velocity within the uniform stage.'];
const earlyReasons = ['No steady rate is known yet, and no velocity that would alarm without one.'];

/** Weighs the evidence of one sensor: what it indicates, whether it may speak alone, and why. */
export function weigh(it: Case): Weighed {
  const red = redBy(it);
  const indication = red !== undefined ? 3 : orangeBy(it) ? 2 : yellowBy(it) ? 1 : 0;
  if (indication === 0)
    return { indication, alone: false, reasons: it.reference.rate === undefined ? earlyReasons : calmReasons };
  const reasons = [speedReason(it)];
  if (it.failure) reasons.push(failureReason(it.failure, it));
  reasons.push(trendReason(it));
  if (red !== undefined) reasons.push(red);
  else if (ratioOf(it) >= redRatio) reasons.push(whyNotRed(it));
  return { indication, alone: indication === 3 && alone(it), reasons };
}

function ratioOf({ motion, reference }: Case): number {
  return reference.rate === undefined ? 0 : motion.quick / reference.rate;
}

/** Red alone and at once: ten times v0 and ten times noise twice while rising (domain.md §1.8). */
function alone({ motion, surge, trend }: Case): boolean {
  return trend === 1 && surge.heldTen >= 2 && surge.rises >= 2 && motion.velocity >= 10 * motion.velocitySigma;
}

/** The two kinds of evidence that agree on red, as a sentence; undefined where they do not. */
function redBy(it: Case): string | undefined {
  const { motion, limits, reference, surge, failure, oneToOne, trend, growing, before } = it;
  const { quick, velocity, stepMs } = motion;
  if (quick < clear * motion.quickSigma || trend === -1 || !it.gaining) return undefined;
  const proved = trend === 1 && failure !== undefined && oneToOne && failure.r2 >= r2Red;
  const soon = proved && failure.tfMs - motion.atMs <= limits.reactionMs + stepMs;
  if (it.unit === 'deg' && leansToFailure(it)) return redSoon(it);
  if (quick < limits.redFloor || !isMoving(it)) return undefined;
  const held = surge.heldRed >= 2;
  const unknown = reference.rate === undefined;
  const critical = velocity >= limits.criticalRate && (held || unknown) && surge.rises >= 3;
  if (critical && trend === 1 && !before) return 'Critical velocity that keeps rising: red.';
  if (it.wasRed && motion.quick >= it.quickBefore) return 'It was red and the velocity has not fallen: red.';
  if (stepMs > stepMaxMs || isFar(it)) return undefined;
  // A sensor that came back from as much before has to show a whole failure's growth, not only a ratio to its quietest days.
  const grown = before ? it.growth >= redRatio : Math.max(ratioOf(it), unknown ? it.growth : 0) >= orangeRatio;
  // The next evaluation, which has to confirm it, takes a step.
  if (soon && grown) return redSoon(it);
  if (!held) return undefined;
  if (proved && grown && isNarrow(failure, motion.atMs))
    return 'Tangent angle of 85° or more and a life expectancy that falls 1:1: red.';
  const lasting = trend === 1 && growing && stillRises(surge);
  const long = surge.length >= longPoints && surge.length * stepMs >= longMs;
  if (lasting && !before && surge.heldRed >= pointsLasting && long)
    return 'Tangent angle of 85° or more after a long acceleration that keeps growing: red.';
  if (reference.precise && surge.survived.length === 0 && stepMs <= dayMs)
    return `Tangent angle of 85° or more held ${surge.heldRed} times against a well-known steady rate: red.`;
  return undefined;
}

/**
 * A tilt says how a block leans and not how far it slides: what is proved to fail counts from the precaution limit on. A long line
 * with a narrow window proves as much as a life expectancy, which noise of a few hours breaks.
 */
function leansToFailure({ motion, limits, failure, oneToOne, trend, growth }: Case): boolean {
  if (trend !== 1 || failure === undefined || failure.r2 < r2Red || !isNarrow(failure, motion.atMs)) return false;
  const soon = failure.tfMs - motion.atMs <= limits.reactionMs + motion.stepMs;
  return (
    soon && (oneToOne || failure.points >= longPoints) && growth >= orangeRatio && motion.quick >= limits.absolute[0]
  );
}

function redSoon({ limits }: Case): string {
  return `Failure is likely within the ${sayDuration(limits.reactionMs)} that clearing the site takes: red.`;
}

/** The velocity over the whole window has left the uniform stage too, so that one lucky short window cannot speak. */
function isMoving({ motion, reference }: Case): boolean {
  return reference.rate === undefined || motion.velocity >= yellowRatio * reference.rate;
}

/** A prediction that holds and says that there is more than a week. */
function isFar({ failure, motion, limits }: Case): boolean {
  return failure !== undefined && failure.tfMs - motion.atMs > Math.max(orangeLifeMs, limits.reactionMs);
}

/** A window much wider than the time that is left says that failure may come, not when. */
function isNarrow({ tfMs, fromMs, toMs }: Failure, atMs: number): boolean {
  return toMs - fromMs <= 2 * (tfMs - atMs);
}

function orangeBy(it: Case): boolean {
  const { motion, limits, unit, reference, failure, oneToOne, trend, before } = it;
  const { quick, quickSigma } = motion;
  if (quick < clear * quickSigma) return false;
  if (unit === 'deg' && quick >= limits.absolute[1]) return true;
  if (reference.rate === undefined) return quick >= limits.absolute[1] && trend === 1;
  if (!isMoving(it)) return false;
  if (ratioOf(it) >= orangeRatio && (!before || oneToOne)) return true;
  return oneToOne && failure !== undefined && trend === 1 && failure.tfMs - motion.atMs <= orangeLifeMs;
}

function yellowBy({ motion, limits, unit, reference, failure, trend }: Case): boolean {
  const { quick, quickSigma, velocity, acceleration } = motion;
  if (quick < clear * quickSigma) return false;
  if (unit === 'deg' && quick >= limits.absolute[0]) return true;
  if (reference.rate === undefined && quick >= limits.absolute[0]) return true;
  if (
    reference.rate !== undefined &&
    quick >= yellowRatio * reference.rate &&
    quick - reference.rate > clear * quickSigma
  )
    return true;
  if (failure !== undefined && trend === 1 && failure.tfMs - motion.atMs <= yellowLifeMs) return true;
  const gain = ((acceleration ?? 0) * motion.windowMs) / dayMs;
  const sure = gain > clear * Math.SQRT2 * motion.velocitySigma && velocity > 0;
  return unit === 'mm' && acceleration !== undefined && acceleration >= accelerationAlert && sure && trend !== -1;
}

function rateUnit(unit: 'mm' | 'deg'): string {
  return `${unit}/d`;
}

function speedReason({ motion, reference, unit }: Case): string {
  const speed = `Velocity ${sayValue(motion.quick, rateUnit(unit))}`;
  if (reference.rate === undefined) return `${speed}; no steady rate is known yet.`;
  const times = sayNumber(Math.round((motion.quick / reference.rate) * 10) / 10);
  const rate = sayValue(reference.rate, rateUnit(unit));
  if (reference.steady === undefined)
    return `${speed}, at least ${times} times a steady rate too small to measure (below ${rate}).`;
  if (reference.steady < reference.rate)
    return `${speed}, ${times} times ${rate}; the steady rate of ${sayValue(reference.steady, rateUnit(unit))} is harmless.`;
  const angle = sayNumber(Math.round(tangentDeg(motion.quick, reference.steady) * 10) / 10);
  return `${speed}, ${times} times the steady ${rate} (tangent angle ${angle}°).`;
}

function failureReason({ tfMs, fromMs, toMs, r2, points }: Failure, { motion, oneToOne }: Case): string {
  const from = sayDuration(Math.max(0, fromMs - motion.atMs));
  const to = sayDuration(Math.max(0, toMs - motion.atMs));
  const tf = sayDuration(Math.max(0, tfMs - motion.atMs));
  const trust = oneToOne ? 'life expectancy falls 1:1' : 'life expectancy does not fall 1:1';
  return `Inverse velocity: failure in ${from} to ${to}, likely ${tf} (${points} points, R² ${sayNumber(Math.round(r2 * 100) / 100)}, ${trust}).`;
}

function trendReason({ trend, surge, points, growth, unit }: Case): string {
  if (trend === -1) return `Velocity falls again after a peak of ${sayValue(surge.peak, rateUnit(unit))}: regressive.`;
  if (trend === 1)
    return `Velocity has grown ${sayNumber(Math.round(growth * 10) / 10)} times over ${points} points: progressive.`;
  return 'No lasting rise is proved.';
}

function whyNotRed(it: Case): string {
  const { motion, limits, surge, trend, growing, before, unit } = it;
  if (trend === -1) return 'Not red: the velocity falls.';
  if (motion.quick < limits.redFloor) return `Not red: below ${sayValue(limits.redFloor, rateUnit(unit))}.`;
  if (motion.stepMs > stepMaxMs)
    return `Not red: a reading every ${sayDuration(motion.stepMs)} cannot see the last days.`;
  if (!it.gaining) return 'Not red: it comes back to where it stood before.';
  if (surge.heldRed < 2) return 'Not red: seen once only.';
  if (isFar(it)) return 'Not red: failure is more than a week away.';
  if (before) return `Not red: it came back from ${sayValue(survivedPeak(surge), rateUnit(unit))} before.`;
  if (trend === 1 && !growing) return 'Not red: the growth slows down, as in a step or a burst.';
  return 'Not red: no lasting rise confirms it.';
}
