import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault, systemClock } from '@tocsin/contracts';
import type { CameraConfig } from '@tocsin/edge-agent/site';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lookAt } from './check.ts';
import { stillsOfCamera, watchCamera } from './live-stills.ts';
import { stillsOfFile } from './stills.ts';

/** The smallest JPEG by its markers: one size, one scan, no sense in it. */
const jpeg = (width: number, height: number) =>
  Buffer.from([
    ...[0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0],
    ...[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x12, 0x34, 0xff, 0xd9],
  ]);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-stills-'));
  for (const n of [1, 2, 3]) writeFileSync(join(dir, `${n}.jpg`), jpeg(320, 180));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const cameraOn = (source: CameraConfig['source'], fps = 20) =>
  ({ id: 'cam', fps, model: 'none', flames: false, footOffset: 0, zones: [], source }) as unknown as CameraConfig;
const deps = (camera: CameraConfig) => ({ camera, siteFile: join(dir, 'site.yaml'), env: {}, clock: systemClock });
const folder = (path = '.') => ({ kind: 'folder', path, framesPerSecond: 20, repeat: true });

test('a live camera gives one picture with its size, and its connection is given back', async () => {
  const still = await stillsOfCamera(deps(cameraOn(folder()))).take();
  expect(still).toMatchObject({ width: 320, height: 180 });
  expect(Math.abs(still.takenAtMs - systemClock.nowMs())).toBeLessThan(5_000);
});

test('a camera that sends to the broker of the gateway is told with a way out', () => {
  expect(() => watchCamera(deps(cameraOn({ kind: 'mqtt', topic: 'cam' })), () => {})).toThrow(/--picture/);
});

test('a check says rate, size and age; a camera slower than wanted is not well', async () => {
  const well = await lookAt(deps(cameraOn(folder(), 2)), 800);
  expect(well).toMatchObject({ isWell: true, picture: { width: 320, height: 180 }, refused: 0 });
  expect(well.says.join(' ')).toMatch(
    /^cam: \d+ pictures of 320 × 180, \d+(\.\d)? a second\. The newest was \d+ ms old/,
  );
  const slow = await lookAt(deps(cameraOn({ ...folder(), framesPerSecond: 4 }, 20)), 800);
  expect(slow.isWell).toBe(false);
  expect(slow.says.join(' ')).toContain('too few: 20 are wanted');
});

test('a dead source is told in its own words', async () => {
  const found = await lookAt(deps(cameraOn(folder('nowhere'))), 300);
  expect(found).toMatchObject({ isWell: false, pictures: 0, framesPerSecond: 0 });
  expect(found.says.join(' ')).toMatch(/no picture came.*no folder/s);
});

test('a file that is no picture is refused in words', async () => {
  writeFileSync(join(dir, 'text.jpg'), 'no picture');
  await expect(stillsOfFile(join(dir, 'text.jpg')).take()).rejects.toThrow(/does not begin like a JPEG/);
  await expect(stillsOfFile(join(dir, 'nowhere.jpg')).take()).rejects.toThrow(Fault);
  expect(await stillsOfFile(join(dir, '1.jpg')).take()).toMatchObject({ width: 320, height: 180 });
});
