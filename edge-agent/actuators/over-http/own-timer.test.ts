import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOwnTimer } from './own-timer.ts';

const held = (tells = false) => {
  const timer = createOwnTimer(tells);
  timer.sent({ away: true, lapseMs: 10_000, atMs: 0 });
  return timer;
};

test('an act that ends by itself in time, or by an order, is right', () => {
  const timer = held();
  timer.heard({ away: true, atMs: 9_000 });
  timer.heard({ away: true, atMs: 11_900 });
  timer.heard({ away: false, atMs: 12_500 });
  expect([timer.wrong(), timer.isHeld()]).toEqual([undefined, false]);
});

test('an act that still stands two seconds after its lease was not ended by the device, and a renewal puts the end off', () => {
  const timer = held();
  timer.sent({ away: true, lapseMs: 10_000, atMs: 9_000 });
  timer.heard({ away: true, atMs: 20_000 });
  expect(timer.wrong()).toBeUndefined();
  timer.heard({ away: true, atMs: 21_001 });
  expect(timer.wrong()).toMatch(/not renewed for 10000 ms/);
});

test('a report of rest from before the act began ends nothing', () => {
  const timer = held();
  timer.heard({ away: false, atMs: 50 });
  expect(timer.isHeld()).toBe(true);
});

test('what nobody here ordered, as a person at the device does, says nothing about its timer', () => {
  const timer = createOwnTimer(true);
  timer.heard({ away: true, leftMs: 0, atMs: 1_000_000 });
  timer.sent({ away: true, lapseMs: undefined, atMs: 1_000_000 });
  timer.heard({ away: true, leftMs: 0, atMs: 9_000_000 });
  expect(timer.wrong()).toBeUndefined();
});

test.each<[string, number | undefined, number, RegExp | undefined]>([
  ['a right one', 9_000, 1_000, undefined],
  ['rounded up', 11_000, 100, undefined],
  ['none', 0, 1_000, /no timer of its own runs/],
  ['nothing at all', undefined, 1_000, /no timer of its own runs/],
  ['none near the end', 0, 9_500, undefined],
  ['far too long a one', 3_600_000, 1_000, /long after the lease/],
])('the time left is judged: %s', (_, leftMs, atMs, says) => {
  const timer = held(true);
  timer.heard({ away: true, leftMs, atMs });
  if (says === undefined) expect(timer.wrong()).toBeUndefined();
  else expect(timer.wrong()).toMatch(says);
});

test('a right time left clears what was wrong', () => {
  const timer = held(true);
  timer.heard({ away: true, leftMs: 0, atMs: 1_000 });
  timer.heard({ away: true, leftMs: 8_000, atMs: 2_000 });
  expect(timer.wrong()).toBeUndefined();
});

test('a device that keeps its leases is never accused, however it is ordered and asked', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('on', 'off', 'ask'), fc.integer({ min: 1, max: 9_000 })), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, (story) => {
      const timer = createOwnTimer(true);
      let atMs = 0;
      let endMs = 0;
      for (const [what, afterMs] of story) {
        atMs += afterMs;
        if (what === 'ask') {
          const leftMs = Math.max(0, Math.ceil((endMs - atMs) / 1000) * 1000);
          timer.heard({ away: endMs > atMs, leftMs, atMs });
        } else {
          endMs = what === 'on' ? atMs + 10_000 : atMs;
          timer.sent({ away: what === 'on', lapseMs: 10_000, atMs });
        }
        expect(timer.wrong()).toBeUndefined();
      }
    }),
  );
});
