import { type Builder, type Lazy, nchw, physical, plain, reordered, type Value } from './lazy.ts';
import { type Constant, flag, ints, type TfNode, text } from './model.ts';

/** What an operation is converted with. `scale` makes the input, and with it every fixed size of a Resize, larger or smaller. */
export type Context = {
  node: TfNode;
  inputs: Value[];
  builder: Builder;
  /** Whether the only reader of input 0 is this node. */
  isOnlyReader: boolean;
  scale: { rows: number; columns: number };
};

/** Converts one operation; the answer has one value for each of its outputs. */
export type Operation = (context: Context) => Value[];

/** TensorFlow operations that can be converted; every other one is refused by name. */
export const operations: Readonly<Record<string, Operation>> = {
  Identity: ({ inputs }) => [inputs[0]!],
  SparseToDense: sparseToDense,
  Add: add,
  AddV2: add,
  Pad: pad,
  PadV2: pad,
  Transpose: transpose,
  Conv2D: (context) => [convolution(context, false)],
  DepthwiseConv2dNative: (context) => [convolution(context, true)],
  MaxPool: maxPool,
  LeakyRelu: (context) => [elementwise(context, 'LeakyRelu', { alpha: { float: context.node.attr?.alpha?.f ?? 0.2 } })],
  Relu: (context) => [elementwise(context, 'Relu')],
  Sigmoid: (context) => [elementwise(context, 'Sigmoid')],
  ConcatV2: concat,
  SplitV: split,
  ResizeBilinear: resize,
  Reshape: reshape,
};

function tensor({ node, inputs }: Context, index = 0): Lazy {
  const value = inputs[index];
  if (value?.kind !== 'tensor') throw new Error(`${node.name} (${node.op}): input ${index} must be made at run time.`);
  return value;
}

function constant({ node, inputs }: Context, index: number): Constant {
  const value = inputs[index];
  if (value?.kind !== 'constant') throw new Error(`${node.name} (${node.op}): input ${index} must be known.`);
  return value;
}

function elementwise(context: Context, operator: string, attributes = {}): Value {
  const { node, builder } = context;
  const value = builder.padded(tensor(context), node.name);
  return { ...value, name: builder.emit(operator, node.name, [value.name], attributes) };
}

/** Shapes come from a SparseToDense without entries: its default everywhere. */
function sparseToDense(context: Context): Value[] {
  const { node } = context;
  const dims = [...constant(context, 1).data];
  const fill = constant(context, 3).data;
  if (constant(context, 2).data.length > 0) throw new Error(`${node.name}: only an empty SparseToDense is understood.`);
  const size = dims.reduce((product, dim) => product * dim, 1);
  return [
    {
      kind: 'constant',
      dims,
      data: fill instanceof Int32Array ? new Int32Array(size).fill(fill[0]!) : new Float32Array(size).fill(fill[0]!),
    },
  ];
}

function add(context: Context): Value[] {
  const { node, inputs, builder } = context;
  const [left, right] = inputs;
  if (left?.kind === 'constant' && right?.kind === 'constant') {
    if (left.data.length !== right.data.length) throw new Error(`${node.name}: constants of unequal size.`);
    return [{ ...left, data: left.data.map((value, i) => value + right.data[i]!) }];
  }
  if (left?.kind === 'constant') return add({ ...context, inputs: [right!, left], isOnlyReader: false });
  const a = builder.padded(tensor(context), node.name);
  if (right?.kind === 'constant') {
    if (isBias(context, a, right)) return [a];
    const rank = a.dims.length;
    const shape = [...Array(rank - right.dims.length).fill(1), ...right.dims] as number[];
    const order: number[] = [];
    for (const [logical, axis] of a.perm.entries()) order[axis] = logical;
    const other = reordered({ dims: shape, data: right.data }, order);
    const stored = builder.store(`${node.name}/constant`, 'float32', other.dims, other.data);
    return [{ ...a, name: builder.emit('Add', node.name, [a.name, stored]) }];
  }
  const b = builder.ordered(tensor(context, 1), a.perm, `${node.name}/right`);
  if (a.dims.some((dim, axis) => dim !== b.dims[axis])) throw new Error(`${node.name}: tensors of unequal size.`);
  return [{ ...a, name: builder.emit('Add', node.name, [a.name, b.name]) }];
}

/** Gives a vector over the channels to the convolution before, if that has no bias yet and nobody else reads it. */
function isBias({ node, builder, isOnlyReader }: Context, value: Lazy, bias: Constant): boolean {
  const made = builder.maker(value.name);
  const channels = value.dims.at(-1)!;
  const isVector = bias.dims.at(-1) === channels && bias.data.length === channels;
  const isNchw = nchw.every((axis, logical) => axis === value.perm[logical]);
  if (made?.operator !== 'Conv' || made.inputs.length !== 2 || !isOnlyReader || !isVector || !isNchw) return false;
  made.inputs.push(builder.store(`${node.name}/bias`, 'float32', [channels], bias.data));
  return true;
}

function pad(context: Context): Value[] {
  const { node, builder, inputs } = context;
  const value = builder.padded(tensor(context), node.name);
  const { data } = constant(context, 1);
  const before = value.dims.map((_, axis) => data[2 * axis]!);
  const after = value.dims.map((_, axis) => data[2 * axis + 1]!);
  const dims = value.dims.map((dim, axis) => dim + before[axis]! + after[axis]!);
  const fill = inputs.length > 2 ? constant(context, 2).data[0]! : 0;
  return [{ ...value, dims, padding: { before, after, value: fill } }];
}

function transpose(context: Context): Value[] {
  const order = [...constant(context, 1).data];
  const { padding, ...value } = tensor(context);
  const turned = (list: number[]) => order.map((axis) => list[axis]!);
  return [
    {
      ...value,
      dims: turned(value.dims),
      perm: turned(value.perm),
      ...(padding && {
        padding: { before: turned(padding.before), after: turned(padding.after), value: padding.value },
      }),
    },
  ];
}

type Window = { kernel: number[]; strides: number[]; dilations: number[] };

/** Sizes and pads of a sliding window over rows and columns; SAME puts the odd one at the bottom and the right. */
function slide({ node }: Context, sizes: number[], { kernel, strides, dilations }: Window) {
  const padding = text(node, 'padding');
  if (padding !== 'SAME' && padding !== 'VALID') throw new Error(`${node.name}: padding ${padding} is not understood.`);
  const before: number[] = [];
  const after: number[] = [];
  const made = sizes.map((size, axis) => {
    const span = (kernel[axis]! - 1) * dilations[axis]! + 1;
    const stride = strides[axis]!;
    const count = padding === 'SAME' ? Math.ceil(size / stride) : Math.floor((size - span) / stride) + 1;
    const total = padding === 'SAME' ? Math.max(0, (count - 1) * stride + span - size) : 0;
    before.push(Math.floor(total / 2));
    after.push(total - Math.floor(total / 2));
    return count;
  });
  return { made, before, after };
}

/** Takes over the padding of the input where it has the fill of the window's own; else it is written as a node. */
function windowed(context: Context, window: Window, fill: number) {
  const { node, builder } = context;
  if (text(node, 'data_format') === 'NCHW') throw new Error(`${node.name}: only NHWC is understood.`);
  const value = tensor(context);
  const { padding } = value;
  const takesOver =
    padding?.value === fill && [padding.before, padding.after].every((list) => list[0] === 0 && list[3] === 0);
  const { padding: _, ...bare } = value;
  const input = builder.ordered(takesOver ? bare : value, nchw, `${node.name}/input`);
  const [batch, rows, columns] = value.dims as [number, number, number];
  const { made, before, after } = slide(context, [rows, columns], window);
  const own = takesOver ? padding : { before: [0, 0, 0], after: [0, 0, 0] };
  const pads = [
    own.before[1]! + before[0]!,
    own.before[2]! + before[1]!,
    own.after[1]! + after[0]!,
    own.after[2]! + after[1]!,
  ];
  const attributes = {
    kernel_shape: { ints: window.kernel },
    strides: { ints: window.strides },
    dilations: { ints: window.dilations },
    pads: { ints: pads },
  };
  return { input, attributes, dims: (channels: number) => [batch, made[0]!, made[1]!, channels] };
}

function convolution(context: Context, isDepthwise: boolean): Value {
  const { node, builder } = context;
  const filter = constant(context, 1);
  const [height, width, depth, count] = filter.dims as [number, number, number, number];
  const window = {
    kernel: [height, width],
    strides: ints(node, 'strides').slice(1, 3),
    dilations: ints(node, 'dilations').slice(1, 3),
  };
  const { input, attributes, dims } = windowed(context, window, 0);
  // HWIO becomes OIHW; the depthwise HWCM becomes (C·M) × 1 × H × W, which is CMHW with its first two axes joined.
  const { data } = reordered(filter, isDepthwise ? [2, 3, 0, 1] : [3, 2, 0, 1]);
  const channels = isDepthwise ? depth * count : count;
  const weights = builder.store(
    `${node.name}/weights`,
    'float32',
    [channels, isDepthwise ? 1 : depth, height, width],
    data,
  );
  const group = { int: isDepthwise ? depth : 1 };
  const name = builder.emit('Conv', node.name, [input.name, weights], { ...attributes, group });
  return { kind: 'tensor', name, dims: dims(channels), perm: nchw };
}

function maxPool(context: Context): Value[] {
  const { node, builder } = context;
  const window = {
    kernel: ints(node, 'ksize').slice(1, 3),
    strides: ints(node, 'strides').slice(1, 3),
    dilations: [1, 1],
  };
  // Padding a maximum with -Infinity is padding with nothing, which is what ONNX does. As a node it would poison calibration.
  const { input, attributes, dims } = windowed(context, window, Number.NEGATIVE_INFINITY);
  const name = builder.emit('MaxPool', node.name, [input.name], attributes);
  return [{ kind: 'tensor', name, dims: dims(input.dims[3]!), perm: nchw }];
}

function concat(context: Context): Value[] {
  const { node, inputs, builder } = context;
  const first = builder.padded(tensor(context), node.name);
  const axis = (constant(context, inputs.length - 1).data[0]! + first.dims.length) % first.dims.length;
  const parts = inputs
    .slice(0, -1)
    .map((_, index) => builder.ordered(tensor(context, index), first.perm, `${node.name}/${index}`));
  const dims = first.dims.slice();
  dims[axis] = parts.reduce((sum, part) => sum + part.dims[axis]!, 0);
  const attributes = { axis: { int: first.perm[axis]! } };
  return [
    {
      ...first,
      dims,
      name: builder.emit(
        'Concat',
        node.name,
        parts.map(({ name }) => name),
        attributes,
      ),
    },
  ];
}

function split(context: Context): Value[] {
  const { node, builder } = context;
  const value = builder.padded(tensor(context), node.name);
  const sizes = [...constant(context, 1).data];
  const axis = (constant(context, 2).data[0]! + value.dims.length) % value.dims.length;
  if (sizes.reduce((sum, size) => sum + size, 0) !== value.dims[axis])
    throw new Error(`${node.name}: sizes do not fit.`);
  const names = builder.emitMany(
    'Split',
    sizes.map((_, index) => (index === 0 ? node.name : `${node.name}:${index}`)),
    [value.name, builder.store(`${node.name}/sizes`, 'int64', [sizes.length], sizes)],
    { axis: { int: value.perm[axis]! } },
  );
  return names.map((name, index) => ({ ...value, name, dims: value.dims.with(axis, sizes[index]!) }));
}

function resize(context: Context): Value[] {
  const { node, builder, scale } = context;
  const value = builder.ordered(tensor(context), nchw, `${node.name}/input`);
  const [rows, columns] = constant(context, 1).data as unknown as [number, number];
  const sizes = [rows * scale.rows, columns * scale.columns];
  if (!sizes.every(Number.isInteger)) throw new Error(`${node.name}: this input size gives half pixels (${sizes}).`);
  const dims = [value.dims[0]!, sizes[0]!, sizes[1]!, value.dims[3]!];
  const stored = builder.store(`${node.name}/sizes`, 'int64', [4], physical(dims, nchw));
  let mode = 'asymmetric';
  if (flag(node, 'align_corners')) mode = 'align_corners';
  else if (flag(node, 'half_pixel_centers')) mode = 'half_pixel';
  const attributes = { mode: { text: 'linear' }, coordinate_transformation_mode: { text: mode } };
  return [{ ...value, dims, name: builder.emit('Resize', node.name, [value.name, '', '', stored], attributes) }];
}

function reshape(context: Context): Value[] {
  const { node, builder } = context;
  const source = tensor(context);
  const value = builder.ordered(source, plain(source.dims.length), `${node.name}/input`);
  const wanted = [...constant(context, 1).data];
  const size = value.dims.reduce((product, dim) => product * dim, 1);
  const known = wanted.reduce((product, dim) => (dim < 0 ? product : product * dim), 1);
  const dims = wanted.map((dim) => (dim < 0 ? size / known : dim));
  if (dims.reduce((product, dim) => product * dim, 1) !== size)
    throw new Error(`${node.name}: ${size} elements do not fit.`);
  const stored = builder.store(`${node.name}/dims`, 'int64', [dims.length], dims);
  return [
    { kind: 'tensor', dims, perm: plain(dims.length), name: builder.emit('Reshape', node.name, [value.name, stored]) },
  ];
}
