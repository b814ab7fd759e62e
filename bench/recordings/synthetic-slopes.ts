import { type Chance, chance } from '../../simulators/chance/chance.ts';
import { type ReadingsStory, slopeReadings } from '../../simulators/slope/readings.ts';

/**
 * Slopes that are on no recording, each hard in its own way, so that nobody can fit to the few that are. Made from published laws;
 * times in seconds, displacement in mm or tilt in degrees.
 */
export type SyntheticSlope = {
  name: string;
  unit: 'mm' | 'deg';
  everyS: number;
  untilS: number;
  /** When it fails; without it every level above blue is false. */
  failureS?: number;
  /** Red may come this early and must come this late before the failure, days. */
  redDays?: [earliest: number, latest: number];
  /** For slopes that hold: the highest level allowed. */
  levelMax?: number;
  readings(luck: Chance): { tS: number; value: number }[];
};

const [hourS, dayS] = [3_600, 86_400];

/**
 * Voight's law v' = A v^alpha (Voight 1989, Science 243:200) from `onsetS` to `failureS`: v = v0 u^-p with u the share of time left and
 * p = 1 / (alpha - 1); the displacement is its integral. The mass is no block any more when u is below 1 in 2,000.
 */
function voight(
  { v0, onsetS, failureS, alpha }: Record<'v0' | 'onsetS' | 'failureS' | 'alpha', number>,
  tS: number,
): number {
  if (tS <= onsetS) return v0 * tS;
  const span = failureS - onsetS;
  const u = Math.max(1 / 2000, (failureS - tS) / span);
  const p = 1 / (alpha - 1);
  const grown = p === 1 ? -Math.log(u) : (u ** (1 - p) - 1) / (p - 1);
  return v0 * (onsetS + span * grown);
}

type Collapse = {
  name: string;
  unit?: 'mm' | 'deg';
  everyS: number;
  perDay: number;
  onsetD: number;
  failureD: number;
  alpha: number;
  noise: number;
  redDays: [number, number];
};

const collapse = ({
  name,
  unit = 'mm',
  everyS,
  perDay,
  onsetD,
  failureD,
  alpha,
  noise,
  redDays,
}: Collapse): SyntheticSlope => {
  const law = { v0: perDay / dayS, onsetS: onsetD * dayS, failureS: failureD * dayS, alpha };
  const step = noise / 4;
  return {
    name,
    unit,
    everyS,
    untilS: law.failureS - everyS,
    failureS: law.failureS,
    redDays,
    readings(luck) {
      const count = Math.floor(law.failureS / everyS);
      return Array.from({ length: count }, (_, i) => {
        const tS = i * everyS;
        return { tS, value: Math.round((voight(law, tS) + noise * luck.gauss()) / step) * step };
      });
    },
  };
};

const holding = (
  name: string,
  everyS: number,
  untilS: number,
  levelMax: number,
  story: ReadingsStory,
): SyntheticSlope => ({
  name,
  unit: 'mm',
  everyS,
  untilS,
  levelMax,
  readings: (luck) => slopeReadings(story, { untilS, stepS: everyS }, luck).map(({ tS, mm }) => ({ tS, value: mm })),
});

const mmPerDay = (mm: number) => mm / dayS;

/** The slopes, hardest things first. */
export const syntheticSlopes: readonly SyntheticSlope[] = [
  collapse({
    name: 'collapse, hourly, alpha 1.7, noise 0.2 mm',
    everyS: hourS,
    perDay: 1,
    onsetD: 20,
    failureD: 35,
    alpha: 1.7,
    noise: 0.2,
    redDays: [7, 0.25],
  }),
  collapse({
    name: 'collapse, hourly, alpha 2.2, noise 0.2 mm',
    everyS: hourS,
    perDay: 1,
    onsetD: 20,
    failureD: 35,
    alpha: 2.2,
    noise: 0.2,
    redDays: [7, 0.25],
  }),
  collapse({
    name: 'collapse in 36 h, every 10 min, alpha 2',
    everyS: 600,
    perDay: 3,
    onsetD: 8,
    failureD: 9.5,
    alpha: 2,
    noise: 0.2,
    redDays: [1.5, 0.08],
  }),
  collapse({
    name: 'collapse, daily GNSS with noise 2 mm, alpha 2',
    everyS: dayS,
    perDay: 1,
    onsetD: 60,
    failureD: 120,
    alpha: 2,
    noise: 2,
    redDays: [7, 0.9],
  }),
  collapse({
    name: 'tilt that fails, hourly, noise 0.005°',
    unit: 'deg',
    everyS: hourS,
    perDay: 0.02,
    onsetD: 20,
    failureD: 30,
    alpha: 2,
    noise: 0.005,
    redDays: [7, 0.1],
  }),
  holding('four reservoir steps a year, daily', dayS, 365 * dayS, 2, {
    creepMmPerS: mmPerDay(0.1),
    noiseMm: 0.5,
    steps: [40, 130, 220, 310].map((d) => ({ atS: d * dayS, sizeMm: 60, lengthS: 6 * dayS })),
  }),
  holding('rain bursts that die down, hourly', hourS, 90 * dayS, 2, {
    creepMmPerS: mmPerDay(1),
    noiseMm: 0.2,
    bursts: [25, 60].map((d) => ({ atS: d * dayS, factor: 4, riseS: 12 * hourS, decayS: 2 * dayS })),
  }),
  holding('steady creep with warm days, spikes, a reset, a gap, hourly', hourS, 90 * dayS, 0, {
    creepMmPerS: mmPerDay(0.3),
    noiseMm: 0.2,
    temperature: { meanCel: 12, dayCel: 8, weatherCel: 4, mmPerK: 0.05 },
    spikes: [20, 31, 55].map((d) => ({ atS: d * dayS, sizeMm: 50 })),
    resets: [{ atS: 40 * dayS, jumpMm: -120 }],
    gaps: [{ fromS: 65 * dayS, untilS: 68 * dayS }],
  }),
];

/** Readings of one slope with one seed, as the text of a recording. */
export function slopeCsv(slope: SyntheticSlope, seed: number): string {
  const rows = slope
    .readings(chance(`${slope.name}/${seed}`))
    .map(({ tS, value }) => `${tS},${Number(value.toFixed(5))}`);
  return ['t,value', ...rows].join('\n');
}
