import { performance } from 'node:perf_hooks';
import type { InferenceSession } from 'onnxruntime-node';
import type { Manifest } from '../../edge-agent/vision/manifest/schema.ts';
import { type Agreement, agree, detect, noAgreement, run } from './compare.ts';

/** Score from which detections are compared. */
const scoreMin = 0.4;

/** Compares a quantised model with its float one over pictures, and times both; one row of a table for each. */
export async function measure(
  { float, int8 }: { float: InferenceSession; int8: InferenceSession },
  manifest: Manifest,
  pictures: readonly Uint8Array[],
): Promise<object[]> {
  let kept = noAgreement;
  let alone = noAgreement;
  const times = { float: [] as number[], int8: [] as number[] };
  for (const picture of pictures) {
    times.float.push(await timed(() => run(float, manifest.input, picture)));
    times.int8.push(await timed(() => run(int8, manifest.input, picture)));
    const [wanted, found] = [await detect(float, manifest, picture), await detect(int8, manifest, picture)];
    kept = agree(kept, wanted, found, scoreMin);
    alone = agree(alone, found, wanted, scoreMin);
  }
  const size = `${manifest.input.height}x${manifest.input.width}`;
  return [
    { model: `${size} float`, ...timesOf(times.float) },
    {
      model: `${size} int8`,
      ...timesOf(times.int8),
      ...agreementOf(kept),
      'also in float': `${alone.found}/${alone.wanted}`,
    },
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  await work();
  return performance.now() - beganMs;
}

function timesOf(times: number[]) {
  const sorted = times.toSorted((a, b) => a - b);
  return { 'best ms': sorted[0]!.toFixed(1), 'median ms': sorted[Math.floor(sorted.length / 2)]!.toFixed(1) };
}

function agreementOf({ wanted, found, overlapSum, scoreErrorSum, scoreErrorMax }: Agreement) {
  return {
    'found of float': `${found}/${wanted}`,
    'mean IoU': (overlapSum / found).toFixed(3),
    'mean score error': (scoreErrorSum / found).toFixed(3),
    'largest score error': scoreErrorMax.toFixed(3),
  };
}
