import { chance } from '@tocsin/simulators';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RainConfig } from './config.ts';
import { rain } from './rain.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** 2010-11-01, so that evaporation is that of a winter. */
const startMs = Date.UTC(2010, 10, 1);

type Row = readonly [atMs: number, value: number];
type Said = Record<string, number>;

/** What was said last after each reading, and the last reasons. */
function play(rows: readonly Row[], given: Partial<RainConfig> = {}, late = false) {
  const config: RainConfig = { input: 'gauge/rain', ...given };
  let state = rain.initial(config);
  let said: Said = {};
  let reasons: readonly string[] = [];
  const all: Said[] = [];
  for (const [takenAtMs, value] of rows) {
    const answer = rain.step(state, { kind: 'reading', input: 0, value, takenAtMs, late }, config);
    state = answer.state;
    if (answer.outputs !== undefined) {
      said = answer.outputs;
      reasons = answer.reasons ?? [];
    }
    all.push(said);
  }
  return { all, last: said, reasons, state, attention: all.map(({ attention }) => attention === 1) };
}

const every = (stepMs: number, depths: readonly number[], fromMs = startMs): Row[] =>
  depths.map((depth, i) => [fromMs + i * stepMs, depth]);
const dry = (count: number) => new Array<number>(count).fill(0);
const days = (attention: readonly boolean[]) =>
  [...new Set(attention.flatMap((on, i) => (on ? [Math.floor((startMs + i * hourMs) / dayMs)] : [])))].join();

/** Seeded hourly rain in hundredths of an inch: storms of hours to days between dry spells, sometimes very wet. */
function wetYears(seed: number, hours: number): number[] {
  const { next, wait, gauss } = chance(`rain/${seed}`);
  const rows: number[] = [];
  while (rows.length < hours) {
    const heavy = next() < 0.3 ? 12 : 4;
    for (let left = wait(14); left > 0 && rows.length < hours; left -= 1)
      rows.push(next() < 0.25 ? 0 : Math.max(0, Math.round(heavy * Math.abs(gauss()))));
    for (let left = wait(60); left > 0 && rows.length < hours; left -= 1) rows.push(0);
  }
  return rows;
}

/**
 * USGS thresh for hourly rain in hundredths of an inch, written down plainly and apart from the model (Baum et al. 2018, TM
 * 14-A2): P3 > 3.5 - 0.67 P15 in whole numbers; mean since the storm began > 3.257 D^-1.13, D until its last rain, storms
 * parted by 3 dry hours.
 */
function usgsDirect(hundredths: readonly number[]) {
  const sum = (from: number, to: number) =>
    hundredths.slice(Math.max(0, from), Math.max(0, to)).reduce((a, b) => a + b, 0);
  let began = -1;
  let ended = -1;
  return hundredths.map((depth, i) => {
    if (depth > 0) {
      if (ended < 0 || i - ended > 3) began = i;
      ended = i;
    }
    const recent = sum(i - 71, i + 1);
    const cumulative = recent > 0 && recent * 100 > Math.max(0, 35_000 - 67 * sum(i - 431, i - 71));
    const mean = sum(began, i + 1) / 100 / (i - began + 1);
    const id = ended >= 0 && i - ended <= 3 && mean > 3.257 * (ended - began + 1) ** -1.13;
    return { cumulative, id };
  });
}

test('the thresholds of Seattle are exceeded in the very hours that the definitions of the USGS give (S7)', () => {
  let exceeded = 0;
  for (let seed = 0; seed < 6; seed += 1) {
    const hundredths = wetYears(seed, 4000);
    const direct = usgsDirect(hundredths);
    const rows = every(
      hourMs,
      hundredths.map((depth) => depth * 0.254),
    );
    for (const [name, column] of [
      ['seattle-cumulative', 'cumulative'],
      ['seattle-id', 'id'],
    ] as const) {
      const { attention } = play(rows, { thresholds: [name], intervalMs: hourMs });
      const expected = direct.map((row) => row[column]);
      exceeded += expected.filter(Boolean).length;
      expect(days(attention), `${name}, seed ${seed}`).toBe(days(expected));
      expect(attention, `${name}, seed ${seed}`).toEqual(expected);
    }
  }
  expect(exceeded).toBeGreaterThan(500);
});

test.each([
  ['exactly at 3.5 - 0.67 P15 inches nothing is exceeded', 283, false],
  ['a hundredth of an inch more exceeds it', 284, true],
])('cumulative threshold: %s', (_, recent, over) => {
  // 1.00 in falls in the 15 days before, so the limit is 2.83 in.
  const depths = [100, ...dry(359 + 71), recent].map((hundredths) => hundredths * 0.254);
  const { last } = play(every(hourMs, depths), { thresholds: ['seattle-cumulative'], intervalMs: hourMs });
  expect(last.attention).toBe(over ? 1 : 0);
});

const laws: [NonNullable<RainConfig['thresholds']>[number], a: number, b: number, hours: number][] = [
  ['caine-1980', 14.82, 0.39, 1],
  ['caine-1980', 14.82, 0.39, 24],
  ['guzzetti-2008', 2.2, 0.44, 6],
  ['cadses-2007', 8.67, 0.61, 48],
  ['piedmont-2004', 19, 0.5, 12],
];
test.each(laws)('%s: I = %d D^-%d at %d h is exceeded above it and not below', (name, a, b, hours) => {
  const depth = a * hours ** -b;
  for (const [factor, over] of [
    [0.99, 0],
    [1.01, 1],
  ] as const) {
    const depths = [...dry(3), ...new Array<number>(hours).fill(depth * factor)];
    const { last, reasons } = play(every(hourMs, depths), { thresholds: [name], intervalMs: hourMs });
    expect(last.attention, `${factor}`).toBe(over);
    if (over === 1) expect(reasons[0]).toMatch(/^Rain of .* mm in .* h .* exceeds .*: .* mm\/h\.$/);
  }
});

test("the site's own coefficients stand beside or instead of published ones, within their durations", () => {
  const rows = every(hourMs, [...dry(3), 6, 6, 6]);
  const coefficients = { a: 5, b: 0.4 };
  expect(play(rows, { coefficients, intervalMs: hourMs }).last.attention).toBe(1);
  expect(play(rows, { coefficients: { ...coefficients, fromH: 12 }, intervalMs: hourMs }).last.attention).toBe(0);
  expect(play(rows, { intervalMs: hourMs }).last.attention).toBe(0);
});

test('drizzle before a burst does not hide the burst', () => {
  const burst = new Array<number>(6).fill(12);
  const drizzle = new Array<number>(60).fill(0.3);
  expect(play(every(hourMs, [0, ...burst]), { intervalMs: hourMs }).last.attention).toBe(1);
  expect(play(every(hourMs, [0, ...drizzle, ...burst]), { intervalMs: hourMs }).last.attention).toBe(1);
});

test('an event ends after its dry spell, so that what fell before it counts for its intensity no more', () => {
  const coefficients = { a: 10, b: 0.9 };
  const spell = (hours: number) => {
    const depths = [0, 11, ...dry(hours), 2.5];
    return play(every(hourMs, depths), { coefficients, intervalMs: hourMs, separationMs: 6 * hourMs }).last.attention;
  };
  expect(spell(5)).toBe(1);
  expect(spell(6)).toBe(0);
});

test('half of the 2-year maximum in a day or all of it in three is the Philippine alert', () => {
  const given = { thresholds: ['philippines' as const], twoYearMaxMm: 100, intervalMs: hourMs };
  expect(play(every(hourMs, [0, ...dry(20), 51]), given).last.attention).toBe(1);
  expect(play(every(hourMs, [0, ...dry(20), 49]), given).last.attention).toBe(0);
  const slow = [0, ...dry(5), 40, ...dry(23), 40, ...dry(23)];
  expect(play(every(hourMs, [...slow, 21]), given).last.attention).toBe(1);
  expect(play(every(hourMs, [...slow, 19]), given).last.attention).toBe(0);
  expect(rain.check?.({ input: 'a/b', thresholds: ['philippines'] })).toHaveLength(1);
});

test('6 h of 0.12 in/h count on wet soil and not on dry soil', () => {
  const given = { thresholds: ['seattle-wetness' as const], intervalMs: hourMs };
  const rows = every(hourMs, [0, ...new Array<number>(6).fill(3.1)]);
  expect(play(rows, { ...given, wetnessAtStartMm: 20 }).last.attention).toBe(1);
  expect(play(rows, { ...given, wetnessAtStartMm: -50 }).last.attention).toBe(0);
  const wetWeek = every(hourMs, [0, ...new Array<number>(48).fill(1.6), ...new Array<number>(6).fill(3.1)]);
  expect(play(wetWeek, { ...given, wetnessAtStartMm: -50 }).last.attention).toBe(1);
});

test('sums are the same from one reading a minute to one a day', () => {
  for (const stepMs of [minuteMs, 5 * minuteMs, 15 * minuteMs, hourMs, 6 * hourMs, dayMs]) {
    const count = (35 * dayMs) / stepMs;
    const depths = Array.from({ length: count + 1 }, () => (0.5 * stepMs) / hourMs);
    const { last } = play(every(stepMs, depths), { intervalMs: stepMs });
    expect(last.sum1d, `${stepMs}`).toBeCloseTo(12, 3);
    expect(last.sum3d, `${stepMs}`).toBeCloseTo(36, 3);
    expect(last.sum15d, `${stepMs}`).toBeCloseTo(180, 3);
    expect(last.sum30d, `${stepMs}`).toBeCloseTo(360, 3);
    expect(last.intensity, `${stepMs}`).toBeCloseTo(0.5, 3);
  }
});

test('the antecedent index of daily readings is API(t) = k API(t-1) + P(t)', () => {
  const depths = [10, 0, 5, 0, 0, 20, 1];
  const index = depths.reduce((api, depth) => 0.85 * api + depth, 0);
  const { last } = play(every(dayMs, depths), { recession: 0.85, intervalMs: dayMs });
  expect(last.antecedent).toBeCloseTo(index, 6);
});

test('a counter that rises gives what fell, over a gap and over a reset', () => {
  const total = { kind: 'total' as const, intervalMs: hourMs };
  const rows: Row[] = [
    [startMs, 100],
    [startMs + hourMs, 102],
    [startMs + 5 * hourMs, 110],
    [startMs + 6 * hourMs, 1.5],
    [startMs + 7 * hourMs, 1.4],
    [startMs + 8 * hourMs, 3.4],
  ];
  expect(play(rows, total).last.sum1d).toBeCloseTo(2 + 8 + 1.5 + 2, 6);
});

test('an intensity is as much rain as its depth', () => {
  const depth = play(every(15 * minuteMs, [0, ...new Array<number>(40).fill(2)]), { intervalMs: 15 * minuteMs });
  const given = { intervalMs: 15 * minuteMs, kind: 'intensity' as const };
  const rate = play(every(15 * minuteMs, [0, ...new Array<number>(40).fill(8)]), given);
  expect(rate.last).toEqual(depth.last);
});

test('what fell in a gap is unknown, is said, and joins no storms', () => {
  const rows: Row[] = [...every(hourMs, dry(500)), [startMs + 530 * hourMs, 3]];
  const { last, reasons, state } = play(rows, { intervalMs: hourMs });
  expect(last.sum1d).toBe(3);
  expect(reasons.join(' ')).toContain('Nothing is known of 30 h of the last 18 d');
  expect(state.live.storms[0]).toMatchObject({ fromMs: startMs + 529 * hourMs });
});

test('repeated and older readings change nothing, late ones nothing of the present', () => {
  const config: RainConfig = { input: 'a/b', intervalMs: hourMs };
  const { state } = play(every(hourMs, [0, 5, 5]), { intervalMs: hourMs });
  for (const takenAtMs of [startMs, startMs + 2 * hourMs]) {
    const event = { kind: 'reading', input: 0, value: 90, takenAtMs, late: false } as const;
    expect(rain.step(state, event, config).state).toBe(state);
  }
  const event = { kind: 'reading', input: 0, value: 90, takenAtMs: startMs, late: true } as const;
  expect(rain.step(state, event, config).state.live).toBe(state.live);
});

test('shifting all times shifts nothing else', () => {
  const depths = wetYears(9, 1500).map((hundredths) => hundredths * 0.254);
  const given: Partial<RainConfig> = { thresholds: ['caine-1980', 'guzzetti-2008', 'seattle-cumulative'] };
  const shifted = play(every(hourMs, depths, startMs + 12_345_678), { ...given, intervalMs: hourMs });
  expect(shifted.all).toEqual(play(every(hourMs, depths), { ...given, intervalMs: hourMs }).all);
});

test('more rain never ends an exceedance', () => {
  const given: Partial<RainConfig> = {
    thresholds: ['caine-1980', 'guzzetti-2008', 'cadses-2007', 'seattle-cumulative'],
    intervalMs: hourMs,
  };
  const hour = fc.record({ depth: fc.constantFrom(0, 0, 0, 0.2, 1, 4, 15), more: fc.constantFrom(0, 0, 0.2, 3, 10) });
  fc.assert(
    fc.property(fc.array(hour, { minLength: 10, maxLength: 120 }), (hours) => {
      const less = play(
        every(
          hourMs,
          hours.map(({ depth }) => depth),
        ),
        given,
      ).attention;
      const more = play(
        every(
          hourMs,
          hours.map(({ depth, more }) => depth + more),
        ),
        given,
      ).attention;
      expect(less.filter((on, i) => on && !more[i])).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('thirty years of storms do not make the state grow', () => {
  const config: RainConfig = { input: 'a/b', intervalMs: hourMs, thresholds: ['caine-1980', 'seattle-id'] };
  let state = rain.initial(config);
  const { next } = chance('long');
  for (let i = 0; i < 30 * 8766; i += 1) {
    const value = next() < 0.1 ? 2.3 : 0;
    const takenAtMs = startMs + i * hourMs + (i % 97 === 0 ? 0 : Math.floor(next() * minuteMs));
    if (next() > 0.01)
      state = rain.step(state, { kind: 'reading', input: 0, value, takenAtMs, late: false }, config).state;
  }
  expect(JSON.stringify(state).length).toBeLessThan(24_000);
});
