import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEvidence, evidencePointsMax, pointsOf, remember } from './evidence.ts';
import { addToTrend, curvature, emptyTrend, leastSquaresSlope, type Trend, theilSenSlope } from './trend.ts';
import { ruleVersion } from './version.ts';
import { sayDuration, sayValue } from './words.ts';

const limits = { spanMs: 60_000, capacity: 64 };
const grow = (samples: [number, number][], more: object = {}): Trend =>
  samples.reduce((trend, [tMs, x]) => addToTrend(trend, tMs, x, { ...limits, ...more }), emptyTrend);
const line = (count: number, stepMs: number, perMs: number): [number, number][] =>
  Array.from({ length: count }, (_, i) => [1e12 + i * stepMs, 5 + i * stepMs * perMs]);

test('a straight line gives its slope, whether sparse or dense', () => {
  for (const stepMs of [50, 1000, 15_000]) {
    const trend = grow(line(2000, stepMs, 0.003));
    expect(leastSquaresSlope(trend)).toBeCloseTo(0.003, 6);
    expect(theilSenSlope(trend, 0)).toBeCloseTo(0.003, 6);
    expect(curvature(trend)).toBeCloseTo(0, 9);
  }
});

test('the median slope ignores wild samples that bend least squares', () => {
  const trend = grow(line(30, 1000, 0.003).map(([t, x], i) => [t, i % 10 === 5 ? x + 500 : x]));
  expect(theilSenSlope(trend, 0)).toBeCloseTo(0.003, 4);
  expect(Math.abs(leastSquaresSlope(trend)! - 0.003)).toBeGreaterThan(1e-4);
});

test('a parabola gives its curvature', () => {
  const trend = grow(Array.from({ length: 20 }, (_, i) => [i * 1000, 3 + 2 * i + 0.5 * i * i]));
  expect(curvature(trend)! * 1e6).toBeCloseTo(1, 9);
});

test('a window holds what is recent, stays bounded, and ignores what is not newer', () => {
  const trend = grow(line(10_000, 100, 0));
  expect(trend.tMs.length).toBeLessThanOrEqual(limits.capacity + 1);
  expect(trend.tMs[0]).toBeGreaterThanOrEqual(trend.lastMs - limits.spanMs - 1000);
  expect(addToTrend(trend, trend.lastMs, 9, limits)).toBe(trend);
  const sparse = line(20, 86_400_000, 1);
  expect(grow(sparse).tMs).toHaveLength(1);
  expect(grow(sparse, { keepMin: 6 }).tMs).toHaveLength(6);
});

test('evidence keeps the last samples in order of time, and every peak however dense they are', () => {
  const peaks = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 3000 });
  fc.assert(
    fc.property(peaks, fc.integer({ min: 1, max: 500 }), (values, stepMs) => {
      const store = createEvidence(2);
      for (const [i, value] of values.entries()) remember(store, 1, [i * stepMs, value], 1000);
      const points = pointsOf(store, 1);
      expect(pointsOf(store, 0)).toEqual([]);
      expect(points.length).toBeLessThanOrEqual(evidencePointsMax);
      for (let i = 1; i < points.length; i += 1) expect(points[i]![0]).toBeGreaterThan(points[i - 1]![0]);
      for (const [tMs, x] of points) expect(values[tMs / stepMs]).toBe(x);
      const fromMs = points.length < evidencePointsMax ? 0 : points[1]![0];
      const inside = values.filter((_, i) => i * stepMs >= fromMs);
      const kept = points.filter(([tMs]) => tMs >= fromMs).map(([, x]) => x);
      expect(Math.max(...kept)).toBe(Math.max(...inside));
      expect(Math.min(...kept)).toBe(Math.min(...inside));
    }),
    { seed: 7, numRuns: 200 },
  );
});

test('numbers, units and lengths of time read like words', () => {
  expect(sayValue(12.345678, 'mm/d')).toBe('12.35 mm/d');
  expect(sayValue(56, 'Cel')).toBe('56 °C');
  expect(sayValue(1, '{state}')).toBe('1');
  expect(sayValue(3, '{people}')).toBe('3 people');
  expect(sayValue(0.9, 'mm/d2')).toBe('0.9 mm/d²');
  expect([250, 90_000, 7_200_000, 5_400_000, 604_800_000].map(sayDuration)).toEqual([
    '250 ms',
    '90 s',
    '2 h',
    '90 min',
    '7 d',
  ]);
});

test('a version depends on content and not on the order of fields', () => {
  expect(ruleVersion({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(ruleVersion({ b: [{ d: 3, c: 2 }], a: 1 }));
  expect(ruleVersion({ a: 1 })).not.toBe(ruleVersion({ a: 2 }));
  expect(ruleVersion({ a: 1 })).toMatch(/^[0-9a-f]{16}$/);
});
