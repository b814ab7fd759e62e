import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { samplePicture } from '@tocsin/edge-agent/vision';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { constantGraph, writeModel } from '../../edge-agent/vision/check/tiny-models.ts';
import { runCli } from '../cli.ts';
import { quantile } from './bench.ts';

const models = fileURLToPath(new URL('../../models/', import.meta.url));
const light = 'nanodet-g-256x416-int8';
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vision-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the program as a person would, but in this process. */
async function tocsin(...words: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const io = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    ...{ terminal: false, env: {}, cwd: '.' },
  };
  const code = await runCli(words, io);
  return { code, out: out.join(''), err: err.join('') };
}

describe('tocsin model check', () => {
  test('says what a good model is, after it has run', async () => {
    const { code, out } = await tocsin('model', 'check', light);
    expect([code, out]).toEqual([0, expect.stringMatching(/: good\.\n[\s\S]*Input 416 × 256 u8[\s\S]*blank picture/)]);
  });

  test('checks a classifier of flames and smoke as one', async () => {
    const scores = { name: 'scores', dims: [1, 2], values: [0.1, 0.2] };
    const path = writeModel(
      folder,
      { ...constantGraph([scores]), name: 'fire' },
      {
        ...{ classes: ['flame', 'smoke'], map: { flame: 'flame', smoke: 'smoke' } },
        output: { kind: 'classifier', name: 'scores', activation: 'none' },
      },
    );
    const { code, out, err } = await tocsin('model', 'check', path);
    expect([code, out, err]).toEqual([0, expect.stringMatching(/Output classifier[\s\S]*blank picture/), '']);
  });

  test('explains in one sentence each what does not fit, and exits with 2', async () => {
    const manifest = JSON.parse(readFileSync(join(models, `${light}.json`), 'utf8'));
    cpSync(join(models, `${light}.onnx`), join(folder, `${light}.onnx`));
    const path = join(folder, 'wrong.json');
    writeFileSync(path, JSON.stringify({ ...manifest, input: { ...manifest.input, name: 'picture' } }));
    const { code, out, err } = await tocsin('model', 'check', path);
    expect([code, out]).toEqual([2, '']);
    expect(err).toBe(
      `${path}: There is no input “picture”; the model has “image” (uint8, 1 × 256 × 416 × 3). Correct input.name.\n`,
    );
    const { out: json } = await tocsin('model', 'check', path, '--json');
    expect(JSON.parse(json)).toMatchObject({ ok: false, problems: [expect.stringContaining('“picture”')] });
  });

  test('tells what a bare ONNX file says of itself, and what its outputs look like', async () => {
    const { code, out } = await tocsin('model', 'check', join(models, `${light}.onnx`));
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/Output “scores_8” float32 1 × [\s\S]*look like nanodet-dfl/),
    ]);
  });

  test.each([
    ['nothing to check', ['model', 'check'], 'No model given'],
    ['another verb', ['model', 'train', 'x.json'], 'Say check'],
    ['a file that is not there', ['model', 'check', 'nowhere.json'], 'cannot be read'],
    ['a model nobody knows', ['model', 'check', 'nanodet-h'], 'no model named “nanodet-h”'],
    [
      'something that is no ONNX file',
      ['model', 'check', fileURLToPath(import.meta.url).replace(/ts$/, 'onnx')],
      'cannot be read',
    ],
  ])('%s is bad input', async (_, words, says) => {
    const { code, err } = await tocsin(...words);
    expect([code, err]).toEqual([2, expect.stringContaining(says)]);
  });
});

describe('tocsin vision', () => {
  test('eval judges frames by their truth, and does not count a broken one as empty', async () => {
    const jpeg = await samplePicture(320, 180);
    for (const name of ['1.jpg', '2.jpg', '10.jpg']) writeFileSync(join(folder, name), jpeg);
    writeFileSync(join(folder, '10.jpg'), jpeg.subarray(0, 500));
    const truth = join(folder, 'gt.txt');
    writeFileSync(truth, '1,1,10,20,30,40,1,1,1\n3,1,10,20,30,40,1,1,1\n');
    const { code, out, err } = await tocsin('vision', 'eval', '--frames', folder, '--truth', truth, '--model', light);
    expect(code).toBe(1);
    expect(out).toMatch(/2 frames\..*score 0\.4[\s\S]*person\s+1\s+0\.000/);
    expect(err).toContain('cannot be read: 10.jpg');
    const { out: json } = await tocsin(
      ...['vision', 'eval', '--frames', folder, '--truth', truth, '--model', light, '--json'],
    );
    expect(JSON.parse(json)).toMatchObject({
      model: light,
      unreadable: ['10.jpg'],
      report: { frames: 2, kinds: [{ recall: 0 }] },
    });
  });

  test('eval finds the people and the vehicle a person sees on the golden street, by COCO annotations', async () => {
    const street = mkdtempSync(join(folder, 'street-'));
    await sharp(join(models, 'golden/street.png')).jpeg({ quality: 92 }).toFile(join(street, 'street.jpg'));
    // Measured by hand on the picture: an adult, two wheelchair users, a boy, an adult and two children close together, a cyclist.
    const people = [
      [521, 30, 25, 88],
      [484, 134, 78, 119],
      [46, 77, 62, 84],
      [284, 130, 18, 87],
      [448, 55, 24, 103],
      [432, 94, 19, 73],
      [454, 121, 20, 83],
      [375, 44, 45, 95],
    ];
    const annotations = [
      ...people.map((bbox) => ({ image_id: 1, category_id: 1, bbox })),
      { image_id: 1, category_id: 3, bbox: [185, 21, 159, 73] },
    ];
    const truth = join(street, 'boxes.json');
    const categories = [
      { id: 1, name: 'person' },
      { id: 3, name: 'car' },
    ];
    writeFileSync(truth, JSON.stringify({ images: [{ id: 1, file_name: 'street.jpg' }], categories, annotations }));
    const { code, out } = await tocsin(
      ...['vision', 'eval', '--frames', street, '--truth', truth, '--score', '0.3', '--json'],
    );
    const [person, vehicle] = JSON.parse(out).report.kinds;
    expect([code, person.truths, vehicle.truths]).toEqual([0, people.length, 1]);
    expect(person.recall).toBeGreaterThanOrEqual(0.75);
    expect(person.ap50).toBeGreaterThan(0.5);
    expect(vehicle.recall).toBe(1);
  });

  test('bench prints every stage and how many cameras a core carries', async () => {
    const { code, out } = await tocsin('vision', 'bench', '--seconds', '0.2', '--model', light, '--json');
    const result = JSON.parse(out);
    expect([code, result.stages.map(({ stage }: { stage: string }) => stage)]).toEqual([
      0,
      ['decode', 'infer', 'post', 'IPC', 'total'],
    ]);
    expect(result.camerasPerCore).toBeCloseTo(result.picturesPerSecond / 10, 9);
    for (const { p50Ms, p95Ms } of result.stages) expect(p95Ms).toBeGreaterThanOrEqual(p50Ms);
  });

  test.each([
    ['no verb', ['vision'], 'Say eval or bench'],
    ['no truth', ['vision', 'eval', '--frames', '.', '--model', light], 'needs frames and a truth'],
    [
      'a picture that is no JPEG',
      ['vision', 'bench', '--picture', join(models, 'golden/street.png'), '--model', light],
      'street.png: it does not begin like a JPEG. Give a JPEG as a camera sends it.',
    ],
    ['a time of nothing', ['vision', 'bench', '--seconds', '0', '--model', light], '--seconds must lie'],
  ])('%s is bad input', async (_, words, says) => {
    const { code, err } = await tocsin(...words);
    expect([code, err]).toEqual([2, expect.stringContaining(says)]);
  });
});

test.each([
  [[], 0.5, 0],
  [[3], 0.95, 3],
  [[4, 1, 3, 2], 0.5, 2],
  [[4, 1, 3, 2], 0.95, 4],
])('of %j the quantile %f is %f', (list, part, value) => {
  expect(quantile(list, part)).toBe(value);
});
