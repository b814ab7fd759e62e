/// <reference lib="esnext.float16" />

/**
 * A TensorFlow.js graph model: `model.json` with nodes in TensorFlow's own form (attributes as in `node_def.proto`, texts in base64,
 * 64-bit numbers as strings) and one file of weights, stored one after the other in the order of `weightsManifest`.
 */

/** An attribute of a node; only one of the fields is there. */
export type TfAttribute = { s?: string; i?: string; f?: number; b?: boolean; list?: { i?: string[] } };

/** One operation; inputs are `node`, `node:output` or `^node` (order only, no data). */
export type TfNode = { name: string; op: string; input?: string[]; attr?: Record<string, TfAttribute> };

/** A stored tensor; with `quantization.dtype` float16 its bytes are half floats without scale or minimum. */
export type TfWeight = { name: string; shape: number[]; dtype: string; quantization?: { dtype: string } };

/** The parts of `model.json` that are read. */
export type TfModel = {
  signature: { inputs: Record<string, unknown>; outputs: Record<string, unknown> };
  modelTopology: { node: TfNode[] };
  weightsManifest: { weights: TfWeight[] }[];
};

/** A tensor whose elements are known. */
export type Constant = { dims: number[]; data: Float32Array | Int32Array };

/**
 * Reads all stored tensors. The manifest, not the node, says how they are stored: a node may call int64 what lies there as int32.
 */
export function readConstants(model: TfModel, bytes: Uint8Array): Map<string, Constant> {
  const constants = new Map<string, Constant>();
  let at = 0;
  for (const { name, shape, dtype, quantization } of model.weightsManifest.flatMap(({ weights }) => weights)) {
    const stored = quantization?.dtype ?? dtype;
    const elements = shape.reduce((product, dim) => product * dim, 1);
    const size = stored === 'float16' ? 2 : 4;
    // A copy, since a typed array must begin at a multiple of its element's size.
    const { buffer } = Uint8Array.from(bytes.subarray(at, at + elements * size));
    if (buffer.byteLength !== elements * size) throw new Error(`The weights end before ${name}.`);
    at += elements * size;
    constants.set(name, { dims: shape, data: elementsOf(stored, buffer) });
  }
  if (at !== bytes.length) throw new Error(`The weights are ${bytes.length} bytes, the manifest says ${at}.`);
  return constants;
}

function elementsOf(stored: string, buffer: ArrayBuffer): Float32Array | Int32Array {
  if (stored === 'float16') return Float32Array.from(new Float16Array(buffer));
  if (stored === 'float32') return new Float32Array(buffer);
  if (stored === 'int32') return new Int32Array(buffer);
  throw new Error(`Weights stored as ${stored} are not understood.`);
}

/** Splits a reference to an output of a node; nothing for one that is about order only. */
export function reference(text: string): { node: string; output: number } | undefined {
  if (text.startsWith('^')) return undefined;
  const [node, output = '0'] = text.split(':');
  return { node: node!, output: Number(output) };
}

/** Reads a list of whole numbers. */
export function ints(node: TfNode, key: string): number[] {
  const list = node.attr?.[key]?.list?.i;
  if (list === undefined) throw new Error(`${node.name} (${node.op}) has no ${key}.`);
  return list.map(Number);
}

/** Reads a text, which is stored in base64. */
export function text(node: TfNode, key: string): string {
  return Buffer.from(node.attr?.[key]?.s ?? '', 'base64').toString('utf8');
}

/** Reads a flag; absent is false, as in TensorFlow. */
export function flag(node: TfNode, key: string): boolean {
  return node.attr?.[key]?.b ?? false;
}
