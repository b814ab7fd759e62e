import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { constantGraph, manifestFor } from '../check/tiny-models.ts';
import { writeOnnx } from '../onnx/write.ts';
import { type LoadedManifest, loadManifest, manifestBytesMax } from './load.ts';
import { parseManifest } from './parse.ts';
import { readModel } from './read-model.ts';

const bytes = writeOnnx(constantGraph([{ name: 'found', dims: [1, 6], values: [0, 0, 0, 0, 0, 0] }]));
const good = manifestFor('tiny', bytes);
const read = ({ manifest, modelPath }: LoadedManifest) => readModel(modelPath, manifest.sha256);
const parse = (more: Record<string, unknown>) => parseManifest(JSON.stringify({ ...good, ...more }));

test('a short manifest comes back with every default', () => {
  expect(parse({})).toMatchObject({
    ok: true,
    manifest: {
      input: { colour: 'rgb', scale: 1, mean: [0, 0, 0], std: [1, 1, 1], fit: 'letterbox', align: 'centre', pad: 114 },
      output: { columns: ['x1', 'y1', 'x2', 'y2', 'score', 'class'], coordinates: 'px' },
      post: { scoreMin: 0.15, nms: 0.5, agnostic: [], agnosticNms: 0.55, detectionsMax: 100 },
    },
  });
});

test('coco-80 stands for its classes', () => {
  const parsed = parse({ classes: 'coco-80', map: { car: 'vehicle' } });
  expect(parsed.ok && [parsed.manifest.classes.length, parsed.manifest.classes.indexOf('truck')]).toEqual([80, 7]);
});

const refused: [string, Record<string, unknown>, string][] = [
  ['an unknown field', { licenze: 'MIT' }, 'no field “licenze”'],
  ['a decoder that does not exist', { output: { kind: 'yolo-v9', name: 'x' } }, 'Did you mean yolo-v5?'],
  ['a parameter that is missing', { output: { kind: 'yolo-v8' } }, 'output: name is missing.'],
  ['a list of classes nobody knows', { classes: 'coco-81' }, 'Known are coco-80'],
  ['a class that is not there', { map: { persn: 'person' } }, 'Did you mean person?'],
  ['a kind that is not there', { map: { person: 'human' } }, 'map.person'],
  ['no class at all', { map: {} }, 'nothing would ever be found'],
  ['two classes of one name', { classes: ['person', 'person'] }, 'same name'],
  ['a hash that is none', { sha256: 'abc' }, 'sha256'],
  ['an input too large', { input: { ...(good.input as object), width: 100_000 } }, 'at most 2048'],
  ['a division by nothing', { input: { ...(good.input as object), std: [1, 0, 1] } }, 'divided by 0'],
  ...['../tiny.onnx', '/etc/passwd', 'a/b.onnx', '..', 'C:\\x.onnx', 'x\u0000.onnx'].map(
    (file): [string, Record<string, unknown>, string] => [
      `the path ${JSON.stringify(file)}`,
      { file },
      'beside its manifest',
    ],
  ),
];
test.each(refused)('%s is refused with its place and a remedy', (_, more, says) => {
  const parsed = parse(more);
  expect(parsed.ok ? '' : parsed.problems.join(' ')).toContain(says);
});

test('what is no JSON is refused', () => {
  expect(parseManifest('{')).toMatchObject({ ok: false, problems: [expect.stringContaining('not JSON')] });
});

describe('files', () => {
  let folder = '';
  const write = (name: string, text: string | Uint8Array) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'manifest-'));
    write('tiny.onnx', bytes);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('a manifest and its model are read', () => {
    const loaded = loadManifest(write('good.json', JSON.stringify(good)));
    expect(read(loaded).length).toBe(bytes.length);
  });

  test('a model that is not the one of the manifest is refused', () => {
    const loaded = loadManifest(write('other.json', JSON.stringify({ ...good, sha256: '0'.repeat(64) })));
    expect(read(loaded)).toMatch(/has SHA-256 [0-9a-f]{64}, but its manifest says 0000/);
  });

  test('a link that leads out of the folder is refused, one within is followed', () => {
    mkdirSync(join(folder, 'inner'));
    symlinkSync('../tiny.onnx', join(folder, 'inner', 'tiny.onnx'));
    write('inner/good.json', JSON.stringify(good));
    expect(() => loadManifest(join(folder, 'inner', 'good.json'))).toThrow(/leads out of its folder/);
    symlinkSync('tiny.onnx', join(folder, 'same.onnx'));
    const within = write('within.json', JSON.stringify({ ...good, file: 'same.onnx' }));
    expect(read(loadManifest(within)).length).toBe(bytes.length);
  });

  test.each([
    ['a name of Tocsin’s own that does not exist', () => 'no-such-model', 'MODEL_INVALID'],
    ['a manifest that is not there', () => join(folder, 'nowhere.json'), 'FILE_UNREADABLE'],
    ['a manifest far too long', () => write('long.json', ' '.repeat(manifestBytesMax + 1)), 'MODEL_INVALID'],
    ['a folder', () => folder, 'FILE_UNREADABLE'],
    [
      'a model that is not there',
      () => write('lone.json', JSON.stringify({ ...good, file: 'lone.onnx' })),
      'MODEL_INVALID',
    ],
  ])('%s is refused', (_, ref, code) => {
    expect(() => loadManifest(ref())).toThrow(expect.objectContaining({ code }));
  });
});
