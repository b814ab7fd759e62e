import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { type GraphToWrite, tensorOf, writeOnnx } from '../../edge-agent/vision/onnx/write.ts';
import { normalisation, pictureInside, storedAsHalf, withPictureFolded } from './nanodet.ts';

const height = 6;
const width = 8;
const weights = Array.from({ length: 2 * 3 * 9 }, (_, i) => Math.sin(i * 1.3));

/** One convolution with padding, as the network begins: it expects B, G, R, normalised. */
const first: GraphToWrite = {
  name: 'first',
  inputs: [{ name: 'x', type: 'float32', dims: [1, 3, height, width] }],
  outputs: [{ name: 'y', type: 'float32', dims: [1, 2, height, width] }],
  nodes: [{ operator: 'Conv', inputs: ['x', 'w', 'b'], outputs: ['y'], attributes: { pads: { ints: [1, 1, 1, 1] } } }],
  initializers: [
    { name: 'w', ...tensorOf('float32', [2, 3, 3, 3], weights) },
    { name: 'b', ...tensorOf('float32', [2], [0.25, -0.5]) },
  ],
};
const picture = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * i * 7) % 256);

async function run(graph: GraphToWrite, feed: Tensor): Promise<Float32Array> {
  const session = await InferenceSession.create(writeOnnx(graph), { logSeverityLevel: 3 });
  const { y } = await session.run({ [graph.inputs[0]!.name]: feed });
  await session.release();
  return y!.data as Float32Array;
}
const bytes = () => new Tensor('uint8', picture, [1, height, width, 3]);
const largestDifference = (a: Float32Array, b: Float32Array) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

async function normalisedOutside(): Promise<Float32Array> {
  const plane = height * width;
  const floats = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i += 1) {
    for (const [to, from] of [2, 1, 0].entries()) {
      floats[to * plane + i] = (picture[3 * i + from]! - normalisation.mean[from]!) / normalisation.deviation[from]!;
    }
  }
  return await run(first, new Tensor('float32', floats, [1, 3, height, width]));
}

test('a graph that takes R, G, B bytes gives what the bare one gives for normalised B, G, R planes', async () => {
  const inside = pictureInside(first, { width, height });
  expect(largestDifference(await run(inside, bytes()), await normalisedOutside())).toBeLessThan(1e-5);
});

test('folding the normalisation into the first convolution changes nothing but the outermost pixels, and these little', async () => {
  const wanted = await normalisedOutside();
  const found = await run(withPictureFolded(pictureInside(first, { width, height })), bytes());
  const isEdge = (i: number) => {
    const [row, column] = [Math.floor((i % (height * width)) / width), i % width];
    return row === 0 || column === 0 || row === height - 1 || column === width - 1;
  };
  const inner = (values: Float32Array) => values.filter((_, i) => !isEdge(i));
  expect(largestDifference(inner(wanted), inner(found))).toBeLessThan(1e-4);
  // At most 15 taps of three channels lie outside, each 0.19 of a deviation off at most.
  expect(largestDifference(wanted, found)).toBeLessThan(15 * 0.19);
});

test('weights are stored as half floats only where that loses nothing', async () => {
  const halves = Array.from({ length: 54 }, (_, i) => i / 64 - 0.5);
  const exact = {
    ...first,
    initializers: [{ name: 'w', ...tensorOf('float32', [2, 3, 3, 3], halves) }, first.initializers![1]!],
  };
  const stored = storedAsHalf(exact);
  expect(stored.initializers!.map(({ name, type }) => [name, type])).toEqual([
    ['w/half', 'float16'],
    ['b', 'float32'],
  ]);
  const feed = () =>
    new Tensor(
      'float32',
      Float32Array.from({ length: 144 }, (_, i) => Math.sin(i)),
      [1, 3, height, width],
    );
  expect(await run(stored, feed())).toEqual(await run(exact, feed()));
  expect(storedAsHalf(first).initializers![0]!.type).toBe('float32');
});
