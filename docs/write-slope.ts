import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chance } from '../simulators/chance/chance.ts';
import { type ReadingsStory, slopeReadings } from '../simulators/slope/readings.ts';

/**
 * The simulated recording behind docs/slope.md: two crack gauges and a rain gauge on a slope that creeps 1 mm/d, answers a storm
 * with a burst that dies down, and fails at the end. Rewrite with `node docs/write-slope.ts`.
 */
const dayS = 86_400;
const stepS = 7200;
const days = 61;
const stormDay = 20;
const startMs = Date.UTC(2024, 3, 1);

const story = (share: number, noiseMm: number): ReadingsStory => ({
  creepMmPerS: share / dayS,
  noiseMm,
  temperature: { meanCel: 8, dayCel: 5, weatherCel: 3, mmPerK: 0.03 },
  bursts: [{ atS: (stormDay + 0.5) * dayS, factor: 3, riseS: 0.5 * dayS, decayS: 2 * dayS }],
  onsetS: 40 * dayS,
  failureS: 60 * dayS,
  velocityMaxMmPerS: 2e-3,
});

/** The table of the recording: time, both gauges in mm, rain in mm. */
export function slopeExample(): string {
  const luck = chance('docs/slope');
  const sampling = { untilS: days * dayS, stepS };
  const upper = slopeReadings(story(1, 0.15), sampling, luck.fork('upper'));
  const lower = slopeReadings(story(0.6, 0.25), sampling, luck.fork('lower'));
  const sky = luck.fork('rain');
  const rows = upper.map(({ tS, mm }, i) => {
    const day = tS / dayS - stormDay;
    const storm = day > 0 && day <= 1 ? 8 + 6 * sky.next() : 0;
    const shower = sky.next() < 0.02 ? 3 * sky.next() : 0;
    const rainMm = Math.round((storm + shower) * 5) / 5;
    return [new Date(startMs + tS * 1000).toISOString(), mm, lower[i]!.mm, rainMm].join(',');
  });
  return ['time,upper_mm,lower_mm,rain_mm', ...rows, ''].join('\n');
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'examples', 'slope.csv'), slopeExample());
