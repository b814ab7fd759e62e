import { type Excursion, isBack, leave, undo } from './excursion.ts';
import { believe, type Gate, largestStep, openGate, reopen, shiftGate } from './gate.ts';
import { firstLevel, hearJump, hearReset, type Level, type Levelled } from './level.ts';
import type { Motion } from './motion-types.ts';
import { breakNoise } from './noise.ts';
import { breakPace, evaluate, firstPace, type MotionConfig, type Pace, shiftPace } from './pace.ts';
import { hearEqual, isStuck, noRow, type Row } from './stuck.ts';
import { hearTemperature, noTemperature, type Temperature } from './swing.ts';

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
  excursion?: Excursion;
  /** The newest silence of more than three steps and what moved meanwhile, or a stuck value. */
  gap: { fromMs: number; untilMs: number; moved: number };
};

export type { MotionConfig } from './pace.ts';
export type MotionAnswer = { state: MotionState; motion?: Motion; stuck?: true };

const dayMs = 86_400_000;
/** Denser readings are averaged over a minute, so that a window of a day is at most 1440 points. */
const basesPerWindow = 1440;
/** Silence of more than three steps is a gap (domain.md §1.7). */
const gapSteps = 3;
/** A second jump within a day, or within eight intervals where readings are sparse, makes both movement. */
const intervalsRemembered = 8;

const nothingOpen = { fromMs: -1, tMs: 0, x: 0, n: 0 };

/** Nothing has been read. */
export function firstMotion(config: MotionConfig): MotionState {
  return {
    lastMs: -1,
    gate: openGate,
    open: nothingOpen,
    pace: firstPace(config),
    level: firstLevel,
    temperature: noTemperature,
    row: noRow,
    gap: { fromMs: -1, untilMs: -1, moved: 0 },
  };
}

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
  const gap = newest >= 0 && isGap(state, takenAtMs, config);
  const heard = gap ? afterGap(state, reading) : watch(state, { tMs: takenAtMs, x: value });
  const { gate: next, believed, jump } = believe(heard.gate, { tMs: takenAtMs, x: value }, heard.pace.ratePerMs);
  let level = heard.level;
  let after: MotionState = { ...heard, lastMs: takenAtMs, gate: next, row };
  if (jump !== undefined) {
    const memoryMs = config.windowMs ?? Math.max(dayMs, intervalsRemembered * pace.intervalMs);
    const levelled = hearJump(level, jump, { resetJump: config.resetJump, memoryMs });
    after = relevel(after, levelled);
    level = after.level;
  }
  if (jump === undefined && believed.length === 2) {
    const { tMs } = believed[0]!;
    after.excursion = leave(heard.gate, heard.pace, { sinceMs: tMs, offset: level.offset });
  }
  let motion: Motion | undefined;
  for (const { tMs, x } of believed) {
    motion = gather(after, { tMs, x: x - level.offset }, config) ?? motion;
  }
  if (reading.reset) after = rezero(after);
  return motion === undefined ? { state: after } : { state: after, motion };
}

/** Ends an excursion: the sensor is back, or it has been away for so long that it moved. */
function watch(state: MotionState, reading: { tMs: number; x: number }): MotionState {
  const { excursion, gate, pace, level } = state;
  if (excursion === undefined) return state;
  const next = { ...state };
  if (excursion.left === 0 || excursion.offset !== level.offset) delete next.excursion;
  else if (isBack(excursion, gate, pace.ratePerMs, reading)) {
    delete next.excursion;
    next.gate = { ...excursion.gate, heldAtMs: -1, heldX: 0 };
    next.pace = undo(pace, excursion);
    next.open = nothingOpen;
  } else next.excursion = { ...excursion, left: excursion.left - 1 };
  return next;
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
  const next = { ...state, gap, gate: reopen(gate), open: nothingOpen, pace: breakPace(pace) };
  delete next.excursion;
  return next;
}

/** A stuck sensor tells nothing: its windows begin anew when it speaks again. */
function hang(state: MotionState, takenAtMs: number, row: Row): MotionAnswer {
  const { pace, gate } = state;
  const held = { ...state, lastMs: takenAtMs, row, open: nothingOpen, pace: breakPace(pace) };
  const since = { ...gate, tMs: [takenAtMs], x: [gate.x[gate.x.length - 1]!], noise: breakNoise(gate.noise) };
  const next = { ...held, gate: since };
  delete next.excursion;
  return { state: next, stuck: true };
}

function relevel(state: MotionState, { level, add, sinceMs }: Levelled): MotionState {
  if (add === 0) return { ...state, level, open: nothingOpen };
  return { ...state, level, pace: shiftPace(state.pace, sinceMs, add), open: nothingOpen };
}

function rezero(state: MotionState): MotionState {
  const { gate, pace, level } = state;
  const step = largestStep(gate, pace.ratePerMs);
  const levelled = hearReset(level, step, gate.tMs[0]!);
  const known = levelled.level.offset === level.offset;
  const next = { ...state, gate: known || step === undefined ? gate : shiftGate(gate, step.atMs, step.size) };
  return known ? { ...next, level: levelled.level } : relevel(next, levelled);
}

/** Adds a believed reading to the open point, and evaluates when that is complete. `state` was made by `move` for this reading. */
function gather(state: MotionState, { tMs, x }: { tMs: number; x: number }, config: MotionConfig): Motion | undefined {
  const { open } = state;
  const n = open.n + 1;
  const fromMs = open.n === 0 ? tMs : open.fromMs;
  const count = state.gate.tMs.length;
  const stepMs = count > 1 ? tMs - state.gate.tMs[count - 2]! : 0;
  const meanMs = open.n === 0 ? tMs : open.tMs + Math.round((tMs - open.tMs) / n);
  const mean = open.n === 0 ? x : open.x + (x - open.x) / n;
  const baseMs = (config.windowMs ?? dayMs) / basesPerWindow;
  if (count > 1 && tMs - fromMs + 1.5 * stepMs < baseMs) {
    state.open = { fromMs, tMs: meanMs, x: mean, n };
    return undefined;
  }
  const { lastMs, temperature, level } = state;
  const seen = { tMs: meanMs, x: mean, lastMs, temperature, slipped: level.slipped };
  const { pace, motion } = evaluate(state.pace, seen, config);
  state.open = nothingOpen;
  state.pace = pace;
  return motion;
}
