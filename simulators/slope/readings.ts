import type { Chance } from '../chance/chance.ts';
import { displacementMm, type SlopeStory } from './slope.ts';

/**
 * What an instrument on a slope reads over a stretch of time: the slope's own story, pushes that die down (rain, reservoir),
 * and everything instruments do: daily and yearly temperature, resets, spikes, a stuck value, silence, irregular times.
 * Times are seconds into the story.
 */
export type ReadingsStory = SlopeStory & {
  /**
   * A reservoir or thaw step: `sizeMm` gained as 1 − e^−x (1 + x) with x in units of `lengthS`, so that the velocity rises, peaks
   * at `lengthS` and dies down (step-like slides of the Three Gorges kind).
   */
  steps?: readonly { atS: number; sizeMm: number; lengthS: number }[];
  /** A rain burst: creep is multiplied by up to 1 + `factor`, reached after `riseS`, falling back exponentially with `decayS`. */
  bursts?: readonly { atS: number; factor: number; riseS: number; decayS: number }[];
  /** Air temperature as a day and a year: Celsius, and what the instrument makes of it (0.01–0.1 mm/K, domain.md §1.7). */
  temperature?: { meanCel: number; dayCel: number; yearCel?: number; weatherCel?: number; mmPerK: number };
  /** The instrument jumps and the ground does not; `flagged` where the gateway says so, two readings later. */
  resets?: readonly { atS: number; jumpMm: number; flagged?: boolean }[];
  /** One wild reading at or after `atS`. */
  spikes?: readonly { atS: number; sizeMm: number }[];
  stuck?: readonly { fromS: number; untilS: number }[];
  gaps?: readonly { fromS: number; untilS: number }[];
  /** Resolution of the instrument in mm; 0.01 without it. */
  resolutionMm?: number;
};

export type SlopeReading = { tS: number; mm: number; temperatureCel?: number; reset?: true };

const dayS = 86_400;
const yearS = 365.25 * dayS;

function pushedMm({ steps = [], bursts = [], creepMmPerS }: ReadingsStory, tS: number): number {
  let mm = 0;
  for (const { atS, sizeMm, lengthS } of steps) {
    const x = Math.max(0, (tS - atS) / lengthS);
    mm += sizeMm * (1 - Math.exp(-x) * (1 + x));
  }
  for (const { atS, factor, riseS, decayS } of bursts) {
    const rising = Math.min(Math.max(0, tS - atS), riseS);
    const falling = Math.max(0, tS - atS - riseS);
    mm += creepMmPerS * factor * (rising ** 2 / (2 * riseS) + decayS * (1 - Math.exp(-falling / decayS)));
  }
  return mm;
}

/** True displacement of the ground in mm, without anything the instrument adds. */
export function groundMm(story: ReadingsStory, tS: number): number {
  return displacementMm(story, tS) + pushedMm(story, tS);
}

/** Air temperature in Celsius: warmest in mid-afternoon and in summer of a story that begins at midnight in January. */
function airCel(story: ReadingsStory, tS: number, weather: number): number {
  const { meanCel = 0, dayCel = 0, yearCel = 0, weatherCel = 0 } = story.temperature ?? {};
  const day = Math.sin(2 * Math.PI * (tS / dayS - 0.375));
  const year = Math.sin(2 * Math.PI * (tS / yearS - 0.25));
  return meanCel + dayCel * day + yearCel * year + weatherCel * weather;
}

export type Sampling = {
  fromS?: number;
  untilS: number;
  stepS: number;
  /** Times wander by up to this share of a step on either side. */
  jitterShare?: number;
};

/** The readings of an instrument in order of time; the same story and seed give the same readings. */
export function slopeReadings(story: ReadingsStory, sampling: Sampling, luck: Chance): SlopeReading[] {
  const { fromS = 0, untilS, stepS, jitterShare = 0 } = sampling;
  const noise = luck.fork('noise');
  const jitter = luck.fork('jitter');
  const sky = luck.fork('weather');
  const resolution = story.resolutionMm ?? 0.01;
  const decimals = Math.max(0, Math.ceil(-Math.log10(resolution)) + 1);
  const spikes = [...(story.spikes ?? [])].sort((a, b) => a.atS - b.atS);
  const flags: number[] = [];
  const resets = [...(story.resets ?? [])].sort((a, b) => a.atS - b.atS);
  const readings: SlopeReading[] = [];
  let offset = 0;
  let weather = 0;
  let held: number | undefined;
  for (let i = 0, nominalS = fromS; nominalS <= untilS; i += 1, nominalS = fromS + i * stepS) {
    const tS = nominalS + (jitterShare > 0 ? (2 * jitter.next() - 1) * jitterShare * stepS : 0);
    // Weather forgets over three days, like fronts do.
    const keep = Math.exp(-stepS / (3 * dayS));
    weather = keep * weather + Math.sqrt(1 - keep * keep) * sky.gauss();
    const error = noise.gauss() * story.noiseMm;
    if (story.gaps?.some(({ fromS: from, untilS: until }) => tS >= from && tS < until)) continue;
    while (resets[0] !== undefined && resets[0].atS <= tS) {
      offset += resets[0].jumpMm;
      if (resets[0].flagged) flags.push(readings.length + 2);
      resets.shift();
    }
    const cel = airCel(story, tS, weather);
    const warm = story.temperature ? story.temperature.mmPerK * (cel - story.temperature.meanCel) : 0;
    let mm = groundMm(story, tS) + warm + offset + error;
    if (spikes[0] !== undefined && spikes[0].atS <= tS) mm += spikes.shift()!.sizeMm;
    mm = Number((Math.round(mm / resolution) * resolution).toFixed(decimals));
    if (story.stuck?.some(({ fromS: from, untilS: until }) => tS >= from && tS < until)) mm = held ?? mm;
    held = mm;
    const reading: SlopeReading = { tS, mm };
    if (story.temperature) reading.temperatureCel = Math.round(cel * 10) / 10;
    if (flags[0] === readings.length) {
      reading.reset = true;
      flags.shift();
    }
    readings.push(reading);
  }
  return readings;
}

/** The same readings as instants in milliseconds from `epochMs`. */
export function inMs(readings: readonly SlopeReading[], epochMs: number): (SlopeReading & { takenAtMs: number })[] {
  return readings.map((reading) => ({ ...reading, takenAtMs: epochMs + Math.round(reading.tS * 1000) }));
}
