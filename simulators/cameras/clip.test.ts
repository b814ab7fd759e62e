import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ClipOrder, fileOf, readTruth, renderClip } from './clip.ts';
import { renderClipInWorker } from './clip-in-worker.ts';
import { stationStreet, stationStreetCamera, stationStreetScene } from './station-street.ts';
import { truthAsCoco, truthAsMot } from './truth.ts';

const order: ClipOrder = {
  street: stationStreet,
  camera: stationStreetCamera(192),
  weather: { light: 'day' },
  scene: stationStreetScene([
    { kind: 'adult', startMs: 0, speedMps: 1.4, direction: 1, y: 2, waitMs: 100 },
    { kind: 'child', startMs: 0, speedMps: 1.1, direction: -1, y: 3, waitMs: 100 },
  ]),
  fps: 10,
  durationMs: 800,
};
let top: string;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'clip-'));
});
afterEach(() => rm(top, { recursive: true }));

const contents = async (dir: string): Promise<Record<string, string>> => {
  const names = (await readdir(dir)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (n) => [n, (await readFile(join(dir, n))).toString('base64')])),
  );
};

test('an interrupted clip is finished to the same bytes as one drawn in one go', async () => {
  const [whole, broken] = [join(top, 'whole'), join(top, 'broken')];
  await renderClip(order, { dir: whole });
  const stop = new AbortController();
  const seen: number[] = [];
  const onProgress = ({ done }: { done: number }) => {
    seen.push(done);
    if (done === 3) stop.abort();
  };
  await expect(renderClip(order, { dir: broken, onProgress, signal: stop.signal })).rejects.toThrow(/abort/);
  expect(await readdir(broken)).not.toContain('truth.json');
  // A picture without its line, and a line cut in the middle: what a pulled plug leaves.
  await writeFile(join(broken, fileOf(3)), 'half a picture');
  const lines = await readFile(join(broken, 'truth.ndjson'), 'utf8');
  await writeFile(join(broken, 'truth.ndjson'), `${lines}{"file":"000003.jp`);
  await renderClip(order, { dir: broken, onProgress });
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(await contents(broken)).toEqual(await contents(whole));
});

test('a finished clip is reused, and another story in the same folder is drawn anew without touching what is not a clip', async () => {
  await renderClip(order, { dir: top });
  await writeFile(join(top, 'notes.txt'), 'mine');
  const before = await contents(top);
  const progress: number[] = [];
  await renderClip(order, { dir: top, onProgress: ({ done }) => progress.push(done) });
  expect(progress).toEqual([8]);
  expect(await contents(top)).toEqual(before);
  await rm(join(top, fileOf(5)));
  await renderClip(order, { dir: top });
  expect(await contents(top)).toEqual(before);
  await renderClip({ ...order, durationMs: 300 }, { dir: top });
  expect(await readdir(top)).toEqual(expect.arrayContaining(['notes.txt', fileOf(2), 'truth.json']));
  expect(await readdir(top)).not.toContain(fileOf(3));
});

test('a worker draws the same clip, reports its progress, and can be stopped', async () => {
  const [here, there] = [join(top, 'here'), join(top, 'there')];
  await renderClip(order, { dir: here });
  const progress: number[] = [];
  const clip = await renderClipInWorker(order, { dir: there, onProgress: ({ done }) => progress.push(done) });
  expect(clip).toEqual({ dir: there, frames: 8, fps: 10 });
  expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(await contents(there)).toEqual(await contents(here));
  const stop = new AbortController();
  const long = { ...order, durationMs: 600_000 };
  const onProgress = () => stop.abort(new Error('enough'));
  await expect(renderClipInWorker(long, { dir: join(top, 'long'), onProgress, signal: stop.signal })).rejects.toThrow(
    'enough',
  );
});

test('a frame is a JPEG of the size of the camera, and the truth speaks of every frame', async () => {
  await renderClip(order, { dir: top });
  expect(await sharp(join(top, fileOf(0))).metadata()).toMatchObject({ format: 'jpeg', width: 192, height: 108 });
  const truth = await readTruth(top);
  expect(truth.frames.map(({ tMs }) => tMs)).toEqual([0, 100, 200, 300, 400, 500, 600, 700]);
  const coco = truthAsCoco(truth);
  expect(coco.images).toHaveLength(8);
  expect(coco.annotations).toHaveLength(16);
  expect(coco.annotations[3]).toMatchObject({ image_id: 2, category_id: 1, track_id: 2, kind: 'child' });
  const [x, y, width, height] = coco.annotations[3]!.bbox;
  expect(truthAsMot(truth).split('\n')[3]).toBe(`2,2,${x},${y},${width},${height},1,1,1.000`);
});

test.each([
  ['without a frame', { durationMs: 1 }],
  ['of more frames than a disk should hold', { durationMs: 1e9 }],
  ['of a length that is no number', { durationMs: Number.NaN }],
  ['larger than any camera here', { camera: stationStreetCamera(4000) }],
])('a clip %s is refused', async (_what, change) => {
  await expect(renderClip({ ...order, ...change }, { dir: top })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
});
