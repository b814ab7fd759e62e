import type { Child } from '../harness/child.ts';
import { interleaved, median, medianRatio, percentile } from '../harness/pairs.ts';
import { progress } from '../harness/report.ts';
import { startOnSystemCore } from './core.ts';

/** What a contestant is asked for, and what it says. */
export type Turn = { pictures: number };
export type TurnResult = {
  pictures: number;
  elapsedMs: number;
  /** Of all its processes and threads. */
  cpuMs: number;
  /** Milliseconds of each stage, a value a picture. */
  stages: Record<string, number[]>;
  /** People placed on the ground so far; without any the way was not gone. */
  tracks?: number;
};

export const models = {
  default: 'nanodet-g-384x640-int8',
  light: 'nanodet-g-256x416-int8',
  'fp16-stored': 'nanodet-g-384x640',
} as const;
export type ModelName = keyof typeof models;

/** One model: the whole way beside the floor. Ratios are medians over the rounds; 1 is the floor. */
export type Throughput = {
  model: ModelName;
  perSecond: number;
  floorPerSecond: number;
  ratio: number;
  /** Floor's CPU time over ours: the same share, without what else the machine did. */
  cpuRatio: number;
  cpuMs: number;
  floorCpuMs: number;
  stages: Record<string, { p50: number; p95: number }>;
  floorStages: Record<string, { p50: number; p95: number }>;
};

const warmUp = 20;
const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
const mean = (result: TurnResult) => result.elapsedMs / result.pictures;
const cpu = (result: TurnResult) => result.cpuMs / result.pictures;

function stagesOf(results: readonly TurnResult[]): Throughput['stages'] {
  const names = Object.keys(results[0]!.stages);
  return Object.fromEntries(
    names.map((name) => {
      const all = results.flatMap(({ stages }) => stages[name] ?? []);
      return [name, { p50: percentile(all, 0.5), p95: percentile(all, 0.95) }];
    }),
  );
}

/**
 * JPEG 720p to tracks beside bare decoding and inference, one picture after the other, every contestant on the same core, in turns.
 */
export async function throughput(rounds: number, pictures: number): Promise<Throughput[]> {
  const children: Child[] = [];
  const contestants: Record<string, () => Promise<TurnResult>> = {};
  try {
    for (const [name, model] of Object.entries(models))
      for (const way of ['through', 'floor'] as const) {
        const child = await startOnSystemCore(`./${way}.ts`, { model });
        children.push(child);
        await child.ask<TurnResult>({ pictures: warmUp });
        contestants[`${name} ${way}`] = () => child.ask<TurnResult>({ pictures });
      }
    const results = await interleaved(contestants, rounds, (name, result, round) =>
      progress(
        `round ${round + 1}/${rounds}, ${name}: ${(1000 / mean(result)).toFixed(1)} pictures/s, ${cpu(result).toFixed(1)} CPU ms`,
      ),
    );
    return (Object.keys(models) as ModelName[]).map((model) => {
      const [ours, floor] = [results[`${model} through`]!, results[`${model} floor`]!];
      if (ours.some(({ tracks }) => tracks === 0)) throw new Error('Nobody was placed on the ground.');
      return {
        model,
        perSecond: 1000 / median(ours.map(mean)),
        floorPerSecond: 1000 / median(floor.map(mean)),
        ratio: medianRatio(floor.map(mean), ours.map(mean)),
        // The kernel counts the CPU time of another process in steps of 10 ms: only the sum of all turns is exact.
        cpuRatio: sum(floor.map(cpu)) / sum(ours.map(cpu)),
        cpuMs: sum(ours.map(cpu)) / rounds,
        floorCpuMs: sum(floor.map(cpu)) / rounds,
        stages: stagesOf(ours),
        floorStages: stagesOf(floor),
      };
    });
  } finally {
    for (const child of children) await child.stop();
  }
}
