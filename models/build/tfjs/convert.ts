import type { GraphToWrite } from '../../../edge-agent/vision/onnx/write.ts';
import { Builder, plain, type Value } from './lazy.ts';
import { readConstants, reference, type TfModel, type TfNode } from './model.ts';
import { operations } from './operations.ts';

/** How to convert: sizes of the input as TensorFlow has it, and names for the outputs by those of the signature (without `:0`). */
export type Conversion = {
  name: string;
  /** Logical sizes of the only input. */
  inputDims: number[];
  /** How much larger rows and columns are than the model was saved with; fixed sizes inside the graph grow with them. */
  scale?: { rows: number; columns: number };
  outputNames: Readonly<Record<string, string>>;
};

/**
 * Converts a TensorFlow.js graph model of one float input into an ONNX graph (opset 13). Only what the outputs need is converted;
 * shapes are computed as far as they are known, and an operation that is not understood is an error that names it.
 */
export function convert(model: TfModel, weights: Uint8Array, conversion: Conversion): GraphToWrite {
  const { name, inputDims, scale = { rows: 1, columns: 1 }, outputNames } = conversion;
  const constants = readConstants(model, weights);
  const nodes = new Map(model.modelTopology.node.map((node) => [node.name, node]));
  const readers = countReaders(model.modelTopology.node);
  const builder = new Builder();
  const done = new Map<string, Value[]>();
  const inputs: GraphToWrite['inputs'][number][] = [];

  function valuesOf(nodeName: string): Value[] {
    const known = done.get(nodeName);
    if (known !== undefined) return known;
    const node = nodes.get(nodeName);
    if (node === undefined) throw new Error(`The model has no node ${nodeName}.`);
    const values = convertNode(node);
    done.set(nodeName, values);
    return values;
  }

  function convertNode(node: TfNode): Value[] {
    const constant = constants.get(node.name);
    if (node.op === 'Const' && constant !== undefined) return [{ kind: 'constant', ...constant }];
    if (node.op === 'Placeholder') {
      inputs.push({ name: node.name, type: 'float32', dims: inputDims });
      return [{ kind: 'tensor', name: node.name, dims: inputDims, perm: plain(inputDims.length) }];
    }
    const operation = operations[node.op];
    if (operation === undefined) throw new Error(`${node.name}: the operation ${node.op} is not understood.`);
    const read = (node.input ?? []).map(reference).filter((ref) => ref !== undefined);
    const values = read.map((ref) => valuesOf(ref.node)[ref.output]!);
    const isOnlyReader = readers.get(read[0]?.node ?? '') === 1;
    return operation({ node, inputs: values, builder, isOnlyReader, scale });
  }

  const outputs = Object.entries(outputNames).map(([nodeName, outputName]) => {
    const value = valuesOf(nodeName)[0]!;
    if (value.kind !== 'tensor') throw new Error(`The output ${nodeName} is a constant.`);
    const { name: last, dims } = builder.ordered(value, plain(value.dims.length), outputName);
    builder.emit('Identity', outputName, [last]);
    return { name: outputName, type: 'float32' as const, dims };
  });
  return { name, inputs, outputs, nodes: builder.nodes, initializers: builder.initializers };
}

function countReaders(nodes: readonly TfNode[]): Map<string, number> {
  const readers = new Map<string, number>();
  for (const input of nodes.flatMap(({ input = [] }) => input)) {
    const node = reference(input)?.node;
    if (node !== undefined) readers.set(node, (readers.get(node) ?? 0) + 1);
  }
  return readers;
}
