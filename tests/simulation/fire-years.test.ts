import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Found, Year } from './fire-years.ts';

/**
 * Detector-years at one sample a minute in which nothing burns: noise, dirt, days and seasons, sun, traffic, swapped sensors and
 * silences, without cooking. No alarm may come, and at most one pre-alarm in two years. Each year ends with a fire, so that a
 * detector gone deaf could not pass.
 */
const times = process.env.TOCSIN_LONG === '1' ? 10 : 1;
const minutesPerYear = 525_600;
const processes = 2;

/** Fifty detector-years by what the detector has and how it is set. */
const fleet: (Omit<Year, 'seed'> & { years: number })[] = [
  { years: 14, kinds: ['temperature'] },
  { years: 5, kinds: ['temperature'], given: { heatClass: 'A1R' } },
  { years: 2, kinds: ['temperature'], given: { heatClass: 'A2S' } },
  { years: 14, kinds: ['smoke'] },
  { years: 6, kinds: ['co'] },
  { years: 2, kinds: ['co'], given: { standard: 'EN 50291' } },
  { years: 1, kinds: ['co'], given: { standard: 'EN 54-26' } },
  { years: 3, kinds: ['temperature', 'smoke'] },
  { years: 1, kinds: ['temperature', 'co'] },
  { years: 2, kinds: ['temperature', 'smoke', 'co'] },
];

const years: Year[] = fleet.flatMap((row, index) =>
  Array.from({ length: row.years * times }, (_, i) => ({
    seed: `fire-years/${index}/${i}`,
    kinds: row.kinds,
    ...(row.given === undefined ? {} : { given: row.given }),
  })),
);

async function live(some: readonly Year[]): Promise<Found[]> {
  const script = join(import.meta.dirname, 'fire-years.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(some)], { maxBuffer: 1e8 });
  return JSON.parse(stdout) as Found[];
}

test(
  `${50 * times} quiet detector-years at one sample a minute give no alarm, and a fire after each of them gives one`,
  async () => {
    const shares = Array.from({ length: processes }, (_, share) => years.filter((_year, i) => i % processes === share));
    const found = (await Promise.all(shares.map(live))).flat();
    const sum = (of: (one: Found) => number) => found.reduce((total, one) => total + of(one), 0);
    expect(found.length).toBe(50 * times);
    expect(sum(({ samples }) => samples)).toBeGreaterThan(50 * minutesPerYear * times);
    expect(found.flatMap(({ alarms }) => alarms)).toEqual([]);
    expect(sum(({ preAlarms }) => preAlarms)).toBeLessThanOrEqual(25 * times);
    for (const { fireAfterMin } of found) {
      expect(fireAfterMin).toBeGreaterThanOrEqual(0);
      expect(fireAfterMin).toBeLessThanOrEqual(6);
    }
  },
  300_000 * times,
);
