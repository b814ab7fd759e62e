import { expect, test } from 'vitest';
import { playHour } from './hours.ts';

/** Times between the end of a wish and the release that are not the watchdog's: a reading and a write, each lost once. */
const twoTripsMs = 4 * 500 + 250;

test('in 200 seeded hours of wishes at any moment the conflict monitor never sees an illegal request', () => {
  const sum = { holds: 0, calls: 0, extended: 0, refused: 0 };
  for (let seed = 1; seed <= 200; seed += 1) {
    const hour = playHour(seed);
    expect(hour.shouts, `seed ${seed}`).toEqual([]);
    expect(hour.unwantedMs, `seed ${seed}`).toBeLessThanOrEqual(hour.backupMs + twoTripsMs);
    for (const name of ['holds', 'calls', 'extended', 'refused'] as const) sum[name] += hour[name];
  }
  expect(sum.holds, 'holds').toBeGreaterThan(200);
  expect(sum.extended, 'extended clearances').toBeGreaterThan(200);
  expect(sum.calls, 'calls').toBeGreaterThan(2000);
  expect(sum.refused, 'refusals').toBeGreaterThan(1000);
}, 60_000);

test('a driver that asks whatever the signal shows makes the monitor shout', () => {
  expect(playHour(1, { reckless: true }).shouts.length).toBeGreaterThan(10);
});
