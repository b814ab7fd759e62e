import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../harness/child.ts';
import { median } from '../harness/pairs.ts';
import { usageOf } from '../harness/process-usage.ts';
import { encodedPublish, type RawMqtt, rawMqtt, subscribe } from '../harness/raw-mqtt.ts';
import { benchArguments, printReport, progress } from '../harness/report.ts';
import { benchSite } from '../reaction/site.ts';

/**
 * What an idle gateway and an idle cloud weigh, and how long a gateway needs from its start until its first decision has become an
 * order: the sensor and the relay knock until they are let in, then the sensor says danger.
 */
const { quick, json } = benchArguments();
const rounds = quick ? 3 : 7;
const idleMs = quick ? 5_000 : 20_000;
const program = resolve(import.meta.dirname, '../../bin/tocsin.js');
const secret = randomBytes(16).toString('hex');
Object.assign(process.env, { BENCH_FIELD: secret, BENCH_CLOUD: secret });

function launch(args: string[]) {
  const flags = args[0] === 'edge' ? ['--max-semi-space-size=4'] : [];
  return spawn(process.execPath, [...flags, program, ...args, '--log-level', 'error'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function knock(port: number, name: string): Promise<RawMqtt> {
  for (;;) {
    try {
      return await rawMqtt({ port, clientId: name, username: name, password: secret });
    } catch {
      await new Promise((done) => setTimeout(done, 5));
    }
  }
}

async function edgeRound(): Promise<{ decisionMs: number; rssMib: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const fieldPort = await freePort();
  writeFileSync(join(folder, 'site.yaml'), benchSite({ fieldPort }));
  const began = performance.now();
  const edge = launch(['edge', join(folder, 'site.yaml'), '--data', join(folder, 'edge')]);
  const relay = await knock(fieldPort, 'relay');
  await subscribe(relay, 'field/relay/set', 1);
  const ordered = new Promise<number>((done) => {
    relay.onPacket = (type) => {
      if (type === 3) done(performance.now() - began);
    };
  });
  const sensor = await knock(fieldPort, 'sensor');
  sensor.onPacket = () => {};
  sensor.socket.write(encodedPublish('field/sensor/state', Buffer.from('{"value":60}'), 1).batch(1));
  const decisionMs = await ordered;
  sensor.socket.destroy();
  relay.socket.destroy();
  await new Promise((done) => setTimeout(done, idleMs));
  const rssMib = usageOf(edge.pid!).rssKib / 1024;
  await ended(edge);
  rmSync(folder, { recursive: true, force: true });
  return { decisionMs, rssMib };
}

async function cloudRssMib(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const [mqtt, http] = [await freePort(), await freePort()];
  writeFileSync(
    join(folder, 'cloud.yaml'),
    `dataDir: ./cloud\nmqtt: { host: 127.0.0.1, port: ${mqtt} }\nhttp: { host: 127.0.0.1, port: ${http} }\n`,
  );
  const cloud = launch(['up', join(folder, 'cloud.yaml')]);
  await new Promise((done) => setTimeout(done, idleMs + 3_000));
  const rssMib = usageOf(cloud.pid!).rssKib / 1024;
  await ended(cloud);
  rmSync(folder, { recursive: true, force: true });
  return rssMib;
}

async function ended(child: ReturnType<typeof launch>): Promise<void> {
  const exited = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await exited;
}

const edges: { decisionMs: number; rssMib: number }[] = [];
for (let round = 0; round < rounds; round += 1) {
  const result = await edgeRound();
  edges.push(result);
  progress(
    `round ${round + 1}/${rounds}: first decision ${result.decisionMs.toFixed(0)} ms, idle ${result.rssMib.toFixed(0)} MiB`,
  );
}
const decisionMs = median(edges.map((edge) => edge.decisionMs));
const edgeMib = median(edges.map((edge) => edge.rssMib));
const cloudMib = await cloudRssMib();
const mib = (value: number) => Number(value.toFixed(0));
printReport(
  {
    bench: 'footprint',
    quick,
    rows: [
      { what: 'edge, idle', MiB: mib(edgeMib), 'first decision ms': mib(decisionMs) },
      { what: 'cloud, idle', MiB: mib(cloudMib) },
    ],
    claims: [
      { what: 'edge idle RSS, MB', measured: mib(edgeMib * 1.048576), target: '≤ 120', met: edgeMib * 1.048576 <= 120 },
      {
        what: 'edge start to first decision, ms',
        measured: mib(decisionMs),
        target: '≤ 1000',
        met: decisionMs <= 1000,
      },
    ],
    notes: ['The first round of a fresh clone compiles; later starts read the compile cache.'],
  },
  json,
);
