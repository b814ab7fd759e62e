import { areShares, readTensors, sigmoid } from '../tensors.ts';
import type { ClassifierDecoder, Decoded, DecoderSpec, Outputs, Shape } from '../types.ts';
import type { ClassifierOutput } from './config.ts';

type Spec = DecoderSpec<ClassifierOutput>;

function shapes({ output, classes }: Spec): Shape[] {
  return [{ name: output.name, dims: [classes] }];
}

function softmax(data: Float32Array): Float32Array {
  const most = data.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const weights = data.map((value) => Math.exp(value - most));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

function decode(outputs: Outputs, spec: Spec): Decoded<Float32Array> {
  const read = readTensors(outputs, shapes(spec));
  if (!read.ok) return read;
  const { data } = read.value[0]!;
  const { activation } = spec.output;
  if (activation === 'softmax') return { ok: true, value: softmax(data) };
  if (activation === 'sigmoid') return { ok: true, value: data.map(sigmoid) };
  if (areShares(data)) return { ok: true, value: data };
  return { ok: false, why: 'Scores lie outside 0 to 1. If the model gives logits, set activation in output.' };
}

/** A classifier of whole pictures, such as one that tells flames and smoke from a normal scene. */
export const classifier: ClassifierDecoder<ClassifierOutput> = {
  kind: 'classifier',
  task: 'classify',
  shapes,
  decode,
};
