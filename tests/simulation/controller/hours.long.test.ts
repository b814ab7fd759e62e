import { expect, test } from 'vitest';
import { playHour } from './hours.ts';

test('in 10,000 seeded hours the conflict monitor never sees an illegal request', () => {
  let holds = 0;
  for (let seed = 1001; seed <= 11_000; seed += 1) {
    const hour = playHour(seed);
    expect(hour.shouts, `seed ${seed}`).toEqual([]);
    holds += hour.holds;
  }
  expect(holds).toBeGreaterThan(100_000);
}, 3_600_000);
