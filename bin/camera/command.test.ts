import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCli } from '../cli.ts';

let dir: string;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-camera-'));
  mkdirSync(join(dir, 'pics'));
  const night = { width: 320, height: 180, channels: 3 as const, background: '#020202' };
  for (const n of [1, 2])
    await sharp({ create: night })
      .jpeg()
      .toFile(join(dir, 'pics', `${n}.jpg`));
  const source = '{ kind: folder, path: pics, framesPerSecond: 10, repeat: true }';
  writeFileSync(
    join(dir, 'site.yaml'),
    `site: plant\nname: Plant\nmode: shadow\ndevices: []\ncameras:\n  - { id: cam, fps: 10, model: none, flames: true, source: ${source} }\n`,
  );
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function camera(...words: string[]) {
  let [out, err] = ['', ''];
  const io = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    terminal: false,
    env: {},
    cwd: dir,
  };
  return { code: await runCli(['camera', ...words], io), out: () => out, err: () => err };
}

test('a snapshot is the picture of the camera, and a second one keeps the first', async () => {
  const { code, out } = await camera('snapshot', 'site.yaml', 'cam', '--out', 'now.jpg', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out())).toMatchObject({ file: join(dir, 'now.jpg'), width: 320, height: 180 });
  expect(readFileSync(join(dir, 'now.jpg'))).toEqual(readFileSync(join(dir, 'pics', '1.jpg')));
  expect((await camera('snapshot', 'site.yaml', 'cam', '--out', 'now.jpg')).code).toBe(0);
  expect(existsSync(join(dir, 'now.jpg.bak'))).toBe(true);
});

test('a check of a covered lens says so and fails', async () => {
  const { code, out } = await camera('check', 'site.yaml', 'cam', '--seconds', '2', '--json');
  const found = JSON.parse(out()) as { troubles: string[]; brightness: number };
  expect(code).toBe(1);
  expect(found.brightness).toBeLessThan(10);
  expect(found.troubles).toEqual([expect.stringMatching(/^black: /)]);
});

test.each<[string[], RegExp]>([
  [[], /What is to be done\?.*calibrate\|snapshot\|check/],
  [['frobnicate'], /no “camera frobnicate”/],
  [['check', 'site.yaml'], /A site file and a camera are needed/],
  [['check', 'site.yaml', 'cam-2'], /There is: cam/],
  [['check', 'nowhere.yaml', 'cam'], /cannot be read/],
  [['check', 'site.yaml', 'cam', '--seconds', 'soon'], /not a number/],
  [['snapshot', 'site.yaml', 'cam'], /--out FILE\.jpg/],
  [['calibrate', 'site.yaml', 'cam', '--minutes', '0'], /--minutes/],
  [['calibrate', 'site.yaml', 'cam', '--port', '99999'], /--port/],
  [['calibrate', '--out', 'here', 'cam'], /With --out goes --picture/],
])('camera %j is bad input, in words', async (words, says) => {
  const { code, err } = await camera(...words);
  expect(code).toBe(2);
  expect(err()).toMatch(says);
});
