import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { type GraphToWrite, tensorOf, writeOnnx } from '../../../edge-agent/vision/onnx/write.ts';
import { calibrate, oneThread } from './calibrate.ts';
import { quantise, quantiserOf, tensorsToQuantise } from './quantise.ts';

const wave = (count: number, size: number) => Array.from({ length: count }, (_, i) => Math.sin(i * 1.7) * size);
const conv = (name: string, input: string, output: string) => ({
  operator: 'Conv',
  inputs: [input, `${name}/w`, `${name}/b`],
  outputs: [output],
});

/** A picture of bytes through two convolutions with a LeakyRelu and a MaxPool between, and a Sigmoid that reads the last. */
const graph: GraphToWrite = {
  name: 'small',
  inputs: [{ name: 'image', type: 'uint8', dims: [1, 3, 8, 8] }],
  outputs: [{ name: 'y', type: 'float32', dims: [1, 2, 4, 4] }],
  nodes: [
    { operator: 'Cast', inputs: ['image'], outputs: ['float'], attributes: { to: { int: 1 } } },
    { operator: 'Sub', inputs: ['float', 'grey'], outputs: ['centred'] },
    conv('first', 'centred', 'a'),
    { operator: 'LeakyRelu', inputs: ['a'], outputs: ['b'], attributes: { alpha: { float: 0.1 } } },
    {
      operator: 'MaxPool',
      inputs: ['b'],
      outputs: ['c'],
      attributes: { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } },
    },
    conv('last', 'c', 'd'),
    { operator: 'Sigmoid', inputs: ['d'], outputs: ['y'] },
  ],
  initializers: [
    { name: 'grey', ...tensorOf('float32', [], [114]) },
    // The fourth channel has no weights at all, only a bias.
    { name: 'first/w', ...tensorOf('float32', [4, 3, 1, 1], [...wave(9, 0.02), 0, 0, 0]) },
    { name: 'first/b', ...tensorOf('float32', [4], [0.5, -1, 0, 1]) },
    { name: 'last/w', ...tensorOf('float32', [2, 4, 1, 1], wave(8, 0.8)) },
    { name: 'last/b', ...tensorOf('float32', [2], [0.1, -0.2]) },
  ],
};
const picture = { bytes: 'image', float: 'centred', scale: 1, zeroPoint: 114 };
const pictures = [0, 1, 2].map((seed) => Uint8Array.from({ length: 192 }, (_, i) => (i * i * 7 + seed * 91) % 256));
const quantised = async () =>
  quantise({ graph, picture, ranges: await calibrate(graph, tensorsToQuantise(graph, picture.float), pictures) });

async function answer(model: GraphToWrite, bytes: Uint8Array): Promise<number[]> {
  const session = await InferenceSession.create(writeOnnx(model), oneThread);
  const { y } = await session.run({ image: new Tensor('uint8', bytes, [1, 3, 8, 8]) });
  await session.release();
  return [...(y!.data as Float32Array)];
}

describe('a quantised graph', () => {
  test('answers nearly as the float one does', async () => {
    const [wanted, found] = [await answer(graph, pictures[1]!), await answer(await quantised(), pictures[1]!)];
    const errors = wanted.map((value, i) => Math.abs(value - found[i]!));
    expect(Math.max(...wanted) - Math.min(...wanted), 'The answer must vary to mean something.').toBeGreaterThan(0.3);
    expect(Math.max(...errors)).toBeLessThan(0.02);
  });

  test('reads the bytes of the picture as they are, and leaves the last convolution float', async () => {
    const { nodes, initializers = [] } = await quantised();
    expect(nodes.some(({ operator }) => operator === 'Cast' || operator === 'Sub')).toBe(false);
    expect(nodes.find(({ outputs }) => outputs[0] === 'centred/dq')!.inputs[0]).toBe('image');
    const types = new Map(initializers.map(({ name, type }) => [name, type]));
    expect(types.get('first/w/q')).toBe('int8');
    expect(types.get('first/b/q')).toBe('int32');
    expect(types.get('last/w')).toBe('float32');
    expect(nodes.find(({ outputs }) => outputs[0] === 'y')!.inputs).toEqual(['d']);
  });

  test('keeps weights within 7 bits, with one scale for each output channel', async () => {
    const { initializers = [] } = await quantised();
    const tensor = (name: string) => initializers.find((one) => one.name === name)!;
    const weights = new Int8Array(Uint8Array.from(tensor('first/w/q').data).buffer);
    const byChannel = [0, 3, 6].map((at) => Math.max(...weights.subarray(at, at + 3).map(Math.abs)));
    expect(byChannel).toEqual([63, 63, 63]);
    expect(tensor('first/w/scale').dims).toEqual([4]);
  });

  test('gives a pool the scale of what it pools, so that bytes pass through', async () => {
    const { initializers = [] } = await quantised();
    const data = (name: string) => initializers.find((one) => one.name === name)!.data;
    expect(data('c/scale')).toEqual(data('b/scale'));
    expect(data('c/zero')).toEqual(data('b/zero'));
  });
});

describe('calibration', () => {
  test('takes the mean of the minima and maxima of the pictures, and of each channel', async () => {
    const [dark, light] = [new Uint8Array(192).fill(14), new Uint8Array(192).fill(214)];
    light.fill(164, 0, 64);
    const { min, max, means } = (await calibrate(graph, ['centred'], [dark, light])).get('centred')!;
    expect({ min, max, means }).toEqual({ min: -50, max: 50, means: [-25, 0, 0] });
  });

  test('refuses values that are not finite', async () => {
    const initializers = graph.initializers!.map((tensor) =>
      tensor.name === 'first/b'
        ? { ...tensor, ...tensorOf('float32', [4], [0, Number.NEGATIVE_INFINITY, 0, 0]) }
        : tensor,
    );
    await expect(calibrate({ ...graph, initializers }, ['a'], pictures)).rejects.toThrow(/^a is not finite/);
  });
});

test('a quantiser holds zero exactly and every value of its range to half a step', () => {
  const edge = fc.float({ min: -1000, max: 1000, noNaN: true });
  fc.assert(
    fc.property(edge, edge, fc.nat(100), (a, b, part) => {
      const [min, max] = [Math.min(a, b), Math.max(a, b)];
      const { scale, zeroPoint } = quantiserOf({ min, max });
      expect(Number.isInteger(zeroPoint) && zeroPoint >= 0 && zeroPoint <= 255 && scale > 0).toBe(true);
      const value = min + ((max - min) * part) / 100;
      const byte = Math.min(255, Math.max(0, Math.round(value / scale) + zeroPoint));
      // The zero point is rounded itself, so that an end of the range may lose half a step more.
      expect(Math.abs((byte - zeroPoint) * scale - value)).toBeLessThanOrEqual(scale * 1.001);
    }),
  );
});
