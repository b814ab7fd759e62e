import { describe, expect, test } from 'vitest';
import { parseManifest } from '../manifest/parse.ts';
import { readOnnx } from '../onnx/read.ts';
import { Message } from '../onnx/wire.ts';
import { type GraphToWrite, writeOnnx } from '../onnx/write.ts';
import { checkFile, checkModel } from './check.ts';
import { guessKinds } from './guess.ts';
import { constantGraph, manifestFor, moodyGraph } from './tiny-models.ts';

/** What is wrong with a graph and a manifest, as one text. */
function wrong(graph: GraphToWrite, more: Record<string, unknown> = {}): string {
  const bytes = writeOnnx(graph);
  const onnx = readOnnx(bytes);
  const parsed = parseManifest(JSON.stringify(manifestFor(graph.name, bytes, more)));
  if (typeof onnx === 'string' || !parsed.ok) throw new Error('The test’s own model is bad.');
  return checkModel(onnx, parsed.manifest)
    .map(({ says, remedy }) => `${says} ${remedy}`)
    .join('\n');
}

const calm = moodyGraph('calm');
const input = { name: 'image', dtype: 'u8', layout: 'nhwc', width: 32, height: 32 };

test('a model that is what its manifest says is good', () => {
  expect(wrong(calm)).toBe('');
});

const mismatches: [string, Record<string, unknown>, string][] = [
  [
    'the name of the input',
    { input: { ...input, name: 'x' } },
    'no input “x”; the model has “image” (uint8, 1 × 32 × 32 × 3)',
  ],
  ['the type of the input', { input: { ...input, dtype: 'f32' } }, 'takes uint8, but the manifest says f32'],
  ['the layout', { input: { ...input, layout: 'nchw' } }, 'but the manifest says 1 × 3 × 32 × 32 (nchw)'],
  ['the size', { input: { ...input, width: 64 } }, 'but the manifest says 1 × 32 × 64 × 3'],
  [
    'the name of an output',
    { output: { kind: 'end2end', name: 'x' } },
    'Output “x” does not exist; the model has “found”',
  ],
  ['the kind of output', { output: { kind: 'yolo-v8', name: 'found' } }, 'look like end2end, not yolo-v8'],
];
test.each(mismatches)('a mismatch of %s is explained', (_, more, says) => {
  expect(wrong(calm, more)).toContain(says);
});

test('an operator outside the standard is refused unless its domain is named', () => {
  const odd = {
    ...calm,
    nodes: [...calm.nodes, { operator: 'Evil', domain: 'evil.example', inputs: ['image'], outputs: ['x'] }],
  };
  expect(wrong(odd)).toContain('“evil.example:Evil”');
  expect(wrong(odd, { operators: ['evil.example'] })).toBe('');
});

test('an operator set older than onnxruntime reads is refused', () => {
  expect(wrong({ ...calm, opset: 6 })).toContain('operator set 6');
});

test('a second input, and dimensions beyond all pictures, are refused', () => {
  const two = { ...calm, inputs: [...calm.inputs, { name: 'size', type: 'int64' as const, dims: [2] }] };
  expect(wrong(two)).toContain('2 inputs');
  const giant = { ...calm, outputs: [{ name: 'found', type: 'float32' as const, dims: [1_000_000, 6_000] }] };
  expect(wrong(giant)).toContain('more than the 16000000 that are read');
});

test('data in another file are refused, with the path the file names', () => {
  const location = new Message().bytes(1, 'location').bytes(2, '../../etc/passwd');
  const tensor = new Message().integer(1, 1).integer(2, 1).bytes(8, 'weights').bytes(13, location).integer(14, 1);
  const graph = new Message().bytes(2, 'g').bytes(5, tensor);
  const file = new Message().integer(1, 7).bytes(7, graph).bytes(8, new Message().integer(2, 13)).done();
  const onnx = readOnnx(file);
  if (typeof onnx === 'string') throw new Error(onnx);
  expect(checkFile(onnx, [])).toMatchObject([{ says: expect.stringContaining('“../../etc/passwd”') }]);
});

describe('a kind is guessed from dimensions', () => {
  const outputs = (...dims: number[][]) =>
    constantGraph(
      dims.map((list, i) => ({
        name: `o${i}`,
        dims: list,
        values: new Array(list.reduce((a, b) => a * b, 1)).fill(0),
      })),
    );
  test.each([
    [[[1, 10, 6]], ['end2end']],
    [[[1, 7, 21]], ['yolo-v8']],
    [[[1, 21, 8]], ['yolox', 'yolo-v5']],
    [[[1, 63, 8]], ['yolo-v5', 'yolox']],
    [[[1, 3]], ['classifier']],
    [
      [
        [1, 10, 4],
        [1, 10, 3],
      ],
      ['boxes-scores'],
    ],
    [
      [
        [1, 16, 3],
        [1, 16, 32],
        [1, 4, 3],
        [1, 4, 32],
      ],
      ['nanodet-dfl'],
    ],
    [[[1, 5, 5, 5]], []],
  ])('%j', (dims, kinds) => {
    const onnx = readOnnx(writeOnnx(outputs(...dims)));
    expect(typeof onnx === 'string' ? onnx : guessKinds(onnx, 3)).toEqual(kinds);
  });
});
