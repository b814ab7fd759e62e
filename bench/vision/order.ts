import { setTimeout as pause } from 'node:timers/promises';
import { progress } from '../harness/report.ts';
import type { Ordered, Passed } from './gateway.ts';
import { type Memory, memoryOf, slopeOf } from './memory.ts';
import { openGateway } from './open-gateway.ts';
import { playStreet, type Street } from './street.ts';
import { models } from './throughput.ts';

export type OrderResult = {
  /** From the publish of the picture that decided to the order's arrival at the relay, one value an order. */
  orderMs: number[];
  /** Orders that a reading or the time decided, not a picture; they are not in `orderMs`. */
  others: number;
  /** From the publish of a picture until the pipeline had taken its tracks, and its parts. */
  pictures: { wholeMs: number[]; carriedMs: number[]; waitedMs: number[]; lookedMs: number[]; decidedMs: number[] };
  published: number;
  /** MiB of the samples after start-up, and MiB a minute by which they grew. */
  memory: { minutes: number; samples: (Memory & { minute: number })[]; slope: Memory };
};

const sampleMs = 5_000;
/** The first half of a minute is start-up: code is compiled, supervision learns the view. */
const startUpMs = 30_000;

/**
 * A whole gateway before a street in which somebody needs longer every 8.6 s, for so many minutes: how long from a picture to the
 * relay's order, and what gateway and eyes weigh meanwhile. Memory is judged after `settledMin`.
 */
export async function fromFrameToOrder(minutes: number, settledMin: number): Promise<OrderResult> {
  const gateway = await openGateway({ cameras: 1, model: models.default });
  const passed: Passed[] = [];
  const ordered: Ordered[] = [];
  const samples: OrderResult['memory']['samples'] = [];
  let street: Street | undefined;
  try {
    await pause(2_000);
    street = await playStreet(gateway);
    const beganMs = performance.now();
    for (let n = 1; performance.now() - beganMs < minutes * 60_000; n += 1) {
      await pause(Math.max(0, beganMs + n * sampleMs - performance.now()));
      const taken = await gateway.take();
      passed.push(...taken.passed);
      ordered.push(...taken.ordered);
      if (taken.eyesPid !== undefined)
        samples.push({ ...memoryOf([gateway.pid, taken.eyesPid]), minute: (performance.now() - beganMs) / 60_000 });
      if (n % 6 === 0) say(samples.at(-1), street.orders);
    }
  } finally {
    street?.stop();
    await gateway.stop();
  }
  return { ...joined(street, passed, ordered), memory: weighed(samples, minutes, settledMin) };
}

function say(memory: (Memory & { minute: number }) | undefined, orders: Street['orders']): void {
  const on = orders.filter(({ payload }) => payload === 'ON').length;
  if (memory)
    progress(
      `${memory.minute.toFixed(1)} min: ${on} orders, ${memory.once.toFixed(0)} MiB (RSS ${memory.rss.toFixed(0)}, PSS ${memory.pss.toFixed(0)})`,
    );
}

function joined({ publishedMs, orders }: Street, passed: readonly Passed[], ordered: readonly Ordered[]) {
  const orderMs: number[] = [];
  let others = 0;
  for (const { action, decidedMs, picture } of ordered) {
    if (action !== 'on') continue;
    const arrived = orders.find(
      ({ payload, atMs }) => payload === 'ON' && atMs > decidedMs - 50 && atMs < decidedMs + 900,
    );
    if (arrived === undefined) continue;
    if (picture === undefined) others += 1;
    else orderMs.push(arrived.atMs - publishedMs[picture]!);
  }
  const settled = passed.filter(({ arrivedMs }) => arrivedMs - publishedMs[0]! > startUpMs);
  return {
    orderMs,
    others,
    published: publishedMs.length,
    pictures: {
      wholeMs: settled.map(({ number, decidedMs }) => decidedMs - publishedMs[number]!),
      carriedMs: settled.map(({ number, arrivedMs }) => arrivedMs - publishedMs[number]!),
      waitedMs: settled.map(({ arrivedMs, lookMs }) => lookMs - arrivedMs),
      lookedMs: settled.map(({ lookMs, seenMs }) => seenMs - lookMs),
      decidedMs: settled.map(({ seenMs, decidedMs }) => decidedMs - seenMs),
    },
  };
}

function weighed(samples: OrderResult['memory']['samples'], minutes: number, settledMin: number) {
  const settled = samples.filter(({ minute }) => minute >= settledMin);
  const slope = (field: keyof Memory) => slopeOf(settled.map((sample) => ({ x: sample.minute, y: sample[field] })));
  return { minutes, samples: settled, slope: { rss: slope('rss'), once: slope('once'), pss: slope('pss') } };
}
