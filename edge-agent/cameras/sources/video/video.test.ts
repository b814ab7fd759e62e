import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { h264, makeClip, makeFolder } from '../ffmpeg/test-tools.ts';
import { createStage, withSource } from '../stage.ts';
import { video, videoInput } from './video.ts';

const folder = makeFolder();
beforeAll(() => {
  makeClip(join(folder.path, 'clip.mp4'), 1, h264);
  makeClip(join(folder.path, 'clip.gif'), 1, []);
  makeClip(join(folder.path, '-i http:--odd %d name.mp4'), 1, h264);
  writeFileSync(join(folder.path, 'text.mp4'), 'no video');
});
afterAll(folder.remove);

function open(path: string, repeat: boolean, framesPerSecond = 30) {
  const stage = createStage({ directory: folder.path, framesPerSecond });
  return { stage, source: video.open({ kind: 'video', path, repeat }, stage.host) };
}

test('a file is played once at its own pace, every picture of it, and then it is over', async () => {
  const { stage, source } = open('clip.mp4', false);
  const fromMs = stage.host.clock.monotonicMs();
  await withSource(source, () => stage.until('its end', () => stage.troubles.length > 0));
  expect(stage.frames).toHaveLength(10);
  // The last of ten pictures belongs 0.9 s behind the first.
  expect(stage.host.clock.monotonicMs() - fromMs).toBeGreaterThan(850);
  expect(stage.troubles).toEqual(['The video was played once and is over.']);
  expect(source.counters().failures).toBe(0);
});

test.each(['clip.mp4', 'clip.gif'])('%s goes on from its beginning', async (path) => {
  const { stage, source } = open(path, true);
  await withSource(source, () => stage.until('more pictures than it has', () => stage.frames.length > 14));
  expect(stage.troubles).toEqual([]);
});

test('a name that looks like an option, an address or a pattern is a name', async () => {
  const { stage, source } = open('-i http:--odd %d name.mp4', false);
  await withSource(source, () => stage.until('its end', () => stage.troubles.length > 0));
  expect(stage.frames).toHaveLength(10);
  expect(videoInput('/a/-i', true).at(-1)).toBe('file:/a/-i');
});

test('pictures beyond the wanted rate are dropped', async () => {
  const { stage, source } = open('clip.mp4', false, 5);
  await withSource(source, () => stage.until('its end', () => stage.troubles.length > 0));
  expect(stage.frames.length).toBeGreaterThanOrEqual(4);
  expect(stage.frames.length).toBeLessThanOrEqual(6);
});

test.each([
  ['nothing.mp4', /^There is no video file .*nothing\.mp4\.$/],
  ['text.mp4', /^What it gives is no video that ffmpeg can read\.$/],
])('%s is a trouble', async (path, says) => {
  const { stage, source } = open(path, true);
  await withSource(source, () => stage.until('the trouble', () => stage.troubles.length > 0));
  expect(stage.troubles[0]).toMatch(says);
});

test('a missing file is said before anything starts', () => {
  const check = (path: string) => video.check!({ kind: 'video', path, repeat: true }, { directory: folder.path });
  expect(check('clip.mp4')).toEqual([]);
  expect(check('nothing.mp4').join()).toMatch(/^\/path: There is no video file .*; name one that is there$/);
});
