import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '@tocsin/contracts';
import { simClock } from '@tocsin/simulators/time';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PipelineEvent } from '../../pipeline/types.ts';
import type { Eyes, EyesState } from '../../vision/eyes/eyes.ts';
import type { Frame, Seen } from '../../vision/types.ts';
import { createCamera } from './camera.ts';
import type { CameraConfig } from './config.ts';

const jpeg = await sharp({ create: { width: 64, height: 36, channels: 3, background: '#678' } })
  .jpeg()
  .toBuffer();
const config: CameraConfig = {
  id: 'cam',
  source: { kind: 'mqtt', topic: 'field/cam', silenceMs: 10_000 },
  fps: 10,
  model: 'nanodet-g-384x640-int8',
  flames: false,
  footOffset: 0,
  zones: [],
  evidence: { atLeast: 'Minor', beforeMs: 0, afterMs: 0, pictures: 1, blurPeople: true },
};
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'camera-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const settle = () => new Promise((resolve) => setImmediate(resolve));
const cells = 64 * 36;
const seenOf = ({ number, capturedAtMs }: Frame): Seen => ({
  ...{ number, capturedAtMs, picture: { width: 64, height: 36 }, detections: [] },
  grid: {
    ...{ columns: 64, rows: 36, sharpness: 400 + (number % 7), noise: 1.5 },
    y: Uint8Array.from({ length: cells }, (_, i) => 60 + ((i * 37) % 97) + ((i + number) % 2)),
    cb: new Uint8Array(cells).fill(120),
    cr: new Uint8Array(cells).fill(130),
  },
  timesMs: { decode: 1, infer: 1, post: 1 },
});

/** A camera on simulated time, whose pictures and eyes are the test's. */
function rig({ look = async (frame: Frame) => seenOf(frame), feed, more = {} }: Partial<Rigged> = {}) {
  const clock = simClock(Date.UTC(2026, 4, 4));
  /** How long pictures were under way: the first thing a source asks the clock about a picture is when it was captured. */
  const stamp = { lateMs: 0, isDue: false };
  const { nowMs } = clock;
  clock.nowMs = () => {
    const lateMs = stamp.isDue ? stamp.lateMs : 0;
    stamp.isDue = false;
    return nowMs() - lateMs;
  };
  const events: PipelineEvent[] = [];
  const log: string[] = [];
  const note = (fields: object, text: string) => void log.push(`${text} ${JSON.stringify(fields)}`);
  let publish: (payload: Uint8Array, retained: boolean) => void = () => {};
  let state: EyesState = { ok: true };
  const eyes = { look, state: () => state, models: () => [] } as unknown as Eyes;
  const camera = createCamera({
    ...{
      site: 'street',
      camera: { ...config, ...more },
      rules: new Set<string>(),
      eyes,
      directory: folder,
      memoryDir: folder,
      clock,
    },
    field: {
      subscribe(_, listener) {
        publish = listener;
        return () => {};
      },
    },
    logger: { info: note, warn: note, error: note },
    random: () => 0,
    readSecret: () => '',
    feed: feed ?? ((more) => void events.push(...more)),
    evidence: () => undefined,
  });
  /** Sends pictures as the broker would and lets time pass. */
  const play = async (forMs: number, sends = true) => {
    for (let ms = 0; ms < forMs; ms += 100) {
      stamp.isDue = sends;
      if (sends) publish(jpeg, false);
      await settle();
      clock.advance(100);
      await settle();
    }
  };
  const values = (channel: string) =>
    events.flatMap((event) => (event.kind === 'reading' && event.channel === channel ? [event.value] : []));
  const troubles = () =>
    events.flatMap((event) => (event.kind === 'trouble' && event.reasons.length > 0 ? [event] : []));
  return {
    camera,
    clock,
    stamp,
    events,
    log,
    play,
    values,
    troubles,
    fail(why: string) {
      state = { ok: false, why };
    },
  };
}
type Rigged = { look(frame: Frame): Promise<Seen>; feed(events: PipelineEvent[]): void; more: Partial<CameraConfig> };

test('a camera that is watched says all the time what it covers and whom it sees', async () => {
  const { camera, play, values } = rig();
  await camera.start();
  await play(3_000);
  expect(values('coverage').at(-1)).toBe(100);
  expect(values('people').at(-1)).toBe(0);
  await camera.stop();
});

test.each([-3_600_000, 3_600_000])('a clock of the gateway that is set by %d ms silences no camera', async (byMs) => {
  const { camera, clock, events, play, values } = rig();
  await camera.start();
  await play(5_000);
  clock.jump(byMs);
  await play(5_000);
  events.length = 0;
  await play(4_000);
  expect(values('coverage').length).toBeGreaterThanOrEqual(3);
  expect(values('coverage').at(-1)).toBe(100);
  await play(8_000, false);
  expect(values('coverage').at(-1), 'a camera that died is blind by any clock').toBe(0);
  await camera.stop();
});

test('every reading of a stream is newer than the one before, so that none comes out of order', async () => {
  const people: { at: number }[] = [];
  const { camera, clock, events, play } = rig({
    look: async (frame) => {
      clock.advance(60);
      return seenOf(frame);
    },
  });
  await camera.start();
  await play(8_000);
  for (const event of events)
    if (event.kind === 'reading' && event.channel === 'people') people.push({ at: event.atMs! });
  expect(people.length).toBeGreaterThan(5);
  for (const [i, { at }] of people.entries()) if (i > 0) expect(at).toBeGreaterThan(people[i - 1]!.at);
  await camera.stop();
});

test('a lens that was covered when the gateway ended is covered when it begins anew', async () => {
  const calibration = join(folder, 'cam.calibration.json');
  const points = [
    { px: [0, 36], m: [0, 0] },
    { px: [64, 36], m: [16, 0] },
    { px: [64, 0], m: [16, 9] },
    { px: [0, 0], m: [0, 9] },
  ];
  writeFileSync(calibration, JSON.stringify({ version: 1, camera: 'cam', picture: { width: 64, height: 36 }, points }));
  let isCovered = false;
  const look = async (frame: Frame) => {
    const seen = seenOf(frame);
    if (!isCovered) return seen;
    // A bag: soft folds, no detail, but no single tone either.
    const y = seen.grid.y.map((_, i) => 90 + 25 * Math.sin((i % 64) / 9) + ((i + frame.number) % 2));
    return { ...seen, grid: { ...seen.grid, y, sharpness: 20 + (frame.number % 7) } };
  };
  const first = rig({ look, more: { calibration } });
  await first.camera.start();
  await first.play(30_000);
  expect(first.values('coverage').at(-1)).toBe(100);
  isCovered = true;
  await first.play(10_000);
  expect(first.troubles().map(({ name }) => name)).toEqual(['camera-covered']);
  await first.camera.stop();

  const second = rig({ look, more: { calibration } });
  await second.camera.start();
  await second.play(30_000);
  expect(new Set(second.values('coverage'))).toEqual(new Set([0]));
  expect(second.events.some(({ kind }) => kind === 'tracks')).toBe(false);
  isCovered = false;
  await second.play(15_000);
  expect(second.values('coverage').at(-1)).toBe(100);
  await second.camera.stop();
});

test('pictures that come too late are told as late, not as a silent camera', async () => {
  const { camera, stamp, play, troubles } = rig();
  await camera.start();
  await play(1_000);
  stamp.lateMs = 2_000;
  await play(6_000);
  expect(troubles().map(({ name }) => name)).toContain('camera-no-picture');
  expect(troubles()[0]!.reasons[0]).toMatch(/older than 1 s when they come/);
  await camera.stop();
});

test('eyes that are stopped with the gateway are no news', async () => {
  let refuse = (_: Fault) => {};
  const { camera, events, log, play } = rig({
    look: () => new Promise((_, reject) => (refuse = reject)),
  });
  await camera.start();
  await play(200);
  await camera.stop();
  events.length = 0;
  refuse(new Fault('MODEL_FAILED', 'The eyes were stopped.'));
  await settle();
  expect([events, log]).toEqual([[], []]);
});

test('a mistake of ours silences the camera and ends nothing else', async () => {
  const { camera, log, play } = rig({
    feed() {
      throw new Error('a bug');
    },
  });
  await camera.start();
  await play(3_000);
  expect(log.filter((line) => line.startsWith('A camera failed.'))).toHaveLength(1);
  await camera.stop();
});

test('eyes that fail make the camera blind at once, and are told after two seconds', async () => {
  const { camera, events, fail, play, values, troubles } = rig();
  await camera.start();
  await play(2_000);
  fail('The model hangs.');
  events.length = 0;
  await play(1_000, false);
  expect(values('coverage').at(-1)).toBe(0);
  await play(2_000, false);
  expect(troubles().map(({ name }) => name)).toContain('vision-failed');
  await camera.stop();
});
