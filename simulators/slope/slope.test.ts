import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chance } from '../chance/chance.ts';
import { slopeReadings } from './readings.ts';
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

const dayS = 86_400;
const creeping = { creepMmPerS: 2 / dayS, noiseMm: 0 };
const daily = (story: object, untilDays = 60) =>
  slopeReadings({ ...creeping, ...story }, { untilS: untilDays * dayS, stepS: dayS }, chance(1));

test('a step and a rain burst speed the slope up, die down, and leave creep as it was', () => {
  const stories = {
    step: { steps: [{ atS: 10 * dayS, sizeMm: 40, lengthS: 2 * dayS }] },
    burst: { bursts: [{ atS: 10 * dayS, factor: 5, riseS: dayS, decayS: 3 * dayS }] },
  };
  for (const [name, story] of Object.entries(stories)) {
    const rates = daily(story).flatMap(({ mm }, i, all) => (i > 0 ? [mm - all[i - 1]!.mm] : []));
    expect(Math.max(...rates), name).toBeGreaterThan(6);
    expect(Math.min(...rates), name).toBeGreaterThan(1.9);
    expect(rates.at(-1), name).toBeCloseTo(2, 1);
  }
});

test('an instrument swings with the air, jumps, sticks, falls silent and says when it was reset', () => {
  const swung = slopeReadings(
    { ...creeping, creepMmPerS: 0, temperature: { meanCel: 5, dayCel: 10, mmPerK: 0.05 } },
    { untilS: dayS, stepS: 3600 },
    chance(1),
  );
  expect(Math.max(...swung.map(({ mm }) => mm)) - Math.min(...swung.map(({ mm }) => mm))).toBeCloseTo(1, 1);
  const reset = daily({ resets: [{ atS: 20 * dayS, jumpMm: -30, flagged: true }] });
  expect(reset.flatMap(({ reset: said }, i) => (said ? [i] : []))).toEqual([22]);
  expect(reset[20]!.mm - reset[19]!.mm).toBeCloseTo(-28, 6);
  const spiked = daily({ spikes: [{ atS: 20 * dayS, sizeMm: 100 }] });
  expect(spiked.map(({ mm }, i) => mm - 2 * i).filter((mm) => Math.abs(mm) > 1)).toHaveLength(1);
  const held = daily({ stuck: [{ fromS: 20 * dayS, untilS: 30 * dayS }] });
  expect(held[29]!.mm).toBe(held[19]!.mm);
  expect(daily({ gaps: [{ fromS: 20 * dayS, untilS: 30 * dayS }] })).toHaveLength(51);
});
