import { expect, test } from 'vitest';
import { outputsFrom } from '../../check/tiny-models.ts';
import { throughOnnx } from '../through-onnx.ts';
import type { DecoderSpec } from '../types.ts';
import { classifier } from './classifier.ts';
import type { ClassifierOutput } from './config.ts';

const spec = (activation: ClassifierOutput['activation']): DecoderSpec<ClassifierOutput> => ({
  output: { kind: 'classifier', name: 'out', activation, exclusive: true },
  ...{ width: 32, height: 32, classes: 3, wanted: [0, 1] },
});
const vector = (values: number[]) => [{ name: 'out', dims: [1, values.length], values }];

const cases: [ClassifierOutput['activation'], number[], number[]][] = [
  ['none', [0.25, 0.5, 0.25], [0.25, 0.5, 0.25]],
  ['softmax', [Math.log(1), Math.log(2), Math.log(5)], [0.125, 0.25, 0.625]],
  ['softmax', [1000, 0, 0], [1, 0, 0]],
  ['sigmoid', [0, Math.log(3), -1000], [0.5, 0.75, 0]],
];
test.each(cases)('with activation %s, %j becomes shares', async (activation, values, shares) => {
  const expected = shares.map((share) => expect.closeTo(share, 5));
  for (const outputs of [outputsFrom(vector(values)), await throughOnnx(vector(values))]) {
    const decoded = classifier.decode(outputs, spec(activation));
    expect(decoded.ok && [...decoded.value]).toEqual(expected);
  }
});

const refusals: [string, number[], string][] = [
  ['logits taken for shares', [3, -2, 0], 'activation'],
  ['a value that is no number', [Number.NaN, 0, 0], 'not finite'],
  ['another number of classes', [0.5, 0.5], 'must have 3'],
];
test.each(refusals)('%s is refused with a reason', (_, values, says) => {
  expect(classifier.decode(outputsFrom(vector(values)), spec('none'))).toEqual({
    ok: false,
    why: expect.stringContaining(says),
  });
});
