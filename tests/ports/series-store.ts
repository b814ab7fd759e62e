import { type CommittedBatch, qualityFlags, type RangeResult, type SeriesStore } from '@tocsin/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openMemorySeries } from './memory-series.ts';

/** What every `SeriesStore` promises. `reopen` opens again what is on disk, without a clean close when `crash` is set. */
export type OpenedSeries = { store: SeriesStore; reopen(): Promise<SeriesStore>; dispose(): Promise<void> };

export const dayMs = 86_400_000;
export const day0 = Date.UTC(2026, 10, 20);
const key = { site: 'quarry', device: 'crack-1', channel: 'opening' };

export type Given = { device?: string; site?: string; unit?: string; atMs: number; value: number; quality?: number };

/** A committed batch of a few readings of one site. */
export function batchOf(offset: number, given: readonly Given[]): CommittedBatch {
  const names = [...new Set(given.map(({ device = key.device, unit = 'mm' }) => `${device} ${unit}`))];
  const site = given[0]?.site ?? key.site;
  return {
    site,
    epoch: 'e1',
    lane: 'live',
    seq: offset,
    sentAtMs: 0,
    offset,
    receivedAtMs: 0,
    events: [],
    series: names.map((name) => ({ device: name.split(' ')[0]!, channel: key.channel, unit: name.split(' ')[1]! })),
    columns: {
      series: Uint16Array.from(given, ({ device = key.device, unit = 'mm' }) => names.indexOf(`${device} ${unit}`)),
      takenAtMs: Float64Array.from(given, ({ atMs }) => atMs),
      value: Float64Array.from(given, ({ value }) => value),
      quality: Uint8Array.from(given, ({ quality = 0 }) => quality),
    },
  };
}

const close = (a: readonly number[], b: readonly number[]) => {
  expect(a.length).toBe(b.length);
  for (const [i, value] of a.entries())
    expect(Math.abs(value - b[i]!)).toBeLessThan(1e-9 * Math.max(1, Math.abs(value)));
};

/** Equal but for the last digits of averages, which depend on the order of adding. */
export function sameRange(ours: RangeResult, theirs: RangeResult): void {
  expect({ ...ours, avg: [] }).toEqual({ ...theirs, avg: [] });
  close(ours.avg, theirs.avg);
}

/** Runs the suite over one adapter. */
export function seriesSuite(name: string, open: () => Promise<OpenedSeries>): void {
  const using = (work: (opened: OpenedSeries) => Promise<void>) => async () => {
    const opened = await open();
    try {
      await work(opened);
    } finally {
      await opened.dispose();
    }
  };

  test(
    `${name}: a batch is applied once, however often it comes, and the cursor moves with it`,
    using(async ({ store, reopen }) => {
      expect(await store.cursor()).toBe(0);
      const first = batchOf(10, [{ atMs: day0, value: 1 }]);
      const second = batchOf(11, [{ atMs: day0 + 1_000, value: 2 }]);
      await store.append([first]);
      await store.append([first, second]);
      expect(await store.cursor()).toBe(11);
      const again = await reopen();
      expect(await again.cursor()).toBe(11);
      await again.append([first, second]);
      const range = await again.range({ ...key, fromMs: day0, toMs: day0 + dayMs, points: 100 });
      expect(range).toEqual({
        unit: 'mm',
        bucketMs: null,
        tMs: [day0, day0 + 1_000],
        min: [1, 2],
        avg: [1, 2],
        max: [1, 2],
        count: [1, 1],
        quality: [0, 0],
      });
    }),
  );

  test(
    `${name}: latest is the newest by time, not by arrival, and survives closing and restart`,
    using(async ({ store, reopen }) => {
      await store.append([
        batchOf(1, [
          { atMs: day0 + 5_000, value: 5 },
          { atMs: day0 + 1_000, value: 1 },
          { atMs: day0 + 2_000, value: 7, device: 'crack-2', quality: qualityFlags.stuck },
        ]),
        batchOf(2, [{ atMs: day0, value: 9, site: 'tunnel' }]),
      ]);
      const expected = [
        { ...key, unit: 'mm', takenAtMs: day0 + 5_000, value: 5, quality: 0 },
        { ...key, device: 'crack-2', unit: 'mm', takenAtMs: day0 + 2_000, value: 7, quality: qualityFlags.stuck },
        { ...key, site: 'tunnel', unit: 'mm', takenAtMs: day0, value: 9, quality: 0 },
      ];
      expect(await store.latest()).toEqual(expected);
      await store.maintain(day0 + 2 * dayMs);
      const again = await reopen();
      expect(await again.latest()).toEqual(expected);
      expect(await again.latest({ site: 'quarry', device: 'crack-2' })).toEqual([expected[1]]);
      expect(await again.latest({ site: 'nowhere' })).toEqual([]);
    }),
  );

  test(
    `${name}: a bucket speaks of its usable readings, and of the others only when it has no usable one`,
    using(async ({ store }) => {
      const spike = qualityFlags.spike;
      const given = Array.from({ length: 40 }, (_, i) => ({
        atMs: day0 + i * 1_000,
        value: i < 20 && i % 5 === 0 ? 1_000 : i,
        quality: (i < 20 && i % 5 === 0) || i >= 30 ? spike : qualityFlags.late,
      }));
      await store.append([batchOf(1, given)]);
      const range = await store.range({ ...key, fromMs: day0, toMs: day0 + 40_000, points: 4 });
      expect(range.bucketMs).toBe(10_000);
      expect(range.max).toEqual([9, 19, 29, 39]);
      expect(range.min).toEqual([1, 11, 20, 30]);
      expect(range.count).toEqual([8, 8, 10, 10]);
      expect(range.quality).toEqual([spike | 64, spike | 64, 64, spike]);
    }),
  );

  test(
    `${name}: nothing is answered for a stretch, a channel or a site without readings`,
    using(async ({ store }) => {
      await store.append([batchOf(1, [{ atMs: day0, value: 1 }])]);
      const none = { bucketMs: null, tMs: [], min: [], avg: [], max: [], count: [], quality: [] };
      const stretch = { fromMs: day0 + 1, toMs: day0 + dayMs, points: 10 };
      expect(await store.range({ ...key, ...stretch })).toEqual({ unit: 'mm', ...none });
      expect(await store.range({ ...key, device: 'other', ...stretch })).toEqual({ unit: '', ...none });
      expect(await store.range({ ...key, fromMs: day0, toMs: day0, points: 10 })).toMatchObject(none);
    }),
  );

  const reading = fc.record({
    device: fc.constantFrom('crack-1', 'crack-2'),
    // Quarter seconds over three days, so that buckets meet their edges.
    atMs: fc.integer({ min: 0, max: 3 * 4 * 86_400 - 1 }).map((quarter) => day0 + quarter * 250),
    value: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    quality: fc.constantFrom(0, 0, 0, 1, 2, 8, 64, 66),
  });
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('append' as const), given: fc.array(reading, { maxLength: 40 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('maintain' as const), days: fc.integer({ min: 0, max: 6 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('range' as const),
        fromQuarter: fc.integer({ min: 0, max: 3 * 345_600 }),
        lengthMs: fc.integer({ min: 1, max: 3 * dayMs }),
        points: fc.integer({ min: 1, max: 60 }),
      }),
    },
  );

  test(`${name}: whatever is stored, closed and reopened, it answers like a plain array`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
        const opened = await open();
        let { store } = opened;
        const twin = openMemorySeries();
        let offset = 0;
        try {
          for (const one of steps) {
            if (one.kind === 'reopen') store = await opened.reopen();
            else if (one.kind === 'maintain') await store.maintain(day0 + one.days * dayMs + 7_200_000);
            else if (one.kind === 'append') {
              offset += 1;
              const batch = batchOf(offset, one.given);
              await store.append([batch]);
              await twin.append([batch]);
            } else {
              const fromMs = day0 + one.fromQuarter * 250;
              // At most two days, because beyond that roll-ups answer, whose buckets begin at whole minutes.
              const toMs = fromMs + Math.min(one.lengthMs, dayMs);
              const query = { ...key, fromMs, toMs, points: one.points };
              if (twin.readings.some(({ device }) => device === key.device))
                sameRange(await store.range(query), await twin.range(query));
            }
            expect(await store.cursor()).toBe(offset);
          }
          const byName = (a: { device: string }, b: { device: string }) => (a.device < b.device ? -1 : 1);
          const [ours, theirs] = [await store.latest(), await twin.latest()];
          const times = (list: typeof ours) => list.sort(byName).map(({ device, takenAtMs }) => [device, takenAtMs]);
          expect(times(ours)).toEqual(times(theirs));
        } finally {
          await opened.dispose();
        }
      }),
      { numRuns: 25 },
    );
  });
}
