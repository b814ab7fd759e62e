import type { ModelEvent, ModelType } from '../../engine/types.ts';
import { unchanged } from '../../engine/unchanged.ts';
import { type CrossingConfig, CrossingFields } from './config.ts';
import { type Frame, follow, frameOf, velocityOf, type Walker } from './walkers.ts';

/**
 * Who waits, who walks, and how much longer the clearance would have to last (domain.md §3.2): the most that anybody on the
 * road still needs (distance left / speed now) plus a margin, minus what is left of the clearance, never above the maximum.
 * It only asks: the controller and its conflict monitor keep the last word. Without pictures, without a known phase and in
 * don't walk it asks for nothing. Late pictures are history and change nothing.
 */

/** Slowest speed a prediction uses; below it somebody has stopped (domain.md §3.2). */
const speedFloorMps = 0.3;
/** Assumed of somebody whose speed is not known yet: 3.0 ft/s, the cross-check speed of MUTCD 2009 4E.06. */
const speedUnknownMps = 0.91;
/** Somebody waits after standing in the area for this long (DfT TAL 5/05 confirms a call by presence). */
const waitsAfterMs = 1000;
/** A phase this old is not believed; no pedestrian signal rests that long in clearance. */
const clearanceGraceMs = 60_000;
/** Unchanged outputs are repeated this often, so that nobody takes them for stale. */
const repeatMs = 1000;

export type CrossingState = {
  walkers: Walker[];
  seenAtMs: number;
  phase: number | null;
  phaseSinceMs: number;
  said: { outputs: Record<string, number>; atMs: number };
};

type Answer = { state: CrossingState; outputs?: Record<string, number> };

/** Seconds the clearance still has to run: all of it before it begins, negative once it is overdue; undefined when not asked. */
function clearanceLeftS({ phase, phaseSinceMs }: CrossingState, atMs: number, { clearanceMs }: CrossingConfig) {
  if (phase === 1) return clearanceMs / 1000;
  const runningMs = atMs - phaseSinceMs;
  return phase === 2 && runningMs <= clearanceMs + clearanceGraceMs ? (clearanceMs - runningMs) / 1000 : undefined;
}

function measure(
  state: CrossingState,
  atMs: number,
  config: CrossingConfig,
  { lengthM }: Frame,
): Record<string, number> {
  const { waitingM = 2, widthM, marginMs = 1500, maxExtensionS = 13 } = config;
  let waiting = 0;
  let onCrossing = 0;
  let slowest = Number.POSITIVE_INFINITY;
  let needS = 0;
  for (const walker of state.walkers) {
    const [, s, across] = walker.path[walker.path.length - 1]!;
    if (Math.abs(across) > widthM / 2) continue;
    if (s > 0 && s < lengthM) {
      onCrossing += 1;
      const velocity = velocityOf(walker);
      if (velocity !== undefined) slowest = Math.min(slowest, velocity.speed);
      const speed = velocity === undefined ? speedUnknownMps : Math.max(speedFloorMps, Math.abs(velocity.along));
      needS = Math.max(needS, (walker.heading === 1 ? lengthM - s : s) / speed);
    } else if (s >= -waitingM && s <= lengthM + waitingM && atMs - walker.firstAtMs >= waitsAfterMs) waiting += 1;
  }
  const leftS = onCrossing > 0 ? clearanceLeftS(state, atMs, config) : undefined;
  const extension = leftS === undefined ? 0 : Math.min(maxExtensionS, Math.max(0, needS + marginMs / 1000 - leftS));
  const outputs: Record<string, number> = { waiting, onCrossing, extension };
  if (slowest !== Number.POSITIVE_INFINITY) outputs.slowest = slowest;
  return outputs;
}

/** What changed by more than noise, or everything when it was last said a while ago. */
function say(state: CrossingState, outputs: Record<string, number>, atMs: number): Answer {
  const { said } = state;
  const noise: Record<string, number> = { extension: 0.25, slowest: 0.05 };
  const changed = Object.entries(outputs).some(([name, value]) => {
    const before = said.outputs[name];
    if (before === undefined || (before === 0) !== (value === 0)) return true;
    return Math.abs(value - before) > (noise[name] ?? 0);
  });
  if (!changed && atMs - said.atMs < repeatMs) return { state };
  return { state: { ...state, said: { outputs, atMs } }, outputs };
}

function step(state: CrossingState, event: ModelEvent, config: CrossingConfig): Answer {
  if (event.kind === 'tick') {
    const blind = state.seenAtMs >= 0 && event.atMs - state.seenAtMs > (config.blindAfterMs ?? 1000);
    if (!blind || (state.said.outputs.extension ?? 0) === 0) return unchanged(state);
    const outputs = { extension: 0 };
    return {
      state: { ...state, walkers: [], said: { outputs: { ...state.said.outputs, ...outputs }, atMs: event.atMs } },
      outputs,
    };
  }
  if (event.late) return unchanged(state);
  if (event.kind === 'reading') {
    if (event.value === state.phase) return unchanged(state);
    return { state: { ...state, phase: event.value, phaseSinceMs: event.takenAtMs } };
  }
  if (event.takenAtMs <= state.seenAtMs) return unchanged(state);
  const frame = frameOf(config);
  const walkers = follow(state.walkers, event.tracks, event.takenAtMs, frame);
  const next = { ...state, walkers, seenAtMs: event.takenAtMs };
  return say(next, measure(next, event.takenAtMs, config, frame), event.takenAtMs);
}

/** People at a signalised crossing and the time they need. */
export const crossing: ModelType<CrossingState, CrossingConfig> = {
  type: 'crossing',
  config: CrossingFields,
  check: ({ from, to }) =>
    Math.hypot(to[0] - from[0], to[1] - from[1]) < 1
      ? ['/to: less than 1 m from `from`; give the middles of two opposite kerb lines in metres.']
      : [],
  inputs: ({ tracks, phase }) => ({ streams: [phase], trackDevices: [tracks], units: ['{state}'] }),
  outputs: () => [
    { channel: 'waiting', unit: '{people}' },
    { channel: 'onCrossing', unit: '{people}' },
    { channel: 'slowest', unit: 'm/s' },
    { channel: 'extension', unit: 's' },
  ],
  initial: () => ({ walkers: [], seenAtMs: -1, phase: null, phaseSinceMs: 0, said: { outputs: {}, atMs: 0 } }),
  step,
};
