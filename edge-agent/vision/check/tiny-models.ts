/**
 * Models of a few nodes for tests: some always give the same numbers, others behave until they see a bright picture (mean above 160, bars included)
 * and then do what a bad model may do. A blank picture is grey, so that these pass the check and misbehave at work.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outputs, Tensor } from '../decoders/types.ts';
import { type GraphToWrite, type NodeToWrite, tensorOf, type ValueToWrite, writeOnnx } from '../onnx/write.ts';

/** An output with its dimensions and numbers. */
export type Constant = { name: string; dims: readonly number[]; values: readonly number[] };

/** Side of the picture tiny models look at. */
export const tinySide = 32;
const image: ValueToWrite = { name: 'image', type: 'uint8', dims: [1, tinySide, tinySide, 3] };

/** A tensor from nested numbers, as a decoder takes it. */
export function tensorFrom({ dims, values }: Omit<Constant, 'name'>): Tensor {
  return { dims, data: Float32Array.from(values) };
}

/** The outputs of a model as a decoder takes them. */
export function outputsFrom(constants: readonly Constant[]): Outputs {
  return new Map(constants.map((constant) => [constant.name, tensorFrom(constant)]));
}

/** A graph that gives the same numbers for every picture. */
export function constantGraph(constants: readonly Constant[], input = image): GraphToWrite {
  return {
    name: 'constant',
    inputs: [input],
    outputs: constants.map(({ name, dims }) => ({ name, type: 'float32', dims })),
    nodes: constants.map(({ name }) => ({ operator: 'Identity', inputs: [`${name} value`], outputs: [name] })),
    initializers: constants.map(({ name, dims, values }) => ({
      name: `${name} value`,
      ...tensorOf('float32', dims, values),
    })),
  };
}

export type Mood = 'calm' | 'not-a-number' | 'wrong-length' | 'endless' | 'greedy';

/** Rows of an end2end model that misbehaves in one way on bright pictures; its first row is a person, the second nothing. */
export function moodyGraph(mood: Mood): GraphToWrite {
  const rows = [4, 8, 20, 24, 0.9, 0, 0, 0, 0, 0, 0, 0];
  const int64 = (name: string, values: number[]) => ({ name, ...tensorOf('int64', [values.length], values) });
  const bright: NodeToWrite[] = [
    node('Cast', ['image'], 'pixels', { to: { int: 1 } }),
    node('ReduceMean', ['pixels'], 'mean', { keepdims: { int: 0 } }),
    node('Greater', ['mean', 'limit'], 'is bright'),
    node('Cast', ['is bright'], 'bright', { to: { int: 7 } }),
    node('Reshape', ['bright', 'one'], 'bright 1'),
  ];
  const spread: Record<Mood, NodeToWrite[]> = {
    calm: [node('Identity', ['rows'], 'found')],
    // The root of a negative number.
    'not-a-number': [
      node('Sub', ['limit', 'mean'], 'rest'),
      node('Sqrt', ['rest'], 'root'),
      node('Mul', ['root', 'zero'], 'nothing'),
      node('Add', ['rows', 'nothing'], 'found'),
    ],
    'wrong-length': [
      node('Mul', ['bright 1', 'minus two'], 'shift'),
      node('Add', ['six', 'shift'], 'columns'),
      node('Concat', ['all', 'columns'], 'shape', { axis: { int: 0 } }),
      node('Reshape', ['rows', 'shape'], 'found'),
    ],
    // Products of large matrices, some 140 billion multiplications each.
    endless: [
      ...sized(2),
      node('ConstantOfShape', ['size'], 'matrix 0'),
      ...Array.from({ length: 40 }, (_, i) => node('MatMul', [`matrix ${i}`, 'matrix 0'], `matrix ${i + 1}`)),
      ...summed('matrix 40'),
    ],
    // Two billion numbers of 4 bytes, all written.
    greedy: [...sized(1), node('ConstantOfShape', ['size'], 'heap'), ...summed('heap')],
  };
  return {
    name: mood,
    inputs: [image],
    outputs: [{ name: 'found', type: 'float32', dims: mood === 'wrong-length' ? ['n', 'm'] : [2, 6] }],
    nodes: [...bright, ...spread[mood]],
    initializers: [
      { name: 'rows', ...tensorOf('float32', [2, 6], rows) },
      { name: 'limit', ...tensorOf('float32', [], [160]) },
      { name: 'zero', ...tensorOf('float32', [], [0]) },
      { name: 'factor', ...tensorOf('int64', [1], [mood === 'greedy' ? 2_000_000_000 : 4_095]) },
      int64('one', [1]),
      int64('all', [-1]),
      int64('six', [6]),
      int64('minus two', [-2]),
    ],
  };
}

function node(
  operator: string,
  inputs: string[],
  output: string,
  attributes: NodeToWrite['attributes'] = {},
): NodeToWrite {
  return { operator, inputs, outputs: [output], attributes };
}

/** A shape of `rank` sides that are 1 on dark pictures and one more than `factor` on bright ones. */
function sized(rank: 1 | 2): NodeToWrite[] {
  return [
    node('Mul', ['bright 1', 'factor'], 'more'),
    node('Add', ['more', 'one'], 'side'),
    rank === 1 ? node('Identity', ['side'], 'size') : node('Concat', ['side', 'side'], 'size', { axis: { int: 0 } }),
  ];
}

function summed(from: string): NodeToWrite[] {
  return [
    node('ReduceMean', [from], 'total', { keepdims: { int: 0 } }),
    node('Mul', ['total', 'zero'], 'nothing'),
    node('Add', ['rows', 'nothing'], 'found'),
  ];
}

/** A manifest for a tiny model; `more` replaces fields. */
export function manifestFor(
  name: string,
  bytes: Uint8Array,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    name,
    file: `${name}.onnx`,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    licence: 'Apache-2.0',
    source: 'Generated by a test.',
    classes: ['person', 'bicycle', 'car'],
    map: { person: 'person', bicycle: 'bicycle', car: 'vehicle' },
    input: { name: 'image', dtype: 'u8', layout: 'nhwc', width: tinySide, height: tinySide },
    output: { kind: 'end2end', name: 'found' },
    ...more,
  };
}

/** Writes a model and its manifest into a folder and answers the path of the manifest. */
export function writeModel(folder: string, graph: GraphToWrite, more: Record<string, unknown> = {}): string {
  const bytes = writeOnnx(graph);
  const { name } = graph;
  writeFileSync(join(folder, `${name}.onnx`), bytes);
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify(manifestFor(name, bytes, more)));
  return path;
}
