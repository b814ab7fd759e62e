import { expect, test } from 'vitest';
import { actorsAt, standingOf } from './scene.ts';
import { stationStreetScene } from './station-street.ts';
import { actor, carThatStops, path } from './story.ts';

const walker = actor(1, 'adult', {
  path: path(
    1_000,
    [-1, 2],
    { standMs: 3_000 },
    { to: [10, 2], speedMps: 1.1 },
    { standMs: 1_000 },
    { to: [10, 5], speedMps: 1 },
  ),
});

test.each([
  ['before it comes', 999, undefined],
  ['waiting', 2_500, { x: -1, y: 2, speedMps: 0, headingDeg: 0, walkedM: 0 }],
  ['on its way', 9_000, { x: 4.5, y: 2, speedMps: 1.1, headingDeg: 0, walkedM: 5.5 }],
  [
    'standing on the other side, looking the way it walked',
    14_500,
    { x: 10, y: 2, speedMps: 0, headingDeg: 0, walkedM: 11 },
  ],
  ['going on', 16_000, { x: 10, y: 3, speedMps: 1, headingDeg: 90, walkedM: 12 }],
  ['after it has gone', 18_001, undefined],
])('the truth of a walker %s is exact', (_when, tMs, truth) => {
  const standing = standingOf(walker, tMs);
  if (truth === undefined) expect(standing).toBeUndefined();
  else {
    for (const [name, value] of Object.entries(truth)) {
      expect(standing![name as keyof typeof truth], name).toBeCloseTo(value, 9);
    }
  }
});

test('something with one waypoint stands there for ever', () => {
  const bin = actor(2, 'bin', { path: [{ atMs: 0, x: 3, y: 4 }] });
  expect(standingOf(bin, 1e9)).toMatchObject({ x: 3, y: 4, speedMps: 0 });
});

test('a walker of Station Street waits, crosses 10 m at its speed and goes 2 m beyond', () => {
  const scene = stationStreetScene([{ kind: 'slow', startMs: 5_000, speedMps: 0.55, direction: -1, y: 1.5 }]);
  expect(actorsAt(scene, 4_000)).toMatchObject([{ x: 11, y: 1.5, speedMps: 0, headingDeg: 180 }]);
  const [crossing] = actorsAt(scene, 15_000);
  expect(crossing!.speedMps).toBeCloseTo(0.55, 9);
  expect(crossing!.x).toBeCloseTo(11 - 5.5, 9);
  expect(actorsAt(scene, 5_000 + (13 / 0.55) * 1000 + 1)).toEqual([]);
});

test('a car slows down, stands at the line for its time and drives on', () => {
  const car = carThatStops(9, { startMs: 0, from: [7, 40], stopAt: [7, 9], to: [7, -40], waitMs: 4_000, speedMps: 9 });
  const speeds = Array.from({ length: 400 }, (_, i) => standingOf(car, i * 50)).flatMap((s) => s ?? []);
  const still = speeds.filter(({ speedMps }) => speedMps === 0);
  expect(still.every(({ x, y }) => x === 7 && y === 9)).toBe(true);
  expect(still.length * 50).toBeGreaterThanOrEqual(3_900);
  expect(still.length * 50).toBeLessThanOrEqual(4_100);
  expect(speeds[0]!.speedMps).toBeCloseTo(9, 9);
  expect(speeds.at(-1)!.speedMps).toBeCloseTo(9, 9);
});
