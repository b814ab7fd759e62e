import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Child, freePort, startFork, startProgram } from '../harness/child.ts';
import type { LoadPlan } from './load.ts';
import { benchSite } from './site.ts';

export type Trial = { perSecond: number; count: number; warmUp: number };
export type TrialResult = { took: number[]; missed: number; extra: number };

const top = resolve(import.meta.dirname, '../..');
const here = (name: string) => new URL(name, import.meta.url);
const topics = { sensorTopic: 'field/sensor/state', commandTopic: 'field/relay/set', stateTopic: 'field/relay/state' };

async function load(plan: LoadPlan): Promise<TrialResult> {
  const child = await startFork(here('./load.ts'), plan);
  try {
    return await child.ask<TrialResult>({ go: true });
  } finally {
    await child.stop();
  }
}

/** Waits until something listens on the port. */
async function listening(port: number, withinMs = 20_000): Promise<void> {
  const { connect } = await import('node:net');
  for (const until = performance.now() + withinMs; performance.now() < until; ) {
    const answered = await new Promise<boolean>((done) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        done(true);
      });
      socket.once('error', () => done(false));
    });
    if (answered) return;
    await new Promise((done) => setTimeout(done, 30));
  }
  throw new Error(`Nothing listens on port ${port}.`);
}

/** The floor: stock aedes and a raw decider with one durable commit. */
export async function floor(trial: Trial): Promise<TrialResult> {
  const aedes = await startFork<{ port: number }>(new URL('../harness/aedes-server.ts', import.meta.url));
  const { port } = aedes.ready;
  const decider = await startFork(here('./floor-decider.ts'), { port, ...topics });
  try {
    return await load({
      ...trial,
      ...topics,
      sensor: { port, clientId: 'sensor' },
      relay: { port, clientId: 'relay' },
    });
  } finally {
    await decider.stop();
    await aedes.stop();
  }
}

/**
 * Our edge as a process of its own. `idle`: linked to an idle cloud. `cut`: the cloud ends once the link stood. `busy`: the cloud comes
 * back to a backlog of some 300,000 readings and is busy storing them while the trial runs.
 */
export async function tocsin(trial: Trial, cloudState: 'idle' | 'cut' | 'busy'): Promise<TrialResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const [fieldPort, cloudPort, httpPort] = [await freePort(), await freePort(), await freePort()];
  const secrets = { BENCH_FIELD: randomBytes(16).toString('hex'), BENCH_CLOUD: randomBytes(32).toString('hex') };
  Object.assign(process.env, secrets);
  writeFileSync(join(folder, 'site.yaml'), benchSite({ fieldPort, cloudPort }));
  writeFileSync(
    join(folder, 'cloud.yaml'),
    `dataDir: ./cloud\nmqtt: { host: 127.0.0.1, port: ${cloudPort} }\nhttp: { host: 127.0.0.1, port: ${httpPort} }\n`,
  );
  const { enrollGateway } = await import('../../bin/cloud/secrets.ts');
  enrollGateway(join(folder, 'cloud'), 'bench', 0, secrets.BENCH_CLOUD);
  const program = (...args: string[]) =>
    startProgram(process.execPath, [join(top, 'bin/tocsin.js'), ...args, '--log-level', 'error']);
  const children: Child[] = [];
  const start = async (port: number, ...args: string[]) => {
    const child = await program(...args);
    children.push(child);
    await listening(port);
    return child;
  };
  try {
    if (cloudState !== 'busy') {
      const cloud = await start(cloudPort, 'up', join(folder, 'cloud.yaml'));
      await start(fieldPort, 'edge', join(folder, 'site.yaml'), '--data', join(folder, 'edge'));
      await new Promise((done) => setTimeout(done, 2_000));
      if (cloudState === 'cut') await cloud.stop();
    } else {
      await start(fieldPort, 'edge', join(folder, 'site.yaml'), '--data', join(folder, 'edge'));
      const noise = await startFork(here('./noise.ts'), { port: fieldPort, password: secrets.BENCH_FIELD });
      await noise.ask({ fill: 300 });
      await start(cloudPort, 'up', join(folder, 'cloud.yaml'));
      await noise.ask({ go: true });
      children.push(noise);
    }
    const login = (name: string) => ({
      port: fieldPort,
      clientId: name,
      username: name,
      password: secrets.BENCH_FIELD,
    });
    return await load({ ...trial, ...topics, sensor: login('sensor'), relay: login('relay') });
  } finally {
    for (const child of children.reverse()) await child.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const cache = join(top, '.cache/node-red');

/** Node-RED from npm, installed by the bench when it is wanted; never a dependency of the project. */
export const nodeRed = {
  async install(): Promise<{ version?: string; why?: string }> {
    const file = join(cache, 'node_modules/node-red/package.json');
    if (!existsSync(file)) {
      mkdirSync(cache, { recursive: true });
      writeFileSync(join(cache, 'package.json'), '{ "private": true }');
      spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', 'node-red@5.0.7'], {
        cwd: cache,
        stdio: 'inherit',
      });
    }
    if (!existsSync(file)) return { why: 'npm could not install it' };
    return { version: (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version };
  },
  async run(trial: Trial): Promise<TrialResult> {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-red-'));
    const aedes = await startFork<{ port: number }>(new URL('../harness/aedes-server.ts', import.meta.url));
    const { port } = aedes.ready;
    const httpPort = await freePort();
    const broker = {
      id: 'b',
      type: 'mqtt-broker',
      broker: '127.0.0.1',
      port: String(port),
      clientid: 'red',
      autoConnect: true,
      protocolVersion: '4',
      keepalive: '60',
      cleansession: true,
    };
    const func = 'const on = msg.payload.value >= 50; msg.payload = on ? "ON" : "OFF"; return msg;';
    const flow = [
      { id: 't', type: 'tab', label: 'bench' },
      broker,
      {
        id: 'i',
        z: 't',
        type: 'mqtt in',
        topic: topics.sensorTopic,
        qos: '1',
        datatype: 'json',
        broker: 'b',
        wires: [['f']],
      },
      { id: 'f', z: 't', type: 'function', func, outputs: 1, wires: [['o']] },
      {
        id: 'o',
        z: 't',
        type: 'mqtt out',
        topic: topics.commandTopic,
        qos: '1',
        retain: 'false',
        broker: 'b',
        wires: [],
      },
    ];
    writeFileSync(join(folder, 'flows.json'), JSON.stringify(flow));
    writeFileSync(
      join(folder, 'settings.js'),
      'module.exports = { logging: { console: { level: "error" } }, uiHost: "127.0.0.1" };',
    );
    const red = await startProgram(process.execPath, [
      join(cache, 'node_modules/node-red/red.js'),
      '-u',
      folder,
      '-s',
      join(folder, 'settings.js'),
      '-p',
      String(httpPort),
      join(folder, 'flows.json'),
    ]);
    try {
      await listening(httpPort);
      await new Promise((done) => setTimeout(done, 3_000));
      return await load({
        ...trial,
        ...topics,
        sensor: { port, clientId: 'sensor' },
        relay: { port, clientId: 'relay' },
      });
    } finally {
      await red.stop();
      await aedes.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
