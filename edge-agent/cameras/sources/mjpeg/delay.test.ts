import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDelayMeter, stampOf } from './delay.ts';

/** Delays of pictures taken at 10 a second that were under way for `ways` ms, by a clock that is `offMs` off and runs `drift` fast. */
function measure(ways: readonly number[], offMs = 0, drift = 0): number[] {
  const meter = createDelayMeter();
  return ways.map((wayMs, i) => meter.delayMs(offMs + i * 100 * (1 + drift), i * 100 + wayMs));
}

describe('the meter', () => {
  test('a picture that was under way longer than the quickest is late by the difference', () => {
    expect(measure([40, 40, 340, 40])).toEqual([0, 0, expect.closeTo(300, 0), expect.closeTo(0, 0)]);
  });

  test('how far the camera’s clock is off makes no difference', () => {
    const ways = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(ways, fc.integer({ min: 0, max: 2_000_000_000_000 }), (list, offMs) => {
        const right = measure(list);
        for (const [i, delay] of measure(list, offMs).entries()) expect(delay).toBeCloseTo(right[i]!, 0);
      }),
    );
  });

  test('a delay is never negative and never more than the picture was under way', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 59_000 }), { minLength: 1, maxLength: 50 }), (ways) => {
        for (const [i, delay] of measure(ways).entries()) {
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThanOrEqual(ways[i]! + 1);
        }
      }),
    );
  });

  test('a stream that stays behind is still late after an hour', () => {
    const ways = [20, ...Array.from({ length: 36_000 }, () => 3_020)];
    expect(measure(ways).at(-1)).toBeGreaterThan(2_000);
  });

  test('clocks that drift apart make nothing late', () => {
    for (const drift of [100e-6, -100e-6]) {
      const ways = Array.from({ length: 36_000 }, () => 20);
      expect(Math.max(...measure(ways, 0, drift))).toBeLessThan(1);
    }
  });

  test('a clock that is set back or forth starts the measure anew', () => {
    const meter = createDelayMeter();
    expect(meter.delayMs(10_000, 100)).toBe(0);
    expect(meter.delayMs(5_000, 200)).toBe(0);
    expect(meter.delayMs(5_100, 400)).toBeCloseTo(100, 0);
    expect(meter.delayMs(9_000_000, 500)).toBe(0);
    expect(meter.delayMs(9_000_100, 600)).toBe(0);
  });

  test('a stream that falls behind little by little never passes for a clock that was set', () => {
    const ways = Array.from({ length: 3_000 }, (_, i) => 20 + 50 * i);
    const delays = measure(ways);
    expect(delays.at(-1)).toBeGreaterThan(140_000);
    expect(delays.every((delay, i) => i === 0 || delay >= delays[i - 1]!)).toBe(true);
  });
});

test.each<[string, string, number | undefined]>([
  [
    'of mjpg-streamer',
    '\r\n--boundarydonotcross\r\nContent-Type: image/jpeg\r\nContent-Length: 9\r\nX-Timestamp: 1700000000.250000\r\n\r\n',
    1_700_000_000_250,
  ],
  ['since the start of the camera', '--b\nx-timestamp: 12.5\n\n', 12_500],
  [
    'of the part before a broken picture gives way to the last',
    'X-Timestamp: 1\r\n\r\n…X-Timestamp: 9\r\nX-Timestamp: 2\r\n',
    2000,
  ],
  ['that is no number', 'X-Timestamp: soon\r\n', undefined],
  ['that is missing', '--b\r\n\r\n', undefined],
])('a stamp %s is read', (_, text, stampMs) => {
  expect(stampOf(Buffer.from(text))).toBe(stampMs);
});
