import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type GraphToWrite, writeOnnx } from '../../../edge-agent/vision/onnx/write.ts';

/** The smallest and largest value a tensor had, and the mean of each of its channels. */
export type Range = { min: number; max: number; means: number[] };

/** What a run of ours costs and prints as little as possible. */
export const oneThread: InferenceSession.SessionOptions = {
  logSeverityLevel: 3,
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
};

/**
 * Runs a float graph over pictures and gives the range of each named tensor: the mean of the pictures' own minima and maxima, since
 * one extreme picture would make the steps of all others coarse (measured on NanoDet: mean error of scores 0.021 instead of 0.034).
 * A value that is not finite is an error: it would make a model that finds nothing without saying so.
 */
export async function calibrate(
  graph: GraphToWrite,
  tensors: readonly string[],
  pictures: readonly Uint8Array[],
): Promise<Map<string, Range>> {
  const input = graph.inputs[0]!;
  // Sizes of inner tensors are left open; the rank is enough for a runtime.
  const open = (name: string) => ['n', 'c', 'h', 'w'].map((axis) => `${name}/${axis}`);
  const inner = tensors.map((name) => ({ name, type: 'float32' as const, dims: open(name) }));
  const session = await InferenceSession.create(writeOnnx({ ...graph, outputs: inner }), oneThread);
  const sums = new Map<string, Range>();
  for (const picture of pictures) {
    const outputs = await session.run({ [input.name]: new Tensor('uint8', picture, input.dims as number[]) });
    for (const name of tensors) {
      const { dims, data } = outputs[name]!;
      const one = rangeOf(name, data as Float32Array, dims[1]!);
      const sum = sums.get(name) ?? { min: 0, max: 0, means: one.means.map(() => 0) };
      sums.set(name, {
        min: sum.min + one.min / pictures.length,
        max: sum.max + one.max / pictures.length,
        means: sum.means.map((mean, channel) => mean + one.means[channel]! / pictures.length),
      });
    }
  }
  await session.release();
  return sums;
}

function rangeOf(name: string, values: Float32Array, channels: number): Range {
  let [min, max] = [0, 0];
  const size = values.length / channels;
  const means = Array.from({ length: channels }, (_, channel) => {
    let sum = 0;
    for (const value of values.subarray(channel * size, (channel + 1) * size)) {
      if (value < min) min = value;
      else if (value > max) max = value;
      sum += value;
    }
    return sum / size;
  });
  // A sum with a value that is not finite is not finite.
  if (!means.every(Number.isFinite)) throw new Error(`${name} is not finite on a calibration picture.`);
  return { min, max, means };
}
