import type { Box, Detection } from '@tocsin/edge-agent/vision';
import {
  type ActorTruth,
  type Camera,
  crowd,
  type DrawnFrame,
  drawFrame,
  encodeFrame,
  paintStreet,
  resized,
  stationStreet,
  stationStreetCamera,
  stationStreetScene,
} from '@tocsin/simulators/cameras';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEyes } from './street.ts';

/**
 * How many of the drawn people the default model finds by day: a floor that says when the model, its quantisation, the decoder or the
 * drawing got worse. It says nothing about real streets; for those there is `tocsin vision eval`.
 */
type User = 'adult' | 'wheelchair' | 'child';
/** What is promised of the camera of Station Street, which is mounted as docs/cameras.md advises. */
const promised: Record<User, number> = { adult: 0.95, wheelchair: 0.9, child: 0.7 };
/** What six cameras of all sorts reach together; in 24 seeds 0.99, 0.89 and 0.93 (docs/measured.md). */
const anywhere: Record<User, number> = { adult: 0.95, wheelchair: 0.8, child: 0.8 };
const scoreMin = 0.4;
const iouMin = 0.5;
/** Only who can be seen whole is counted; what hides behind others is no fault of a detector. */
const visibleMin = 0.95;
const width = 960;
const seeds = process.env.TOCSIN_LONG === '1' ? 24 : 4;

const camera = (
  at: readonly [x: number, y: number],
  heightM: number,
  [heading, pitch, focal]: readonly number[],
): Camera =>
  resized(
    {
      ...{ position: at, heightM, headingDeg: heading!, pitchDeg: pitch!, focalPx: focal! },
      ...{ width: 640, height: 360 },
    },
    width,
  );
const cameras: Record<string, Camera> = {
  station: stationStreetCamera(width),
  side: camera([5, -14], 5.5, [90, 22, 590]),
  along: camera([-10, 2], 6, [0, 22, 700]),
  tele: camera([-3, -22], 7, [71, 18, 1000]),
  wide: camera([-6, -7], 4.5, [40, 18, 470]),
  low: camera([12, -12], 4, [115, 14, 600]),
};
const kinds = [
  ...['adult', 'adult', 'adult', 'adult', 'child', 'child', 'child'],
  ...['wheelchair', 'wheelchair', 'wheelchair', 'slow'],
] as ActorTruth['kind'][];

let eyes: Awaited<ReturnType<typeof openEyes>>;
beforeAll(async () => {
  eyes = await openEyes();
});
afterAll(() => eyes?.stop());

function overlap(a: Box, b: Box): number {
  const wide = Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x));
  const tall = Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y));
  return (wide * tall) / (a.width * a.height + b.width * b.height - wide * tall);
}

/** With or without the wheelchair or the walker: a model that knows people may box either. */
const isFound = (truth: ActorTruth, people: readonly Detection[]) =>
  people.some(({ box }) => [truth.box, truth.bodyBox].some((own) => own !== undefined && overlap(box, own) >= iouMin));

type Counts = Record<string, { all: number; found: number; strangers: number; pictures: number }>;

/** Looks at a drawn picture and counts who of it was found. */
async function count(counts: Counts, drawn: DrawnFrame): Promise<void> {
  const jpeg = new Uint8Array(await encodeFrame(drawn));
  const { detections = [] } = await eyes.look({ jpeg, number: 0, capturedAtMs: 0 });
  const people = detections.filter(({ kind, score }) => kind === 'person' && score >= scoreMin);
  const of = (name: string) => {
    counts[name] ??= { all: 0, found: 0, strangers: 0, pictures: 0 };
    return counts[name];
  };
  for (const truth of drawn.truth) {
    if (!(truth.kind in promised) || truth.visibleShare < visibleMin) continue;
    of(truth.kind).all += 1;
    if (isFound(truth, people)) of(truth.kind).found += 1;
  }
  const boxes = drawn.truth.flatMap(({ box, bodyBox }) => [box, bodyBox].filter((one) => one !== undefined));
  of('all').pictures += 1;
  of('all').strangers += people.filter(({ box }) => boxes.every((one) => overlap(box, one) < 0.1)).length;
}

function expectFloors(counts: Counts, floors: Record<User, number>): void {
  for (const kind of Object.keys(floors) as User[]) {
    const { all, found } = counts[kind]!;
    expect(all, `${kind}: the run must do enough to mean something`).toBeGreaterThan(30);
    expect(found / all, `${kind} of ${all}`).toBeGreaterThanOrEqual(floors[kind]);
  }
  const { strangers, pictures } = counts.all!;
  expect(strangers / pictures, 'people who are not there').toBeLessThanOrEqual(0.1);
}

test('whoever crosses Station Street is found as often as promised, all the way', { timeout: 240_000 }, async () => {
  const counts: Counts = {};
  const users = ['adult', 'wheelchair', 'child'] as const;
  for (let seed = 1; seed <= 2 * seeds; seed += 1) {
    // Six in a row beside one another, half of them each way, so that nobody hides another.
    const walkers = users.flatMap((kind, i) =>
      ([1, -1] as const).map((direction, j) => ({
        ...{ kind, direction, seed: 10 * seed + 2 * i + j, startMs: 0, speedMps: 1, waitMs: 1_000 },
        y: -1 + 1.2 * (2 * i + j),
      })),
    );
    const scene = stationStreetScene(walkers);
    const backdrop = paintStreet({ street: stationStreet, camera: cameras.station!, weather: { light: 'day' } });
    for (const tMs of [-500, 2_000, 4_500, 7_000, 9_500]) await count(counts, drawFrame(backdrop, scene, tMs));
  }
  expectFloors(counts, promised);
});

test('from six cameras of all sorts people anywhere on a crowded crossing are found as before', {
  timeout: 240_000,
}, async () => {
  const counts: Counts = {};
  for (const [name, from] of Object.entries(cameras)) {
    const street = { ...stationStreet, seed: `recall ${name}` };
    const backdrop = paintStreet({ street, camera: from, weather: { light: 'day' } });
    for (let seed = 1; seed <= seeds; seed += 1)
      await count(counts, drawFrame(backdrop, crowd(stationStreet, kinds, `recall ${name} ${seed}`), 0));
  }
  expectFloors(counts, anywhere);
});
