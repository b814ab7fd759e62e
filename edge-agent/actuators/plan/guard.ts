import { forbiddenBy } from './interlock.ts';
import type { Reason, Step } from './types.ts';

/** The irreversible action that stands at this actuator, by order or by its own report; only a person ends it. */
export function standing({ rules, state }: Step): string | undefined {
  const { irreversible, rest } = rules.actuator;
  // Shadow and exercise move nothing, so nothing irreversible can stand there.
  if (irreversible.length === 0 || rules.mode !== 'live') return undefined;
  if (state.commanded !== undefined && irreversible.includes(state.commanded)) return state.commanded;
  const said = state.confirmed?.state;
  if (said === undefined || said === rules.expected[rest]) return undefined;
  return irreversible.find((action) => rules.expected[action] === said);
}

/** True while the actuator was last ordered away from rest. */
export function isAway({ rules, state }: Step): boolean {
  return state.commanded !== undefined && state.commanded !== rules.actuator.rest;
}

/** True when the actuator has been away from rest for as long as it may. */
export function isSpent({ rules, state, atMs }: Step): boolean {
  const { holdMaxMs } = rules.actuator;
  return holdMaxMs !== undefined && state.awaySinceMs !== undefined && atMs - state.awaySinceMs >= holdMaxMs;
}

/** Why an interlock forbids this action now, or undefined. */
export function interlocked({ rules, atMs, world }: Step, action: string): string | undefined {
  return forbiddenBy({ interlocks: rules.actuator.interlocks, action, atMs }, world);
}

/** Why the edge may not send this of its own accord now: it would end what only a person ends, or an interlock forbids it. */
export function barred(step: Step, action: string): string | undefined {
  const stands = standing(step);
  if (stands !== undefined && stands !== action) return `${stands} stands: only a person with a reason ends it`;
  return interlocked(step, action);
}

/** Why nothing may be begun or kept at a device that would not let go by itself. */
export function unguarded({ state }: Step): string | undefined {
  return state.watchdog === undefined ? undefined : `it would not let go by itself: ${state.watchdog}`;
}

/** Every guard an act away from rest must pass, whoever asks for it; answers the reason of the refusal. */
export function refusal(step: Step, reason: Pick<Reason, 'action' | 'person' | 'coincidence'>): string | undefined {
  const { rules, state, atMs } = step;
  const { action } = reason;
  const { twoPersons } = rules.actuator;
  if (!Object.hasOwn(rules.expected, action)) return `${rules.actuator.id} has no action ${action}`;
  if (rules.actuator.irreversible.includes(action) && !reason.person && !reason.coincidence)
    return `${action} cannot be taken back: it needs a coincidence of detectors or a person`;
  if (!reason.person && twoPersons?.alsoForRules && twoPersons.actions.includes(action))
    return `${action} needs the orders of two persons`;
  if (isSpent(step)) return `the longest hold of ${rules.actuator.holdMaxMs} ms was reached`;
  const restMinMs = rules.actuator.restMinMs ?? 0;
  if (!isAway(step) && state.restSinceMs !== undefined && atMs - state.restSinceMs < restMinMs)
    return `it must rest for ${restMinMs} ms between acts`;
  return unguarded(step) ?? barred(step, action);
}
