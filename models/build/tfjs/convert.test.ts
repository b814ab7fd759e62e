/// <reference lib="esnext.float16" />
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { type GraphToWrite, writeOnnx } from '../../../edge-agent/vision/onnx/write.ts';
import { convert } from './convert.ts';
import { readConstants, reference, type TfAttribute, type TfModel, type TfNode, type TfWeight } from './model.ts';

/**
 * Tiny graphs in TensorFlow.js's own form are converted, run in ONNX Runtime and held against plain loops written from TensorFlow's
 * documentation, in its own NHWC order.
 */
type Stored = { dims: number[]; values: number[]; type?: 'int32' };

const base64 = (text: string): TfAttribute => ({ s: Buffer.from(text).toString('base64') });
const list = (values: number[]): TfAttribute => ({ list: { i: values.map(String) } });
const ramp = (count: number, from = 0, step = 1) => Array.from({ length: count }, (_, i) => from + step * i);
const wave = (count: number) => ramp(count).map((i) => Math.fround(Math.sin(i * 1.7) * 2));

/** A model with input `x`, the nodes given and stored tensors; its last node is the output. */
function tiny(nodes: TfNode[], stored: Record<string, Stored> = {}): { model: TfModel; weights: Uint8Array } {
  const specs: TfWeight[] = [];
  const parts: Uint8Array[] = [];
  for (const [name, { dims, values, type }] of Object.entries(stored)) {
    specs.push({ name, shape: dims, dtype: type ?? 'float32' });
    parts.push(new Uint8Array((type ? Int32Array : Float32Array).from(values).buffer));
  }
  const constants = Object.keys(stored).map((name): TfNode => ({ name, op: 'Const' }));
  const node = [{ name: 'x', op: 'Placeholder' }, ...constants, ...nodes];
  return {
    model: { signature: { inputs: {}, outputs: {} }, modelTopology: { node }, weightsManifest: [{ weights: specs }] },
    weights: new Uint8Array(Buffer.concat(parts)),
  };
}

function converted(
  { model, weights }: ReturnType<typeof tiny>,
  inputDims: number[],
  scale?: { rows: number; columns: number },
) {
  const last = model.modelTopology.node.at(-1)!.name;
  return convert(model, weights, { name: 'tiny', inputDims, outputNames: { [last]: 'y' }, ...(scale && { scale }) });
}

async function runs(graph: GraphToWrite, x: number[]): Promise<{ dims: readonly number[]; values: number[] }> {
  const session = await InferenceSession.create(writeOnnx(graph), { logSeverityLevel: 3 });
  const { y } = await session.run({
    x: new Tensor('float32', Float32Array.from(x), graph.inputs[0]!.dims as number[]),
  });
  await session.release();
  expect(y!.dims, 'The shape the converter computed.').toEqual(graph.outputs[0]!.dims);
  return { dims: y!.dims, values: [...(y!.data as Float32Array)] };
}

const operators = (graph: GraphToWrite) =>
  graph.nodes.map(({ operator }) => operator).filter((name) => name !== 'Identity');
const near = (found: number[], wanted: number[]) => {
  expect(found).toHaveLength(wanted.length);
  const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i]!)), 0);
  expect(worst).toBeLessThan(1e-5);
};

type Window = { rows: number; columns: number; channels: number; kernel: number; stride: number; padding: string };

/** Calls back with every tap of every window; a tap outside the picture has no `at`. */
function slide(
  { rows, columns, kernel, stride, padding }: Window,
  each: (out: number, tap: number, at?: [number, number]) => void,
) {
  const count = (size: number) =>
    padding === 'SAME' ? Math.ceil(size / stride) : Math.ceil((size - kernel + 1) / stride);
  const before = (size: number) =>
    padding === 'SAME' ? Math.floor(Math.max(0, (count(size) - 1) * stride + kernel - size) / 2) : 0;
  for (let row = 0; row < count(rows); row += 1) {
    for (let column = 0; column < count(columns); column += 1) {
      for (let tap = 0; tap < kernel * kernel; tap += 1) {
        const y = row * stride - before(rows) + Math.floor(tap / kernel);
        const x = column * stride - before(columns) + (tap % kernel);
        const isInside = y >= 0 && x >= 0 && y < rows && x < columns;
        each(row * count(columns) + column, tap, isInside ? [y, x] : undefined);
      }
    }
  }
  return count(rows) * count(columns);
}

const windowAttributes = ({ kernel, stride, padding }: Window) => ({
  strides: list([1, stride, stride, 1]),
  dilations: list([1, 1, 1, 1]),
  ksize: list([1, kernel, kernel, 1]),
  padding: base64(padding),
  data_format: base64('NHWC'),
});

const windows: [string, Window][] = [
  [
    'SAME, stride 2 on even sizes: the odd pad is at the bottom and the right',
    { rows: 6, columns: 8, channels: 2, kernel: 3, stride: 2, padding: 'SAME' },
  ],
  ['SAME, stride 2 on odd sizes', { rows: 5, columns: 7, channels: 2, kernel: 3, stride: 2, padding: 'SAME' }],
  ['SAME, an even kernel', { rows: 5, columns: 4, channels: 2, kernel: 2, stride: 1, padding: 'SAME' }],
  ['VALID, stride 2', { rows: 6, columns: 7, channels: 2, kernel: 3, stride: 2, padding: 'VALID' }],
  ['SAME, a stride beyond the kernel', { rows: 7, columns: 7, channels: 2, kernel: 1, stride: 3, padding: 'SAME' }],
];

describe.each(windows)('windows, %s', (_, window) => {
  const { rows, columns, channels, kernel } = window;
  const x = wave(rows * columns * channels);
  const pixel = ([row, column]: [number, number], channel: number) => x[(row * columns + column) * channels + channel]!;

  test('Conv2D', async () => {
    const made = 3;
    const filter = wave(kernel * kernel * channels * made);
    const graph = converted(
      tiny([{ name: 'c', op: 'Conv2D', input: ['x', 'w'], attr: windowAttributes(window) }], {
        w: { dims: [kernel, kernel, channels, made], values: filter },
      }),
      [1, rows, columns, channels],
    );
    const wanted: number[] = [];
    slide(window, (out, tap, at) => {
      for (let m = 0; m < made; m += 1) {
        wanted[out * made + m] ??= 0;
        for (let c = 0; at && c < channels; c += 1)
          wanted[out * made + m]! += pixel(at, c) * filter[(tap * channels + c) * made + m]!;
      }
    });
    near((await runs(graph, x)).values, wanted);
  });

  test('DepthwiseConv2dNative with two outputs for each channel', async () => {
    const times = 2;
    const filter = wave(kernel * kernel * channels * times);
    const graph = converted(
      tiny([{ name: 'c', op: 'DepthwiseConv2dNative', input: ['x', 'w'], attr: windowAttributes(window) }], {
        w: { dims: [kernel, kernel, channels, times], values: filter },
      }),
      [1, rows, columns, channels],
    );
    const wanted: number[] = [];
    slide(window, (out, tap, at) => {
      for (let c = 0; c < channels * times; c += 1) {
        wanted[out * channels * times + c] ??= 0;
        if (at)
          wanted[out * channels * times + c]! += pixel(at, Math.floor(c / times)) * filter[tap * channels * times + c]!;
      }
    });
    near((await runs(graph, x)).values, wanted);
  });

  test('MaxPool', async () => {
    const graph = converted(tiny([{ name: 'p', op: 'MaxPool', input: ['x'], attr: windowAttributes(window) }]), [
      1,
      rows,
      columns,
      channels,
    ]);
    const wanted: number[] = [];
    slide(window, (out, _tap, at) => {
      for (let c = 0; at && c < channels; c += 1) {
        wanted[out * channels + c] = Math.max(wanted[out * channels + c] ?? Number.NEGATIVE_INFINITY, pixel(at, c));
      }
    });
    near((await runs(graph, x)).values, wanted);
  });
});

const transposed = (name: string, input: string, perm: string): TfNode => ({
  name,
  op: 'Transpose',
  input: [input, perm],
});
const perms: Record<string, Stored> = {
  toNhwc: { dims: [4], values: [0, 2, 3, 1], type: 'int32' },
  toNchw: { dims: [4], values: [0, 3, 1, 2], type: 'int32' },
};
const pads = (values: number[]): Stored => ({ dims: [4, 2], values, type: 'int32' });
const valid = windowAttributes({ rows: 0, columns: 0, channels: 0, kernel: 3, stride: 2, padding: 'VALID' });

describe('what wraps operations is folded away', () => {
  /** An ONNX-born model: NCHW outside, Pad, Transpose, Conv2D, Add, Transpose. */
  const wrapped = () =>
    tiny(
      [
        { name: 'pad', op: 'Pad', input: ['x', 'pads'] },
        transposed('in', 'pad', 'toNhwc'),
        { name: 'conv', op: 'Conv2D', input: ['in', 'w'], attr: valid },
        { name: 'biased', op: 'Add', input: ['conv:0', 'bias'] },
        transposed('out', 'biased', 'toNchw'),
        { name: 'leaky', op: 'LeakyRelu', input: ['out', '^conv'], attr: { alpha: { f: 0.1 } } },
      ],
      {
        ...perms,
        pads: pads([0, 0, 0, 0, 1, 1, 1, 1]),
        w: { dims: [3, 3, 2, 3], values: wave(54) },
        bias: { dims: [3], values: [0.5, -1, 2] },
      },
    );

  test('transposes, padding and bias become a Conv alone, which gives the same numbers', async () => {
    const graph = converted(wrapped(), [1, 2, 6, 6]);
    expect(operators(graph)).toEqual(['Conv', 'LeakyRelu']);
    expect(graph.nodes[0]!.attributes!.pads).toEqual({ ints: [1, 1, 1, 1] });
    expect(graph.nodes[0]!.inputs).toHaveLength(3);
    const x = wave(72);
    const wanted: number[] = [];
    const window = { rows: 8, columns: 8, channels: 2, kernel: 3, stride: 2, padding: 'VALID' };
    const filter = wave(54);
    slide(window, (out, tap, at) => {
      for (let m = 0; m < 3; m += 1) {
        wanted[m * 9 + out] ??= [0.5, -1, 2][m]!;
        const [row, column] = [at![0] - 1, at![1] - 1];
        if (row < 0 || column < 0 || row > 5 || column > 5) continue;
        for (let c = 0; c < 2; c += 1)
          wanted[m * 9 + out]! += x[c * 36 + row * 6 + column]! * filter[(tap * 2 + c) * 3 + m]!;
      }
    });
    near(
      (await runs(graph, x)).values,
      wanted.map((value) => (value < 0 ? 0.1 * value : value)),
    );
  });

  test('a convolution that somebody else reads too keeps its own value', async () => {
    const { model, weights } = wrapped();
    model.modelTopology.node.push(transposed('raw', 'conv', 'toNchw'), {
      name: 'sum',
      op: 'Add',
      input: ['leaky', 'raw'],
    });
    const graph = converted({ model, weights }, [1, 2, 6, 6]);
    expect(operators(graph).sort()).toEqual(['Add', 'Add', 'Conv', 'LeakyRelu']);
    expect(graph.nodes.find(({ operator }) => operator === 'Conv')!.inputs).toHaveLength(2);
    const alone = (await runs(converted(wrapped(), [1, 2, 6, 6]), wave(72))).values;
    const leakless = alone.map((value) => (value < 0 ? value * 10 : value));
    const bias = (i: number) => [0.5, -1, 2][Math.floor(i / 9)]!;
    const { values } = await runs(graph, wave(72));
    values.forEach((value, i) => {
      expect(value).toBeCloseTo(alone[i]! + leakless[i]! - bias(i), 4);
    });
  });

  const pooled = (fill: number) =>
    tiny(
      [
        { name: 'pad', op: 'PadV2', input: ['x', 'pads', 'fill'] },
        { name: 'pool', op: 'MaxPool', input: ['pad'], attr: valid },
      ],
      { pads: pads([0, 0, 1, 1, 1, 1, 0, 0]), fill: { dims: [], values: [fill] } },
    );

  test('padding with -Infinity becomes the pads of the MaxPool', async () => {
    const graph = converted(pooled(Number.NEGATIVE_INFINITY), [1, 4, 4, 1]);
    expect(operators(graph)).toEqual(['Transpose', 'MaxPool', 'Transpose']);
    expect((await runs(graph, ramp(16, -20))).values).toEqual([-15, -13, -7, -5]);
  });

  test('padding with zero before a MaxPool stays what it is', async () => {
    const graph = converted(pooled(0), [1, 4, 4, 1]);
    expect(operators(graph)).toContain('Pad');
    expect((await runs(graph, ramp(16, -20))).values).toEqual([0, 0, 0, -5]);
  });

  test('padding nobody can take over is written as a node, in the order of the tensor', async () => {
    const graph = converted(
      tiny(
        [
          transposed('t', 'x', 'toNhwc'),
          { name: 'pad', op: 'PadV2', input: ['t', 'pads', 'fill'] },
          { name: 'r', op: 'Relu', input: ['pad'] },
        ],
        { ...perms, pads: pads([0, 0, 1, 0, 0, 0, 0, 2]), fill: { dims: [], values: [7] } },
      ),
      [1, 1, 1, 2],
    );
    const { dims, values } = await runs(graph, [3, -4]);
    expect(dims).toEqual([1, 2, 2, 3]);
    expect(values).toEqual([7, 7, 7, 7, 7, 7, 3, 7, 7, 0, 7, 7]);
  });

  test('two transposes that undo each other leave nothing', () => {
    const graph = converted(
      tiny(
        [transposed('a', 'x', 'toNhwc'), transposed('b', 'a', 'toNchw'), { name: 'r', op: 'Relu', input: ['b'] }],
        perms,
      ),
      [1, 2, 3, 4],
    );
    expect(operators(graph)).toEqual(['Relu']);
  });
});

describe('axes follow a lazy transpose', () => {
  test('ConcatV2, SplitV and a vector over the channels mean the axes TensorFlow sees', async () => {
    const graph = converted(
      tiny(
        [
          transposed('t', 'x', 'toNhwc'),
          { name: 'shifted', op: 'AddV2', input: ['t', 'vector'] },
          { name: 'wide', op: 'ConcatV2', input: ['shifted', 't', 'axis'] },
          { name: 'parts', op: 'SplitV', input: ['wide', 'sizes', 'axis'] },
          { name: 'r', op: 'Relu', input: ['parts:1'] },
        ],
        {
          ...perms,
          vector: { dims: [2], values: [10, 20] },
          axis: { dims: [], values: [-1], type: 'int32' },
          sizes: { dims: [2], values: [1, 3], type: 'int32' },
        },
      ),
      [1, 2, 1, 2],
    );
    expect(operators(graph)).toEqual(['Add', 'Concat', 'Split', 'Relu', 'Transpose']);
    // NHWC pixels (1,3) and (2,4) become (11,23,1,3) and (12,24,2,4), less the first channel.
    expect(await runs(graph, [1, 2, 3, 4])).toEqual({ dims: [1, 1, 2, 3], values: [23, 1, 3, 24, 2, 4] });
  });

  test('tensors in different orders are brought into one before they are added', async () => {
    const graph = converted(
      tiny([transposed('t', 'x', 'toNhwc'), { name: 'sum', op: 'Add', input: ['x', 't'] }], perms),
      [1, 2, 2, 2],
    );
    // t[h][w][c] = x[c][h][w], added where x has the same indices.
    expect((await runs(graph, ramp(8))).values).toEqual([0, 5, 3, 8, 6, 11, 9, 14]);
  });

  test('a Reshape sees the order TensorFlow sees, its shape made by an empty SparseToDense', async () => {
    const graph = converted(
      tiny(
        [
          transposed('t', 'x', 'toNhwc'),
          { name: 'zeros', op: 'SparseToDense', input: ['where', 'size', 'gathered', 'zero'] },
          { name: 'shape', op: 'AddV2', input: ['wanted', 'zeros'] },
          { name: 'flat', op: 'Reshape', input: ['t', 'shape'] },
        ],
        {
          ...perms,
          where: { dims: [0, 1], values: [], type: 'int32' },
          size: { dims: [1], values: [2], type: 'int32' },
          gathered: { dims: [0], values: [], type: 'int32' },
          zero: { dims: [], values: [0], type: 'int32' },
          wanted: { dims: [2], values: [1, -1], type: 'int32' },
        },
      ),
      [1, 2, 1, 2],
    );
    expect(await runs(graph, [1, 2, 3, 4])).toEqual({ dims: [1, 4], values: [1, 3, 2, 4] });
  });
});

describe('ResizeBilinear reads both of its flags', () => {
  const resized = (half: boolean, corners: boolean, scale?: { rows: number; columns: number }) =>
    converted(
      tiny(
        [
          {
            name: 'r',
            op: 'ResizeBilinear',
            input: ['x', 'size'],
            attr: { half_pixel_centers: { b: half }, align_corners: { b: corners } },
          },
        ],
        {
          size: { dims: [2], values: [1, 4], type: 'int32' },
        },
      ),
      [1, 1, 2, 1],
      scale,
    );
  test.each([
    ['asymmetric', false, false, [0, 5, 10, 10]],
    ['half pixels', true, false, [0, 2.5, 7.5, 10]],
    ['aligned corners', false, true, [0, 10 / 3, 20 / 3, 10]],
  ])('%s', async (_, half, corners, wanted) => {
    near((await runs(resized(half, corners), [0, 10])).values, wanted);
  });

  test('its fixed size grows with the input, and half pixels are refused', () => {
    expect(resized(true, false, { rows: 2, columns: 1.5 }).outputs[0]!.dims).toEqual([1, 2, 6, 1]);
    expect(() => resized(true, false, { rows: 1, columns: 1.1 })).toThrow(/half pixels/);
  });
});

describe('stored tensors', () => {
  test('half floats keep zeros, the smallest and largest numbers and infinities', () => {
    const bits = [0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3555, 0x7bff, 0x7c00, 0xfc00];
    const wanted = [0, -0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 0.333251953125, 65504, Infinity, -Infinity];
    const model = tiny([]).model;
    model.weightsManifest = [
      {
        weights: [
          // One odd half before, so that the floats behind do not begin at a multiple of four.
          { name: 'h', shape: [9], dtype: 'float32', quantization: { dtype: 'float16' } },
          { name: 'f', shape: [1], dtype: 'float32' },
        ],
      },
    ];
    const bytes = Buffer.concat([
      new Uint8Array(Uint16Array.from(bits).buffer),
      new Uint8Array(Float32Array.of(1.5).buffer),
    ]);
    const constants = readConstants(model, bytes);
    expect([...constants.get('h')!.data]).toEqual(wanted);
    expect([...constants.get('f')!.data]).toEqual([1.5]);
    expect(() => readConstants(model, bytes.subarray(1))).toThrow(/end before f/);
    expect(() => readConstants(model, Buffer.concat([bytes, bytes]))).toThrow(/manifest says 22/);
  });

  test('references name an output, or are about order only', () => {
    expect(reference('a/b')).toEqual({ node: 'a/b', output: 0 });
    expect(reference('a/b:1')).toEqual({ node: 'a/b', output: 1 });
    expect(reference('^a/b')).toBeUndefined();
  });
});

test('an operation that is not understood is refused by name', () => {
  expect(() => converted(tiny([{ name: 'odd', op: 'FFT', input: ['x'] }]), [1])).toThrow('odd: the operation FFT');
});
