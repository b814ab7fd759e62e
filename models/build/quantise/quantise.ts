import {
  type GraphToWrite,
  type NodeToWrite,
  type TensorToWrite,
  tensorOf,
} from '../../../edge-agent/vision/onnx/write.ts';
import type { Range } from './calibrate.ts';

/**
 * Static quantisation in the QDQ form: every quantised tensor is written as QuantizeLinear → DequantizeLinear, and the runtime fuses
 * `DQ → operator → Q` into its 8-bit kernels. Activations are uint8 per tensor, weights int8 per output channel, biases int32.
 */

/** Operators ONNX Runtime has 8-bit kernels for and this graph uses. */
const quantisable = new Set(['Conv', 'LeakyRelu', 'Relu', 'MaxPool', 'Concat', 'Resize', 'Add']);
/** Operators whose result is made of their input's values, so that they share its scale and pass bytes on. */
const passing = new Set(['MaxPool', 'Resize']);
/** Weights use 7 of 8 bits: without VNNI, x86 adds two products of u8 × s8 in 16 bits, which 8-bit weights can overflow. */
const weightMax = 63;

/** How bytes stand for numbers: `value = (byte − zeroPoint) · scale`. */
export type Quantiser = { scale: number; zeroPoint: number };

/** Gives the scale and zero point that spread a range, with 0 in it, over a byte. */
export function quantiserOf({ min, max }: Omit<Range, 'means'>): Quantiser {
  const low = Math.min(0, min);
  const high = Math.max(0, max);
  const scale = Math.fround((high - low) / 255) || 1;
  return { scale, zeroPoint: Math.min(255, Math.max(0, Math.round(-low / scale))) };
}

/**
 * Names the tensors that become bytes: made by a quantisable operator (or the picture) and read by one. What the last convolutions
 * make is read by others, so these stay float.
 */
export function tensorsToQuantise({ nodes, inputs }: GraphToWrite, picture: string): string[] {
  const read = new Set(nodes.filter(({ operator }) => quantisable.has(operator)).flatMap((node) => node.inputs));
  const made = nodes.filter(({ operator }) => quantisable.has(operator)).flatMap(({ outputs }) => outputs);
  return [picture, ...made, ...inputs.map(({ name }) => name)].filter((name) => read.has(name));
}

/** What a quantised graph is made from. `picture` is a tensor of bytes that stands, as it is, for a float one. */
export type Recipe = {
  graph: GraphToWrite;
  ranges: ReadonlyMap<string, Range>;
  picture: { bytes: string; float: string } & Quantiser;
};

/** Writes a float graph as a quantised one. Nodes that made the float picture from its bytes are left out by being unused. */
export function quantise({ graph, ranges, picture }: Recipe): GraphToWrite {
  const stored = new Map((graph.initializers ?? []).map((tensor) => [tensor.name, tensor]));
  const quantisers = new Map<string, Quantiser>([[picture.float, picture]]);
  const kept = new Map<string, TensorToWrite>();
  const nodes: NodeToWrite[] = [];
  const keep = (name: string, tensor: Omit<TensorToWrite, 'name'>) => {
    kept.set(name, { name, ...tensor });
    return name;
  };
  const linear = (of: string, { scale, zeroPoint }: Quantiser) => [
    keep(`${of}/scale`, tensorOf('float32', [], [scale])),
    keep(`${of}/zero`, tensorOf('uint8', [], [zeroPoint])),
  ];
  const dequantise = (bytes: string, of: string) =>
    nodes.push({
      operator: 'DequantizeLinear',
      inputs: [bytes, ...linear(of, quantisers.get(of)!)],
      outputs: [`${of}/dq`],
    });

  for (const node of graph.nodes) {
    if (node.outputs[0] === picture.float) {
      dequantise(picture.bytes, picture.float);
      continue;
    }
    const inputs = node.inputs.map((name) => (quantisers.has(name) ? `${name}/dq` : name));
    const [output] = node.outputs as [string];
    const range = ranges.get(output);
    if (node.operator === 'Conv' && range !== undefined) {
      const { scale } = quantisers.get(node.inputs[0]!)!;
      const { means } = ranges.get(node.inputs[0]!)!;
      nodes.push(...quantisedWeights({ node, stored, keep, scale, means }));
      nodes.push({ ...node, inputs: [inputs[0]!, ...node.inputs.slice(1).map((name) => `${name}/dq`)] });
    } else {
      for (const name of inputs) if (stored.has(name)) kept.set(name, stored.get(name)!);
      nodes.push({ ...node, inputs });
    }
    if (range === undefined) continue;
    const same = passing.has(node.operator) ? quantisers.get(node.inputs[0]!) : undefined;
    const quantiser = same ?? quantiserOf(range);
    quantisers.set(output, quantiser);
    nodes.push({
      operator: 'QuantizeLinear',
      inputs: [output, ...linear(output, quantiser)],
      outputs: [`${output}/q`],
    });
    dequantise(`${output}/q`, output);
  }
  return {
    ...graph,
    ...withoutUnread(
      nodes,
      [...kept.values()],
      graph.outputs.map(({ name }) => name),
    ),
  };
}

type Convolution = {
  node: NodeToWrite;
  stored: ReadonlyMap<string, TensorToWrite>;
  keep: (name: string, tensor: Omit<TensorToWrite, 'name'>) => string;
  /** Of the input: its scale, and the mean of each channel. */
  scale: number;
  means: readonly number[];
};

/** Weights and bias of a convolution as bytes and 32-bit numbers, with the nodes that say what they stand for. */
function quantisedWeights({ node: { inputs }, stored, keep, scale, means }: Convolution): NodeToWrite[] {
  const [, weightsName, biasName] = inputs as [string, string, string];
  const weights = stored.get(weightsName)!;
  const bias = floatsOf(stored.get(biasName)!);
  const channels = weights.dims[0]!;
  const values = floatsOf(weights);
  const size = values.length / channels;
  const scales = Float32Array.from({ length: channels }, (_, channel) => {
    let most = 0;
    for (const value of values.subarray(channel * size, (channel + 1) * size)) most = Math.max(most, Math.abs(value));
    // A channel of next to no weight still needs steps small enough for its bias and large enough to fit 32 bits.
    return Math.max(most / weightMax, Math.abs(bias[channel]!) / scale / 2 ** 30, 1e-12);
  });
  const whole = values.map((value, i) => Math.round(value / scales[Math.floor(i / size)]!));
  // Rounding moves the mean of what a channel makes; the bias takes that back (Nagel et al. 2019, "Data-free quantization", 4.2).
  const perInput = size / means.length;
  for (const [i, steps] of whole.entries()) {
    const channel = Math.floor(i / size);
    const error = steps * scales[channel]! - values[i]!;
    bias[channel]! -= error * means[Math.floor((i % size) / perInput)]!;
  }
  const biasScales = scales.map((each) => each * scale);
  const dequantise = (
    name: string,
    tensor: Omit<TensorToWrite, 'name'>,
    steps: Float32Array,
    type: 'int8' | 'int32',
  ) => ({
    operator: 'DequantizeLinear',
    inputs: [
      keep(`${name}/q`, tensor),
      keep(`${name}/scale`, tensorOf('float32', [channels], steps)),
      keep(`${name}/zero`, tensorOf(type, [channels], new Uint8Array(channels))),
    ],
    outputs: [`${name}/dq`],
    attributes: { axis: { int: 0 } },
  });
  return [
    dequantise(weightsName, tensorOf('int8', weights.dims, whole), scales, 'int8'),
    dequantise(
      biasName,
      tensorOf(
        'int32',
        [channels],
        bias.map((value, i) => Math.round(value / biasScales[i]!)),
      ),
      biasScales,
      'int32',
    ),
  ];
}

function floatsOf({ data }: TensorToWrite): Float32Array {
  return new Float32Array(Uint8Array.from(data).buffer);
}

/** Leaves out nodes nobody reads, and then tensors nobody reads. */
function withoutUnread(nodes: NodeToWrite[], initializers: TensorToWrite[], outputs: string[]) {
  const read = new Set(outputs);
  const kept: NodeToWrite[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => read.has(name))) continue;
    kept.push(node);
    for (const name of node.inputs) read.add(name);
  }
  return { nodes: kept.reverse(), initializers: initializers.filter(({ name }) => read.has(name)) };
}
