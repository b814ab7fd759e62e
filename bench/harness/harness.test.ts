import { expect, test } from 'vitest';
import { interleaved, median, medianRatio, percentile } from './pairs.ts';
import { machineCpuSeconds, usageOf } from './process-usage.ts';
import { encodedPublish, publishIdAt } from './raw-mqtt.ts';

test('Contestants take turns, forwards and backwards.', async () => {
  const order: string[] = [];
  const run = (name: string) => async () => order.push(name);
  const results = await interleaved({ a: run('a'), b: run('b'), c: run('c') }, 3);
  expect(order.join('')).toBe('abccbaabc');
  expect(results).toEqual({ a: [1, 6, 7], b: [2, 5, 8], c: [3, 4, 9] });
});

test('Medians, percentiles and ratios within a round.', () => {
  expect([
    median([3, 1, 2]),
    median([4, 1, 2, 3]),
    percentile([5, 1, 3], 0.99),
    medianRatio([2, 9, 4], [1, 3, 4]),
  ]).toEqual([2, 2.5, 5, 2]);
});

test('A process that works uses CPU time, and the machine at least as much.', () => {
  const [before, machineBefore] = [usageOf(process.pid), machineCpuSeconds()];
  while (usageOf(process.pid).cpuSeconds - before.cpuSeconds < 0.05);
  expect(machineCpuSeconds() - machineBefore).toBeGreaterThan(0.02);
  expect(before.rssKib).toBeGreaterThan(10_000);
});

test('A batch of packets carries ids that follow one another.', () => {
  const packet = encodedPublish('bench/p1', Buffer.from('x'), 1);
  packet.batch(65_534);
  const bytes = packet.batch(2);
  const half = bytes.length / 2;
  expect([0, half].map((at) => bytes.readUInt16BE(publishIdAt(bytes, at + 2)))).toEqual([65_535, 1]);
});
