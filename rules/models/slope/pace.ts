import type { SlopeConfig } from './config.ts';
import type { Motion } from './motion-types.ts';
import { breakNoise, hearNoise, type Noise, silent } from './noise.ts';
import { addPoint, emptySeries, type Series, shiftFrom, usualMs } from './series.ts';
import {
  amplitudeOf,
  anomalyOf,
  firstSwing,
  followsTemperature,
  hearSwing,
  type Swing,
  strongR2,
  type Temperature,
} from './swing.ts';
import { type Fits, fitWindows } from './window.ts';

/** What motion needs to know of a sensor. */
export type MotionConfig = Pick<
  SlopeConfig,
  'unit' | 'windowMs' | 'pointsMin' | 'noise' | 'danger' | 'resetJump' | 'intervalMs'
>;

/** The pace of a sensor: its recent points and what they say. It changes only when a point is complete. */
export type Pace = {
  series: Series;
  noise: Noise;
  swing: Swing;
  /** Velocity by which the next reading is expected, in the sensor's own sign. */
  ratePerMs: number;
  /** Usual distance of points, 0 before there are two. */
  intervalMs: number;
  stepMs: number;
  /** Newest evaluation of its own, and newest fit with the point at its end; -1 for none. */
  freshAtMs: number;
  fitAtMs: number;
  fitX: number;
  /** +1 where growing values are the way of danger, -1 where falling ones are; the displacement at which that began. */
  sign: 1 | -1;
  zero: number;
  turned: number;
  turnAtMs: number;
  last?: Motion;
};

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Longest window: three days leave a fifth of the daily swing that one day leaves; sixteen readings where they are sparse. */
const windowMaxMs = 3 * dayMs;
const readingsMax = 16;
/**
 * Nothing is said of less than a quarter of a day (or of the window), nor of less than a whole day while the daily swing is
 * unknown, unless it is ten sigma.
 */
const evidenceShare = 0.25;
const doubtless = 0.1;
/** Evaluations come sixteen to a window and at least hourly, or as often as readings. */
const stepsPerWindow = 16;
/** An evaluation that comes a little early, as irregular readings do, is one of its own. */
const dueShare = 0.75;
/** Points after a gap, and second differences from which on the noise is known (one sigma within a third). */
const afterGap = 3;
const noiseKnown = 8;
/** Between evaluations, a point within three sigma of where the motion leads asks for a fit only every fourth time. */
const pointsPerFit = 4;
const expectedSigma = 3;
/**
 * `either` begins the way the sensor moves at first, and turns round when the velocity the other way is three sigma (the usual
 * bound of noise, domain.md §1.2), or five where many windows were looked at.
 */
const turnSigma = 3;
const quickTurnSigma = 5;

/**
 * Amplitude of the daily swing until the sensor has shown its own. mm: 0.03 mm/K (domain.md §1.7, 0.01–0.1 mm/K) at ±10 K.
 * deg: half of the upper noise of a surface tiltmeter (domain.md §1.7, 0.003–0.02 deg).
 */
const firstAmplitude = { mm: 0.3, deg: 0.01 } as const;

/** Nothing has been seen. */
export function firstPace({ danger, unit = 'mm', windowMs }: MotionConfig): Pace {
  return {
    series: emptySeries,
    noise: silent,
    swing: firstSwing(windowMs !== undefined && windowMs < dayMs ? 0 : firstAmplitude[unit]),
    ratePerMs: 0,
    intervalMs: 0,
    stepMs: 0,
    freshAtMs: -1,
    fitAtMs: -1,
    fitX: 0,
    sign: danger === 'decrease' ? -1 : 1,
    zero: 0,
    turned: 0,
    turnAtMs: -1,
  };
}

/** The points begin anew; noise, swing and direction stay. */
export function breakPace(pace: Pace): Pace {
  return { ...pace, series: emptySeries, noise: breakNoise(pace.noise), ratePerMs: 0, intervalMs: 0, fitAtMs: -1 };
}

/** The points since an instant were `add` too low: what a jump made of them was a reset, or what a reset made was movement. */
export function shiftPace(pace: Pace, sinceMs: number, add: number): Pace {
  const next = { ...pace, series: shiftFrom(pace.series, sinceMs, add), noise: breakNoise(pace.noise), fitAtMs: -1 };
  if (pace.turnAtMs < sinceMs) return next;
  next.zero += add;
  next.turned -= pace.sign * add;
  return next;
}

/** A point, and what else an evaluation sees: newest reading, temperature, and jumps that are displacement and no velocity. */
export type Seen = { tMs: number; x: number; lastMs: number; temperature: Temperature; slipped: number };

/** Adds a point and says how the sensor moves, where there is evidence. */
export function evaluate(pace: Pace, seen: Seen, config: MotionConfig): { pace: Pace; motion?: Motion } {
  const before = pace.intervalMs;
  const windowMs = config.windowMs ?? Math.max(windowMaxMs, readingsMax * before);
  const known = anomalyOf(seen.temperature, pace.swing, seen.tMs, before);
  const keep = { keepMs: 2 * windowMs, keepMin: readingsMax };
  const series = addPoint(pace.series, { tMs: seen.tMs, x: seen.x, cel: known ?? 0 }, keep);
  const intervalMs = usualMs(series) ?? 0;
  const noise = hearNoise(pace.noise, seen.tMs, seen.x);
  const daily = config.windowMs === undefined || config.windowMs >= dayMs;
  const swing = daily ? hearSwing(pace.swing, series, intervalMs) : pace.swing;
  const sigma = Math.max(config.noise ?? 0, noise.sigma);
  const next: Pace = { ...pace, series, noise, swing, intervalMs };
  if (pace.last !== undefined && isExpected(pace, seen, sigma)) return repeat(next, pace.last, seen);
  const { perCel, r2 } = followsTemperature(swing);
  const strong = known !== undefined && r2 >= strongR2;
  const fits = fitWindows(series, {
    pointsMin: pointsNeeded(next, config),
    windowMaxMs: windowMs,
    noise: sigma,
    swing: amplitudeOf(swing, intervalMs) * (strong ? Math.sqrt(1 - r2) : 1),
    perCel: strong ? perCel : 0,
  });
  if (fits === undefined || !isEvidence(fits, next, config)) return { pace: next };
  return say(next, { fits, sigma, seen }, config);
}

/** Three points are enough right after a gap, because the noise is known from before it. */
function pointsNeeded({ series, noise }: Pace, { pointsMin = 4 }: MotionConfig): number {
  return series.tMs.length === afterGap && noise.count >= noiseKnown ? Math.min(pointsMin, afterGap) : pointsMin;
}

function isEvidence({ main }: Fits, { series, swing }: Pace, { windowMs }: MotionConfig): boolean {
  const needMs = windowMs === undefined && swing.atMs < 0 ? dayMs : evidenceShare * (windowMs ?? dayMs);
  const spanMs = series.tMs[series.tMs.length - 1]! - series.tMs[0]!;
  return spanMs >= needMs || main.sigma <= doubtless * Math.abs(main.velocity);
}

/** True while the next evaluation is not due and the point lies where the motion leads. */
function isExpected(pace: Pace, { tMs, x, lastMs }: Seen, sigma: number): boolean {
  const { fitAtMs, fitX, intervalMs, ratePerMs } = pace;
  const sinceMs = tMs - fitAtMs;
  if (fitAtMs < 0 || sinceMs > (pointsPerFit - 0.5) * intervalMs || isDue(pace.freshAtMs, pace.stepMs, lastMs))
    return false;
  return Math.abs(x - fitX - ratePerMs * sinceMs) <= expectedSigma * sigma;
}

function isDue(freshAtMs: number, stepMs: number, lastMs: number): boolean {
  return freshAtMs < 0 || lastMs - freshAtMs >= dueShare * stepMs;
}

function repeat(pace: Pace, last: Motion, { lastMs, slipped }: Seen): { pace: Pace; motion: Motion } {
  const x = pace.series.x[pace.series.x.length - 1]! + slipped;
  const displacement = pace.turned + pace.sign * (x - pace.zero);
  return { pace, motion: { ...last, atMs: lastMs, displacement, fresh: false } };
}

function say(
  next: Pace,
  { fits, sigma, seen }: { fits: Fits; sigma: number; seen: Seen },
  { danger = 'either' }: MotionConfig,
): { pace: Pace; motion: Motion } {
  const { main, quick } = fits;
  const { lastMs } = seen;
  const clear = next.freshAtMs < 0 ? 0 : turnSigma;
  const turn =
    danger === 'either' &&
    (next.sign * main.velocity < -clear * main.sigma || next.sign * quick.velocity < -quickTurnSigma * quick.sigma);
  const sign = turn ? ((0 - next.sign) as 1 | -1) : next.sign;
  const fitX = next.series.x[next.series.x.length - 1]!;
  const x = fitX + seen.slipped;
  // Displacement goes on from where it was when the direction turns.
  const turned = turn ? next.turned + next.sign * (x - next.zero) : next.turned;
  const zero = turn ? x : next.zero;
  const windowStepMs = Math.min(hourMs, main.windowMs / stepsPerWindow, quick.windowMs / 4);
  const stepMs = Math.max(next.intervalMs, windowStepMs);
  const fresh = isDue(next.freshAtMs, stepMs, lastMs);
  const motion: Motion = {
    atMs: lastMs,
    displacement: turned + sign * (x - zero),
    velocity: 0 + sign * main.velocity,
    velocitySigma: main.sigma,
    quick: 0 + sign * quick.velocity,
    quickSigma: quick.sigma,
    noise: sigma,
    windowMs: main.windowMs,
    stepMs,
    fresh,
  };
  if (fits.acceleration !== undefined) motion.acceleration = 0 + sign * fits.acceleration;
  // The pace was made by `evaluate` for this point, and is completed here.
  next.ratePerMs = quick.velocity / dayMs;
  next.stepMs = stepMs;
  if (fresh) next.freshAtMs = lastMs;
  next.fitAtMs = next.series.tMs[next.series.tMs.length - 1]!;
  next.fitX = fitX;
  next.sign = sign;
  next.zero = zero;
  next.turned = turned;
  if (turn) next.turnAtMs = lastMs;
  next.last = motion;
  return { pace: next, motion };
}
