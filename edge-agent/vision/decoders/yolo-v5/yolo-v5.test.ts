import { expect, test } from 'vitest';
import { type Constant, outputsFrom } from '../../check/tiny-models.ts';
import { throughOnnx } from '../through-onnx.ts';
import type { DecoderSpec } from '../types.ts';
import type { YoloV5Output } from './config.ts';
import { yoloV5 } from './yolo-v5.ts';

const output: YoloV5Output = { kind: 'yolo-v5', name: 'out', strides: [16, 32], anchors: 3, coordinates: 'px' };
const spec = (more: Partial<YoloV5Output> = {}): DecoderSpec<YoloV5Output> => ({
  ...{ output: { ...output, ...more }, width: 32, height: 32, classes: 2, wanted: [0, 1] },
});
const empty = [0, 0, 0, 0, 0.01, 0.5, 0.5];
/** 3 × (4 + 1) rows; the eighth is one thing that is 0.8 × 0.5 a person and 0.8 × 0.75 a bicycle. */
const rows = (row: number[]): Constant => ({
  name: 'out',
  dims: [1, 15, 7],
  values: Array.from({ length: 15 }, (_, i) => (i === 7 ? row : empty)).flat(),
});

test('the score is objectness times class score, and every wanted class counts', async () => {
  const constant = rows([16, 10, 8, 12, 0.8, 0.5, 0.75]);
  const corners = { x1: 12, y1: 4, x2: 20, y2: 16 };
  const expected = {
    ok: true,
    value: [
      { class: 0, score: expect.closeTo(0.4, 6), ...corners },
      { class: 1, score: expect.closeTo(0.6, 6), ...corners },
    ],
  };
  expect(yoloV5.decode(outputsFrom([constant]), spec(), 0.3)).toEqual(expected);
  expect(yoloV5.decode(await throughOnnx([constant]), spec(), 0.3)).toEqual(expected);
  expect(yoloV5.decode(outputsFrom([constant]), spec(), 0.5)).toMatchObject({ ok: true, value: [{ class: 1 }] });
});

test('coordinates between 0 and 1 are shares of the input', () => {
  const found = yoloV5.decode(outputsFrom([rows([0.5, 0.25, 0.5, 0.25, 1, 1, 0])]), spec({ coordinates: 'unit' }), 0.3);
  expect(found).toEqual({ ok: true, value: [{ class: 0, score: 1, x1: 8, y1: 4, x2: 24, y2: 12 }] });
});

const refusals: [string, Constant, string][] = [
  ['a row too few', { name: 'out', dims: [1, 14, 7], values: new Array(98).fill(0) }, '1 × 14 × 7'],
  ['another number of classes', { name: 'out', dims: [1, 15, 8], values: new Array(120).fill(0) }, 'must have 15 × 7'],
  ['a value that is no number', rows([Number.NaN, 0, 0, 0, 0, 0, 0]), 'not finite'],
  ['logits taken for scores', rows([1, 1, 1, 1, 4, 2, 2]), 'above 1'],
];
test.each(refusals)('%s is refused with a reason', (_, constant, says) => {
  const found = yoloV5.decode(outputsFrom([constant]), spec(), 0.3);
  expect(found).toEqual({ ok: false, why: expect.stringContaining(says) });
});
