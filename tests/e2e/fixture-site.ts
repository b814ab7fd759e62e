import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { commandKey, enrollGateway } from '../../bin/cloud/secrets.ts';
import { freePort, type Program, startProgram, workFolder } from './processes.ts';

/** A site with one sensor, one rule and one relay, and a cloud for it, all as real processes on free ports. */
export async function fixtureSite() {
  const folder = workFolder();
  const ports = { mqtt: await freePort(), http: await freePort(), field: await freePort() };
  const secrets = { TEST_FIELD: randomBytes(16).toString('hex'), TEST_CLOUD: randomBytes(32).toString('hex') };
  folder.file(
    'cloud.yaml',
    `dataDir: ./cloud\nmqtt: { host: 127.0.0.1, port: ${ports.mqtt} }\nhttp: { host: 127.0.0.1, port: ${ports.http} }\n`,
  );
  const { publicKeyBase64 } = commandKey(join(folder.path, 'cloud'));
  folder.file(
    'site.yaml',
    `
site: plant
name: Test plant
mode: live
broker:
  listen: { host: 127.0.0.1, port: ${ports.field} }
  users:
    - { username: sensor, password: { env: TEST_FIELD }, publish: [field/sensor/state] }
    - { username: relay, password: { env: TEST_FIELD }, publish: [field/relay/state], subscribe: [field/relay/set] }
cloud: { url: "mqtt://127.0.0.1:${ports.mqtt}", password: { env: TEST_CLOUD }, commandKeys: [${publicKeyBase64}] }
devices:
  - id: sensor
    format: json-path
    topic: field/sensor/state
    intervalMs: 1000
    time: { path: $.t, unit: ms }
    channels: [{ id: value, path: $.v, unit: Cel, min: -1000000, max: 1000000 }, { id: count, path: $.n, unit: '1' }]
rules:
  - id: hot
    type: threshold
    event: Too hot in the test plant
    advice: Look at the boiler.
    input: sensor/value
    direction: above
    latch: true
    ladder: [{ severity: Severe, at: 50, clear: 45, holdMs: 0, clearHoldMs: 200 }]
actuators:
  - id: fan
    driver: mqtt-relay
    commandTopic: field/relay/set
    stateTopic: field/relay/state
    rest: 'off'
    onSilence: 'off'
    readBackWithinMs: 1000
    leaseMs: 3000
    actions:
      'on': { send: 'ON', state: 'ON' }
      'off': { send: 'OFF', state: 'OFF' }
responses:
  - { id: cool, when: { rule: hot, atLeast: Severe }, actuator: fan, action: 'on' }
`,
  );
  enrollGateway(join(folder.path, 'cloud'), 'plant', 0, secrets.TEST_CLOUD);
  const startCloud = (): Promise<Program> =>
    startProgram(['up', join(folder.path, 'cloud.yaml'), '--json', '--log-level', 'warn'], secrets);
  const startEdge = (): Promise<Program> =>
    startProgram(
      ['edge', join(folder.path, 'site.yaml'), '--data', join(folder.path, 'edge'), '--json', '--log-level', 'warn'],
      secrets,
    );
  return { folder, ports, secrets, startCloud, startEdge, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
