import { chance } from '@tocsin/simulators';
import { describe, expect, test } from 'vitest';
import { type Actor, look, poleCamera, walker } from '../tracking/drawn-street.ts';
import { drive } from '../tracking/drive.ts';
import type { FollowedFoot } from '../tracking/tracking.ts';
import type { Placed } from '../types.ts';
import { calibrate, nobodyPlaced, type PlacedState, type PlacingConfig, stepPlaced, usualPlacing } from './ground.ts';

const marks = [
  [-5, 12],
  [5, 12],
  [5, 16],
  [-5, 16],
  [0, 12],
  [0, 18],
  [-3, 9],
] as const;
const calibration = calibrate(
  marks.map((m) => ({ px: look(poleCamera, [...m, 0])!, m })),
  poleCamera.picture,
);
if (!calibration.ok) throw new Error(calibration.refusal);
const config: PlacingConfig = { ...usualPlacing, ground: calibration.ground };

type Sample = { placed: Placed; atMs: number; truth: [number, number] };

/** One actor followed and placed at every picture. */
function place(actor: Actor, { fps = 10, seconds = 9, miss = 0.1, seed = 'one', more = {} as Partial<PlacingConfig> }) {
  let state: PlacedState = nobodyPlaced;
  const samples: Sample[] = [];
  drive([actor], {
    fps,
    seconds,
    eye: { miss, jitter: 0.03, luck: chance(seed) },
    everyPicture({ tS, atMs, followed }) {
      const stepped = stepPlaced(state, { followed, atMs }, { ...config, ...more });
      state = stepped.state;
      const truth = actor.at(tS);
      const [placed] = stepped.placed;
      if (truth && placed) samples.push({ placed, atMs, truth });
    },
  });
  return samples;
}

const rmsOf = (samples: Sample[]) =>
  Math.sqrt(
    samples.reduce((sum, { placed, truth }) => sum + (placed.xM - truth[0]) ** 2 + (placed.yM - truth[1]) ** 2, 0) /
      samples.length,
  );

describe('places', () => {
  test.each([5, 10, 25])('people on the crossing are within 0.2 m (RMS) at %i pictures a second', (fps) => {
    const all = [0.6, 1, 1.4].flatMap((speedMps, i) =>
      place(walker([-5, 12 + 2 * i], [5, 12 + 2 * i], { speedMps }), { fps, seconds: 7, seed: `${fps} ${i}` }),
    );
    expect(all.length).toBeGreaterThan(15 * fps);
    expect(rmsOf(all)).toBeLessThan(0.2);
  });

  test('boxes that end too high or low are mended by the foot offset', () => {
    const tall: Actor = { ...walker([-5, 14], [5, 14]), heightM: 1.7 };
    const offset = { person: 0.1 };
    const [plain, moved] = [place(tall, { seconds: 7 }), place(tall, { seconds: 7, more: { footOffset: offset } })];
    // 0.1 of 1.7 m above the ground is seen 0.17 m · distance / camera height nearer.
    const nearer = plain.at(-1)!.placed.yM - moved.at(-1)!.placed.yM;
    expect(nearer).toBeGreaterThan(0.3);
    expect(nearer).toBeLessThan(0.7);
  });

  test('nobody without feet or above the horizon is placed', () => {
    const followed: FollowedFoot[] = [
      { id: 1, kind: 'person', box: { x: 0, y: 0, width: 10, height: 30 }, score: 0.9, isSeen: true },
      {
        id: 2,
        kind: 'person',
        box: { x: 0, y: 0, width: 10, height: 30 },
        score: 0.9,
        isSeen: true,
        foot: { xPx: 5, yPx: 20 },
      },
      {
        id: 3,
        kind: 'person',
        box: { x: 0, y: 0, width: 10, height: 30 },
        score: 0.9,
        isSeen: true,
        foot: { xPx: Number.NaN, yPx: 500 },
      },
      {
        id: 4,
        kind: 'vehicle',
        box: { x: 600, y: 400, width: 99, height: 80 },
        score: 0.9,
        isSeen: false,
        foot: { xPx: 640, yPx: 480 },
      },
    ];
    const { placed } = stepPlaced(nobodyPlaced, { followed, atMs: 5 }, config);
    expect(placed.map(({ id, kind, isSeen }) => [id, kind, isSeen])).toEqual([[4, 'vehicle', false]]);
  });
});

describe('speeds', () => {
  test.each([0.4, 0.8, 1.3, 2])(
    'a walk at %f m/s is measured within 0.15 m/s and its direction within 10°',
    (speedMps) => {
      const samples = place(walker([-5, 13], [5, 15], { speedMps }), { seconds: 7 }).filter(({ atMs }) => atMs > 3000);
      const off = samples.map(({ placed }) => Math.hypot(placed.vxMps!, placed.vyMps!) - speedMps);
      const turn = samples.map(({ placed }) => Math.atan2(placed.vyMps!, placed.vxMps!) - Math.atan2(2, 10));
      const rms = (values: number[]) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
      expect(rms(off)).toBeLessThan(0.15);
      if (speedMps >= 0.8) expect(rms(turn)).toBeLessThan((10 * Math.PI) / 180);
    },
  );

  test('nobody has a speed before 0.6 s, and everybody soon after', () => {
    const samples = place(walker([-5, 14], [5, 14]), { miss: 0, seconds: 3 });
    const firstMs = samples[0]!.atMs;
    for (const { placed, atMs } of samples) {
      if (atMs - firstMs < 600) expect(placed.vxMps).toBeUndefined();
      if (atMs - firstMs > 700) expect(placed.vxMps).toBeDefined();
    }
  });

  test('somebody who stands has a speed near zero', () => {
    const samples = place({ at: () => [1, 14] }, { seconds: 9 }).filter(({ atMs }) => atMs > 4000);
    expect(Math.max(...samples.map(({ placed }) => Math.hypot(placed.vxMps!, placed.vyMps!)))).toBeLessThan(0.35);
  });

  test('a track handed to somebody a few metres away begins its speed anew', () => {
    let state: PlacedState = nobodyPlaced;
    const speeds: (number | undefined)[] = [];
    for (let i = 0; i < 20; i += 1) {
      const [xPx, yPx] = look(poleCamera, [i < 12 ? 0.1 * i : 6, 14, 0])!;
      const followed: FollowedFoot[] = [
        {
          id: 7,
          kind: 'person',
          box: { x: 0, y: 0, width: 10, height: 30 },
          score: 0.9,
          isSeen: true,
          foot: { xPx, yPx },
        },
      ];
      const stepped = stepPlaced(state, { followed, atMs: 1000 + 100 * i }, config);
      state = stepped.state;
      speeds.push(stepped.placed[0]!.vxMps);
    }
    expect(speeds[11]).toBeCloseTo(1, 3);
    expect(speeds.slice(12, 17)).toEqual(Array(5).fill(undefined));
    expect(speeds[19]).toBeCloseTo(0, 3);
  });

  test('the memory of a walk at 30 pictures a second is bounded, and survives being stored', () => {
    let state: PlacedState = nobodyPlaced;
    let speed = 0;
    for (let i = 0; i < 300; i += 1) {
      const [xPx, yPx] = look(poleCamera, [-5 + i / 30, 14, 0])!;
      const followed: FollowedFoot[] = [
        {
          id: 7,
          kind: 'person',
          box: { x: 0, y: 0, width: 10, height: 30 },
          score: 0.9,
          isSeen: true,
          foot: { xPx, yPx },
        },
      ];
      const stepped = stepPlaced(state, { followed, atMs: 1000 + Math.round((100 * i) / 3) }, config);
      state = JSON.parse(JSON.stringify(stepped.state)) as PlacedState;
      speed = stepped.placed[0]!.vxMps ?? 0;
    }
    expect(speed).toBeCloseTo(1, 2);
    expect(state.paths[0]!.cells.length).toBeLessThanOrEqual(22);
    expect(stepPlaced(state, { followed: [], atMs: 12_000 }, config).state.paths).toEqual([]);
  });
});
