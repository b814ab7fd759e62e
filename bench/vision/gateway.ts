/**
 * A process that is a whole gateway, put together as `tocsin edge` does, with taps that note when each picture passed. The taps lie on
 * the doors of the parts (message in, look, feed, decision) and only write down numbers.
 */
import module from 'node:module';
import { dirname, join } from 'node:path';
import { systemClock as clock, silentLogger } from '@tocsin/contracts';
import { createEdgeAgent } from '@tocsin/edge-agent';
import { type Cameras, createCameras } from '@tocsin/edge-agent/cameras';
import { loadSite } from '@tocsin/edge-agent/site';
import { createEyes, type Eyes } from '@tocsin/edge-agent/vision';
import { openField } from '../../bin/edge/field-broker.ts';
import { sharedMs } from './now.ts';
import { numberOf } from './numbers.ts';

export type GatewayPlan = { file: string; dataDir: string };
/** Instants of one picture on the clock that all processes share. */
export type Passed = { number: number; arrivedMs: number; lookMs: number; seenMs: number; decidedMs: number };
/** A command and the picture it was decided on; none when a reading or the time was the cause. */
export type Ordered = { action: string; decidedMs: number; picture: number | undefined };
export type Taken = {
  passed: Passed[];
  ordered: Ordered[];
  /** Pictures looked at since the start, by camera. */
  looked: Record<string, number>;
  eyesPid: number | undefined;
};

const plan = JSON.parse(process.argv[2]!) as GatewayPlan;
const loaded = loadSite(plan.file);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
const site = { ...loaded.site, dataDir: plan.dataDir };
const logger = { ...silentLogger, error: (fields: object, text: string) => console.error(text, fields) };
const { provider, threads, timeoutMs, memoryMiB, keepDays } = site.vision;

let passed: Passed[] = [];
let ordered: Ordered[] = [];
const arrivals = new Map<number, number>();
/** Of the first camera, whose pictures alone are numbered. */
let newest: { number: number; lookMs: number; seenMs: number } | undefined;
let deciding: number | undefined;

const own = createEyes({
  models: { detector: [...new Set(site.cameras.map(({ model }) => model))] },
  ...{ provider, threads, timeoutMs, memoryBytesMax: memoryMiB * 2 ** 20 },
  ...{ clock, logger, random: Math.random },
});
const eyes: Eyes = {
  ...own,
  async look(frame, options) {
    const lookMs = sharedMs();
    const seen = await own.look(frame, options);
    const number = numberOf(frame.jpeg);
    if (number !== undefined) newest = { number, lookMs, seenMs: sharedMs() };
    return seen;
  },
};

const tapped = (cameras: Cameras): Cameras => ({
  ...cameras,
  message(topic, payload, retained) {
    const number = topic.endsWith('/jpeg') ? numberOf(payload) : undefined;
    if (number !== undefined) arrivals.set(number, sharedMs());
    return cameras.message(topic, payload, retained);
  },
});

const field = await openField(site, { env: process.env, clock, logger });
const agent = createEdgeAgent({
  site,
  field,
  evidence: { dir: join(site.dataDir, 'pictures'), keepMs: keepDays * 86_400_000 },
  openCameras: (ends) =>
    tapped(
      createCameras({
        ...{ site, clock, logger, random: Math.random, directory: dirname(plan.file), readSecret: () => '', eyes },
        evidence: ends.evidence,
        feed(events) {
          const isPicture = events.some(({ kind }) => kind === 'tracks');
          deciding = isPicture ? newest?.number : undefined;
          ends.feed(events);
          if (isPicture && newest !== undefined) pass(newest);
          deciding = undefined;
        },
      }),
    ),
  journalPath: join(site.dataDir, 'journal.sqlite'),
  clock,
  logger,
  random: Math.random,
  version: 'bench',
  onDecision(effect) {
    if (effect.kind === 'command')
      ordered.push({ action: effect.command.action, decidedMs: sharedMs(), picture: deciding });
  },
});

function pass(picture: NonNullable<typeof newest>): void {
  const arrivedMs = arrivals.get(picture.number);
  for (const number of arrivals.keys()) if (number <= picture.number) arrivals.delete(number);
  if (arrivedMs !== undefined) passed.push({ ...picture, arrivedMs, decidedMs: sharedMs() });
  newest = undefined;
}

await agent.start();
// As the command line does, which keeps what was compiled.
setTimeout(() => module.flushCompileCache(), 5_000).unref();

function take(): Taken {
  const cameras = Object.entries(agent.counters().cameras ?? {});
  const taken: Taken = {
    ...{ passed, ordered, eyesPid: own.usage().pid },
    looked: Object.fromEntries(cameras.map(([id, { looked }]) => [id, looked])),
  };
  passed = [];
  ordered = [];
  return taken;
}

process.on('message', () => process.send!(take()));
process.on('disconnect', () => process.exit(0));
process.send!({ ready: true });
