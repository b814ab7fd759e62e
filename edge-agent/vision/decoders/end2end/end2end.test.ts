import { expect, test } from 'vitest';
import { type Constant, outputsFrom } from '../../check/tiny-models.ts';
import { throughOnnx } from '../through-onnx.ts';
import type { DecoderSpec } from '../types.ts';
import type { End2endOutput } from './config.ts';
import { end2end } from './end2end.ts';

const columns: End2endOutput['columns'] = ['x1', 'y1', 'x2', 'y2', 'score', 'class'];
const spec = (more: Partial<End2endOutput> = {}): DecoderSpec<End2endOutput> => ({
  output: { kind: 'end2end', name: 'out', columns, coordinates: 'px', ...more },
  ...{ width: 40, height: 20, classes: 3, wanted: [0, 2] },
});
const rows = (...list: number[][]): Constant => ({
  name: 'out',
  dims: [1, list.length, list[0]?.length ?? 6],
  values: list.flat(),
});

test('rows are taken as they are; weak ones and classes nobody wants are not', async () => {
  const constant = rows([1, 2, 3, 4, 0.9, 2], [1, 1, 2, 2, 0.9, 1], [5, 5, 9, 9, 0.1, 0], [0, 0, 0, 0, 0, -1]);
  const expected = { ok: true, value: [{ class: 2, score: expect.closeTo(0.9, 6), x1: 1, y1: 2, x2: 3, y2: 4 }] };
  expect(end2end.decode(outputsFrom([constant]), spec(), 0.3)).toEqual(expected);
  expect(end2end.decode(await throughOnnx([constant]), spec(), 0.3)).toEqual(expected);
});

test('columns may stand in any order, and coordinates be shares', () => {
  const constant = rows([0, 0.25, 0.5, 0.5, 1, 0, 0.8]);
  const more: Partial<End2endOutput> = {
    columns: ['skip', 'x1', 'y1', 'x2', 'y2', 'class', 'score'],
    coordinates: 'unit',
  };
  expect(end2end.decode(outputsFrom([constant]), spec(more), 0.3)).toEqual({
    ok: true,
    value: [{ class: 0, score: expect.closeTo(0.8, 6), x1: 10, y1: 10, x2: 20, y2: 20 }],
  });
});

test('no rows at all are an empty picture', () => {
  const nothing = outputsFrom([{ name: 'out', dims: [1, 0, 6], values: [] }]);
  expect(end2end.decode(nothing, spec(), 0.3)).toEqual({ ok: true, value: [] });
});

const refusals: [string, Constant, string][] = [
  ['a row of another length', rows([1, 2, 3, 4, 5, 6, 7]), 'must have n × 6'],
  ['a class that does not exist', rows([1, 2, 3, 4, 0.9, 3]), 'class 3'],
  ['a class between two classes', rows([1, 2, 3, 4, 0.9, 0.5]), 'class 0.5'],
  ['a value that is no number', rows([1, 2, Number.NaN, 4, 0.9, 0]), 'not finite'],
  ['a score beyond 1', rows([1, 2, 3, 4, 17, 0]), 'above 1'],
];
test.each(refusals)('%s is refused with a reason', (_, constant, says) => {
  expect(end2end.decode(outputsFrom([constant]), spec(), 0.3)).toEqual({
    ok: false,
    why: expect.stringContaining(says),
  });
});
