import { expect, test } from 'vitest';
import type { PipelineEvent } from '../../pipeline/types.ts';
import { calibrate } from '../../vision/ground/ground.ts';
import type { Detection, Grid, Seen } from '../../vision/types.ts';
import { usualSupervision } from '../supervision/supervision.ts';
import type { CameraConfig } from './config.ts';
import { deviceOf } from './device.ts';
import { noSight, type Sight, type SightConfig, type SightEvent, stepSight } from './sight.ts';
import { viewOf } from './view.ts';

/** A camera that looks straight down on 16 × 9 m: forty pixels are a metre, so that places can be told by heart. */
const picture = { width: 640, height: 360 };
const calibration = calibrate(
  [
    { px: [0, 0], m: [0, 9] },
    { px: [640, 0], m: [16, 9] },
    { px: [640, 360], m: [16, 0] },
    { px: [0, 360], m: [0, 0] },
    { px: [320, 180], m: [8, 4.5] },
  ],
  picture,
);
if (!calibration.ok) throw new Error(calibration.refusal);

const camera: CameraConfig = {
  id: 'cam',
  source: { kind: 'mqtt', topic: 'field/cam' },
  fps: 10,
  model: 'nanodet-g-384x640-int8',
  flames: true,
  calibration: 'cam.calibration.json',
  footOffset: 0,
  zones: [
    {
      id: 'road',
      outline: [
        [2, 1],
        [14, 1],
        [14, 8],
        [2, 8],
      ],
    },
  ],
  evidence: { atLeast: 'Minor', beforeMs: 3_000, afterMs: 3_000, pictures: 5, blurPeople: true },
};
const config: SightConfig = {
  camera,
  ground: { calibration, input: { width: 640, height: 384 } },
  supervision: usualSupervision,
};

/** A textured street whose every cell differs a little from picture to picture, as a sensor's noise has it. */
function street(atMs: number, light = 1): Grid {
  const cells = 64 * 36;
  const y = Uint8Array.from({ length: cells }, (_, i) => {
    const pattern = 60 + ((i * 37) % 97) + ((i >> 6) % 5) * 8;
    return Math.round(Math.min(255, light * pattern + ((i * 7 + atMs / 100) % 3)));
  });
  return {
    ...{ columns: 64, rows: 36, y },
    cb: new Uint8Array(cells).fill(128),
    cr: new Uint8Array(cells).fill(128),
    sharpness: light * 400 + (atMs % 7),
    noise: 1.5,
  };
}
const person = (xM: number, yM: number, score = 0.8): Detection => ({
  kind: 'person',
  score,
  box: { x: xM * 40 - 10, y: (9 - yM) * 40 - 60, width: 20, height: 60 },
});
const seen = (atMs: number, detections: Detection[], grid = street(atMs)): Seen => ({
  number: atMs / 100,
  capturedAtMs: atMs,
  picture,
  detections,
  grid,
  timesMs: { decode: 1, infer: 1, post: 1 },
});

type Played = { state: Sight; events: (PipelineEvent & { at: number })[] };

/** Plays ten pictures a second with a tick every half second; `what` says what a picture shows, or undefined for none. */
function play(
  fromMs: number,
  toMs: number,
  what: (atMs: number) => Seen | SightEvent | undefined,
  start?: Played,
): Played {
  const played: Played = start ?? { state: noSight(fromMs), events: [] };
  const step = (event: SightEvent, at: number) => {
    const stepped = stepSight(played.state, event, config);
    played.state = stepped.state;
    played.events.push(...stepped.events.map((each) => ({ ...each, at })));
  };
  for (let atMs = fromMs; atMs < toMs; atMs += 100) {
    const one = what(atMs);
    if (one !== undefined) step('kind' in one ? one : { kind: 'seen', seen: one, nowMs: atMs + 40 }, atMs);
    if (atMs % 500 === 0) step({ kind: 'tick', atMs: atMs + 50, framesPerSecond: 10 }, atMs);
  }
  return played;
}
const walker = (atMs: number) => seen(atMs, [person(3 + atMs / 1000, 4)]);
const tracksOf = ({ events }: Played) => events.flatMap((event) => (event.kind === 'tracks' ? [event] : []));
const values = ({ events }: Played, channel: string) =>
  events.flatMap((event) => (event.kind === 'reading' && event.channel === channel ? [event] : []));
const troubles = ({ events }: Played) =>
  events.flatMap((event) =>
    event.kind === 'trouble' ? [`${event.name} ${event.reasons.length === 0 ? 'over' : 'begins'}`] : [],
  );

test('somebody who walks is placed in metres and counted, with the time the picture was taken', () => {
  const played = play(0, 5_000, walker);
  const last = tracksOf(played).at(-1)!;
  expect(last.tracks).toHaveLength(1);
  expect(last.tracks[0]!.xM).toBeCloseTo(3 + last.atMs! / 1000, 0);
  expect(last.receivedAtMs - last.atMs!).toBe(40);
  expect(values(played, 'road-people').at(-1)!.value).toBe(1);
  expect(values(played, 'road-speed').at(-1)!.value).toBeCloseTo(1, 0);
  expect(values(played, 'coverage').at(-1)!.value).toBe(100);
});

test('an empty street is said to be empty, in tracks and in counts', () => {
  const played = play(0, 3_000, (atMs) => seen(atMs, []));
  expect(tracksOf(played).at(-1)!.tracks).toEqual([]);
  expect(values(played, 'road-people').at(-1)!.value).toBe(0);
});

test.each([
  [
    'the lens is black',
    (atMs: number) => seen(atMs, [], { ...street(atMs, 0), y: new Uint8Array(64 * 36).fill(2), noise: 0.7 }),
  ],
  ['no picture comes', () => undefined],
  ['the eyes fail', (atMs: number): SightEvent => ({ kind: 'eyes', why: 'The model hangs.', atMs })],
])('while %s nobody is counted and no tracks are sent: blind is not empty', (_, what) => {
  const before = play(0, 4_000, walker);
  const quiet = play(4_000, 8_000, what, { state: before.state, events: [] });
  const blind = play(8_000, 16_000, what, { state: quiet.state, events: [] });
  expect(tracksOf(blind)).toEqual([]);
  for (const channel of ['people', 'vehicles', 'road-people', 'road-dwell', 'flame', 'smoke'])
    expect(values(blind, channel), channel).toEqual([]);
  expect(values(blind, 'coverage').length).toBeGreaterThan(5);
  for (const channel of ['coverage', 'road-coverage'])
    expect(new Set(values(blind, channel).map(({ value }) => value)), channel).toEqual(new Set([0]));
  expect([...troubles(quiet), ...troubles(blind)].some((text) => text.endsWith('begins'))).toBe(true);
});

test('in the very first pictures of a covered lens nobody is said to be gone', () => {
  const before = play(0, 30_000, (atMs) => seen(atMs, [person(6, 4)]));
  const black = { y: new Uint8Array(64 * 36).fill(3), noise: 0.6, sharpness: 0.2 };
  const covered = (atMs: number) => seen(atMs, [], { ...street(atMs), ...black });
  const after = play(30_000, 31_000, covered, { state: before.state, events: [] });
  expect(troubles(after)).toEqual([]);
  expect(tracksOf(after)).toEqual([]);
  expect(values(after, 'road-people')).toEqual([]);
  expect(values(after, 'coverage').at(-1)!.value).toBe(0);
});

test('eyes that fail for a moment are no news, and a trouble ends when they see again', () => {
  const eyes =
    (why: string | undefined) =>
    (atMs: number): SightEvent => ({ kind: 'eyes', why, atMs });
  const short = play(4_000, 5_000, eyes('It crashed.'), play(0, 4_000, walker));
  expect(troubles(short)).toEqual([]);
  const long = play(5_000, 20_000, eyes('It crashed.'), { state: short.state, events: [] });
  expect(troubles(long)).toContain('vision-failed begins');
  const healed = play(20_100, 23_000, walker, {
    state: stepSight(long.state, eyes(undefined)(20_000), config).state,
    events: [],
  });
  expect(troubles(healed)).toContain('vision-failed over');
  expect(tracksOf(healed).length).toBeGreaterThan(3);
});

test('after a start nothing is taken back before it can be known, and then once', () => {
  const early = play(0, 74_000, (atMs) => seen(atMs, []));
  expect(troubles(early)).toEqual([]);
  const later = play(74_000, 90_000, (atMs) => seen(atMs, []), { state: early.state, events: [] });
  expect(new Set(troubles(later)).size).toBe(troubles(later).length);
  expect(troubles(later)).toContain('camera-covered over');
});

test('pictures of another shape than was calibrated place nobody and say why', () => {
  const square = (atMs: number) => ({ ...seen(atMs, [person(4, 4)]), picture: { width: 400, height: 400 } });
  const played = play(0, 4_000, square);
  expect(tracksOf(played)).toEqual([]);
  expect(troubles(played)).toContain('camera-uncalibrated begins');
  expect(values(played, 'coverage').at(-1)!.value).toBe(0);
});

test('a camera whose calibration cannot be used says so, covers nothing, and still tells what needs no ground', () => {
  const { ground: _, ...rest } = config;
  const lost: SightConfig = { ...rest, unplaced: 'Nobody is placed, because its calibration cannot be used.' };
  let state = noSight(0);
  const events: PipelineEvent[] = [];
  for (let atMs = 0; atMs < 4_000; atMs += 100) {
    const stepped = stepSight(state, { kind: 'seen', seen: seen(atMs, [person(6, 4)]), nowMs: atMs + 40 }, lost);
    state = stepped.state;
    events.push(...stepped.events);
  }
  const last = (channel: string) =>
    events.findLast((event) => event.kind === 'reading' && event.channel === channel) as { value: number } | undefined;
  expect(events.some(({ kind }) => kind === 'tracks')).toBe(false);
  expect(events).toContainEqual(expect.objectContaining({ kind: 'trouble', reasons: [lost.unplaced] }));
  expect([last('coverage')?.value, last('road-coverage')?.value, last('road-people')]).toEqual([0, 0, undefined]);
  expect(last('people')?.value).toBe(1);
  expect(viewOf(state, { site: 'street', camera: 'cam', atMs: 4_000 })).toMatchObject({ coverage: 0 });
});

test('everything it says belongs to a channel of its device, in range', () => {
  const played = play(0, 12_000, (atMs) => seen(atMs, [person(3 + atMs / 2_000, 4), person(20, 4), person(6, 20)]));
  const channels = new Map(deviceOf(camera).channels.map((channel) => [channel.id, channel]));
  expect(played.events.filter(({ kind }) => kind === 'reading').length).toBeGreaterThan(50);
  for (const event of played.events) {
    if (event.kind !== 'reading') continue;
    const channel = channels.get(event.channel);
    expect(channel, event.channel).toBeDefined();
    expect(event.value).toBeGreaterThanOrEqual(channel!.min ?? Number.NEGATIVE_INFINITY);
    expect(event.value).toBeLessThanOrEqual(channel!.max ?? Number.POSITIVE_INFINITY);
  }
});

test('the view says what is seen now and nothing when nothing is', () => {
  const { state } = play(0, 4_000, walker);
  const about = { site: 'street', camera: 'cam' };
  const view = viewOf(state, { ...about, atMs: 4_000 });
  expect(view.boxes).toMatchObject([{ kind: 'person', yM: 4 }]);
  expect(view.zones).toMatchObject([{ zone: 'road', people: 1, coverage: 100 }]);
  const stale = viewOf(state, { ...about, atMs: 9_000 });
  expect([stale.boxes, stale.coverage, stale.zones[0]!.coverage]).toEqual([[], 0, 0]);
});
