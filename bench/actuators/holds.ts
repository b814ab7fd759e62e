import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@tocsin/contracts';
import { createEdgeAgent, type FieldListener } from '@tocsin/edge-agent';
import type { Site } from '@tocsin/edge-agent/site';
import { simClock } from '@tocsin/simulators/time';
import { startFork } from '../harness/child.ts';
import { holdingSite } from './site.ts';

export type Holds = {
  /** CPU seconds a second of this process, all threads. */
  coreShare: number;
  held: number;
  renewalsPerSecond: number;
  unverified: number;
};

const leases = 500;
const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
const bytes = (text: string) => new TextEncoder().encode(text);

type Part = { site: Site; clock: typeof systemClock; publish(topic: string): void; folder: string };

function open({ site, clock, publish, folder }: Part) {
  let hear: FieldListener = () => {};
  const count = { commands: 0, unverified: 0 };
  const held = new Set<string>();
  const agent = createEdgeAgent({
    site,
    field: {
      publish,
      subscribe() {},
      onMessage(listener) {
        hear = listener;
      },
    },
    ...{
      journalPath: join(folder, 'journal.sqlite'),
      clock,
      logger: silentLogger,
      random: Math.random,
      version: 'bench',
    },
    onDecision(effect) {
      if (effect.kind === 'command') count.commands += 1;
      if (effect.kind !== 'receipt') return;
      const { state, device } = effect.receipt;
      if (state === 'verified') held.add(device);
      if (state === 'unverified') count.unverified += 1;
    },
  });
  return { agent, count, held, hear: (topic: string, text: string) => hear(topic, bytes(text), false) };
}

/** CPU of a span, by `process.cpuUsage` (user and system, all threads). */
async function cpuSecondsOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** 500 relays over MQTT held for a simulated minute by the whole agent, journal on disk; each answers every order after 5 ms. */
export async function holdRelays(seconds: number): Promise<Holds> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const clock = simClock(Date.UTC(2026, 10, 30));
  const publish = (topic: string) => {
    const device = topic.split('/')[1]!;
    clock.after(5, () => opened.hear(`field/${device}/state`, 'ON'));
  };
  const opened = open({ site: holdingSite(leases), clock, publish, folder });
  try {
    await opened.agent.start();
    clock.advance(1_000);
    opened.hear('field/a', '{"s":0.5}');
    clock.advance(10_000);
    const from = opened.count.commands;
    const cpu = await cpuSecondsOf(async () => {
      for (let second = 0; second < seconds; second += 1) {
        clock.advance(1_000);
        await pause(0);
      }
    });
    const renewalsPerSecond = (opened.count.commands - from) / seconds;
    return { coreShare: cpu / seconds, held: opened.held.size, renewalsPerSecond, unverified: opened.count.unverified };
  } finally {
    const stopped = opened.agent.stop();
    clock.advance(5_000);
    await stopped;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** 500 contactors on one Modbus panel in another process, held in real time, every contact looked at every 500 ms. */
export async function holdContactors(seconds: number): Promise<Holds> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const file = new URL('./panel-process.ts', import.meta.url);
  const panel = await startFork<{ port: number }>(file, { ways: leases, kind: 'contactor' });
  const site = holdingSite(leases, panel.ready.port);
  const opened = open({ site, clock: systemClock, publish() {}, folder });
  try {
    await opened.agent.start();
    await pause(1_500);
    opened.hear('field/a', '{"s":0.5}');
    await pause(8_000);
    const from = opened.count.commands;
    const cpu = await cpuSecondsOf(() => pause(seconds * 1_000));
    const renewalsPerSecond = (opened.count.commands - from) / seconds;
    return { coreShare: cpu / seconds, held: opened.held.size, renewalsPerSecond, unverified: opened.count.unverified };
  } finally {
    await opened.agent.stop();
    await panel.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
