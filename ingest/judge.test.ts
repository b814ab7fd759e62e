import { type Batch, qualityFlags } from '@tocsin/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeBatch, type SiteChannels } from './judge.ts';

const nowMs = 1_790_000_000_000;
type Point = { value?: number; atMs?: number; quality?: number; series?: number };

function batchOf(points: readonly Point[], unit = 'mm'): Batch {
  return {
    site: 'quarry',
    epoch: 'e1',
    lane: 'live',
    seq: 1,
    sentAtMs: nowMs,
    series: [
      { device: 'crack-1', channel: 'opening', unit },
      { device: 'crack-1', channel: 'colour', unit: 'mm' },
      { device: 'ghost', channel: 'opening', unit: 'mm' },
    ],
    columns: {
      series: Uint8Array.from(points, ({ series = 0 }) => series),
      takenAtMs: Float64Array.from(points, ({ atMs = nowMs }) => atMs),
      value: Float64Array.from(points, ({ value = 1 }) => value),
      quality: Uint8Array.from(points, ({ quality = 0 }) => quality),
    },
    events: [],
  };
}
const channels: SiteChannels = new Map([['crack-1', new Map([['opening', [{ unit: 'mm', min: 0, max: 100 }]]])]]);

describe('a point', () => {
  test.each<[string, Point, string | undefined]>([
    ['NaN', { value: Number.NaN }, 'VALUE_NOT_FINITE'],
    ['infinity', { value: Number.POSITIVE_INFINITY }, 'VALUE_NOT_FINITE'],
    ['minus infinity flagged as out of range', { value: -Infinity, quality: qualityFlags.range }, 'VALUE_NOT_FINITE'],
    ['minus zero', { value: -0 }, undefined],
    ['10^300', { value: 1e300 }, 'VALUE_OUT_OF_RANGE'],
    ['10^300 that the edge flagged', { value: 1e300, quality: qualityFlags.range }, undefined],
    ['just below the range', { value: -0.001 }, 'VALUE_OUT_OF_RANGE'],
    ['out of range with another flag', { value: 101, quality: qualityFlags.spike }, 'VALUE_OUT_OF_RANGE'],
    ['a clock in 1970', { atMs: 1_000 }, 'TIME_IMPLAUSIBLE'],
    ['a clock in 2106', { atMs: 4.29e12 }, 'TIME_IMPLAUSIBLE'],
    ['seconds for milliseconds', { atMs: nowMs / 1_000 }, 'TIME_IMPLAUSIBLE'],
    ['nanoseconds for milliseconds', { atMs: nowMs * 1e6 }, 'TIME_IMPLAUSIBLE'],
    ['no time at all', { atMs: Number.NaN }, 'TIME_IMPLAUSIBLE'],
    ['a day ahead', { atMs: nowMs + 86_400_000 }, undefined],
    ['a day and a bit ahead', { atMs: nowMs + 86_400_001 }, 'TIME_IMPLAUSIBLE'],
    ['ten years old', { atMs: nowMs - 3.15e11 }, undefined],
    ['an unknown channel', { series: 1 }, 'CHANNEL_UNKNOWN'],
    ['an unknown device', { series: 2 }, 'DEVICE_UNKNOWN'],
  ])('of %s is judged by itself and costs its neighbours nothing', (_, point, reason) => {
    const { batch, refused } = judgeBatch(batchOf([{ value: 5 }, point, { value: 6 }]), channels, nowMs);
    expect(refused.map((one) => one.reason)).toEqual(reason === undefined ? [] : [reason]);
    expect([...batch.columns.value].filter((value) => value === 5 || value === 6)).toEqual([5, 6]);
    expect(batch.columns.series).toHaveLength(reason === undefined ? 3 : 2);
  });

  test('in another unit than described is refused, convertible or not', () => {
    for (const unit of ['cm', 'Cel', ''])
      expect(judgeBatch(batchOf([{}], unit), channels, nowMs).refused[0]?.reason).toBe('UNIT_WRONG');
  });

  test('from a site that has not described itself is judged by value and time only', () => {
    const points = [{ series: 2 }, { value: 1e9 }, { value: Number.NaN }, { atMs: 5 }];
    const { batch, refused } = judgeBatch(batchOf(points), undefined, nowMs);
    expect(refused.map(({ reason }) => reason)).toEqual(['VALUE_NOT_FINITE', 'TIME_IMPLAUSIBLE']);
    expect([...batch.columns.value]).toEqual([1, 1e9]);
  });

  test('ahead of the clock by more than five minutes is kept and flagged', () => {
    const { batch, changed } = judgeBatch(
      batchOf([{ atMs: nowMs + 300_000 }, { atMs: nowMs + 300_001, quality: 64 }]),
      channels,
      nowMs,
    );
    expect([changed, [...batch.columns.quality]]).toEqual([true, [0, 64 | qualityFlags.clockSuspect]]);
  });
});

describe('a batch', () => {
  test('without anything to refuse is passed on as it is', () => {
    const batch = batchOf([{}, { value: 3 }]);
    expect(judgeBatch(batch, channels, nowMs)).toEqual({ batch, changed: false, refused: [] });
    expect(judgeBatch(batch, channels, nowMs).batch).toBe(batch);
  });

  test('is judged afresh when the site describes itself otherwise', () => {
    const batch = batchOf([{ value: 150 }]);
    expect(judgeBatch(batch, channels, nowMs).refused).toHaveLength(1);
    const wider: SiteChannels = new Map([['crack-1', new Map([['opening', [{ unit: 'mm', min: 0, max: 200 }]]])]]);
    expect(judgeBatch(batch, wider, nowMs).refused).toHaveLength(0);
    expect(judgeBatch(batch, channels, nowMs).refused).toHaveLength(1);
  });

  test('keeps exactly its fine points, in their order, and counts every other', () => {
    const point = fc.record({
      value: fc.oneof(fc.double(), fc.integer({ min: 0, max: 100 })),
      atMs: fc.oneof(fc.constant(nowMs), fc.double()),
      series: fc.nat(2),
      quality: fc.constantFrom(0, 1, 2),
    });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 40 }), (points) => {
        const fine = points.filter(
          ({ value, atMs, series, quality }) =>
            series === 0 &&
            Number.isFinite(value) &&
            atMs >= Date.UTC(2000, 0, 1) &&
            atMs <= nowMs + 86_400_000 &&
            ((value >= 0 && value <= 100) || (quality & qualityFlags.range) !== 0),
        );
        const { batch, refused } = judgeBatch(batchOf(points), channels, nowMs);
        expect([...batch.columns.value]).toEqual(fine.map(({ value }) => value));
        expect(refused.reduce((sum, { count }) => sum + count, 0)).toBe(points.length - fine.length);
      }),
    );
  });
});
