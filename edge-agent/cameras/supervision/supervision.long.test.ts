import { chance } from '@tocsin/simulators';
import { expect, test } from 'vitest';
import { drawGrid, drawStreet } from './drawn-grids.ts';
import { drawHour } from './drawn-hours.ts';
import { stepSupervision, unwatched, usualSupervision, viewOf } from './supervision.ts';

/**
 * Four minutes of one hour of some day before one of a thousand streets, nothing of which is wrong: every trouble is a
 * false alarm. Every other camera has the reference of a calibration made by day.
 */
test('at most one in a thousand seeded hours of day and night is told to be wrong', { timeout: 600_000 }, () => {
  const wrong: string[] = [];
  const config = { ...usualSupervision, fpsMin: 0.5 };
  for (let seed = 0; seed < 1000; seed += 1) {
    const luck = chance(`hour ${seed}`);
    const street = drawStreet(luck);
    const hour = drawHour(luck, 240);
    const reference = seed % 2 === 1 ? viewOf(drawGrid(street, {}, luck)) : undefined;
    let state = unwatched;
    const told = new Set<string>();
    for (let tS = 0; tS < 240; tS += 1) {
      const stepped = stepSupervision(
        state,
        { atMs: 1000 * tS, grid: drawGrid(street, hour(tS), luck), reference },
        config,
      );
      state = stepped.state;
      for (const { name, detail } of stepped.troubles) told.add(`${name}: ${detail}`);
    }
    if (told.size > 0) wrong.push(`${seed}: ${[...told].join(' ')}`);
  }
  expect(wrong.length, wrong.join('\n')).toBeLessThanOrEqual(1);
});
