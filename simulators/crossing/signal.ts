/**
 * A pedestrian signal as a pure state machine: vehicles green → walk → clearance → vehicles green. The clearance can be held by a
 * request while somebody still needs it, up to `extensionMaxMs`; the controller, not the asker, keeps the last word.
 * Phases on the wire: 0 don't walk, 1 walk, 2 clearance.
 */
export type SignalPlan = { vehicleGreenMs: number; walkMs: number; clearanceMs: number; extensionMaxMs: number };
export type SignalState = { phase: 0 | 1 | 2; sinceMs: number; extendedMs: number; called: boolean };

/** Walk 7 s and 1.07 m/s clearance are the US design values (MUTCD 2009 4E.06); 13 s is Green Man+'s largest extension. */
export const signalPlan: SignalPlan = {
  vehicleGreenMs: 12_000,
  walkMs: 7_000,
  clearanceMs: 9_000,
  extensionMaxMs: 13_000,
};

export const signalStart: SignalState = { phase: 0, sinceMs: 0, extendedMs: 0, called: false };

/** Moves the signal on by `dtMs`; `hold` is the extension request's state, `call` says that somebody waits. */
export function stepSignal(
  state: SignalState,
  {
    nowMs,
    dtMs,
    hold,
    call,
    plan = signalPlan,
  }: { nowMs: number; dtMs: number; hold: boolean; call: boolean; plan?: SignalPlan },
): SignalState {
  const agedMs = nowMs - state.sinceMs;
  const called = state.called || call;
  if (state.phase === 0) {
    return agedMs >= plan.vehicleGreenMs && called
      ? { phase: 1, sinceMs: nowMs, extendedMs: 0, called: false }
      : { ...state, called };
  }
  if (state.phase === 1)
    return agedMs >= plan.walkMs ? { phase: 2, sinceMs: nowMs, extendedMs: 0, called } : { ...state, called };
  if (agedMs < plan.clearanceMs + state.extendedMs) return { ...state, called };
  if (hold && state.extendedMs < plan.extensionMaxMs) {
    return { ...state, called, extendedMs: Math.min(plan.extensionMaxMs, state.extendedMs + dtMs) };
  }
  return { phase: 0, sinceMs: nowMs, extendedMs: 0, called };
}

/** Milliseconds of clearance left, as the controller shows it; 0 outside the clearance. */
export function clearanceLeftMs(state: SignalState, nowMs: number, plan: SignalPlan = signalPlan): number {
  if (state.phase !== 2) return 0;
  return Math.max(0, plan.clearanceMs + state.extendedMs - (nowMs - state.sinceMs));
}
