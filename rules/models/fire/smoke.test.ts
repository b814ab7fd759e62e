import { chance } from '@tocsin/simulators';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ModelEvent } from '../../engine/types.ts';
import { configOf, firstAt, hear, type Line, readingsOf } from './detector-story.ts';
import { smokeUnits, toDbPerM, toPctPerM } from './obscuration.ts';

/** Obscuration of an attenuation in parts of the default alarm level of 6 %/m. */
const alarmDb = toDbPerM(6, '%/m');
const pct = (share: number) => toPctPerM(share * alarmDb);
/** A line of attenuation that rises by `perH` alarm levels per hour, in %/m. */
const rising = (fromS: number, from: number, perH: number, hours: number): Line =>
  Array.from({ length: 60 * hours + 1 }, (_, i) => [fromS + i * 60, pct(from + (perH * i) / 60)] as const);

test('the measures of smoke density agree (domain.md §2.2)', () => {
  expect(toDbPerM(50, '%/m')).toBeCloseTo(3.01, 2);
  expect(toDbPerM(0.3, '1/m')).toBeCloseTo(3, 9);
  expect(toPctPerM(toDbPerM(-1.5, '%/m'))).toBeCloseTo(-1.5, 9);
  expect(toDbPerM(100, '%/m')).toBeCloseTo(60, 1);
});

describe('slow fires (EN 54-7 4.8)', () => {
  const hourS = 3600;
  /** What the base went through before: clean, dirty to the bound, below zero, cleaned a moment ago, following a drift. */
  const histories: [name: string, line: Line, endS: number, endShare: number][] = [
    [
      'a clean detector',
      [
        [0, pct(0)],
        [12 * hourS, pct(0)],
      ],
      12 * hourS,
      0,
    ],
    ['one just switched on', [[0, pct(0)]], 0, 0],
    [
      'a dirty one',
      [
        [0, pct(0.45)],
        [24 * hourS, pct(0.5)],
      ],
      24 * hourS,
      0.5,
    ],
    [
      'one dirtier than is compensated',
      [
        [0, pct(0.5)],
        [24 * hourS, pct(0.7)],
      ],
      24 * hourS,
      0.7,
    ],
    [
      'one that reads below zero',
      [
        [0, pct(-0.4)],
        [12 * hourS, pct(-0.4)],
      ],
      12 * hourS,
      -0.4,
    ],
    [
      'one just cleaned',
      [
        [0, pct(0.5)],
        [12 * hourS, pct(0.5)],
        [12 * hourS, pct(0)],
      ],
      12 * hourS,
      0,
    ],
    [
      'one whose base is rising already',
      [
        [0, pct(0)],
        [20 * hourS, pct(0.35)],
      ],
      20 * hourS,
      0.35,
    ],
  ];
  const rates = [0.1, 0.15, 0.25, 0.5, 1, 4];

  test.each(
    histories.flatMap((history) =>
      rates.map((rate) => [history[0], rate, history[1], history[2], history[3]] as const),
    ),
  )('%s alarms at %f alarm levels per hour within 1.6 A/R + 100 s', (_name, rate, before, endS, endShare) => {
    const line = [...before, ...rising(endS, endShare, rate, Math.ceil(2 / rate))];
    for (const stepS of [10, 60]) {
      const { words } = hear(readingsOf({ smoke: line }, stepS), configOf(['smoke']));
      const delayS = firstAt(words, 2)! - endS;
      // At one sample a minute the second one confirms, and the rise between two counts.
      expect(delayS).toBeLessThanOrEqual((1.6 / rate) * hourS + 100 + stepS);
    }
  });

  test('whatever the history, smoke at one and a half alarm levels above clean zero is an alarm', () => {
    const step = fc.tuple(fc.integer({ min: 1, max: 300 }), fc.double({ min: -1, max: 0.95, noNaN: true }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let atS = 0;
        const line: [number, number][] = [[0, 0]];
        for (const [minutes, share] of steps) {
          line.push([atS, pct(share)]);
          atS += minutes * 60;
          line.push([atS, pct(share)]);
        }
        line.push([atS, pct(1.51)], [atS + 300, pct(1.51)]);
        const { words } = hear(readingsOf({ smoke: line }, 60), configOf(['smoke']));
        expect(words.at(-1)!.level).toBe(2);
      }),
      { numRuns: 60, seed: 54_7 },
    );
  });
});

test('whatever smoke there was, clean air is clean again two hours later', () => {
  const step = fc.tuple(fc.integer({ min: 1, max: 120 }), fc.double({ min: -0.4, max: 3, noNaN: true }), fc.boolean());
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), fc.constantFrom(10, 60), (steps, stepS) => {
      let atS = 0;
      const line: [number, number][] = [[0, 0]];
      for (const [minutes, share, jumps] of [...steps, [120, 0, true] as const]) {
        if (jumps) line.push([atS, pct(share)]);
        atS += minutes * 60;
        line.push([atS, pct(share)]);
      }
      const { words } = hear(readingsOf({ smoke: line }, stepS), configOf(['smoke']));
      expect(words.at(-1)!.level).toBe(0);
    }),
    { numRuns: 60, seed: 268 },
  );
});

test('dirt is followed for months, said at the bound, and cleaned away', () => {
  const monthS = 30 * 86_400;
  const line: Line = [
    [0, pct(0)],
    [6 * monthS, pct(0.6)],
    [6 * monthS, pct(0)],
    [6 * monthS + 86_400, pct(0)],
  ];
  const { words } = hear(readingsOf({ smoke: line }, 60), configOf(['smoke']));
  expect(firstAt(words, 1)).toBeUndefined();
  const due = words.find(({ service }) => service === 2)!;
  expect(due.atS / monthS).toBeGreaterThan(4.8);
  expect(due.atS / monthS).toBeLessThan(5.3);
  expect(due.reasons.join()).toMatch(/clean or replace/);
  expect(words.at(-1)).toMatchObject({ service: 0 });
  expect(Math.abs(words.at(-1)!.drift as number)).toBeLessThan(3);
});

test.each(smokeUnits)('a fire reads the same in %s', (unit) => {
  const from = (value: number) => {
    const db = toDbPerM(value, '%/m');
    return unit === '%/m' ? value : unit === 'dB/m' ? db : db / 10;
  };
  const readings = readingsOf(
    {
      smoke: [
        [0, 0.2],
        [300, 0.2],
        [400, 25],
      ],
    },
    1,
  );
  const converted = readings.map((event) =>
    event.kind === 'reading' ? { ...event, value: from(event.value) } : event,
  );
  const site = { unitOf: () => unit };
  const plain = hear(readings, configOf(['smoke'])).words;
  const { words } = hear(converted, configOf(['smoke'], {}, site));
  expect(words.map(({ atS, level, reasons }) => [atS, level, reasons])).toEqual(
    plain.map(({ atS, level, reasons }) => [atS, level, reasons]),
  );
});

test('verification is told while it lasts, and heat ends it', () => {
  const smoke: Line = [
    [0, 0.1],
    [300, 0.1],
    [300, 9],
    [600, 9],
  ];
  const { words } = hear(readingsOf({ smoke }, 1), configOf(['smoke'], { verify: true }));
  const told = words.filter(({ verifying }) => verifying === 1);
  expect(told[0]!.atS).toBeGreaterThanOrEqual(310);
  expect(told.every(({ level }) => level === 1)).toBe(true);
  expect(told[0]!.reasons.join()).toMatch(/being verified/);
  expect(words.find(({ level }) => level === 2)).toMatchObject({ verifying: 0 });
});

/** A meter in clean air with this noise in 1/m, from a seed, and smoke that comes after an hour. */
function noisyMeter(sigma: number, stepS: number, smokePerM = 0, endS = 4500): ModelEvent[] {
  const luck = chance(`noisy/${sigma}/${stepS}`);
  return Array.from({ length: endS / stepS }, (_, i) => {
    const value = 0.01 + sigma * luck.gauss() + (i * stepS >= 3600 ? smokePerM : 0);
    return { kind: 'reading', input: 0, value, takenAtMs: 1_700_000_000_000 + i * stepS * 1000, late: false } as const;
  });
}

test.each([
  [0.003, 1],
  [0.005, 5],
  [0.01, 2],
  [0.01, 5],
])('a laboratory meter with %f 1/m of noise at %i s gives no alarm in clean air and one in smoke', (sigma, stepS) => {
  const config = configOf(['smoke'], {}, { unitOf: () => '1/m' });
  expect(firstAt(hear(noisyMeter(sigma, stepS), config).words, 2)).toBeUndefined();
  const { words } = hear(noisyMeter(sigma, stepS, 0.05), config);
  expect(firstAt(words, 2)! - 3600).toBeGreaterThanOrEqual(0);
  expect(firstAt(words, 2)! - 3600).toBeLessThanOrEqual(45);
});

test('a day of noise of half the alarm level is averaged away', () => {
  const config = configOf(['smoke'], {}, { unitOf: () => '1/m' });
  expect(firstAt(hear(noisyMeter(0.015, 5, 0, 86_400), config).words, 2)).toBeUndefined();
});

test('noise that drowns marginal smoke asks for maintenance', () => {
  const config = configOf(['smoke'], {}, { unitOf: () => '1/m' });
  const { words } = hear(noisyMeter(0.01, 5), config);
  expect(words.at(-1)).toMatchObject({ service: 2, confidence: 0.5 });
  expect(words.at(-1)!.reasons.join()).toMatch(/wander by 2\.\d %\/m/);
  expect(hear(noisyMeter(0.003, 5), config).words.at(-1)).toMatchObject({ service: 0 });
});

test('the noise of a laboratory CO meter is no sign of fire', () => {
  const luck = chance('co-noise');
  const readings = noisyMeter(0, 5).map((event) =>
    event.kind === 'reading' ? { ...event, value: Math.max(0, 20 + 30 * luck.gauss()) } : event,
  );
  expect(firstAt(hear(readings, configOf(['co'])).words, 1)).toBeUndefined();
});
