import type { Motion } from '../motion-types.ts';
import { type ForecastConfig, limitsOf } from './forecast-config.ts';
import { type Case, weigh } from './indication.ts';
import { type Failure, failureOf, growthGate, growthSince, onsetOf, trendUpdated } from './inverse-velocity.ts';
import { addLife, fallsOneToOne, type Life, noLife } from './life.ts';
import { addPoint, keepingUp, noPoints, overlap, type Points, pointGapMs } from './points.ts';
import { saitoMs } from './saito.ts';
import { learnSteady, type Steady, unknownSteady } from './steady.ts';
import { type Reference, referenceOf, tangentDeg } from './tangent.ts';
import { gainsGround, hasFallen, keepsGrowing, noSurge, type Surge, seenBefore, stepSurge } from './trend.ts';

/** What one evaluation says of its sensor; lengths of time from `motion.atMs`. */
export type Judgement = {
  /** Only where v0 is known and three times its noise or more. */
  angleDeg?: number;
  steady?: number;
  /** Only when every gate of inverse velocity is passed. */
  failureInMs?: number;
  failureFromMs?: number;
  failureToMs?: number;
  saitoInMs?: number;
  /** -1 regressive, 0 steady or unknown, 1 progressive. */
  trend: -1 | 0 | 1;
  indication: 0 | 1 | 2 | 3;
  /** May raise red alone and at once. */
  alone: boolean;
  confidence: number;
  reasons: string[];
};

/** Memory of the judgement: at most 42 points and a handful of numbers, JSON. */
export type Forecast = {
  points: Points;
  steady: Steady;
  surge: Surge;
  life: Life;
  /** Instant of the point from which the present line is fitted after a trend update; -1 for the onset. */
  updateAtMs: number;
  onset: { index: number; growth: number; growing: boolean };
  failure?: Failure;
  saitoTfMs?: number;
  last: Judgement;
};

const silence: Judgement = {
  trend: 0,
  indication: 0,
  alone: false,
  confidence: 0,
  reasons: ['Too few evaluations to judge.'],
};

export const emptyForecast: Forecast = {
  points: noPoints,
  steady: unknownSteady,
  surge: noSurge,
  life: noLife,
  updateAtMs: -1,
  onset: { index: 0, growth: 1, growing: false },
  last: silence,
};

/** Judges one evaluation; one within the step of the one before repeats what that said. */
export function judge(
  state: Forecast,
  heard: Motion,
  config: ForecastConfig,
): { state: Forecast; judgement: Judgement } {
  if (!heard.fresh) return { state, judgement: state.last };
  const motion = keepingUp(heard);
  const limits = limitsOf(config);
  const lastMs = state.points.atMs.at(-1);
  const isPoint = lastMs === undefined || motion.atMs - lastMs >= pointGapMs(motion);
  const learned = isPoint ? learn(state, motion, config, limits.redFloor) : state;
  const reference = referenceOf(learned.steady, config.steadyRate, limits.redFloor);
  const { points, surge, onset } = learned;
  const trend = trendOf(learned, motion, reference);
  const failure = trend === -1 ? undefined : within(learned.failure, motion.atMs, limits.horizonMs);
  const it: Case = {
    motion,
    limits,
    unit: config.unit ?? 'mm',
    reference,
    surge,
    failure,
    oneToOne: failure !== undefined && fallsOneToOne(learned.life),
    points: points.v.length - onset.index,
    growth: onset.growth,
    growing: onset.growing,
    trend,
    before: seenBefore(surge, motion.velocity),
    wasRed: state.last.indication === 3,
    quickBefore: state.surge.quick,
    gaining: gainsGround(state.surge, motion),
  };
  const judgement: Judgement = { trend, confidence: confidenceOf(it, learned), ...weigh(it) };
  if (reference.steady !== undefined) {
    judgement.steady = reference.steady;
    judgement.angleDeg = tangentDeg(motion.velocity, reference.steady);
  }
  if (failure) {
    judgement.failureInMs = Math.max(0, failure.tfMs - motion.atMs);
    judgement.failureFromMs = Math.max(0, failure.fromMs - motion.atMs);
    judgement.failureToMs = failure.toMs - motion.atMs;
  }
  if (failure && learned.saitoTfMs !== undefined && learned.saitoTfMs > motion.atMs)
    judgement.saitoInMs = learned.saitoTfMs - motion.atMs;
  return { state: { ...learned, last: judgement }, judgement };
}

/** Takes in one more point: v0, cycles, onset, prediction and life expectancy. */
function learn(state: Forecast, motion: Motion, config: ForecastConfig, redFloor: number): Forecast {
  const points = addPoint(state.points, motion);
  const shared = overlap(points, motion.windowMs);
  const steady = learnSteady(state.steady, motion.velocity, motion.velocitySigma, shared);
  const { rate } = referenceOf(steady, config.steadyRate, redFloor);
  const surge = stepSurge(state.surge, motion, rate);
  const index = onsetOf(points);
  const growth = growthSince(points, index);
  const onset = { index, growth, growing: false };
  const next: Forecast = { points, steady, surge, life: state.life, updateAtMs: -1, onset, last: state.last };
  if (growth < growthGate) {
    next.life = noLife;
    return next;
  }
  onset.growing = keepsGrowing(points, index);
  let first = Math.max(index, points.atMs.indexOf(state.updateAtMs));
  const updated = trendUpdated(points, first, shared);
  if (updated) first = points.v.length - 5;
  next.updateAtMs = first > index ? points.atMs[first]! : -1;
  // After a fall what was predicted before is another story.
  if (surge.fallen) next.life = noLife;
  const failure = failureOf(points, first, shared);
  if (failure === undefined) return next;
  next.failure = failure;
  if (!surge.fallen) next.life = addLife(next.life, motion.atMs, failure.tfMs);
  const saito = saitoMs(points, index);
  if (saito !== undefined) next.saitoTfMs = motion.atMs + saito;
  return next;
}

/** A prediction that has not passed and lies within the horizon. */
function within(failure: Failure | undefined, atMs: number, horizonMs: number): Failure | undefined {
  return failure && failure.toMs > atMs && failure.tfMs - atMs <= horizonMs ? failure : undefined;
}

/** Progressive: grown by half over three points or more, rising and not fallen from its peak. Regressive: fallen from a peak. */
function trendOf({ surge, onset, points }: Forecast, { quick, quickSigma }: Motion, { rate }: Reference): -1 | 0 | 1 {
  const moving = rate === undefined || surge.peak >= 2 * rate;
  if (surge.fallen || (moving && hasFallen(surge, quick, quickSigma))) return moving ? -1 : 0;
  const lasted = points.v.length - onset.index >= 3;
  return lasted && onset.growth >= growthGate && surge.rises >= 1 ? 1 : 0;
}

/**
 * Confidence 0..1 in the indication, a sum of what an expert would ask for: a velocity clear of noise 0.3 (its signal-to-noise
 * over ten), a steady rate found and not a stand-in 0.2 (0.1 for a stand-in or a bound), a record of 30 points 0.2, a prediction
 * through all gates 0.15, and a life expectancy that falls 1:1 0.15. The last two count in full where there is no rise to
 * predict from. Weights are the project's own.
 */
function confidenceOf({ motion, reference, failure, oneToOne, trend }: Case, { steady }: Forecast): number {
  const signal = Math.min(1, Math.abs(motion.velocity) / (10 * motion.velocitySigma || 1));
  const clearly = trend === 0 ? 0.3 : 0.3 * signal;
  const known =
    reference.steady !== undefined && (steady.sure || reference.precise) ? 0.2 : reference.rate !== undefined ? 0.1 : 0;
  const record = 0.2 * Math.min(1, steady.heard / 30);
  const predicted = trend === 1 ? (failure ? 0.15 : 0) + (oneToOne ? 0.15 : 0) : 0.3;
  return Math.round((clearly + known + record + predicted) * 100) / 100;
}
