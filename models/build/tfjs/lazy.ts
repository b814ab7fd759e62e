import type { Attribute, NodeToWrite, TensorToWrite } from '../../../edge-agent/vision/onnx/write.ts';
import { tensorOf } from '../../../edge-agent/vision/onnx/write.ts';
import type { Constant } from './model.ts';

/**
 * TensorFlow keeps pictures as NHWC and wraps operations in Transpose, ONNX wants NCHW. So a tensor here has logical axes (those of
 * TensorFlow) and physical ones (those of the ONNX tensor): `perm[logical] = physical`. A Transpose then only changes `perm`, and a
 * real one is written only where the physical order matters. Padding is lazy too, so that it can become the padding of a Conv or MaxPool.
 */
export type Lazy = {
  kind: 'tensor';
  /** The ONNX tensor, without the padding. */
  name: string;
  /** Logical sizes, padding included. */
  dims: number[];
  perm: number[];
  padding?: { before: number[]; after: number[]; value: number };
};

/** What a TensorFlow tensor is while converting: known numbers, or a tensor made at run time. */
export type Value = ({ kind: 'constant' } & Constant) | Lazy;

/** A node that may still get a bias. */
export type MadeNode = NodeToWrite & { inputs: string[] };

/** Physical order of NCHW for logical NHWC. */
export const nchw = [0, 2, 3, 1];

/** Collects the nodes and tensors of the ONNX graph. */
export class Builder {
  readonly nodes: MadeNode[] = [];
  readonly initializers: TensorToWrite[] = [];
  readonly #makers = new Map<string, MadeNode>();

  /** Adds a node with one output of the given name. */
  emit(operator: string, name: string, inputs: string[], attributes: Record<string, Attribute> = {}): string {
    return this.emitMany(operator, [name], inputs, attributes)[0]!;
  }

  /** Adds a node with several outputs. */
  emitMany(operator: string, names: string[], inputs: string[], attributes: Record<string, Attribute> = {}): string[] {
    const node = { operator, name: names[0]!, inputs, outputs: names, attributes };
    this.nodes.push(node);
    for (const name of names) this.#makers.set(name, node);
    return names;
  }

  /** Gives the node that makes a tensor. */
  maker(name: string): MadeNode | undefined {
    return this.#makers.get(name);
  }

  /** Adds a stored tensor. */
  store(name: string, type: 'float32' | 'int64', dims: number[], values: Iterable<number>): string {
    this.initializers.push({ name, ...tensorOf(type, dims, values) });
    return name;
  }

  /** Writes the padding of a tensor as a node, where nothing else can take it over. */
  padded(value: Lazy, name: string): Lazy {
    const { padding, perm } = value;
    if (padding === undefined) return value;
    const pads = [...physical(padding.before, perm), ...physical(padding.after, perm)];
    const amounts = this.store(`${name}/pads`, 'int64', [pads.length], pads);
    const fill = this.store(`${name}/fill`, 'float32', [], [padding.value]);
    return {
      kind: 'tensor',
      name: this.emit('Pad', `${name}/padded`, [value.name, amounts, fill]),
      dims: value.dims,
      perm,
    };
  }

  /** Gives a tensor in a physical order, with its padding written. */
  ordered(value: Lazy, perm: number[], name: string): Lazy {
    const whole = this.padded(value, name);
    if (perm.every((axis, logical) => axis === whole.perm[logical])) return whole;
    const ints: number[] = [];
    for (const [logical, axis] of perm.entries()) ints[axis] = whole.perm[logical]!;
    return { ...whole, name: this.emit('Transpose', `${name}/ordered`, [whole.name], { perm: { ints } }), perm };
  }
}

/** Puts logical sizes into physical order. */
export function physical(logical: readonly number[], perm: readonly number[]): number[] {
  const sizes: number[] = [];
  for (const [axis, at] of perm.entries()) sizes[at] = logical[axis]!;
  return sizes;
}

/** The order in which logical and physical axes are the same. */
export function plain(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** Puts the elements of a tensor into another order of axes: axis `i` of the answer is axis `order[i]` of the source. */
export function reordered({ dims, data }: Constant, order: readonly number[]): Constant {
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((product, dim) => product * dim, 1));
  const sizes = order.map((axis) => dims[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  const result = data.slice();
  const index = sizes.map(() => 0);
  for (let to = 0; to < data.length; to += 1) {
    result[to] = data[index.reduce((sum, value, axis) => sum + value * steps[axis]!, 0)]!;
    for (let axis = sizes.length - 1; axis >= 0; axis -= 1) {
      index[axis]! += 1;
      if (index[axis]! < sizes[axis]!) break;
      index[axis] = 0;
    }
  }
  return { dims: sizes, data: result };
}
