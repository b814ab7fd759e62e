/// <reference lib="esnext.float16" />
import { elementBytes } from '../../edge-agent/vision/onnx/elements.ts';
import {
  type GraphToWrite,
  type NodeToWrite,
  type TensorToWrite,
  tensorOf,
} from '../../edge-agent/vision/onnx/write.ts';
import { convert } from './tfjs/convert.ts';
import type { TfModel } from './tfjs/model.ts';

/** Width and height of the picture a model takes; both multiples of 32, the largest stride times the smallest even cell count. */
export type InputSize = { width: number; height: number };

/** Sizes of the input the published weights were saved with. */
export const savedSize: InputSize = { width: 416, height: 416 };

/** Normalisation of NanoDet in the order R, G, B (upstream's configuration names them as B, G, R). */
export const normalisation = { mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375] } as const;

/** Strides of the three heads, in pixels of the input. */
export const strides = [8, 16, 32] as const;
/** Largest distance of a side's distribution, in cells; each side has one logit more than that. */
export const regMax = 10;
/** Names of the scores by stride: [1, cells, 80], 0 … 1, COCO's order of classes. */
export const scoreNames = strides.map((stride) => `scores_${stride}`);
/** Names of the boxes by stride: [1, cells, 44], for left, top, right and bottom 11 logits each. */
export const boxNames = strides.map((stride) => `boxes_${stride}`);

/** Outputs of the source's signature by their names here. */
export const outputNames: Readonly<Record<string, string>> = {
  Identity: 'scores_8',
  Identity_1: 'scores_16',
  Identity_2: 'scores_32',
  Identity_3: 'boxes_8',
  Identity_4: 'boxes_16',
  Identity_5: 'boxes_32',
};

/**
 * Converts NanoDet-g for an input size into a graph that takes `image`, uint8 [1, height, width, 3] in the order R, G, B, and has
 * everything else inside: the order of channels and axes and the normalisation.
 */
export function convertNanodet(model: TfModel, weights: Uint8Array, { width, height }: InputSize): GraphToWrite {
  if (width % 32 !== 0 || height % 32 !== 0) throw new RangeError(`${width} × ${height}: not multiples of 32.`);
  const graph = convert(model, weights, {
    name: `nanodet-g-${height}x${width}`,
    inputDims: [1, 3, height, width],
    scale: { rows: height / savedSize.height, columns: width / savedSize.width },
    outputNames,
  });
  return pictureInside(graph, { width, height });
}

/** Puts the preparation of a picture before a graph of float planes B, G, R: it then takes `image`, bytes R, G, B by pixel. */
export function pictureInside(graph: GraphToWrite, { width, height }: InputSize): GraphToWrite {
  const float = graph.inputs[0]!.name;
  const initializers = withChannelsTurned(graph, float);
  const perChannel = (values: readonly number[]) => tensorOf('float32', [1, 3, 1, 1], values);
  const before: NodeToWrite[] = [
    { operator: 'Transpose', inputs: ['image'], outputs: ['image/nchw'], attributes: { perm: { ints: [0, 3, 1, 2] } } },
    { operator: 'Cast', inputs: ['image/nchw'], outputs: ['image/float'], attributes: { to: { int: 1 } } },
    { operator: 'Sub', inputs: ['image/float', 'image/mean'], outputs: ['image/centred'] },
    { operator: 'Div', inputs: ['image/centred', 'image/deviation'], outputs: [float] },
  ];
  return {
    ...graph,
    inputs: [{ name: 'image', type: 'uint8', dims: [1, height, width, 3] }],
    nodes: [...before, ...graph.nodes],
    initializers: [
      ...initializers,
      { name: 'image/mean', ...perChannel(normalisation.mean) },
      { name: 'image/deviation', ...perChannel(normalisation.deviation) },
    ],
  };
}

/** The weights expect B, G, R: turning them round once costs nothing, turning every picture does. */
function withChannelsTurned({ nodes, initializers = [] }: GraphToWrite, input: string): TensorToWrite[] {
  const first = nodes.find(({ inputs }) => inputs[0] === input);
  const weightsName = first?.inputs[1];
  if (first?.operator !== 'Conv') throw new Error('The graph does not begin with a convolution.');
  return initializers.map((tensor) => {
    if (tensor.name !== weightsName) return tensor;
    const [count, channels, height, width] = tensor.dims as [number, number, number, number];
    const plane = height * width * elementBytes(tensor.type);
    const data = new Uint8Array(tensor.data.length);
    for (let i = 0; i < count * channels; i += 1) {
      const to = Math.floor(i / channels) * channels + (channels - 1 - (i % channels));
      data.set(tensor.data.subarray(i * plane, (i + 1) * plane), to * plane);
    }
    return { ...tensor, data };
  });
}

/** Grey of a letterbox, and what stands for "nothing" around a folded picture; near the mean of all three channels. */
export const letterboxGrey = 114;

/**
 * Folds the normalisation into the first convolution, so that it can read the picture's bytes as they are (less one grey for all
 * channels). Only at the picture's very edge does it differ: there the convolution's padding is that grey instead of each channel's
 * mean, 0.2 of a deviation at most.
 */
export function withPictureFolded(graph: GraphToWrite): GraphToWrite {
  const nodes = graph.nodes.map((node) => ({ ...node }));
  const centred = nodes.find(({ outputs }) => outputs[0] === 'image/centred')!;
  const divided = nodes.find(({ inputs }) => inputs[0] === 'image/centred')!;
  const first = nodes.find(({ inputs }) => inputs[0] === divided.outputs[0])!;
  centred.inputs = ['image/float', 'image/grey'];
  first.inputs = ['image/centred', ...first.inputs.slice(1)];
  const stored = new Map(graph.initializers!.map((tensor) => [tensor.name, tensor]));
  const [weights, bias] = [stored.get(first.inputs[1]!)!, stored.get(first.inputs[2]!)!];
  const values = new Float32Array(Uint8Array.from(weights.data).buffer);
  const shifted = new Float32Array(Uint8Array.from(bias.data).buffer);
  const perInput = weights.dims[2]! * weights.dims[3]!;
  for (let i = 0; i < values.length; i += 1) {
    const channel = Math.floor(i / perInput) % 3;
    values[i]! /= normalisation.deviation[channel]!;
    shifted[Math.floor(i / perInput / 3)]! += values[i]! * (letterboxGrey - normalisation.mean[channel]!);
  }
  stored.set(weights.name, { ...weights, data: new Uint8Array(values.buffer) });
  stored.set(bias.name, { ...bias, data: new Uint8Array(shifted.buffer) });
  stored.set('image/grey', { name: 'image/grey', ...tensorOf('float32', [], [letterboxGrey]) });
  return { ...graph, nodes: nodes.filter((node) => node !== divided), initializers: [...stored.values()] };
}

/** Below this many elements half floats save nothing worth a node. */
const halfElementsMin = 32;

/**
 * Stores float tensors as half floats with a Cast behind them, where that loses nothing: the runtime folds the casts when it loads
 * the file, which is half as large.
 */
export function storedAsHalf(graph: GraphToWrite): GraphToWrite {
  const casts: NodeToWrite[] = [];
  const initializers = (graph.initializers ?? []).map((tensor): TensorToWrite => {
    const half = tensor.type === 'float32' ? losslessHalf(tensor.data) : undefined;
    if (half === undefined) return tensor;
    const name = `${tensor.name}/half`;
    casts.push({ operator: 'Cast', inputs: [name], outputs: [tensor.name], attributes: { to: { int: 1 } } });
    return { ...tensor, name, type: 'float16', data: half };
  });
  return { ...graph, initializers, nodes: [...casts, ...graph.nodes] };
}

function losslessHalf(data: Uint8Array): Uint8Array | undefined {
  const floats = new Float32Array(Uint8Array.from(data).buffer);
  if (floats.length < halfElementsMin) return undefined;
  const half = Float16Array.from(floats);
  return half.every((value, i) => Object.is(value, floats[i])) ? new Uint8Array(half.buffer) : undefined;
}
