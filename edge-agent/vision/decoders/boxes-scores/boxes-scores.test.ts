import { expect, test } from 'vitest';
import { type Constant, outputsFrom } from '../../check/tiny-models.ts';
import { throughOnnx } from '../through-onnx.ts';
import type { DecoderSpec } from '../types.ts';
import { boxesScores } from './boxes-scores.ts';
import type { BoxesScoresOutput } from './config.ts';

const spec = (more: Partial<BoxesScoresOutput> = {}): DecoderSpec<BoxesScoresOutput> => ({
  output: {
    ...{ kind: 'boxes-scores', boxes: 'boxes', scores: 'scores' },
    ...{ format: 'xyxy', coordinates: 'px', activation: 'none', ...more },
  },
  ...{ width: 40, height: 20, classes: 2, wanted: [0, 1] },
});
const boxes = (...list: number[][]): Constant => ({ name: 'boxes', dims: [1, list.length, 4], values: list.flat() });
const scores = (...list: number[][]): Constant => ({
  name: 'scores',
  dims: [1, list.length, list[0]!.length],
  values: list.flat(),
});
const near = (value: number) => expect.closeTo(value, 4);

const formats: [BoxesScoresOutput['format'], BoxesScoresOutput['coordinates'], number[]][] = [
  ['xyxy', 'px', [4, 2, 12, 10]],
  ['xywh', 'px', [4, 2, 8, 8]],
  ['cxcywh', 'px', [8, 6, 8, 8]],
  ['cxcywh', 'unit', [0.2, 0.3, 0.2, 0.4]],
];
test.each(formats)('boxes as %s in %s are understood', async (format, coordinates, box) => {
  const constants = [boxes([0, 0, 1, 1], box), scores([0.1, 0.2], [0.05, 0.8])];
  const corners = { x1: near(4), y1: near(2), x2: near(12), y2: near(10) };
  const expected = { ok: true, value: [{ class: 1, score: near(0.8), ...corners }] };
  expect(boxesScores.decode(outputsFrom(constants), spec({ format, coordinates }), 0.3)).toEqual(expected);
  expect(boxesScores.decode(await throughOnnx(constants), spec({ format, coordinates }), 0.3)).toEqual(expected);
});

test('logits of independent classes become scores', () => {
  const found = boxesScores.decode(
    outputsFrom([boxes([0, 0, 9, 9]), scores([2, -2])]),
    spec({ activation: 'sigmoid' }),
    0.3,
  );
  expect(found).toMatchObject({ ok: true, value: [{ class: 0, score: near(0.8808) }] });
});

test('logits with a background class become shares', () => {
  const constants = [boxes([0, 0, 9, 9], [1, 1, 5, 5]), scores([2, 0, 0], [0, 0, 6])];
  const found = boxesScores.decode(outputsFrom(constants), spec({ activation: 'softmax' }), 0.3);
  // e² / (e² + 2); the second box is background.
  expect(found).toMatchObject({ ok: true, value: [{ class: 0, score: near(0.787) }] });
  expect(found.ok && found.value).toHaveLength(1);
});

test('labels name the class of each box', () => {
  const constants = [
    boxes([0, 0, 9, 9], [1, 1, 5, 5]),
    { name: 'scores', dims: [2], values: [0.9, 0.2] },
    { name: 'labels', dims: [2], values: [1, 7] },
  ];
  const found = boxesScores.decode(outputsFrom(constants), spec({ labels: 'labels' }), 0.3);
  expect(found).toMatchObject({ ok: true, value: [{ class: 1, score: near(0.9) }] });
});

const refusals: [string, Constant[], Partial<BoxesScoresOutput>, string][] = [
  ['more boxes than scores', [boxes([0, 0, 1, 1], [0, 0, 1, 1]), scores([0.9, 0])], {}, '2 boxes, but 1 rows'],
  ['another number of classes', [boxes([0, 0, 1, 1]), scores([0.9, 0, 0])], {}, 'must have n × 2'],
  ['logits taken for scores', [boxes([0, 0, 1, 1]), scores([4, 0])], {}, 'activation'],
  ['a value that is no number', [boxes([0, 0, Number.NaN, 1]), scores([0.9, 0])], {}, 'not finite'],
  [
    'a label that does not exist',
    [boxes([0, 0, 1, 1]), { name: 'scores', dims: [1], values: [0.9] }, { name: 'labels', dims: [1], values: [2] }],
    { labels: 'labels' },
    'label 2',
  ],
];
test.each(refusals)('%s is refused with a reason', (_, constants, more, says) => {
  expect(boxesScores.decode(outputsFrom(constants), spec(more), 0.3)).toEqual({
    ok: false,
    why: expect.stringContaining(says),
  });
});
