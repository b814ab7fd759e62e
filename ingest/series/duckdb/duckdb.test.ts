import { expect, test } from 'vitest';
import { DuckdbConfig, duckdbConfig } from './config.ts';
import { dateOf, dayMs, type Kind } from './files.ts';
import { planRange } from './query.ts';

const file = (day: number, kind: Kind) => ({ day, kind, generation: 1, rows: 1, closedAtMs: 0 });
const all = (days: number) =>
  Array.from({ length: days }, (_, day) => (['raw', 'minute', 'hour'] as const).map((kind) => file(day, kind))).flat();
const key = { site: 'a', device: 'b', channel: 'c' };
const plan = (days: number, points: number, files = all(days)) => {
  const { raw, rolled, bucketMs, originMs } = planRange({ ...key, fromMs: 90_500, toMs: days * dayMs, points }, files);
  return { raw: raw.length, rolled: [...new Set(rolled.map(({ kind }) => kind))], bucketMs, originMs };
};

test('the defaults are complete and a wrong setting is refused', () => {
  expect(duckdbConfig()).toMatchObject({ memoryLimitMb: 512, threads: 1, rawDays: 400 });
  expect(Object.keys(duckdbConfig()).sort()).toEqual(Object.keys(DuckdbConfig.properties).sort());
  expect(() => duckdbConfig({ threads: 0 })).toThrow();
});

test('a day or two are answered from readings, in buckets that begin where they were asked to', () => {
  expect(plan(1, 500)).toEqual({ raw: 1, rolled: [], bucketMs: Math.ceil((dayMs - 90_500) / 500), originMs: 90_500 });
  expect(plan(2, 10)).toMatchObject({ raw: 2, rolled: [] });
});

test('many days are answered from the coarsest roll-up that fits the buckets, which begin at whole minutes or hours', () => {
  expect(plan(10, 1_000)).toMatchObject({ raw: 0, rolled: ['minute'], originMs: 60_000 });
  expect(plan(10, 1_000).bucketMs % 60_000).toBe(0);
  expect(plan(400, 1_000)).toMatchObject({ raw: 0, rolled: ['hour'], originMs: 0 });
  expect(plan(400, 1_000).bucketMs % 3_600_000).toBe(0);
});

test('fine buckets over many days still come from readings, and from roll-ups where readings are gone', () => {
  expect(plan(5, 100_000)).toMatchObject({ raw: 5, rolled: [] });
  const gone = all(5).filter(({ kind, day }) => kind !== 'raw' || day > 2);
  expect(plan(5, 100_000, gone)).toMatchObject({ raw: 2, rolled: ['minute'] });
  const older = gone.filter(({ kind, day }) => kind === 'hour' || day > 1);
  expect(plan(5, 100_000, older)).toMatchObject({ raw: 2, rolled: ['hour', 'minute'], originMs: 0 });
});

test('days are named by their UTC date', () => {
  expect([dateOf(0), dateOf(Math.floor(Date.UTC(2028, 1, 29, 23, 59) / dayMs))]).toEqual(['1970-01-01', '2028-02-29']);
});
