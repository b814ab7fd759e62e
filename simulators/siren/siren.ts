/**
 * A siren with a timer of its own, as a pure state machine: it sounds until it is switched off or the length it was given is over.
 * `broken`: it takes every order and stays silent, and says so. `lies`: it stays silent and reports what it was ordered.
 * `timerless`: it forgets the length.
 */
export type SirenFault = 'none' | 'broken' | 'lies' | 'timerless';

/** `wanted` begins at `atMs`; until then it does what it did before. A `untilMs` of 0 is no end. */
export type Siren = { sounds: boolean; wanted: boolean; atMs: number; untilMs: number };

export const sirenAtRest: Siren = { sounds: false, wanted: false, atMs: 0, untilMs: 0 };

/** It hears an order; `lengthMs` 0 is for ever, `lagMs` is how slow it is. */
export function orderSiren(
  state: Siren,
  order: { on: boolean; lengthMs: number; lagMs: number; atMs: number },
  fault: SirenFault,
): Siren {
  const { on, lengthMs, lagMs, atMs } = order;
  const begun = passSiren(state, atMs, fault);
  const untilMs = on && lengthMs > 0 && fault !== 'timerless' ? atMs + lengthMs : 0;
  return passSiren({ ...begun, wanted: on, atMs: atMs + lagMs, untilMs }, atMs, fault);
}

/** Time passes. */
export function passSiren(state: Siren, atMs: number, fault: SirenFault): Siren {
  const isOver = state.untilMs > 0 && atMs >= state.untilMs;
  if (isOver) return { sounds: false, wanted: false, atMs: state.untilMs, untilMs: 0 };
  if (atMs < state.atMs) return state;
  return { ...state, sounds: state.wanted && fault !== 'broken' && fault !== 'lies' };
}

/** What it says of itself. */
export function reportSiren(state: Siren, atMs: number, fault: SirenFault): { output: 'on' | 'off'; left: number } {
  const says = fault === 'lies' ? state.wanted : state.sounds;
  return { output: says ? 'on' : 'off', left: state.untilMs > 0 ? Math.ceil((state.untilMs - atMs) / 1000) : 0 };
}
