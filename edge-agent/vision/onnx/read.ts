import { type ElementType, elementBytes, elementName } from './elements.ts';
import { type Budget, type Field, fields, integers, Refusal } from './wire.ts';

/**
 * Reads what an ONNX file says about itself, without running it and without copying its weights. The file may come from anybody:
 * every count, length and depth is bounded, tensors are found wherever they can hide (initializers, sparse initializers,
 * attributes, subgraphs, functions, training graphs), and a repeated single field is merged as protobuf does, so that a second
 * graph cannot be smuggled past. Field numbers are those of onnx.proto (ONNX 1.18).
 */

/** One tensor stored in the file, or named in it and stored elsewhere. */
export type OnnxTensor = {
  name: string;
  type: ElementType | 'other';
  dims: number[];
  /** Bytes the file itself holds for it. */
  dataBytes: number;
  /** The raw data as a view of the file; absent when the file has none or holds it in typed fields. */
  data?: Uint8Array;
  /** Set when the data lie in another file: the path as the model declares it (may be empty, absolute or hostile). */
  externalPath?: string;
};

/** An input or output; a dimension is a number, the name of a symbol, or `''` when nothing is said; `dims` is absent without a shape. */
export type OnnxValue = { name: string; type: ElementType | 'other' | 'not a tensor'; dims?: (number | string)[] };

/** What a file says about itself. Inputs leave out those that are initializers (as files before IR 4 list them too). */
export type OnnxFile = {
  irVersion: number;
  producer: string;
  /** Version of each operator set by its domain; `''` is the standard one. */
  opsets: Map<string, number>;
  metadata: Map<string, string>;
  inputs: OnnxValue[];
  outputs: OnnxValue[];
  /** How often each operator occurs, subgraphs and functions included, as `Conv` or `domain:Op`. */
  operators: Map<string, number>;
  nodeCount: number;
  /** Tensors of the graph by name. */
  initializers: Map<string, OnnxTensor>;
  /** Every tensor stored with external data, wherever in the file it stands. */
  externals: OnnxTensor[];
};

/** Bounds of a file; a detector has a few hundred to a few thousand nodes and tensors. */
export const onnxLimits = {
  fields: 4_000_000,
  nodes: 100_000,
  tensors: 100_000,
  values: 1_000,
  entries: 1_000,
  dims: 16,
  depth: 8,
  textBytes: 1 << 20,
} as const;

type Reading = { file: OnnxFile; budget: Budget; tensorCount: number };

/** Reads an ONNX file, or says in a sentence why it is refused (then the answer is that text). */
export function readOnnx(bytes: Uint8Array): OnnxFile | string {
  const file: OnnxFile = {
    irVersion: 0,
    producer: '',
    opsets: new Map(),
    metadata: new Map(),
    inputs: [],
    outputs: [],
    operators: new Map(),
    nodeCount: 0,
    initializers: new Map(),
    externals: [],
  };
  try {
    const reading = { file, budget: { fieldsLeft: onnxLimits.fields }, tensorCount: 0 };
    if (!readModel(bytes, reading)) return 'The file is not an ONNX model: it has no graph.';
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  if (file.irVersion < 1) return 'The file is not an ONNX model: it does not say its IR version.';
  file.inputs = file.inputs.filter(({ name }) => !file.initializers.has(name));
  return file;
}

function readModel(bytes: Uint8Array, reading: Reading): boolean {
  const { file, budget } = reading;
  let hasGraph = false;
  for (const field of fields(bytes, budget)) {
    if (field.number === 1) file.irVersion = whole(field);
    else if (field.number === 2) file.producer = text(field);
    else if (field.number === 7) {
      hasGraph = true;
      readGraph(part(field), reading, 0);
    } else if (field.number === 8) readOpset(part(field), reading);
    else if (field.number === 14) readEntry(part(field), budget, file.metadata);
    else if (field.number === 20) readTraining(part(field), reading);
    else if (field.number === 25) readFunction(part(field), reading);
  }
  return hasGraph;
}

function readOpset(bytes: Uint8Array, { file, budget }: Reading): void {
  let domain = '';
  let version = 0;
  for (const field of fields(bytes, budget)) {
    if (field.number === 1) domain = text(field);
    else if (field.number === 2) version = whole(field);
  }
  // `ai.onnx` is another spelling of the standard domain.
  file.opsets.set(domain === 'ai.onnx' ? '' : domain, version);
  if (file.opsets.size > onnxLimits.entries) throw new Refusal('The model has too many operator sets.');
}

function readEntry(bytes: Uint8Array, budget: Budget, into: Map<string, string>): void {
  let key = '';
  let value = '';
  for (const field of fields(bytes, budget)) {
    if (field.number === 1) key = text(field);
    else if (field.number === 2) value = text(field);
  }
  into.set(key, value);
  if (into.size > onnxLimits.entries) throw new Refusal('The model has too many entries of metadata.');
}

function readTraining(bytes: Uint8Array, reading: Reading): void {
  for (const field of fields(bytes, reading.budget)) {
    if (field.number === 1 || field.number === 2) readGraph(part(field), reading, 1);
  }
}

function readFunction(bytes: Uint8Array, reading: Reading): void {
  for (const field of fields(bytes, reading.budget)) {
    if (field.number === 7) readNode(part(field), reading, 1);
    else if (field.number === 11) readAttribute(part(field), reading, 1);
  }
}

function readGraph(bytes: Uint8Array, reading: Reading, depth: number): void {
  if (depth > onnxLimits.depth) throw new Refusal(`The model nests graphs deeper than ${onnxLimits.depth}.`);
  const { file } = reading;
  for (const field of fields(bytes, reading.budget)) {
    if (field.number === 1) readNode(part(field), reading, depth);
    else if (field.number === 5) {
      const tensor = readTensor(part(field), reading);
      if (depth === 0) file.initializers.set(tensor.name, tensor);
    } else if (field.number === 15) readSparse(part(field), reading);
    else if (depth === 0 && (field.number === 11 || field.number === 12)) {
      const list = field.number === 11 ? file.inputs : file.outputs;
      list.push(readValue(part(field), reading.budget));
      // Files before IR 4 list every initializer as an input as well.
      if (list.length > onnxLimits.values + reading.tensorCount + file.nodeCount)
        throw new Refusal('The model has too many inputs or outputs.');
    }
  }
}

function readNode(bytes: Uint8Array, reading: Reading, depth: number): void {
  const { file } = reading;
  file.nodeCount += 1;
  if (file.nodeCount > onnxLimits.nodes) throw new Refusal(`The model has more than ${onnxLimits.nodes} nodes.`);
  let type = '';
  let domain = '';
  for (const field of fields(bytes, reading.budget)) {
    if (field.number === 4) type = text(field);
    else if (field.number === 5) readAttribute(part(field), reading, depth);
    else if (field.number === 7) domain = text(field);
  }
  const name = domain === '' || domain === 'ai.onnx' ? type : `${domain}:${type}`;
  file.operators.set(name, (file.operators.get(name) ?? 0) + 1);
}

function readAttribute(bytes: Uint8Array, reading: Reading, depth: number): void {
  for (const field of fields(bytes, reading.budget)) {
    if (field.number === 5 || field.number === 10) readTensor(part(field), reading);
    else if (field.number === 6 || field.number === 11) readGraph(part(field), reading, depth + 1);
    else if (field.number === 22 || field.number === 23) readSparse(part(field), reading);
  }
}

function readSparse(bytes: Uint8Array, reading: Reading): void {
  for (const field of fields(bytes, reading.budget)) {
    if (field.number === 1 || field.number === 2) readTensor(part(field), reading);
  }
}

/** Fields of a tensor that hold its elements: float, int32, text, int64, raw, double, uint64. */
const payloads = new Set([4, 5, 6, 7, 9, 10, 11]);

function readTensor(bytes: Uint8Array, reading: Reading): OnnxTensor {
  reading.tensorCount += 1;
  if (reading.tensorCount > onnxLimits.tensors)
    throw new Refusal(`The model has more than ${onnxLimits.tensors} tensors.`);
  const tensor: OnnxTensor = { name: '', type: 'other', dims: [], dataBytes: 0 };
  const external = new Map<string, string>();
  let isExternal = false;
  for (const field of fields(bytes, reading.budget)) {
    if (field.number === 1) tensor.dims.push(...integers(field, onnxLimits.dims));
    else if (field.number === 2) tensor.type = elementName(whole(field));
    else if (field.number === 8) tensor.name = text(field);
    else if (field.number === 13) readEntry(part(field), reading.budget, external);
    else if (field.number === 14) isExternal ||= whole(field) !== 0;
    else if (payloads.has(field.number)) {
      tensor.dataBytes += field.wire === 'varint' ? 8 : field.bytes.length;
      if (field.number === 9) tensor.data = part(field);
    }
    if (tensor.dims.length > onnxLimits.dims)
      throw new Refusal(`A tensor has more than ${onnxLimits.dims} dimensions.`);
  }
  if (isExternal || external.size > 0) {
    tensor.externalPath = external.get('location') ?? '';
    reading.file.externals.push(tensor);
  } else checkSize(tensor);
  return tensor;
}

function checkSize({ name, type, dims, data }: OnnxTensor): void {
  const elements = dims.reduce((product, dim) => product * dim, 1);
  if (dims.some((dim) => dim < 0) || !Number.isSafeInteger(elements))
    throw new Refusal(`The tensor ${quoted(name)} has impossible dimensions.`);
  const size = elementBytes(type);
  if (data !== undefined && size > 0 && data.length !== elements * size)
    throw new Refusal(
      `The tensor ${quoted(name)} holds ${data.length} bytes where its dimensions need ${elements * size}.`,
    );
}

function readValue(bytes: Uint8Array, budget: Budget): OnnxValue {
  const value: OnnxValue = { name: '', type: 'not a tensor' };
  for (const field of fields(bytes, budget)) {
    if (field.number === 1) value.name = text(field);
    else if (field.number === 2) {
      for (const type of fields(part(field), budget)) if (type.number === 1) readTensorType(part(type), budget, value);
    }
  }
  return value;
}

function readTensorType(bytes: Uint8Array, budget: Budget, value: OnnxValue): void {
  value.type = 'other';
  for (const field of fields(bytes, budget)) {
    if (field.number === 1) value.type = elementName(whole(field));
    else if (field.number === 2) {
      value.dims ??= [];
      for (const dim of fields(part(field), budget)) {
        if (dim.number === 1) value.dims.push(readDim(part(dim), budget));
        if (value.dims.length > onnxLimits.dims)
          throw new Refusal(`An input or output has more than ${onnxLimits.dims} dimensions.`);
      }
    }
  }
}

function readDim(bytes: Uint8Array, budget: Budget): number | string {
  let dim: number | string = '';
  for (const field of fields(bytes, budget)) {
    // Some exporters write -1 where nothing is known.
    if (field.number === 1) dim = whole(field) < 0 ? '' : whole(field);
    else if (field.number === 2) dim = text(field);
  }
  return dim;
}

function whole(field: Field): number {
  if (field.wire !== 'varint') throw new Refusal('A whole number of the file is not stored as one.');
  return field.value;
}

function part(field: Field): Uint8Array {
  if (field.wire !== 'bytes') throw new Refusal('A part of the file is not stored as one.');
  return field.bytes;
}

function text(field: Field): string {
  const bytes = part(field);
  if (bytes.length > onnxLimits.textBytes) throw new Refusal('A text of the file is too long.');
  return new TextDecoder().decode(bytes);
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}
