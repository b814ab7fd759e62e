import type { SlopeConfig } from './config.ts';
import { believe, type Gate, largestStep, openGate, reopen, shiftGate } from './gate.ts';
import { firstLevel, hearJump, hearReset, type Level, type Levelled } from './level.ts';
import type { Motion } from './motion-types.ts';
import { breakNoise, hearNoise, type Noise, silent } from './noise.ts';
import { addPoint, emptySeries, type Series, shiftFrom, usualMs } from './series.ts';
import { hearEqual, isStuck, noRow, type Row } from './stuck.ts';
import {
  amplitudeOf,
  anomalyOf,
  firstSwing,
  followsTemperature,
  hearSwing,
  hearTemperature,
  noTemperature,
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

/** Everything motion remembers of one sensor. Times are -1 before there is one. */
export type MotionState = {
  /** Newest reading, believed or not. */
  lastMs: number;
  gate: Gate;
  /** Readings of the base length that is being gathered: first and newest time, mean time and value, number. */
  open: { fromMs: number; tMs: number; x: number; n: number };
  pace: Pace;
  level: Level;
  temperature: Temperature;
  row: Row;
  /** The newest silence of more than three steps and what moved meanwhile, or a stuck value. */
  gap: { fromMs: number; untilMs: number; moved: number };
};

/** What changes only when a point is complete. */
type Pace = {
  series: Series;
  noise: Noise;
  swing: Swing;
  ratePerMs: number;
  /** Usual distance of points, 0 before there are two. */
  intervalMs: number;
  stepMs: number;
  freshAtMs: number;
  /** +1 where growing values are the way of danger, -1 where falling ones are; the displacement at which that began. */
  sign: 1 | -1;
  zero: number;
  turned: number;
};

export type MotionAnswer = { state: MotionState; motion?: Motion; stuck?: true };

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Denser readings are averaged over a minute, so that a window of a day is at most 1440 points. */
const basesPerWindow = 1440;
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
/** Silence of more than three steps is a gap (domain.md §1.7). */
const gapSteps = 3;
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

export function firstMotion({ danger, unit = 'mm', windowMs }: MotionConfig): MotionState {
  return {
    lastMs: -1,
    gate: openGate,
    open: nothingOpen,
    pace: {
      series: emptySeries,
      noise: silent,
      swing: firstSwing(windowMs !== undefined && windowMs < dayMs ? 0 : firstAmplitude[unit]),
      ratePerMs: 0,
      intervalMs: 0,
      stepMs: 0,
      freshAtMs: -1,
      sign: danger === 'decrease' ? -1 : 1,
      zero: 0,
      turned: 0,
    },
    level: firstLevel,
    temperature: noTemperature,
    row: noRow,
    gap: { fromMs: -1, untilMs: -1, moved: 0 },
  };
}

/** A second jump within a day, or within eight intervals where readings are sparse, makes both movement. */
const intervalsRemembered = 8;

const nothingOpen = { fromMs: -1, tMs: 0, x: 0, n: 0 };

/** Another temperature. */
export function warm(state: MotionState, cel: number, takenAtMs: number): MotionState {
  const temperature = hearTemperature(state.temperature, cel, takenAtMs);
  return temperature === state.temperature ? state : { ...state, temperature };
}

/** Another reading; one that is not newer than the newest changes nothing and answers the same state. */
export function move(
  state: MotionState,
  reading: { value: number; takenAtMs: number; reset?: boolean },
  config: MotionConfig,
): MotionAnswer {
  const { value, takenAtMs } = reading;
  if (takenAtMs <= state.lastMs) return { state };
  const { gate, pace } = state;
  const newest = gate.tMs.length - 1;
  const row = hearEqual(state.row, newest >= 0 && value === gate.x[newest]);
  if (isStuck(row, gate.noise)) return hang(state, takenAtMs, row);
  const heard = newest >= 0 && isGap(state, takenAtMs, config) ? afterGap(state, reading) : state;
  const { gate: next, believed, jump } = believe(heard.gate, { tMs: takenAtMs, x: value }, heard.pace.ratePerMs);
  let level = heard.level;
  let after: MotionState = { ...heard, lastMs: takenAtMs, gate: next, row };
  if (jump !== undefined) {
    const memoryMs = config.windowMs ?? Math.max(dayMs, intervalsRemembered * pace.intervalMs);
    const levelled = hearJump(level, jump, { resetJump: config.resetJump, memoryMs });
    after = relevel(after, levelled);
    level = after.level;
  }
  let motion: Motion | undefined;
  for (const { tMs, x } of believed) {
    const gathered = gather(after, tMs, x - level.offset, config);
    after = gathered.state;
    motion = gathered.motion ?? motion;
  }
  if (reading.reset) after = rezero(after);
  return motion === undefined ? { state: after } : { state: after, motion };
}

function isGap({ gate, pace }: MotionState, takenAtMs: number, { intervalMs = 0 }: MotionConfig): boolean {
  const stepMs = Math.max(pace.intervalMs, pace.stepMs, intervalMs);
  return pace.intervalMs > 0 && takenAtMs - gate.tMs[gate.tMs.length - 1]! > gapSteps * stepMs;
}

/** Windows begin anew after a gap: what happened in it is no velocity, neither calm nor danger. */
function afterGap(state: MotionState, { value, takenAtMs }: { value: number; takenAtMs: number }): MotionState {
  const { gate, pace } = state;
  const last = gate.tMs.length - 1;
  const gap = { fromMs: gate.tMs[last]!, untilMs: takenAtMs, moved: value - gate.x[last]! };
  return { ...state, gap, gate: reopen(gate), open: nothingOpen, pace: breakPace(pace) };
}

function breakPace(pace: Pace): Pace {
  return { ...pace, series: emptySeries, noise: breakNoise(pace.noise), ratePerMs: 0, intervalMs: 0 };
}

/** A stuck sensor tells nothing: its windows begin anew when it speaks again. */
function hang(state: MotionState, takenAtMs: number, row: Row): MotionAnswer {
  const { pace, gate } = state;
  const held = { ...state, lastMs: takenAtMs, row, open: nothingOpen, pace: breakPace(pace) };
  const since = { ...gate, tMs: [takenAtMs], x: [gate.x[gate.x.length - 1]!], noise: breakNoise(gate.noise) };
  const next = { ...held, gate: since };
  return { state: next, stuck: true };
}

function relevel(state: MotionState, { level, add, sinceMs }: Levelled): MotionState {
  if (add === 0) return { ...state, level, open: nothingOpen };
  const pace = { ...state.pace, series: shiftFrom(state.pace.series, sinceMs, add) };
  return { ...state, level, pace, open: nothingOpen };
}

function rezero(state: MotionState): MotionState {
  const { gate, pace, level } = state;
  const step = largestStep(gate, pace.ratePerMs);
  const levelled = hearReset(level, step, gate.tMs[0]!);
  const known = levelled.level.offset === level.offset;
  const next = { ...state, gate: known || step === undefined ? gate : shiftGate(gate, step.atMs, step.size) };
  return known ? { ...next, level: levelled.level } : relevel(next, levelled);
}

/** Adds a believed reading to the open point, and evaluates when that is complete. */
function gather(
  state: MotionState,
  tMs: number,
  x: number,
  config: MotionConfig,
): { state: MotionState; motion?: Motion } {
  const { open } = state;
  const n = open.n + 1;
  const fromMs = open.n === 0 ? tMs : open.fromMs;
  const count = state.gate.tMs.length;
  const stepMs = count > 1 ? tMs - state.gate.tMs[count - 2]! : 0;
  const meanMs = open.n === 0 ? tMs : open.tMs + Math.round((tMs - open.tMs) / n);
  const mean = open.n === 0 ? x : open.x + (x - open.x) / n;
  const baseMs = (config.windowMs ?? dayMs) / basesPerWindow;
  if (count > 1 && tMs - fromMs + 1.5 * stepMs < baseMs)
    return { state: { ...state, open: { fromMs, tMs: meanMs, x: mean, n } } };
  return evaluate({ ...state, open: nothingOpen }, { tMs: meanMs, x: mean }, config);
}

function evaluate(state: MotionState, point: { tMs: number; x: number }, config: MotionConfig) {
  const { pace } = state;
  const before = pace.intervalMs;
  const windowMs = config.windowMs ?? Math.max(windowMaxMs, readingsMax * before);
  const known = anomalyOf(state.temperature, pace.swing, point.tMs, before);
  const keep = { keepMs: 2 * windowMs, keepMin: readingsMax };
  const series = addPoint(pace.series, { ...point, cel: known ?? 0 }, keep);
  const intervalMs = usualMs(series) ?? 0;
  const noise = hearNoise(pace.noise, point.tMs, point.x);
  const swing =
    config.windowMs !== undefined && config.windowMs < dayMs ? pace.swing : hearSwing(pace.swing, series, intervalMs);
  const { perCel, r2 } = followsTemperature(swing);
  const strong = known !== undefined && r2 >= strongR2;
  const sigma = Math.max(config.noise ?? 0, noise.sigma);
  const fits = fitWindows(series, {
    pointsMin: config.pointsMin ?? 4,
    windowMaxMs: windowMs,
    noise: sigma,
    swing: amplitudeOf(swing, intervalMs) * (strong ? Math.sqrt(1 - r2) : 1),
    perCel: strong ? perCel : 0,
  });
  const next = { ...pace, series, noise, swing, intervalMs };
  if (fits === undefined || !isEvidence(fits, next, config)) return { state: { ...state, pace: next } };
  return say({ ...state, pace: next }, { fits, sigma }, config);
}

function isEvidence({ main }: Fits, { series, swing }: Pace, { windowMs }: MotionConfig): boolean {
  const needMs = windowMs === undefined && swing.atMs < 0 ? dayMs : evidenceShare * (windowMs ?? dayMs);
  const spanMs = series.tMs[series.tMs.length - 1]! - series.tMs[0]!;
  return spanMs >= needMs || main.sigma <= doubtless * Math.abs(main.velocity);
}

function say(
  state: MotionState,
  { fits, sigma }: { fits: Fits; sigma: number },
  { danger = 'either' }: MotionConfig,
): { state: MotionState; motion: Motion } {
  const { pace, level, lastMs } = state;
  const { main, quick } = fits;
  const clear = pace.freshAtMs < 0 ? 0 : turnSigma;
  const turn =
    danger === 'either' &&
    (pace.sign * main.velocity < -clear * main.sigma || pace.sign * quick.velocity < -quickTurnSigma * quick.sigma);
  const sign = turn ? ((0 - pace.sign) as 1 | -1) : pace.sign;
  const x = pace.series.x[pace.series.x.length - 1]! + level.slipped;
  // Displacement goes on from where it was when the direction turns.
  const turned = turn ? pace.turned + pace.sign * (x - pace.zero) : pace.turned;
  const zero = turn ? x : pace.zero;
  const windowStepMs = Math.min(hourMs, main.windowMs / stepsPerWindow, quick.windowMs / 4);
  const stepMs = Math.max(pace.intervalMs, windowStepMs);
  const fresh = pace.freshAtMs < 0 || lastMs - pace.freshAtMs >= 0.75 * stepMs;
  const motion: Motion = {
    atMs: lastMs,
    displacement: turned + sign * (x - zero),
    velocity: sign * main.velocity,
    velocitySigma: main.sigma,
    quick: sign * quick.velocity,
    quickSigma: quick.sigma,
    noise: sigma,
    windowMs: main.windowMs,
    stepMs,
    fresh,
  };
  if (fits.acceleration !== undefined) motion.acceleration = sign * fits.acceleration;
  const freshAtMs = fresh ? lastMs : pace.freshAtMs;
  const ratePerMs = quick.velocity / dayMs;
  return { state: { ...state, pace: { ...pace, ratePerMs, stepMs, freshAtMs, sign, zero, turned } }, motion };
}
