import type { ModelEvent } from '../../engine/types.ts';
import { noAsk } from './ask.ts';
import { hearPress, serveCall } from './call.ts';
import { closeClearance, serve } from './fairness.ts';
import { closeCycle } from './faults.ts';
import type { CrossingPlan } from './plan.ts';
import { hearLeft, hearPhase, hearPreempt, hearVehicle, type Signal } from './signal.ts';
import type { CrossingState } from './state.ts';
import type { Told } from './words.ts';

type Reading = Extract<ModelEvent, { kind: 'reading' }>;

/** A press or a tap: it calls the next walk; a tap during walk adds its time to this one, otherwise to the next. */
function press(state: CrossingState, event: Reading, slot: number, tapS: number): CrossingState {
  const { call, pressed } = hearPress(state.call, slot, event.value);
  if (call === state.call) return state;
  if (!pressed) return { ...state, call };
  const watch = state.watch.pressed ? state.watch : { ...state.watch, pressed: true };
  if (tapS > 0 && state.signal.phase === 1) {
    const ask = { ...state.ask, tapS: Math.max(state.ask.tapS, tapS) };
    return { ...state, call, ask, watch };
  }
  const pressedAtMs = Math.max(call.pressedAtMs, event.takenAtMs);
  return { ...state, watch, call: { ...call, pressedAtMs, tapS: Math.max(call.tapS, tapS) } };
}

/**
 * What a change of the pedestrian phase means: a clearance ends, a walk or a clearance out of nowhere begins a cycle.
 */
function turn(state: CrossingState, signal: Signal, atMs: number, plan: CrossingPlan, told: Told): CrossingState {
  const before = state.signal;
  let next: CrossingState = { ...state, signal };
  if (signal.phaseSinceMs === before.phaseSinceMs) return next;
  if (before.phase === 2) next = { ...next, fairness: closeClearance(state.fairness, state.ask, before, atMs) };
  const begins = signal.phase === 1 || (signal.phase === 2 && before.phase !== 1);
  if (!begins) return next;
  told.causes = [];
  const { tapS } = next.call;
  next = {
    ...next,
    watch: closeCycle(next.watch, next.ask.peakS, plan),
    // A request that stands is ended, not forgotten: `decide` sees it and says so.
    ask: { ...noAsk, valueS: next.ask.valueS, toldS: next.ask.toldS, toldAtMs: next.ask.toldAtMs, tapS },
    call: serveCall(next.call, told),
  };
  return next;
}

/** The state after one reading, before anything is decided. */
export function hear(state: CrossingState, event: Reading, plan: CrossingPlan, told: Told): CrossingState {
  const part = plan.parts[event.input];
  const { value, takenAtMs: atMs } = event;
  if (part === undefined || !Number.isFinite(value)) return state;
  // What the vehicles had until this instant counts before the reading changes it.
  const fairness = serve(state.fairness, state.signal, atMs, plan);
  const served = fairness === state.fairness ? state : { ...state, fairness };
  const { signal } = served;
  switch (part.is) {
    case 'phase':
      return turn(served, hearPhase(signal, value, atMs, plan), atMs, plan, told);
    case 'vehicle':
      return { ...served, signal: hearVehicle(signal, value, atMs) };
    case 'preempt':
      return { ...served, signal: hearPreempt(signal, value, atMs) };
    case 'left':
      return { ...served, signal: hearLeft(signal, value, atMs, served.ask.inClearance) };
    case 'button':
      return press(served, event, part.slot, 0);
    case 'tap':
      return press(served, event, part.slot, part.extensionS);
  }
}
