import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chance } from '../chance/chance.ts';
import { displacementMm, extensometerMm } from './slope.ts';

const story = { creepMmPerS: 0.01, onsetS: 100, failureS: 1_100, noiseMm: 0, velocityMaxMmPerS: 1e6 };
const velocity = (tS: number, dtS = 1e-3) =>
  (displacementMm(story, tS + dtS) - displacementMm(story, tS - dtS)) / (2 * dtS);

test('inverse velocity of a tertiary slope falls in a straight line that meets zero at the failure time', () => {
  const points = [200, 500, 800, 1_000].map((tS) => [tS, 1 / velocity(tS)] as const);
  const [t1, y1] = points[0]!;
  const [t2, y2] = points[3]!;
  const slope = (y2 - y1) / (t2 - t1);
  for (const [t, y] of points) expect(y).toBeCloseTo(y1 + slope * (t - t1), 3);
  expect(t1 - y1 / slope).toBeCloseTo(1_100, 1);
});

test('displacement never goes back and does not jump where the stages meet', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1_200, noNaN: true }), (tS) => {
      const capped = { ...story, velocityMaxMmPerS: 5 };
      const step = displacementMm(capped, tS + 0.01) - displacementMm(capped, tS);
      expect(step).toBeGreaterThanOrEqual(-1e-9);
      expect(step).toBeLessThan(5 * 0.011);
    }),
  );
});

test('the same seed gives the same readings and another seed gives others', () => {
  const series = (seed: number) => {
    const luck = chance(seed);
    return Array.from({ length: 50 }, (_, tS) => extensometerMm({ ...story, noiseMm: 0.3 }, tS, luck));
  };
  expect(series(7)).toEqual(series(7));
  expect(series(7)).not.toEqual(series(8));
});
