import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countFrame, framesPerSecond, noFrames } from './frame-rate.ts';
import { createNewest } from './newest.ts';

const frame = (number: number, capturedAtMs: number) => ({ jpeg: new Uint8Array(1), number, capturedAtMs });

describe('the slot', () => {
  test('the newest picture wins and the one it displaced is counted', () => {
    const newest = createNewest({ maxAgeMs: 1000 });
    newest.put(frame(1, 100));
    newest.put(frame(2, 200));
    expect(newest.take(300)?.number).toBe(2);
    expect(newest.take(300)).toBeUndefined();
    expect(newest.counters()).toEqual({ arrived: 2, taken: 1, dropped: 1, stale: 0 });
  });

  test('a picture older than the limit when it is taken is stale, also when it came just now', () => {
    const newest = createNewest({ maxAgeMs: 1000 });
    newest.put(frame(1, 0));
    expect(newest.take(1001)).toBeUndefined();
    newest.put(frame(2, 0));
    expect(newest.take(1000)?.number).toBe(2);
    expect(newest.counters()).toEqual({ arrived: 2, taken: 1, dropped: 0, stale: 1 });
  });

  test('whatever comes and goes, every picture is taken, dropped, stale or still waiting, and none is old', () => {
    const step = fc.record({ put: fc.boolean(), passMs: fc.nat(800), lateMs: fc.nat(1500) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const newest = createNewest({ maxAgeMs: 1000 });
        let nowMs = 0;
        for (const [number, { put, passMs, lateMs }] of steps.entries()) {
          nowMs += passMs;
          if (put) newest.put(frame(number, nowMs - lateMs));
          else expect(nowMs - (newest.take(nowMs)?.capturedAtMs ?? nowMs)).toBeLessThanOrEqual(1000);
        }
        const { arrived, taken, dropped, stale } = newest.counters();
        expect(arrived - taken - dropped - stale).toBeGreaterThanOrEqual(0);
        expect(arrived - taken - dropped - stale).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('the rate', () => {
  test('it is not known before a whole window has passed, and then falls to 0 when nothing comes', () => {
    let rate = noFrames;
    expect(framesPerSecond(rate, 99_999, 5_000)).toBeUndefined();
    for (let atMs = 100; atMs <= 5_000; atMs += 100) rate = countFrame(rate, atMs, 5_000);
    expect(framesPerSecond(rate, 5_000, 5_000)).toBeUndefined();
    rate = countFrame(rate, 5_100, 5_000);
    expect([5_100, 7_600, 10_100].map((atMs) => framesPerSecond(rate, atMs, 5_000))).toEqual([10, 5, 0]);
  });

  test('a steady camera has its own rate, and memory stays bounded at any', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 90, noNaN: true }), (hz) => {
        let rate = noFrames;
        let atMs = 0;
        for (; atMs < 12_000; atMs += 1000 / hz) rate = countFrame(rate, atMs, 5_000);
        expect(Math.abs(framesPerSecond(rate, atMs, 5_000)! - hz)).toBeLessThanOrEqual(0.4);
      }),
      { numRuns: 30 },
    );
    let flood = noFrames;
    for (let i = 0; i < 3_000; i += 1) flood = countFrame(flood, i / 10, 5_000);
    expect(flood.timesAtMs.length).toBe(500);
  });
});
