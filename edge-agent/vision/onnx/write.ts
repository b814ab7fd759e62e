import { type ElementType, elementBytes, elementCode } from './elements.ts';
import { Message } from './wire.ts';

/** Writes ONNX files: the small part of onnx.proto that our converted models and the generated graphs of tests need. */

/** A tensor stored in the file; `data` are its elements, little-endian. */
export type TensorToWrite = { name: string; type: ElementType; dims: readonly number[]; data: Uint8Array };

/** An attribute of a node, by its kind. */
export type Attribute =
  | { int: number }
  | { ints: readonly number[] }
  | { float: number }
  | { floats: readonly number[] }
  | { text: string }
  | { tensor: TensorToWrite };

/** One operator: names of the tensors it reads (`''` for an optional one left out) and makes. */
export type NodeToWrite = {
  operator: string;
  inputs: readonly string[];
  outputs: readonly string[];
  name?: string;
  domain?: string;
  attributes?: Readonly<Record<string, Attribute>>;
};

/** An input or output; a dimension is a number or the name of a symbol. */
export type ValueToWrite = { name: string; type: ElementType; dims: readonly (number | string)[] };

/** A whole model. Nodes stand in the order in which they can run. */
export type GraphToWrite = {
  name: string;
  inputs: readonly ValueToWrite[];
  outputs: readonly ValueToWrite[];
  nodes: readonly NodeToWrite[];
  initializers?: readonly TensorToWrite[];
  /** Version of the standard operator set; 13 unless given. */
  opset?: number;
  producer?: string;
  metadata?: Readonly<Record<string, string>>;
};

/** The IR version of opsets 12 to 14 (ONNX Versioning.md); every runtime since 2021 reads it. */
const irVersion = 7;
/** `AttributeProto.AttributeType` of onnx.proto. */
const attributeType = { float: 1, int: 2, text: 3, tensor: 4, floats: 6, ints: 7 } as const;

/** Writes a model as the bytes of an ONNX file. The same graph always gives the same bytes. */
export function writeOnnx({ opset = 13, producer = 'tocsin', metadata = {}, ...graph }: GraphToWrite): Uint8Array {
  const model = new Message()
    .integer(1, irVersion)
    .bytes(2, producer)
    .bytes(7, graphMessage(graph))
    .bytes(8, new Message().bytes(1, '').integer(2, opset));
  for (const [key, value] of Object.entries(metadata)) model.bytes(14, new Message().bytes(1, key).bytes(2, value));
  return model.done();
}

/** Makes a tensor from plain numbers; `int64` takes them as whole numbers, `float16` is not taken (give its bytes instead). */
export function tensorOf(
  type: ElementType,
  dims: readonly number[],
  values: Iterable<number>,
): Omit<TensorToWrite, 'name'> {
  const list = Array.from(values);
  return { type, dims, data: new Uint8Array(packed(type, list).buffer) };
}

function packed(type: ElementType, values: number[]): { buffer: ArrayBuffer } {
  switch (type) {
    case 'float32':
      return Float32Array.from(values);
    case 'float64':
      return Float64Array.from(values);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(values);
    case 'int8':
      return Int8Array.from(values);
    case 'int32':
      return Int32Array.from(values);
    case 'int64':
      return BigInt64Array.from(values, BigInt);
    default:
      throw new TypeError(`Numbers are not written as ${type} here.`);
  }
}

function graphMessage({ name, inputs, outputs, nodes, initializers = [] }: GraphToWrite): Message {
  const graph = new Message();
  for (const node of nodes) graph.bytes(1, nodeMessage(node));
  graph.bytes(2, name);
  for (const tensor of initializers) graph.bytes(5, tensorMessage(tensor));
  for (const input of inputs) graph.bytes(11, valueMessage(input));
  for (const output of outputs) graph.bytes(12, valueMessage(output));
  return graph;
}

function nodeMessage({ operator, inputs, outputs, name, domain, attributes = {} }: NodeToWrite): Message {
  const node = new Message();
  for (const input of inputs) node.bytes(1, input);
  for (const output of outputs) node.bytes(2, output);
  if (name !== undefined) node.bytes(3, name);
  node.bytes(4, operator);
  for (const [key, value] of Object.entries(attributes)) node.bytes(5, attributeMessage(key, value));
  if (domain !== undefined) node.bytes(7, domain);
  return node;
}

function attributeMessage(name: string, value: Attribute): Message {
  const attribute = new Message().bytes(1, name);
  if ('float' in value) return attribute.float(2, value.float).integer(20, attributeType.float);
  if ('int' in value) return attribute.integer(3, value.int).integer(20, attributeType.int);
  if ('text' in value) return attribute.bytes(4, value.text).integer(20, attributeType.text);
  if ('tensor' in value) return attribute.bytes(5, tensorMessage(value.tensor)).integer(20, attributeType.tensor);
  if ('floats' in value) {
    for (const float of value.floats) attribute.float(7, float);
    return attribute.integer(20, attributeType.floats);
  }
  for (const int of value.ints) attribute.integer(8, int);
  return attribute.integer(20, attributeType.ints);
}

function tensorMessage({ name, type, dims, data }: TensorToWrite): Message {
  const bytes = dims.reduce((product, dim) => product * dim, elementBytes(type));
  if (bytes !== data.length) throw new RangeError(`Tensor ${name}: ${data.length} bytes instead of ${bytes}.`);
  const tensor = new Message();
  for (const dim of dims) tensor.integer(1, dim);
  return tensor.integer(2, elementCode(type)).bytes(8, name).bytes(9, data);
}

function valueMessage({ name, type, dims }: ValueToWrite): Message {
  const shape = new Message();
  for (const dim of dims) {
    shape.bytes(1, typeof dim === 'number' ? new Message().integer(1, dim) : new Message().bytes(2, dim));
  }
  const tensorType = new Message().integer(1, elementCode(type)).bytes(2, shape);
  return new Message().bytes(1, name).bytes(2, new Message().bytes(1, tensorType));
}
