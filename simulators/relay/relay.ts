/**
 * A relay with a feedback contact, as a pure state machine: it obeys ON and OFF, reports what its contact really does, and drops
 * back by itself when nobody renews its hold. Faults make it lie, stick, lag or fall silent, as real ones do.
 */
export type RelayFault = 'none' | 'stuck' | 'silent' | 'lagging';
export type RelayState = { contact: 'ON' | 'OFF'; wanted: 'ON' | 'OFF'; changesAtMs: number; holdUntilMs: number };

export type RelayStory = {
  /** The device's own auto-off after this long without renewal; 0 for a device that holds for ever. */
  autoOffMs: number;
  /** Travel time of the contact. */
  travelMs: number;
};

export const relayAtRest: RelayState = { contact: 'OFF', wanted: 'OFF', changesAtMs: 0, holdUntilMs: 0 };

/** The relay hears an order. */
export function orderRelay(
  state: RelayState,
  story: RelayStory,
  order: { wanted: 'ON' | 'OFF'; nowMs: number },
): RelayState {
  const holdUntilMs = order.wanted === 'ON' && story.autoOffMs > 0 ? order.nowMs + story.autoOffMs : 0;
  const changesAtMs = order.wanted === state.wanted ? state.changesAtMs : order.nowMs + story.travelMs;
  return { ...state, wanted: order.wanted, changesAtMs, holdUntilMs };
}

/** Time passes: the contact arrives, or the hold lapses. */
export function stepRelay(
  state: RelayState,
  story: RelayStory,
  { nowMs, fault }: { nowMs: number; fault: RelayFault },
): RelayState {
  if (state.wanted === 'ON' && state.holdUntilMs > 0 && nowMs >= state.holdUntilMs) {
    return stepRelay(orderRelay(state, story, { wanted: 'OFF', nowMs }), story, { nowMs, fault });
  }
  const arrived = nowMs >= state.changesAtMs + (fault === 'lagging' ? 5_000 : 0);
  return fault !== 'stuck' && arrived && state.contact !== state.wanted ? { ...state, contact: state.wanted } : state;
}
