import type { Eyes } from '@tocsin/edge-agent/vision';

/** Milliseconds of one stage over all pictures. */
export type Stage = { stage: string; p50Ms: number; p95Ms: number };
export type BenchResult = {
  pictures: number;
  stages: Stage[];
  picturesPerSecond: number;
  /** Cameras of 10 pictures a second that one core could serve at this pace. */
  camerasPerCore: number;
  rssMiB: number;
};

const warmUp = 10;
const cameraFps = 10;

/** Shows one picture again and again for so long and takes the time of each stage. */
export async function bench(
  eyes: Eyes,
  jpeg: Uint8Array,
  { seconds, progress }: { seconds: number; progress(doneMs: number): void },
): Promise<BenchResult> {
  const times: Record<'decode' | 'infer' | 'post' | 'IPC' | 'total', number[]> = {
    ...{ decode: [], infer: [], post: [], IPC: [], total: [] },
  };
  for (let i = 0; i < warmUp; i += 1) await eyes.look({ jpeg, number: i, capturedAtMs: 0 });
  const beganMs = performance.now();
  for (let i = 0; performance.now() - beganMs < seconds * 1000 || i === 0; i += 1) {
    const askedMs = performance.now();
    const { timesMs } = await eyes.look({ jpeg, number: i, capturedAtMs: 0 });
    const totalMs = performance.now() - askedMs;
    const { decode, infer, post } = timesMs;
    for (const [stage, ms] of Object.entries({ ...timesMs, IPC: totalMs - decode - infer - post, total: totalMs })) {
      times[stage as keyof typeof times].push(ms);
    }
    progress(performance.now() - beganMs);
  }
  const stages = Object.entries(times).map(([stage, list]) => ({
    ...{ stage, p50Ms: quantile(list, 0.5), p95Ms: quantile(list, 0.95) },
  }));
  const perSecond = 1000 / stages.at(-1)!.p50Ms;
  return {
    ...{ pictures: times.total.length, stages, picturesPerSecond: perSecond, camerasPerCore: perSecond / cameraFps },
    rssMiB: eyes.usage().rssBytes / 2 ** 20,
  };
}

/** The value below which a share of a list lies (nearest rank). */
export function quantile(list: readonly number[], part: number): number {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
}

/** The result as a table for people. */
export function benchText({ pictures, stages, picturesPerSecond, camerasPerCore, rssMiB }: BenchResult): string {
  const rows = stages.map(
    ({ stage, p50Ms, p95Ms }) => `${stage.padEnd(8)}${p50Ms.toFixed(2).padStart(8)}${p95Ms.toFixed(2).padStart(9)}`,
  );
  return [
    `${'ms'.padEnd(8)}${'p50'.padStart(8)}${'p95'.padStart(9)}`,
    ...rows,
    '',
    `${pictures} pictures; ${picturesPerSecond.toFixed(1)} a second at the median, one after the other.`,
    `${camerasPerCore.toFixed(1)} cameras of ${cameraFps} pictures a second per core. Memory of the eyes ${rssMiB.toFixed(0)} MiB.`,
  ].join('\n');
}
