import { chance } from '../../simulators/chance/chance.ts';

/**
 * Things that happen in rooms, as curves of temperature (°C), smoke (%/m) and CO (ppm) over seconds since they began, after an hour of
 * quiet. Fires follow published shapes, nuisances those of the test catalogues (Cleary and Ono 2001, NIST SP 965).
 */
export type SyntheticRoom = {
  name: string;
  everyS: number;
  lengthS: number;
  /** An alarm must come within these seconds of the beginning; without it every alarm is false. */
  alarmWithinS?: number;
  celsius(s: number): number;
  smoke(s: number): number;
  co(s: number): number;
};

export const quietS = 3_600;
const none = () => 0;
/** Rises from 0 to 1 over `lengthS` and stays. */
const ramp = (lengthS: number) => (s: number) => Math.min(1, Math.max(0, s / lengthS));
/** Up to 1 and back to 0 within `lengthS`. */
const hump = (lengthS: number) => (s: number) => (s > 0 && s < lengthS ? Math.sin((Math.PI * s) / lengthS) : 0);

/** Temperature under a ceiling of 2.7 m at 3 m from a t-squared fire (Alpert 1972: 5.38 (Q/r)^(2/3) / H). */
const jet = (alphaKwPerS2: number, capKw: number) => (s: number) =>
  (5.38 * (Math.min(capKw, alphaKwPerS2 * Math.max(0, s) ** 2) / 3) ** (2 / 3)) / 2.7;

/** Optical density 0.02 1/(m K) of mixed fuels (Heskestad and Delichatsios 1977), as obscuration. */
const obscuration = (riseK: number) => 100 * (1 - 10 ** (-0.02 * riseK));

const flaming = (name: string, alpha: number, everyS: number, alarmWithinS: number): SyntheticRoom => {
  const rise = jet(alpha, 500);
  return { name, everyS, lengthS: 900, alarmWithinS, celsius: rise, smoke: (s) => obscuration(rise(s)), co: rise };
};

/** The rooms; some at 60 s, because most building systems are that slow. */
export const syntheticRooms: readonly SyntheticRoom[] = [
  flaming('fast flaming fire (0.0469 kW/s²), 1 s', 0.0469, 1, 120),
  flaming('medium flaming fire (0.0117 kW/s²), 10 s', 0.01172, 10, 240),
  flaming('slow flaming fire (0.0029 kW/s²), 60 s', 0.00293, 60, 480),
  {
    name: 'smouldering: smoke 12 %/m and CO 150 ppm over an hour, no heat, 10 s',
    everyS: 10,
    lengthS: 3_600,
    alarmWithinS: 2_400,
    celsius: (s) => 2 * ramp(3_600)(s),
    smoke: (s) => 12 * ramp(3_600)(s) ** 1.5,
    co: (s) => 150 * ramp(3_600)(s),
  },
  {
    name: 'smoke that grows by a tenth of the alarm level an hour, 60 s',
    everyS: 60,
    lengthS: 15 * 3_600,
    alarmWithinS: 15 * 3_600,
    celsius: none,
    smoke: (s) => (6 * s) / 36_000,
    co: none,
  },
  {
    name: 'cooking: puffs of 3 %/m, 8 K in ten minutes, 10 s',
    everyS: 10,
    lengthS: 3_600,
    celsius: (s) => 8 * hump(1_800)(s),
    smoke: (s) => (s < 1_800 ? 3 * Math.max(0, Math.sin(s / 40)) ** 6 : 0),
    co: (s) => 6 * hump(1_800)(s),
  },
  {
    name: 'sun on the detector: 16 K in an hour and back, 60 s',
    everyS: 60,
    lengthS: 10_800,
    celsius: (s) => 16 * hump(7_200)(s),
    smoke: none,
    co: none,
  },
  {
    name: 'steam of a shower: 5 %/m for two minutes, no CO, 10 s',
    everyS: 10,
    lengthS: 1_800,
    celsius: (s) => 3 * hump(600)(s),
    smoke: (s) => 5 * hump(120)(s),
    co: none,
  },
  {
    name: 'heating switched on: 1.5 K/min for eight minutes, 60 s',
    everyS: 60,
    lengthS: 3_600,
    celsius: (s) => 12 * ramp(480)(s),
    smoke: none,
    co: none,
  },
];

/** What a combined detector reads of it, with 0.1 K, 0.02 %/m and 0.5 ppm of noise, as the text of a recording. */
export function roomCsv({ name, everyS, lengthS, celsius, smoke, co }: SyntheticRoom, seed: number): string {
  const luck = chance(`${name}/${seed}`);
  const lines = ['t,celsius,smoke,co'];
  for (let t = 0; t <= quietS + lengthS; t += everyS) {
    const s = t - quietS;
    const [cel, dim, gas] = s > 0 ? [celsius(s), smoke(s), co(s)] : [0, 0, 0];
    const row = [21 + cel + 0.1 * luck.gauss(), 0.1 + dim + 0.02 * luck.gauss(), 2 + gas + 0.5 * luck.gauss()];
    lines.push([t, ...row.map((value, at) => Math.max(at === 0 ? -40 : 0, value).toFixed(2))].join(','));
  }
  return lines.join('\n');
}
