import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { project } from '../camera.ts';
import type { ActorKind, Scene } from '../scene.ts';
import { stationStreet, stationStreetCamera, stationStreetScene } from '../station-street.ts';
import { actor, path } from '../story.ts';
import { type DrawnFrame, drawFrame } from './frame.ts';
import { type Backdrop, paintStreet } from './street.ts';

const camera = stationStreetCamera(384);
let clean: Backdrop;
beforeAll(() => {
  clean = paintStreet({ street: stationStreet, camera, weather: { light: 'overcast', noise: 0 } });
});

const standing = (kind: ActorKind, x: number, y: number, more: { seed?: number; facingDeg?: number } = {}) =>
  actor(1, kind, { path: [{ atMs: 0, x, y }], ...more });

/** Pixels in which two pictures differ by more than `step` levels, by how: made brighter, or only darker. */
function changes(a: Uint8Array, b: Uint8Array, step: number): { x: number; y: number; isDarker: boolean }[] {
  const found: { x: number; y: number; isDarker: boolean }[] = [];
  for (let i = 0; i < a.length; i += 3) {
    const by = [0, 1, 2].map((k) => b[i + k]! - a[i + k]!);
    if (by.every((change) => Math.abs(change) <= step)) continue;
    const pixel = i / 3;
    const isDarker = by.every((change) => change <= step);
    found.push({ x: pixel % camera.width, y: Math.floor(pixel / camera.width), isDarker });
  }
  return found;
}

describe('the box of the truth', () => {
  test.each(['adult', 'child', 'wheelchair', 'slow', 'cyclist', 'vehicle', 'bin', 'beacon'] as const)(
    'is tight around a drawn %s, and beside it there is at most a shadow',
    (kind) => {
      const frame = drawFrame(clean, { actors: [standing(kind, 6, 2, { facingDeg: 200 })] }, 1_000);
      const [truth] = frame.truth;
      const { x, y, width, height } = truth!.box!;
      const changed = changes(clean.lit, frame.rgb, 3);
      const isIn = (p: { x: number; y: number }) => p.x + 1 > x && p.x < x + width && p.y + 1 > y && p.y < y + height;
      const outside = changed.filter((p) => !isIn(p));
      expect(outside.filter(({ isDarker }) => !isDarker)).toEqual([]);
      const ground = project(camera, [6, 2, 0])!;
      const shadowPx = 0.2 * height + 0.7 * width + 8;
      expect(outside.filter((p) => Math.hypot(p.x - ground[0], p.y - ground[1]) > shadowPx)).toEqual([]);
      const inside = changed.filter(isIn);
      expect(Math.min(...inside.map((p) => p.x))).toBeLessThan(x + 2);
      expect(Math.max(...inside.map((p) => p.x))).toBeGreaterThan(x + width - 3);
      expect(Math.min(...inside.map((p) => p.y))).toBeLessThan(y + 2);
      expect(truth!.visibleShare).toBe(1);
    },
  );

  test('reaches from the feet to the height somebody has, wherever they stand and whatever they wear', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1, max: 11, noNaN: true }),
        fc.double({ min: -0.5, max: 4.5, noNaN: true }),
        fc.integer({ min: 0, max: 1e6 }),
        fc.constantFrom('adult' as const, 'child' as const),
        (x, y, seed, kind) => {
          const person = standing(kind, x, y, { seed });
          const [truth] = drawFrame(clean, { actors: [person] }, 0).truth;
          const head = project(camera, [x, y, person.heightM])!;
          const foot = project(camera, [x, y, 0])!;
          const tall = foot[1] - head[1];
          const { box } = truth!;
          expect(Math.abs(box!.y - head[1])).toBeLessThan(0.07 * tall + 1.5);
          expect(Math.abs(box!.y + box!.height - foot[1])).toBeLessThan(0.12 * tall + 1.5);
          expect(Math.abs(box!.x + box!.width / 2 - foot[0])).toBeLessThan(0.15 * tall + 1.5);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('is missing for somebody beside the picture, and cut for somebody at its edge', () => {
    expect(drawFrame(clean, { actors: [standing('adult', 5, -30)] }, 0).truth[0]).toMatchObject({ visibleShare: 0 });
    expect(drawFrame(clean, { actors: [standing('adult', 5, -30)] }, 0).truth[0]!.box).toBeUndefined();
    const place = [-4.4, -2.75] as const;
    const cut = drawFrame(clean, { actors: [standing('adult', ...place)] }, 0).truth[0]!;
    expect(cut.box!.y + cut.box!.height).toBe(camera.height);
    expect(cut.visibleShare).toBeLessThan(0.9);
    expect(cut.visibleShare).toBeGreaterThan(0.1);
  });
});

test('somebody behind another is partly hidden, and says how much', () => {
  // On the line of sight of the camera, one behind the other.
  const [fx, fy] = [Math.cos((29.2 * Math.PI) / 180), Math.sin((29.2 * Math.PI) / 180)];
  const front = standing('vehicle', 3, 2, { facingDeg: 119 });
  const behind = { ...standing('adult', 3 + 1.8 * fx, 2 + 1.8 * fy), id: 2 };
  const { truth } = drawFrame(clean, { actors: [front, behind] }, 0);
  const share = truth.find(({ id }) => id === 2)!.visibleShare;
  expect(share).toBeGreaterThan(0.05);
  expect(share).toBeLessThan(0.75);
  expect(truth.find(({ id }) => id === 1)!.visibleShare).toBe(1);
});

test('the same story gives the same bytes in every weather, whatever was drawn in between', () => {
  const story = stationStreetScene([
    { kind: 'adult', startMs: 0, speedMps: 1.4, direction: 1, y: 2 },
    { kind: 'wheelchair', startMs: 0, speedMps: 0.8, direction: -1, y: 3 },
  ]);
  const fire: Scene = {
    actors: [standing('flame', 2, 2), { ...standing('smoke', 2, 2), id: 2 }, { ...standing('glint', 7, 2), id: 3 }],
  };
  for (const weather of [{ light: 'day' }, { light: 'night' }, { light: 'dusk', rain: 0.8 }] as const) {
    const backdrop = paintStreet({ street: stationStreet, camera: stationStreetCamera(224), weather });
    const first = drawFrame(backdrop, story, 3_000);
    drawFrame(backdrop, fire, 3_000);
    const again = drawFrame(backdrop, story, 3_000);
    expect(Buffer.compare(first.rgb, again.rgb)).toBe(0);
    expect(again.truth).toEqual(first.truth);
    expect(Buffer.compare(first.rgb, drawFrame(backdrop, story, 3_100).rgb)).not.toBe(0);
  }
});

test('the sun throws a shadow on the ground, a grey sky does not', () => {
  const dark = (backdrop: Backdrop): number => {
    const frame = drawFrame(backdrop, { actors: [standing('adult', 6, 2)] }, 0);
    const { box } = frame.truth[0]!;
    const beside = changes(backdrop.lit, frame.rgb, 25).filter((p) => p.x + 1 < box!.x || p.x > box!.x + box!.width);
    return beside.filter(({ isDarker }) => isDarker).length;
  };
  expect(dark(clean)).toBeLessThan(15);
  expect(dark(paintStreet({ street: stationStreet, camera, weather: { light: 'day', noise: 0 } }))).toBeGreaterThan(60);
});

describe('fire', () => {
  const light = (frame: DrawnFrame): number => {
    const { box } = frame.truth[0]!;
    return box === undefined ? 0 : box.width * box.height;
  };

  test('a flame flickers between 2 and 10 times a second, a glint does not', () => {
    const turns = (kind: ActorKind, seed: number): number => {
      const scene = { actors: [standing(kind, 5, 2, { seed })] };
      const sizes = Array.from({ length: 80 }, (_, i) => light(drawFrame(clean, scene, i * 25)));
      const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
      return sizes.filter((size, i) => i > 0 && size > mean !== sizes[i - 1]! > mean).length / 2 / 2;
    };
    for (const seed of [1, 2, 3]) {
      expect(turns('flame', seed)).toBeGreaterThan(1);
      expect(turns('flame', seed)).toBeLessThan(14);
    }
    expect(turns('glint', 1)).toBeLessThan(1.5);
  });

  test('a flame grows to its full height over its growth time', () => {
    const flame = actor(1, 'flame', { path: path(0, [5, 2], { standMs: 60_000 }), growthMs: 20_000 });
    const high = (tMs: number) => drawFrame(clean, { actors: [flame] }, tMs).truth[0]!.box!.height;
    expect(high(19_000)).toBeGreaterThan(2.5 * high(500));
  });

  test('an orange light blinks about once a second', () => {
    const scene = { actors: [standing('beacon', 5, 2)] };
    const orange = Array.from({ length: 40 }, (_, i) => {
      const { rgb } = drawFrame(clean, scene, i * 100);
      let lit = 0;
      for (let k = 0; k < rgb.length; k += 3) if (rgb[k]! > 240 && rgb[k + 1]! < 235 && rgb[k + 2]! < 140) lit += 1;
      return lit > 2;
    });
    const onsets = orange.filter((isOn, i) => i > 0 && isOn && !orange[i - 1]).length;
    expect(onsets).toBeGreaterThanOrEqual(4);
    expect(onsets).toBeLessThanOrEqual(6);
  });
});
