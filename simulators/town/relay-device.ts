import { orderRelay, type RelayStory, relayAtRest, stepRelay } from '../relay/relay.ts';
import type { FieldClient } from './field-client.ts';
import type { SiteStage } from './town.ts';

/** A simulated relay on MQTT: obeys `<base>/set`, reports its contact on `<base>/state` on change and every five seconds. */
export function relayDevice(
  { client, stage, base, relay }: { client: FieldClient; stage: SiteStage; base: string; relay: RelayStory },
  onChange: (contact: 'ON' | 'OFF') => void = () => {},
) {
  let state = relayAtRest;
  let told: string | undefined;
  let toldAtMs = 0;
  client.subscribe(`${base}/set`, (payload) => {
    if (payload === 'ON' || payload === 'OFF')
      state = orderRelay(state, relay, { wanted: payload, nowMs: stage.nowMs() });
  });
  stage.every(100, () => {
    const nowMs = stage.nowMs();
    state = stepRelay(state, relay, { nowMs, fault: 'none' });
    if (state.contact === told && nowMs - toldAtMs < 5_000) return;
    if (told !== undefined && told !== state.contact) onChange(state.contact);
    told = state.contact;
    toldAtMs = nowMs;
    client.publish(`${base}/state`, state.contact, true);
  });
  return {
    contact: () => state.contact,
    /** Somebody turns the relay by hand, on site. */
    byHand: (wanted: 'ON' | 'OFF') => {
      state = orderRelay(state, relay, { wanted, nowMs: stage.nowMs() });
    },
  };
}
