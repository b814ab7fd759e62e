import { randomBytes } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  clearanceLeftMs,
  crossingClip,
  orderRelay,
  relayAtRest,
  signalStart,
  stepRelay,
  stepSignal,
} from '@tocsin/simulators';
import {
  actorsAt,
  drawFrame,
  encodeFrame,
  paintStreet,
  type Scene,
  spoil,
  stationStreetScene,
} from '@tocsin/simulators/cameras';
import mqtt from 'mqtt';
import { commandKey, enrollGateway } from '../../bin/cloud/secrets.ts';
import { eventually, freePort, startProgram, workFolder } from './processes.ts';

const sites = resolve(import.meta.dirname, '../../simulators/town/sites');
/** The relay's own auto-off, as in the demonstration. */
const relay = { autoOffMs: 6_000, travelMs: 20 };
const fps = 10;

/** The crossing of the demonstration with a cloud, as real processes on free ports. */
export async function drawnCrossing() {
  const folder = workFolder();
  const ports = { mqtt: await freePort(), http: await freePort(), field: await freePort() };
  const secrets = {
    TOWN_FIELD_SECRET: randomBytes(16).toString('hex'),
    TOWN_CLOUD_SECRET: randomBytes(32).toString('hex'),
  };
  folder.file(
    'cloud.yaml',
    `dataDir: ./cloud\nmqtt: { host: 127.0.0.1, port: ${ports.mqtt} }\nhttp: { host: 127.0.0.1, port: ${ports.http} }\n`,
  );
  const { publicKeyBase64 } = commandKey(join(folder.path, 'cloud'));
  enrollGateway(join(folder.path, 'cloud'), 'station-street', 0, secrets.TOWN_CLOUD_SECRET);
  for (const name of readdirSync(sites).filter((each) => each.startsWith('station-street-cam-1')))
    copyFileSync(join(sites, name), join(folder.path, name));
  const text = readFileSync(join(sites, 'station-street.yaml'), 'utf8')
    .replace('port: 18833', `port: ${ports.field}`)
    .replace('mqtt://127.0.0.1:18830', `mqtt://127.0.0.1:${ports.mqtt}`)
    .replace(/^( *)password: \{ env: TOWN_CLOUD_SECRET \}$/m, `$&\n$1commandKeys: [${publicKeyBase64}]`);
  const file = folder.file('site.yaml', text);
  const start = (args: string[]) => startProgram([...args, '--json', '--log-level', 'warn'], secrets);
  const client = (username: string) =>
    mqtt.connect({
      ...{ host: '127.0.0.1', port: ports.field, clientId: username, username },
      ...{ password: secrets.TOWN_FIELD_SECRET, reconnectPeriod: 100, queueQoSZero: false },
    });
  return {
    folder,
    ports,
    startCloud: () => start(['up', join(folder.path, 'cloud.yaml')]),
    startEdge: () => start(['edge', file, '--data', join(folder.path, 'edge')]),
    client,
  };
}

export type Walker = Parameters<typeof stationStreetScene>[0][number];

/** Pictures of a scene, drawn before they are shown, and the same behind a covered lens. */
export async function pictures(walkers: readonly Walker[], durationMs: number) {
  const scene: Scene = stationStreetScene(walkers);
  const backdrop = paintStreet(crossingClip);
  const frames: Buffer[] = [];
  for (let tMs = 0; tMs < durationMs; tMs += 1000 / fps)
    frames.push(await encodeFrame(drawFrame(backdrop, scene, tMs)));
  const last = drawFrame(backdrop, scene, durationMs);
  const covered: Buffer[] = [];
  // The noise of a sensor goes on behind a covered lens.
  for (let seed = 1; seed <= 5; seed += 1) covered.push(await encodeFrame(spoil(last, 'covered', seed)));
  return { scene, frames, covered };
}

/**
 * The street in real time: a camera that shows pictures, a controller that is called once and may be held by its relay. `clearedAtMs` is
 * when the last walker reached the other kerb.
 */
export async function street(
  site: Awaited<ReturnType<typeof drawnCrossing>>,
  { scene, frames, covered }: Awaited<ReturnType<typeof pictures>>,
  callAtMs: number,
) {
  const camera = site.client('cam-1');
  const signal = site.client('signal');
  for (const each of [camera, signal]) each.on('error', () => {});
  let hold = relayAtRest;
  const startedAtMs = performance.now();
  const elapsed = () => performance.now() - startedAtMs;
  const contacts: { tMs: number; contact: 'ON' | 'OFF' }[] = [];
  let isCovered = false;
  signal.on('connect', () => signal.subscribe('field/hold/set', { qos: 1 }));
  signal.on('message', (_topic, payload) => {
    const wanted = payload.toString() === 'ON' ? 'ON' : 'OFF';
    hold = orderRelay(hold, relay, { wanted, nowMs: elapsed() });
  });
  await eventually('camera and controller are connected', () => (camera.connected && signal.connected) || undefined);
  const beganAtMs = elapsed();
  let state = signalStart;
  let tookStep = 0;
  let told = '';
  let beat = 0;
  const plan = { vehicleGreenMs: 0, walkMs: 7_000, clearanceMs: 9_000, extensionMaxMs: 13_000 };
  const timer = setInterval(() => {
    const tMs = elapsed() - beganAtMs;
    hold = stepRelay(hold, relay, { nowMs: elapsed(), fault: 'none' });
    if (hold.contact !== told || beat % 50 === 0) {
      if (hold.contact !== told) contacts.push({ tMs, contact: hold.contact });
      told = hold.contact;
      signal.publish('field/hold/state', hold.contact, { qos: 1 });
    }
    const before = state.phase;
    const call = tMs >= callAtMs && tMs < callAtMs + 1_000;
    state = stepSignal(state, { nowMs: tMs, dtMs: tMs - tookStep, hold: hold.contact === 'ON', call, plan });
    tookStep = tMs;
    if (beat % 5 === 0 || state.phase !== before)
      signal.publish(
        'field/signal/state',
        JSON.stringify({ phase: state.phase, leftS: clearanceLeftMs(state, tMs, plan) / 1000 }),
        { qos: 1 },
      );
    const jpeg = isCovered
      ? covered[beat % covered.length]
      : frames[Math.min(frames.length - 1, Math.floor(tMs / (1000 / fps)))];
    camera.publish('field/cam-1/jpeg', jpeg!, { qos: 0 });
    beat += 1;
  }, 1000 / fps);
  return {
    contacts,
    now: () => elapsed() - beganAtMs,
    phase: () => state.phase,
    cover: () => {
      isCovered = true;
    },
    /** People on the road at an instant of the scene, exactly. */
    onRoad: (tMs: number) =>
      actorsAt(scene, tMs).filter(({ actor, x }) => actor.kind !== 'vehicle' && x > 0 && x < 10).length,
    async stop() {
      clearInterval(timer);
      await Promise.all([camera.endAsync(true), signal.endAsync(true)]);
    },
  };
}
