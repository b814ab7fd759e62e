import { randomBytes } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { crossingClip, signalOf } from '@tocsin/simulators';
import {
  actorsAt,
  drawFrame,
  encodeFrame,
  paintStreet,
  type Scene,
  spoil,
  stationStreetScene,
} from '@tocsin/simulators/cameras';
import { crossingPlan, serveController } from '@tocsin/simulators/controller';
import mqtt from 'mqtt';
import { commandKey, enrollGateway } from '../../bin/cloud/secrets.ts';
import { eventually, freePort, startProgram, workFolder } from './processes.ts';

const sites = resolve(import.meta.dirname, '../../simulators/town/sites');
const fps = 10;

/** The crossing of the demonstration with a cloud, as real processes on free ports. */
export async function drawnCrossing() {
  const folder = workFolder();
  const ports = { mqtt: await freePort(), http: await freePort(), field: await freePort() };
  const secrets = {
    TOWN_FIELD_SECRET: randomBytes(16).toString('hex'),
    TOWN_CLOUD_SECRET: randomBytes(32).toString('hex'),
    TOWN_READ_COMMUNITY: randomBytes(8).toString('hex'),
    TOWN_WRITE_COMMUNITY: randomBytes(8).toString('hex'),
  };
  const controller = await serveController({
    communities: { read: secrets.TOWN_READ_COMMUNITY, write: secrets.TOWN_WRITE_COMMUNITY },
  });
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
    .replace('port: 18843', `port: ${controller.port}`)
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
    controller,
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

/** Phase of the pedestrians. */
const pedestrians = 2;

/** The street in real time: a camera that shows pictures, and a controller that is called once and may be asked to hold by SNMP. */
export async function street(
  site: Awaited<ReturnType<typeof drawnCrossing>>,
  { scene, frames, covered }: Awaited<ReturnType<typeof pictures>>,
  callAtMs: number,
) {
  const { controller } = site;
  const camera = site.client('cam-1');
  const cabinet = site.client('signal');
  for (const each of [camera, cabinet]) each.on('error', () => {});
  await eventually('camera and cabinet are connected', () => (camera.connected && cabinet.connected) || undefined);
  const beganAtMs = performance.now();
  const elapsed = () => performance.now() - beganAtMs;
  let isCovered = false;
  let isCalled = false;
  let before = -1;
  let beat = 0;
  /** When the controller has the hold of the pedestrians' phase on its books, and when walk and clearance began and ended. */
  const holds: { tMs: number; on: boolean }[] = [];
  const phases: { tMs: number; phase: number }[] = [];
  const timer = setInterval(() => {
    const tMs = elapsed();
    if (!isCalled && tMs >= callAtMs) controller.tell({ kind: 'press', phase: pedestrians });
    isCalled ||= tMs >= callAtMs;
    const state = controller.state();
    const on = (state.registers.hold & (1 << (pedestrians - 1))) !== 0;
    if (on !== (holds.at(-1)?.on ?? false)) holds.push({ tMs, on });
    const signal = signalOf(state);
    if (beat % 5 === 0 || signal.phase !== before) {
      if (signal.phase !== before) phases.push({ tMs, phase: signal.phase });
      cabinet.publish('field/signal/state', JSON.stringify(signal), { qos: 1 });
    }
    before = signal.phase;
    const due = Math.min(frames.length - 1, Math.floor(tMs / (1000 / fps)));
    camera.publish('field/cam-1/jpeg', (isCovered ? covered[beat % covered.length] : frames[due])!, { qos: 0 });
    beat += 1;
  }, 1000 / fps);
  return {
    holds,
    phases,
    shouts: controller.shouts,
    now: elapsed,
    /** When the clearance ends if nobody holds it. */
    plannedEndMs: () => phases.find(({ phase }) => phase === 2)!.tMs + crossingPlan.ring[1]!.pedestrian!.clearanceMs,
    cover: () => {
      isCovered = true;
    },
    /** People on the road at an instant of the scene, exactly. */
    onRoad: (tMs: number) =>
      actorsAt(scene, tMs).filter(({ actor, x }) => actor.kind !== 'vehicle' && x > 0 && x < 10).length,
    async stop() {
      clearInterval(timer);
      await Promise.all([camera.endAsync(true), cabinet.endAsync(true), controller.stop()]);
    },
  };
}
