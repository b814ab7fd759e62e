import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { siteCamera } from './site-camera.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-site-camera-'));
  mkdirSync(join(dir, 'pics'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const siteOf = (camera: string) => {
  const file = join(dir, 'site.yaml');
  writeFileSync(file, `site: plant\nname: Plant\nmode: shadow\ndevices: []\ncameras:\n  - id: cam-1\n${camera}`);
  return file;
};
const source = '    source: { kind: folder, path: pics }\n';
const zone = '    zones: [{ id: kerb, outline: [[0, 0], [2, 0], [2, 2.5]] }]\n';

test.each([
  ['there is no calibration yet', '', undefined],
  ['the calibration is damaged', '    calibration: cam-1.calibration.json\n', 'cam-1.calibration.json'],
])('where %s the camera is found all the same, with word of what else is wrong', (_name, line, calibration) => {
  writeFileSync(join(dir, 'cam-1.calibration.json'), '{');
  const file = siteOf(`${source}${line}${zone}`);
  const { camera, besides } = siteCamera(file, 'cam-1');
  expect(camera).toMatchObject({
    id: 'cam-1',
    source: { kind: 'folder' },
    zones: [
      {
        id: 'kerb',
        outline: [
          [0, 0],
          [2, 0],
          [2, 2.5],
        ],
      },
    ],
  });
  expect(camera.calibration).toBe(calibration && join(dir, calibration));
  expect(camera.fps).toBeGreaterThan(0);
  expect(besides).toContain('tocsin check');
});

test('a camera that cannot be opened is told with the line of the site file', () => {
  expect(() => siteCamera(siteOf('    source: { kind: periscope }\n'), 'cam-1')).toThrow(/site\.yaml:7/);
  expect(() => siteCamera(join(dir, 'nowhere.yaml'), 'cam-1')).toThrow(/cannot be read/);
});

test('an unknown camera is answered with the names of those that are there', () => {
  expect(() => siteCamera(siteOf(`${source}${zone}`), 'cam-2')).toThrow(/There is: cam-1/);
});
