import { expect, test } from 'vitest';
import { type Constant, outputsFrom } from '../../check/tiny-models.ts';
import { throughOnnx } from '../through-onnx.ts';
import type { DecoderSpec } from '../types.ts';
import type { YoloV8Output } from './config.ts';
import { yoloV8 } from './yolo-v8.ts';

const spec = (more: Partial<YoloV8Output> = {}): DecoderSpec<YoloV8Output> => ({
  output: { kind: 'yolo-v8', name: 'out', strides: [16, 32], extra: 0, coordinates: 'px', ...more },
  ...{ width: 32, height: 32, classes: 2, wanted: [0, 1] },
});
/** Five cells; the columns of cells become lines of the tensor. */
const lines = (cells: number[][]): Constant => ({
  name: 'out',
  dims: [1, cells[0]!.length, 5],
  values: cells[0]!.flatMap((_, line) => cells.map((cell) => cell[line]!)),
});
const empty = [0, 0, 0, 0, 0.01, 0.02];

test('a transposed tensor without objectness is read line by line', async () => {
  const constant = lines([empty, [16, 10, 8, 12, 0.7, 0.1], empty, empty, [8, 8, 4, 4, 0.2, 0.9]]);
  const expected = {
    ok: true,
    value: [
      { class: 0, score: expect.closeTo(0.7, 6), x1: 12, y1: 4, x2: 20, y2: 16 },
      { class: 1, score: expect.closeTo(0.9, 6), x1: 6, y1: 6, x2: 10, y2: 10 },
    ],
  };
  expect(yoloV8.decode(outputsFrom([constant]), spec(), 0.3)).toEqual(expected);
  expect(yoloV8.decode(await throughOnnx([constant]), spec(), 0.3)).toEqual(expected);
});

test('what follows the class scores is not read', () => {
  const cells = [empty, empty, [16, 16, 4, 4, 0.9, 0], empty, empty].map((cell) => [...cell, 7, -7]);
  const found = yoloV8.decode(outputsFrom([lines(cells)]), spec({ extra: 2 }), 0.3);
  expect(found).toMatchObject({ ok: true, value: [{ class: 0, x1: 14, y1: 14, x2: 18, y2: 18 }] });
});

const refusals: [string, Constant, string][] = [
  [
    'a tensor that is not transposed',
    { name: 'out', dims: [1, 5, 6], values: new Array(30).fill(0) },
    'must have 6 × 5',
  ],
  ['a value that is no number', lines([empty, empty, empty, empty, [0, 0, 0, 0, Number.NaN, 0]]), 'not finite'],
  ['logits taken for scores', lines([empty, empty, empty, empty, [0, 0, 0, 0, 5, 0]]), 'above 1'],
];
test.each(refusals)('%s is refused with a reason', (_, constant, says) => {
  const found = yoloV8.decode(outputsFrom([constant]), spec(), 0.3);
  expect(found).toEqual({ ok: false, why: expect.stringContaining(says) });
});
