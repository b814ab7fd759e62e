/** The site of the bench: one threshold, one relay with every guard on: interlock, lease, read-back, journal, ledger. */
export function benchSite({ fieldPort, cloudPort }: { fieldPort: number; cloudPort?: number }): string {
  const cloud =
    cloudPort === undefined ? '' : `cloud: { url: "mqtt://127.0.0.1:${cloudPort}", password: { env: BENCH_CLOUD } }\n`;
  return `
site: bench
name: Reaction bench
mode: live
broker:
  listen: { host: 127.0.0.1, port: ${fieldPort} }
  users:
    - { username: sensor, password: { env: BENCH_FIELD }, publish: [field/sensor/state] }
    - { username: relay, password: { env: BENCH_FIELD }, publish: [field/relay/state], subscribe: [field/relay/set] }
    - { username: noise, password: { env: BENCH_FIELD }, publish: [field/noise/state] }
${cloud}devices:
  - id: sensor
    format: json-path
    topic: field/sensor/state
    intervalMs: 1000
    channels: [{ id: value, path: $.value, unit: Cel, min: -50, max: 200 }]
  - id: noise
    format: json-path
    topic: field/noise/state
    intervalMs: 1000
    records: $.records
    time: { path: $.t, unit: ms }
    channels: [{ id: value, path: $.value, unit: Cel, min: -50, max: 200 }]
rules:
  - id: hot
    type: threshold
    event: Too hot
    input: sensor/value
    direction: above
    ladder: [{ severity: Severe, at: 50, clear: 45, holdMs: 0, clearHoldMs: 1 }]
actuators:
  - id: relay
    driver: mqtt-relay
    commandTopic: field/relay/set
    stateTopic: field/relay/state
    rest: 'off'
    onSilence: 'off'
    leaseMs: 10000
    actions:
      'on': { send: 'ON', state: 'ON' }
      'off': { send: 'OFF', state: 'OFF' }
    interlocks:
      - { refuse: 'on', when: { stream: sensor/value, above: 150 }, why: The sensor is broken. }
responses:
  - { id: act, when: { rule: hot, atLeast: Severe }, actuator: relay, action: 'on' }
`;
}
