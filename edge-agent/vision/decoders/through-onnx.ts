import * as ort from 'onnxruntime-node';
import { type Constant, constantGraph, tinySide } from '../check/tiny-models.ts';
import { writeOnnx } from '../onnx/write.ts';
import type { Outputs, Tensor } from './types.ts';

/** For tests: puts numbers into a graph, runs it in onnxruntime, and answers the outputs as a decoder takes them. */
export async function throughOnnx(constants: readonly Constant[]): Promise<Outputs> {
  const session = await ort.InferenceSession.create(writeOnnx(constantGraph(constants)), { logSeverityLevel: 3 });
  const picture = new ort.Tensor('uint8', new Uint8Array(tinySide * tinySide * 3), [1, tinySide, tinySide, 3]);
  const results = Object.entries(await session.run({ image: picture })) as [string, ort.Tensor][];
  await session.release();
  return new Map(
    results.map(([name, { dims, data }]): [string, Tensor] => [name, { dims, data: data as Float32Array }]),
  );
}
