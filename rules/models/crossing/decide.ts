import { decideAsk } from './ask.ts';
import { decideCall } from './call.ts';
import { serve } from './fairness.ts';
import { type Fault, isStuckOn, watchPicture } from './faults.ts';
import { type Count, countOf, type Need, needsOf } from './need.ts';
import type { CrossingPlan } from './plan.ts';
import { leftS, phaseAt } from './signal.ts';
import type { CrossingState } from './state.ts';
import type { Told } from './words.ts';

/**
 * A signal that says nothing at the start is unknown at once, and a fault after this; the least bound of a phase's
 * age.
 */
const startGraceMs = 5000;
/** A detector that starts with the gateway may take this long to its first picture; until then nothing is asked for. */
const firstPictureMs = 5000;
/**
 * The road must be seen clear for this long before a tap's time ends early; half of the second the oracle C1 allows.
 */
const clearForMs = 500;

export type Decision = { state: CrossingState; count: Count; needs: readonly Need[]; fault: Fault; pictured: boolean };

function clearSince(beforeMs: number, onCrossing: number, atMs: number): number {
  if (onCrossing > 0) return -1;
  return beforeMs < 0 ? atMs : beforeMs;
}

/** Everything that follows from what is known at an instant; `pictured` says that a picture was just taken. */
export function decide(
  state: CrossingState,
  atMs: number,
  pictured: boolean,
  plan: CrossingPlan,
  told: Told,
): Decision {
  const { walkers, awakeAtMs, seenAtMs, signal, ask } = state;
  const blind =
    seenAtMs < 0 ? atMs - awakeAtMs > Math.max(plan.blindAfterMs, firstPictureMs) : atMs - seenAtMs > plan.blindAfterMs;
  const unseen = blind || seenAtMs < 0;
  const count = countOf(walkers, atMs, plan);
  const needs = unseen ? [] : needsOf(walkers, leftS(signal, atMs, plan), atMs, plan);
  const clearSinceMs = pictured ? clearSince(state.clearSinceMs, count.onCrossing, atMs) : state.clearSinceMs;
  const watch = pictured ? watchPicture(state.watch, count.onCrossing, walkers.length) : state.watch;
  const fairness = serve(state.fairness, state.signal, atMs, plan);
  const phase = phaseAt(signal, atMs, plan);
  const noPhase = phase === null && atMs - awakeAtMs >= Math.min(startGraceMs, plan.phaseStaleMs);
  const stuckOn = !unseen && isStuckOn(watch, walkers, atMs, plan);
  const stuckOff = watch.unseen >= plan.stuckCycles;
  const fault: Fault = noPhase ? 4 : blind ? 1 : stuckOn ? 2 : stuckOff ? 3 : 0;
  const walkedOff = !unseen && clearSinceMs >= 0 && atMs - clearSinceMs >= clearForMs;
  const wish = {
    needs,
    tap: phase === 1 || (phase === 2 && !walkedOff),
    fixed: stuckOn || (plan.onFault === 'fixedTime' && (blind || stuckOff)),
    blind,
    clear: count.onCrossing === 0,
  };
  const nextAsk = decideAsk({ ask, signal, fairness, wish, atMs, plan, told });
  const assumed = unseen || stuckOff;
  const owed = fairness.owedSinceMs >= 0;
  const call = decideCall({ call: state.call, signal, count, owed, assumed, atMs, plan, told });
  const same =
    nextAsk === ask &&
    call === state.call &&
    watch === state.watch &&
    fairness === state.fairness &&
    clearSinceMs === state.clearSinceMs &&
    told.causes === state.told;
  const next = same ? state : { ...state, ask: nextAsk, call, watch, fairness, clearSinceMs, told: told.causes };
  return { state: next, count, needs, fault, pictured };
}
