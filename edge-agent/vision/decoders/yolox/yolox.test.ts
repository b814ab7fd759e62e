import { expect, test } from 'vitest';
import { type Constant, outputsFrom } from '../../check/tiny-models.ts';
import { throughOnnx } from '../through-onnx.ts';
import type { DecoderSpec } from '../types.ts';
import type { YoloxOutput } from './config.ts';
import { yolox } from './yolox.ts';

const spec: DecoderSpec<YoloxOutput> = {
  output: { kind: 'yolox', name: 'out', strides: [8, 16] },
  ...{ width: 32, height: 16, classes: 2, wanted: [1] },
};
const rows = (filled: Record<number, number[]>): Constant => ({
  name: 'out',
  dims: [1, 10, 7],
  values: Array.from({ length: 10 }, (_, i) => filled[i] ?? [0, 0, 0, 0, 0, 0, 0]).flat(),
});

test('offsets count from the cell and sizes are logarithms, per stride', async () => {
  // Row 6 is column 2, row 1 of stride 8; row 9 is column 1, row 0 of stride 16.
  const constant = rows({
    6: [0.5, -0.5, Math.log(2), Math.log(1), 0.9, 0, 0.8],
    9: [0, 1, Math.log(0.5), Math.log(2), 1, 0.9, 0.5],
  });
  const near = (value: number) => expect.closeTo(value, 4);
  const expected = {
    ok: true,
    value: [
      { class: 1, score: near(0.72), x1: near(12), y1: near(0), x2: near(28), y2: near(8) },
      { class: 1, score: near(0.5), x1: near(12), y1: near(0), x2: near(20), y2: near(32) },
    ],
  };
  expect(yolox.decode(outputsFrom([constant]), spec, 0.3)).toEqual(expected);
  expect(yolox.decode(await throughOnnx([constant]), spec, 0.3)).toEqual(expected);
});

const refusals: [string, Constant, string][] = [
  ['another number of cells', { name: 'out', dims: [1, 8, 7], values: new Array(56).fill(0) }, 'must have 10 × 7'],
  ['a value that is no number', rows({ 0: [Number.POSITIVE_INFINITY, 0, 0, 0, 0, 0, 0] }), 'not finite'],
  ['a size beyond all numbers', rows({ 0: [0, 0, 1000, 0, 1, 0, 1] }), 'not finite'],
  ['logits taken for scores', rows({ 0: [0, 0, 0, 0, 4, 0, 1] }), 'above 1'],
];
test.each(refusals)('%s is refused with a reason', (_, constant, says) => {
  expect(yolox.decode(outputsFrom([constant]), spec, 0.3)).toEqual({ ok: false, why: expect.stringContaining(says) });
});
