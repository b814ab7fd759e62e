import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type GraphToWrite, writeOnnx } from '../../../edge-agent/vision/onnx/write.ts';

/** The smallest and largest value a tensor had. */
export type Range = { min: number; max: number };

/** What a run of ours costs and prints as little as possible. */
export const oneThread: InferenceSession.SessionOptions = {
  logSeverityLevel: 3,
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
};

/**
 * Runs a float graph over pictures and notes the range of each named tensor. A range that is not finite is an error: it would make
 * a model that finds nothing without saying so.
 */
export async function calibrate(
  graph: GraphToWrite,
  tensors: readonly string[],
  pictures: Iterable<Uint8Array>,
): Promise<Map<string, Range>> {
  const input = graph.inputs[0]!;
  // Sizes of inner tensors are left open; the rank is enough for a runtime.
  const inner = tensors.map((name) => ({
    name,
    type: 'float32' as const,
    dims: ['n', 'c', 'h', 'w'].map((d) => `${name}/${d}`),
  }));
  const session = await InferenceSession.create(writeOnnx({ ...graph, outputs: inner }), {
    ...oneThread,
    graphOptimizationLevel: 'basic',
  });
  const ranges = new Map<string, Range>();
  for (const picture of pictures) {
    const outputs = await session.run({ [input.name]: new Tensor('uint8', picture, input.dims as number[]) });
    for (const name of tensors) {
      const range = ranges.get(name) ?? { min: 0, max: 0 };
      for (const value of outputs[name]!.data as Float32Array) {
        if (value < range.min) range.min = value;
        else if (value > range.max) range.max = value;
        else if (!Number.isFinite(value)) throw new Error(`${name} is not finite on a calibration picture.`);
      }
      ranges.set(name, range);
    }
  }
  await session.release();
  return ranges;
}
