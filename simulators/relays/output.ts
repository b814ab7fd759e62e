import { orderRelay, type RelayFault, type RelayState, relayAtRest, stepRelay } from '../relay/relay.ts';

/**
 * The output of a smart relay, as a pure state machine: the contact follows the order after its travel time, and a flip timer
 * turns it back. `sticks`: it does not move and says so. `lies`: it does not move and reports what was ordered. `lags`: it moves
 * five seconds late. `silent`: it hears and says nothing. `timerless`: it has no timer whatever it is told.
 */
export const outputFaults = ['none', 'sticks', 'lies', 'lags', 'silent', 'timerless'] as const;
export type OutputFault = (typeof outputFaults)[number];

export type OutputState = {
  relay: RelayState;
  /** When the flip timer turns the output back, and to what; absent while none runs. */
  flip?: { atMs: number; to: boolean; startedAtMs: number };
};

export const outputAtRest: OutputState = { relay: relayAtRest };

const wordOf = (on: boolean) => (on ? 'ON' : 'OFF') as 'ON' | 'OFF';

/** The output is told to switch; `flipAfterMs` 0 for good. A further order restarts the timer. */
export function orderOutput(
  state: OutputState,
  order: { on: boolean; flipAfterMs: number; nowMs: number; travelMs: number },
): OutputState {
  const { on, flipAfterMs, nowMs, travelMs } = order;
  const relay = orderRelay(state.relay, { autoOffMs: 0, travelMs }, { wanted: wordOf(on), nowMs });
  return flipAfterMs > 0 ? { relay, flip: { atMs: nowMs + flipAfterMs, to: !on, startedAtMs: nowMs } } : { relay };
}

const relayFaults: Record<OutputFault, RelayFault> = {
  none: 'none',
  sticks: 'stuck',
  lies: 'stuck',
  lags: 'lagging',
  silent: 'none',
  timerless: 'none',
};

/** Time passes: the flip timer ends, the contact arrives. */
export function stepOutput(
  state: OutputState,
  { nowMs, travelMs, fault }: { nowMs: number; travelMs: number; fault: OutputFault },
): OutputState {
  const { flip } = state;
  const due = flip !== undefined && nowMs >= flip.atMs;
  const after = due ? orderOutput(state, { on: flip.to, flipAfterMs: 0, nowMs, travelMs }) : state;
  const relay = stepRelay(after.relay, { autoOffMs: 0, travelMs }, { nowMs, fault: relayFaults[fault] });
  return relay === after.relay ? after : { ...after, relay };
}

/** What the contact really does. */
export function contactOf({ relay }: OutputState): boolean {
  return relay.contact === 'ON';
}

/** What the firmware says of its output. */
export function reportedOf({ relay }: OutputState, fault: OutputFault): boolean {
  return (fault === 'lies' ? relay.wanted : relay.contact) === 'ON';
}
