import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pictureBytesMax } from '../../jpeg.ts';
import { makeFolder } from '../ffmpeg/test-tools.ts';
import { createStage, withSource } from '../stage.ts';
import { folder } from './folder.ts';

const place = makeFolder();
const picture = (width: number) =>
  sharp({ create: { width, height: 9, channels: 3, background: '#345' } })
    .jpeg()
    .toBuffer();
const [one, two, three] = [await picture(11), await picture(12), await picture(13)];
beforeAll(() => {
  for (const name of ['good', 'bad', 'empty']) mkdirSync(join(place.path, name));
  writeFileSync(join(place.path, 'good/010.jpg'), three);
  writeFileSync(join(place.path, 'good/002.JPEG'), two);
  writeFileSync(join(place.path, 'good/001.jpg'), one);
  writeFileSync(join(place.path, 'good/notes.txt'), 'no picture');
  writeFileSync(join(place.path, 'bad/1.jpg'), one);
  writeFileSync(join(place.path, 'bad/2.jpg'), 'no picture');
  writeFileSync(join(place.path, 'bad/3.jpg'), '');
  truncateSync(join(place.path, 'bad/3.jpg'), pictureBytesMax + 1);
  mkdirSync(join(place.path, 'bad/4.jpg'));
  execFileSync('mkfifo', [join(place.path, 'bad/5.jpg')]);
  symlinkSync('nowhere', join(place.path, 'bad/6.jpg'));
  writeFileSync(join(place.path, 'bad/7.jpg'), two);
});
afterAll(place.remove);

function open(path: string, more: object = {}) {
  const stage = createStage({ directory: place.path });
  const config = { kind: 'folder', path, framesPerSecond: 25, repeat: true, ...more };
  return { stage, source: folder.open(config, stage.host) };
}
const bytes = (jpeg: Uint8Array) => Buffer.from(jpeg);

test('the pictures come by name, at the rate, and from the beginning again', async () => {
  const { stage, source } = open('good');
  await withSource(source, () => stage.until('seven pictures', () => stage.frames.length >= 7));
  const shown = stage.frames.slice(0, 7).map(({ jpeg }) => bytes(jpeg));
  expect(shown).toEqual([one, two, three, one, two, three, one]);
  expect(stage.frames[6]!.capturedAtMs - stage.frames[0]!.capturedAtMs).toBeGreaterThanOrEqual(230);
  expect(stage.troubles).toEqual([]);
});

test('once is once', async () => {
  const { stage, source } = open('good', { repeat: false });
  await withSource(source, () => stage.until('its end', () => stage.troubles.length > 0));
  expect(stage.frames).toHaveLength(3);
  expect(stage.troubles).toEqual(['The folder was shown once and is over.']);
});

test('what is no picture is passed over and counted: text, a giant, a folder, a pipe, a broken link', async () => {
  const { stage, source } = open('bad', { repeat: false });
  await withSource(source, () => stage.until('its end', () => stage.troubles.length > 0));
  expect(stage.frames.map(({ jpeg }) => bytes(jpeg))).toEqual([one, two]);
  expect(source.counters()).toMatchObject({ pictures: 2, refused: 5 });
});

test.each([
  ['empty', /holds no JPEG/],
  ['nothing', /^There is no folder .*nothing\.$/],
  ['good/001.jpg', /^There is no folder .*001\.jpg\.$/],
])('%s is a trouble', async (path, says) => {
  const { stage, source } = open(path);
  await withSource(source, () => stage.until('the trouble', () => stage.troubles.length > 0));
  expect(stage.troubles[0]).toMatch(says);
});

test('a folder that comes back later is shown', async () => {
  const { stage, source } = open('later');
  await withSource(source, async () => {
    await stage.until('the trouble', () => stage.troubles.length > 0);
    mkdirSync(join(place.path, 'later'));
    writeFileSync(join(place.path, 'later/1.jpg'), one);
    await stage.until('a picture', () => stage.frames.length > 0);
  });
  expect(stage.troubles.at(-1)).toBeUndefined();
  rmSync(join(place.path, 'later'), { recursive: true });
});

test('a missing folder is said before anything starts', () => {
  const check = (path: string) => folder.check!({ kind: 'folder', path }, { directory: place.path });
  expect(check('good')).toEqual([]);
  expect(check('nothing').join()).toMatch(/^\/path: There is no folder .*; name one that is there$/);
});
