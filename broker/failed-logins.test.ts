import { expect, test } from 'vitest';
import { type FailedLogins, noteFailure } from './failed-logins.ts';

test('Each failure of an account or an address doubles the wait of the next refusal, up to five seconds.', () => {
  const failures: FailedLogins = new Map();
  const waits = Array.from({ length: 7 }, (_, n) => noteFailure(failures, ['account a', `address ${n}`], n));
  expect(waits).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
  expect(noteFailure(failures, ['account b', 'address 6'], 8), 'another account from a known address').toBe(500);
});

test('Five quiet minutes forgive, and memory is bounded.', () => {
  const failures: FailedLogins = new Map();
  for (let n = 0; n < 5; n += 1) noteFailure(failures, ['account a'], 0);
  expect(noteFailure(failures, ['account a'], 300_000)).toBe(250);
  for (let n = 0; n < 30_000; n += 1) noteFailure(failures, [`account ${n}`], 300_000);
  expect(failures.size).toBeLessThanOrEqual(10_000);
});
