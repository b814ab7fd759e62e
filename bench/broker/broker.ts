/**
 * The broker with every guard on, beside mosquitto and stock aedes: messages per CPU second at QoS 1 from 50
 * publishers to one subscriber, and resident memory of 5,000 idle connections. CPU seconds come first because they
 * hold when the machine is busy with other work, wall-clock rates do not.
 */
import { type Child, startFork } from '../harness/child.ts';
import { installMosquitto, startMosquitto } from '../harness/mosquitto.ts';
import { interleaved, median, medianRatio } from '../harness/pairs.ts';
import { machineCpuSeconds, usageOf } from '../harness/process-usage.ts';
import { benchArguments, type Claim, printReport, progress } from '../harness/report.ts';

type Server = Child & { port: number };
type Throughput = { perCpuSecond: number; perSecond: number; foreignCores: number };
type Idle = { kibPerConnection: number; mibInAll: number; connectsPerSecond: number };

const { quick, json } = benchArguments();
const rounds = quick ? 2 : 6;
const windowMs = quick ? 1500 : 4000;
const warmUpMs = quick ? 500 : 1500;
const idleConnections = 5000;
const load = { publishers: 50, inFlightMax: 800, payloadBytes: 100 };

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function startServer(file: URL): Promise<Server> {
  const child = await startFork<{ port: number }>(file);
  return { ...child, port: child.ready.port };
}

async function throughput(start: () => Promise<Server>): Promise<Throughput> {
  const server = await start();
  const loader = await startFork(new URL('./load.ts', import.meta.url), { ...load, port: server.port });
  const pids = [server.pid, loader.pid, process.pid];
  const foreign = () => machineCpuSeconds() - pids.reduce((sum, pid) => sum + usageOf(pid).cpuSeconds, 0);
  const look = async () => {
    const { arrived } = await loader.ask<{ arrived: number }>({});
    return { arrived, cpuSeconds: usageOf(server.pid).cpuSeconds, foreignSeconds: foreign(), atMs: performance.now() };
  };
  await sleep(warmUpMs);
  const before = await look();
  await sleep(windowMs);
  const after = await look();
  await loader.stop();
  await server.stop();
  const arrived = after.arrived - before.arrived;
  if (arrived === 0) throw new Error('No message arrived.');
  return {
    perCpuSecond: arrived / (after.cpuSeconds - before.cpuSeconds),
    perSecond: (arrived * 1000) / (after.atMs - before.atMs),
    foreignCores: ((after.foreignSeconds - before.foreignSeconds) * 1000) / (after.atMs - before.atMs),
  };
}

async function idle(start: () => Promise<Server>): Promise<Idle> {
  const server = await start();
  await sleep(500);
  const before = usageOf(server.pid).rssKib;
  const startedAtMs = performance.now();
  const argument = { port: server.port, connections: idleConnections };
  const loader = await startFork<{ connected: number }>(new URL('./idle-load.ts', import.meta.url), argument);
  const tookMs = performance.now() - startedAtMs;
  await sleep(3000);
  const after = usageOf(server.pid).rssKib;
  await loader.stop();
  await server.stop();
  return {
    kibPerConnection: (after - before) / idleConnections,
    mibInAll: after / 1024,
    connectsPerSecond: (idleConnections * 1000) / tookMs,
  };
}

const mosquitto = installMosquitto();
const servers: Record<string, () => Promise<Server>> = {
  tocsin: () => startServer(new URL('./tocsin-server.ts', import.meta.url)),
  aedes: () => startServer(new URL('../harness/aedes-server.ts', import.meta.url)),
  ...(mosquitto.version === undefined ? {} : { mosquitto: startMosquitto }),
};
const each = <Result>(measure: (start: () => Promise<Server>) => Promise<Result>) =>
  Object.fromEntries(Object.entries(servers).map(([name, start]) => [name, () => measure(start)]));

const speeds = await interleaved(each(throughput), rounds, (name, { perCpuSecond, perSecond }, round) =>
  progress(`round ${round + 1} ${name}: ${Math.round(perCpuSecond)} per CPU s, ${Math.round(perSecond)}/s`),
);
const memory = await interleaved(each(idle), 1, (name, { kibPerConnection }) =>
  progress(`idle ${name}: ${kibPerConnection.toFixed(1)} KiB a connection`),
);

const perCpu = (name: string) => speeds[name]!.map(({ perCpuSecond }) => perCpuSecond);
const rows = Object.keys(servers).map((name) => ({
  broker: name,
  'messages per CPU s': Math.round(median(perCpu(name))),
  'CPU s per million': Number((1e6 / median(perCpu(name))).toFixed(1)),
  'messages/s (wall)': Math.round(median(speeds[name]!.map(({ perSecond }) => perSecond))),
  'KiB per idle connection': Number(memory[name]![0]!.kibPerConnection.toFixed(1)),
  'MiB with them all': Math.round(memory[name]![0]!.mibInAll),
  'connects/s': Math.round(memory[name]![0]!.connectsPerSecond),
}));

const claims: Claim[] = [];
function claimRatio(peer: string, target: number): void {
  if (servers[peer] === undefined) return;
  const measured = Number(medianRatio(perCpu('tocsin'), perCpu(peer)).toFixed(2));
  claims.push({ what: `messages per CPU second ÷ ${peer}`, measured, target: `≥ ${target}`, met: measured >= target });
}
claimRatio('mosquitto', 1);
claimRatio('aedes', 1.2);
const kib = Number(memory.tocsin![0]!.kibPerConnection.toFixed(1));
claims.push({ what: `KiB per idle connection at ${idleConnections}`, measured: kib, target: '≤ 45', met: kib <= 45 });

const foreignCores = median(Object.values(speeds).flatMap((all) => all.map((one) => one.foreignCores)));

printReport(
  {
    bench: 'broker',
    quick,
    rows,
    claims,
    notes: [
      `QoS 1, ${load.publishers} → 1, ${load.payloadBytes}-byte payloads, ≤ ${load.inFlightMax} in flight.`,
      `${rounds} interleaved rounds of ${windowMs} ms; medians.`,
      'tocsin: log-in, rights, rates, frame guard and buffer limits on.',
      'aedes: its defaults with TCP_NODELAY. mosquitto: anonymous, no ACL, TCP_NODELAY.',
      `Other work on the machine meanwhile: ${foreignCores.toFixed(2)} cores (median).`,
      mosquitto.version === undefined ? `mosquitto was left out: ${mosquitto.why}.` : `mosquitto ${mosquitto.version}.`,
    ],
  },
  json,
);
