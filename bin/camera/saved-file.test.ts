import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Pair } from '../../dashboard/web/calibrate/words.ts';
import { calibrationText, filesOf, readBefore } from './saved-file.ts';
import { siteLines } from './site-lines.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-saved-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const picture = { width: 1000, height: 500 };
const points = (
  [
    [100, 400, 0, 0],
    [900, 400, 8, 0],
    [700, 200, 8, 9],
    [300, 200, 0, 9],
  ] as const
).map(([x, y, xM, yM]) => ({ px: [x, y] as Pair, m: [xM, yM] as Pair, label: `at ${xM}, ${yM}` }));
const file = { version: 1 as const, camera: 'cam', picture, points, reference: 'cam.reference.jpg', takenAtMs: 5 };
const path = () => join(dir, 'cam.calibration.json');

test('what is written is read again, labels included, and a reference view only when it is there', () => {
  writeFileSync(path(), calibrationText(file, path()));
  expect(readBefore(path(), picture)).toEqual({ points, remarks: [] });
  writeFileSync(join(dir, 'cam.reference.jpg'), 'jpeg');
  expect(readBefore(path(), picture)).toEqual({ points, remarks: [], reference: 'cam.reference.jpg' });
});

test('another resolution moves the points along and says so; another shape leaves them out', () => {
  writeFileSync(path(), calibrationText(file, path()));
  const half = readBefore(path(), { width: 500, height: 250 });
  expect(half.points.map(({ px }) => px)).toEqual([
    [50, 200],
    [450, 200],
    [350, 100],
    [150, 100],
  ]);
  expect(half.remarks).toMatchObject([{ tone: 'warn' }]);
  expect(readBefore(path(), { width: 640, height: 480 })).toMatchObject({ points: [], remarks: [{ tone: 'bad' }] });
});

test.each([
  ['no JSON', '{'],
  ['another version', JSON.stringify({ ...file, version: 2 })],
  ['points on one line', JSON.stringify({ ...file, points: points.map(({ px }, i) => ({ px, m: [i, i] })) })],
  ['far too long', JSON.stringify({ ...file, camera: 'x'.repeat(100_000) })],
])('an earlier file with %s is told and does not stop a new one', (_name, text) => {
  writeFileSync(path(), text);
  expect(readBefore(path(), picture)).toMatchObject({ points: [], remarks: [{ tone: 'bad' }] });
});

test('nothing is written that the gateway would refuse', () => {
  expect(() => calibrationText({ ...file, points: points.slice(0, 3) }, path())).toThrow(/points/);
});

test.each([
  ['site/cam-1.calibration.json', 'site/cam-1.reference.jpg'],
  ['site/north.json', 'site/north.reference.jpg'],
  ['site/-odd.calibration.json', 'site/odd.reference.jpg'],
  ['site/_.json', 'site/camera.reference.jpg'],
])('the reference view of %s is %s', (calibration, reference) => {
  expect(filesOf(calibration)).toEqual({ calibrationFile: calibration, referenceFile: reference });
});

test('the lines for the site file are YAML that means the same, whatever a zone is called', () => {
  const zones = ['kerb', 'on', '1', 'null', '1e3', '-', '...'].map((id) => ({
    id,
    outline: [
      [0, 0.5],
      [-1, 2],
      [3, 3],
    ] as Pair[],
  }));
  const text = siteLines('cam.calibration.json', zones);
  expect(parse(text)).toEqual({ calibration: 'cam.calibration.json', zones });
  expect(text.split('\n')[2]).toBe('  - { id: kerb, outline: [ [ 0, 0.5 ], [ -1, 2 ], [ 3, 3 ] ] }');
  expect(siteLines('cam.json', [])).toBe('calibration: cam.json\n');
});
