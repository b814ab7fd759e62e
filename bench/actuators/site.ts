import { checkSite, type Site } from '@tocsin/edge-agent/site';

const smoke = (id: string) =>
  `{ id: ${id}, format: json-path, topic: field/${id}, intervalMs: 60000, channels: [{ id: smoke, path: $.s, unit: 1/m, min: 0, max: 10 }] }`;
const alarm = (id: string) =>
  `{ id: ${id}-alarm, type: threshold, event: Smoke, input: ${id}/smoke, direction: above, ladder: [{ severity: Severe, at: 0.2, clear: 0.1, holdMs: 0, clearHoldMs: 1 }] }`;

function siteOf(more: string): Site {
  const checked = checkSite(more, 'bench.yaml', '0'.repeat(64));
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.site;
}

/**
 * Two smoke detectors that must agree, and a breaker with a trip coil, a close coil and two contacts. It is reversible here, so that it goes
 * back by itself between two events; what is measured is the same.
 */
export function coincidenceSite(port: number): Site {
  return siteOf(`
site: bench
name: Actuators bench
mode: live
devices: [${smoke('a')}, ${smoke('b')}]
rules:
  - ${alarm('a')}
  - ${alarm('b')}
  - { id: fire, type: coincidence, event: Fire, of: [a-alarm, b-alarm], need: 2, withinMs: 1, severity: Extreme }
actuators:
  - id: mains
    driver: modbus
    host: 127.0.0.1
    port: ${port}
    rest: supply
    onSilence: no change
    actions:
      cut: { coil: 0, value: true, pulseMs: 50 }
      supply: { coil: 1, value: true, pulseMs: 50 }
    feedback:
      - { input: 0, high: cut }
      - { input: 1, high: supply }
responses: [{ id: cut-off, when: { rule: fire, atLeast: Extreme }, actuator: mains, action: cut }]
`);
}

/** One detector, and as many actuators as wanted that it holds; over MQTT, or on one Modbus panel. */
export function holdingSite(count: number, port?: number): Site {
  const relay = (id: string) =>
    `driver: mqtt-relay, commandTopic: field/${id}/set, stateTopic: field/${id}/state, actions: { 'on': { send: 'ON', state: 'ON' }, 'off': { send: 'OFF', state: 'OFF' } }`;
  const contactor = (n: number) =>
    `driver: modbus, host: 127.0.0.1, port: ${port}, actions: { 'on': { coil: ${n * 10}, value: true }, 'off': { coil: ${n * 10}, value: false } }, feedback: [{ input: ${n * 10 + 1}, high: 'on', low: 'off' }]`;
  const ids = Array.from({ length: count }, (_, n) => `hold-${n}`);
  const actuators = ids.map(
    (id, n) => `{ id: ${id}, rest: 'off', onSilence: 'off', ${port === undefined ? relay(id) : contactor(n)} }`,
  );
  const responses = ids.map(
    (id) => `{ id: ${id}, when: { rule: a-alarm, atLeast: Severe }, actuator: ${id}, action: 'on' }`,
  );
  return siteOf(`
site: bench
name: Holds bench
mode: live
devices: [${smoke('a')}]
rules: [${alarm('a')}]
actuators: [${actuators.join(', ')}]
responses: [${responses.join(', ')}]
`);
}
