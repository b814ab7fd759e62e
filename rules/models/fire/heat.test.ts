import { describe, expect, test } from 'vitest';
import { configOf, firstAt, hear, readingsOf } from './detector-story.ts';
import { heatClasses, heatLimits } from './heat-class.ts';

/**
 * EN 54-5 table 4: response times [s] at constant rates of rise from the typical use temperature, lower and upper limit, for
 * class A1 and for the other classes.
 */
const responseS: [perMin: number, a1: [number, number], others: [number, number]][] = [
  [1, [1740, 2420], [1740, 2760]],
  [3, [433, 820], [433, 960]],
  [5, [249, 500], [249, 600]],
  [10, [60, 260], [120, 330]],
  [20, [30, 140], [60, 193]],
  [30, [20, 100], [40, 145]],
];

describe.each(heatClasses.filter((name) => !name.endsWith('S')))('class %s', (name) => {
  const limits = heatLimits[name];
  const typicalCel = limits.minimumCel - 29;

  test.each(responseS)('responds within the limits of EN 54-5 at %i K/min', (perMin, a1, others) => {
    const [lowS, highS] = name.startsWith('A1') ? a1 : others;
    const line = [
      [0, typicalCel],
      [600, typicalCel],
      [600 + highS + 60, typicalCel + (perMin * (highS + 60)) / 60],
    ] as const;
    const { words } = hear(readingsOf({ temperature: line }, 1), configOf(['temperature'], { heatClass: name }));
    expect(firstAt(words, 2)! - 600).toBeGreaterThanOrEqual(lowS);
    expect(firstAt(words, 2)! - 600).toBeLessThanOrEqual(highS);
    expect(firstAt(words, 1, 'heat')).toBe(firstAt(words, 2));
  });
});

test.each(heatClasses)('class %s has its alarm in its static band and its pre-alarms below', (name) => {
  const { minimumCel, alarmCel, preCel, fastAlarmCel, fastPreCel, rated } = heatLimits[name];
  const bandK = { A1: 11, A2: 16, B: 16 }[name.replace(/[RS]$/, '')] ?? 16;
  expect(alarmCel).toBeGreaterThanOrEqual(minimumCel);
  expect(alarmCel).toBeLessThanOrEqual(minimumCel + bandK);
  expect([preCel < alarmCel, fastPreCel < fastAlarmCel, fastAlarmCel < alarmCel]).toEqual([true, true, true]);
  expect(rated).toBe(!name.endsWith('S'));
});

test.each(heatClasses.filter((name) => name.endsWith('S')))(
  'class %s never alarms below its minimum static temperature, at any rate',
  (name) => {
    const { minimumCel } = heatLimits[name];
    const kinds = ['temperature'] as const;
    for (const perMin of [5, 20, 60, 300])
      for (const fromCel of [-20, 5, minimumCel - 29]) {
        const endS = ((minimumCel - 0.1 - fromCel) / perMin) * 60;
        const line = [
          [0, fromCel],
          [endS, minimumCel - 0.1],
          [endS + 300, minimumCel - 0.1],
        ] as const;
        const { words } = hear(readingsOf({ temperature: line }, 1), configOf(kinds, { heatClass: name }));
        expect(firstAt(words, 2)).toBeUndefined();
      }
  },
);

test('a rate alarm stays while the place is hot beside its mean, and ends a minute after', () => {
  const line = [
    [0, 20],
    [600, 20],
    [720, 40],
    [780, 40],
    [840, 22],
    [1800, 21],
  ] as const;
  const { words } = hear(readingsOf({ temperature: line }, 1), configOf(['temperature']));
  const levels = words.map(({ level }) => level).filter((level, i, all) => level !== all[i - 1]);
  expect(levels).toEqual([0, 2, 0]);
  const over = words.find(({ atS, level }) => atS > 780 && level === 0)!;
  expect(over.atS).toBeGreaterThan(860);
  expect(over.atS).toBeLessThan(960);
});

test('heat does not chatter around its limit', () => {
  const line = Array.from({ length: 600 }, (_, i) => [i, 56 + (i % 2 === 0 ? 0.4 : -0.4)] as const);
  const { words } = hear(readingsOf({ temperature: line }, 1), configOf(['temperature']));
  const changes = words.filter(({ heat }, i) => i > 0 && heat !== words[i - 1]!.heat);
  expect(changes.length).toBeLessThanOrEqual(1);
});
