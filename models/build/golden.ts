import type { Detection } from '../../edge-agent/vision/types.ts';
import type { Outputs } from './reference.ts';

/**
 * What TensorFlow.js makes of one committed picture, small enough to commit as well: of each tensor its largest magnitude and every
 * `step`-th value (little-endian floats in base64), and the detections that all its values lead to.
 */
export type Golden = {
  picture: string;
  step: number;
  tensors: Record<string, { length: number; max: number; sample: string }>;
  detections: Detection[];
};

/** A prime, so that the sample walks through all columns of the tensors. */
const step = 101;

/** Takes the sample of a set of tensors. */
export function goldenOf(picture: string, outputs: Outputs, detections: Detection[]): Golden {
  const tensors: Golden['tensors'] = {};
  for (const [name, values] of Object.entries(outputs)) {
    const sample = Float32Array.from({ length: Math.ceil(values.length / step) }, (_, i) => values[i * step]!);
    tensors[name] = {
      length: values.length,
      max: largest(values),
      sample: Buffer.from(sample.buffer).toString('base64'),
    };
  }
  return { picture, step, tensors, detections };
}

/** Gives the sampled values of one tensor. */
export function sampleOf({ tensors }: Golden, name: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(tensors[name]!.sample, 'base64')).buffer);
}

/** Largest magnitude of a tensor. */
export function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Largest difference of two tensors as a share of the largest magnitude of the first. */
export function difference(wanted: Float32Array, found: Float32Array): number {
  if (wanted.length !== found.length) throw new Error(`${found.length} values instead of ${wanted.length}.`);
  const most = wanted.reduce((sum, value, i) => Math.max(sum, Math.abs(value - found[i]!)), 0);
  return most / largest(wanted);
}
