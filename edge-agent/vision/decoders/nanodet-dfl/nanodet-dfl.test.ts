import { describe, expect, test } from 'vitest';
import { type Constant, outputsFrom } from '../../check/tiny-models.ts';
import { throughOnnx } from '../through-onnx.ts';
import type { DecoderSpec } from '../types.ts';
import type { NanodetOutput } from './config.ts';
import { nanodetDfl } from './nanodet-dfl.ts';

const split: NanodetOutput = {
  kind: 'nanodet-dfl',
  heads: [
    { stride: 8, scores: 's8', boxes: 'b8' },
    { stride: 16, scores: 's16', boxes: 'b16' },
  ],
  regMax: 2,
  sigmoid: false,
  cell: 'centre',
};
const spec = (output: NanodetOutput): DecoderSpec<NanodetOutput> => ({
  ...{ output, width: 32, height: 16, classes: 2, wanted: [0, 1] },
});

/** Logits whose distribution lies wholly on one distance per side, in whole cells. */
const sharpSides = (sides: number[]) => sides.flatMap((cells) => [0, 1, 2].map((bin) => (bin === cells ? 50 : 0)));

/** 4 × 2 cells of stride 8 and 2 × 1 of stride 16; one thing in each. */
function constants(score: (value: number) => number = (value) => value): Constant[] {
  const scores8 = new Array(16).fill(score(0.01));
  scores8[5 * 2] = score(0.9);
  const scores16 = new Array(4).fill(score(0.01));
  scores16[1 * 2 + 1] = score(0.6);
  const boxes = (cells: number, at: number, sides: number[]) =>
    Array.from({ length: cells }, (_, cell) => (cell === at ? sharpSides(sides) : new Array(12).fill(0))).flat();
  return [
    { name: 's8', dims: [1, 8, 2], values: scores8 },
    { name: 'b8', dims: [1, 8, 12], values: boxes(8, 5, [1, 1, 2, 0]) },
    { name: 's16', dims: [1, 2, 2], values: scores16 },
    { name: 'b16', dims: [1, 2, 12], values: boxes(2, 1, [1, 0, 1, 1]) },
  ];
}

// Cell 5 of stride 8 is column 1, row 1: its centre is (12, 12). Cell 1 of stride 16 has its centre at (24, 8).
const expected = [
  { class: 0, score: 0.9, x1: 4, y1: 4, x2: 28, y2: 12 },
  { class: 1, score: 0.6, x1: 8, y1: 8, x2: 40, y2: 24 },
];

const close = (found: unknown) => {
  expect(found).toEqual({
    ok: true,
    value: expected.map((box) =>
      Object.fromEntries(Object.entries(box).map(([key, value]) => [key, expect.closeTo(value, 4)])),
    ),
  });
};

describe('boxes of two strides are found', () => {
  test('from tensors made by hand', () => close(nanodetDfl.decode(outputsFrom(constants()), spec(split), 0.4)));

  test('from a graph run by onnxruntime', async () =>
    close(nanodetDfl.decode(await throughOnnx(constants()), spec(split), 0.4)));

  test('from logits, when the manifest says sigmoid', () => {
    const logits = constants((value) => Math.log(value / (1 - value)));
    close(nanodetDfl.decode(outputsFrom(logits), spec({ ...split, sigmoid: true }), 0.4));
  });

  test('from one joined tensor measured from the corners of cells', () => {
    const [s8, b8, s16, b16] = constants() as [Constant, Constant, Constant, Constant];
    const rows = (scores: Constant, boxes: Constant) =>
      Array.from({ length: scores.values.length / 2 }, (_, cell) => [
        ...scores.values.slice(cell * 2, cell * 2 + 2),
        ...boxes.values.slice(cell * 12, cell * 12 + 12),
      ]).flat();
    const joined: NanodetOutput = { ...split, heads: [{ strides: [8, 16], joined: 'all' }], cell: 'corner' };
    const values = [...rows(s8, b8), ...rows(s16, b16)];
    const found = nanodetDfl.decode(outputsFrom([{ name: 'all', dims: [1, 10, 14], values }]), spec(joined), 0.4);
    expect(found).toMatchObject({
      ok: true,
      value: [
        { x1: expect.closeTo(0, 4), y1: expect.closeTo(0, 4), x2: expect.closeTo(24, 4) },
        { x1: expect.closeTo(0, 4), y1: expect.closeTo(0, 4), x2: expect.closeTo(32, 4) },
      ],
    });
  });
});

test('an even distribution over distances means their middle', () => {
  const outputs = constants();
  outputs[1] = { ...outputs[1]!, values: new Array(96).fill(0) };
  const found = nanodetDfl.decode(outputsFrom(outputs), spec(split), 0.8);
  expect(found).toEqual({
    ok: true,
    value: [{ class: 0, score: expect.closeTo(0.9, 6), x1: 4, y1: 4, x2: 20, y2: 20 }],
  });
});

const refusals: [string, (outputs: Constant[]) => Constant[], string][] = [
  ['a missing output', (outputs) => outputs.slice(1), 'no output s8'],
  [
    'too few cells',
    ([s8, ...rest]) => [{ ...s8!, dims: [1, 7, 2], values: s8!.values.slice(2) }, ...rest],
    '1 × 7 × 2',
  ],
  [
    'another number of distances',
    ([s8, b8, ...rest]) => [s8!, { ...b8!, dims: [1, 8, 8], values: b8!.values.slice(32) }, ...rest],
    'must have 8 × 12',
  ],
  [
    'a score that is no number',
    ([s8, ...rest]) => [{ ...s8!, values: s8!.values.with(3, Number.NaN) }, ...rest],
    'not finite',
  ],
  [
    'an infinite distance',
    ([s8, b8, ...rest]) => [s8!, { ...b8!, values: b8!.values.with(0, Number.NEGATIVE_INFINITY) }, ...rest],
    'not finite',
  ],
  ['logits taken for scores', ([s8, ...rest]) => [{ ...s8!, values: s8!.values.with(0, 3) }, ...rest], 'sigmoid'],
];
test.each(refusals)('%s is refused with a reason', (_, change, says) => {
  const found = nanodetDfl.decode(outputsFrom(change(constants())), spec(split), 0.4);
  expect(found).toEqual({ ok: false, why: expect.stringContaining(says) });
});
