import type { Chance } from '../chance/chance.ts';
import { disturbance, type Nuisance } from './nuisance.ts';

/**
 * A t-squared fire under a ceiling, seen by detectors.
 * Heat release Q = alpha t² (NFPA 92; fast fire alpha = 0.0469 kW/s²). Ceiling jet by Alpert 1972: for r/H > 0.18
 * ΔT = 5.38 (Q/r)^(2/3) / H, u = 0.195 Q^(1/3) H^(1/2) / r^(5/6); nearer the plume ΔT = 16.9 Q^(2/3) / H^(5/3),
 * u = 0.96 (Q/H)^(1/3). A heat sensor lags by dTd/dt = √u (Tg − Td) / RTI (Heskestad and Smith 1976).
 * Smoke follows temperature: optical density per kelvin about 0.02 1/(m K) for mixed fuels (Heskestad and Delichatsios 1977
 * give 0.01–0.05); CO rises about 1 ppm per kelvin in the open flaming range and more when the fire is starved.
 */
export type FireStory = {
  ignitionS?: number;
  /** kW/s²: slow 0.00293, medium 0.01172, fast 0.0469, ultra-fast 0.1876. */
  alphaKwPerS2: number;
  heatMaxKw: number;
  /** When the fire is put out; it then dies away with a time constant of 20 s. */
  outS?: number;
  ambientCel: number;
  /** Smouldering before the flames, or without any. */
  smoulder?: Smoulder;
  /** What else raises smoke at the detector. */
  nuisances?: readonly Nuisance[];
};

/**
 * Smouldering: smoke and CO at the detector grow by the square of time up to these values, with next to no heat, until it flames.
 * The sizes are the story's own; 0.1 1/m and 100 ppm within an hour is a slow chair.
 */
export type Smoulder = { fromS: number; growthS: number; opticalDensityPerM: number; coPpm: number };

function smoulderShare({ smoulder }: FireStory, tS: number): number {
  return smoulder === undefined || tS <= smoulder.fromS
    ? 0
    : Math.min(1, (tS - smoulder.fromS) / smoulder.growthS) ** 2;
}

/** A place under the ceiling: distance from the fire's axis and ceiling height, both metres. */
export type DetectorPlace = { radiusM: number; ceilingM: number };

/** Heat release in kW at `tS` seconds into the story. */
export function heatReleaseKw(story: FireStory, tS: number): number {
  const { ignitionS, alphaKwPerS2, heatMaxKw, outS } = story;
  if (ignitionS === undefined || tS <= ignitionS) return 0;
  const grown = (untilS: number) => Math.min(heatMaxKw, alphaKwPerS2 * (untilS - ignitionS) ** 2);
  return outS === undefined || tS <= outS ? grown(tS) : grown(outS) * Math.exp(-(tS - outS) / 20);
}

/** Gas temperature rise (K) and speed (m/s) of the ceiling jet at a place. */
export function ceilingJet(heatKw: number, { radiusM, ceilingM }: DetectorPlace): { riseK: number; speedMps: number } {
  if (heatKw <= 0) return { riseK: 0, speedMps: 0 };
  if (radiusM / ceilingM <= 0.18) {
    return { riseK: (16.9 * heatKw ** (2 / 3)) / ceilingM ** (5 / 3), speedMps: 0.96 * (heatKw / ceilingM) ** (1 / 3) };
  }
  return {
    riseK: (5.38 * (heatKw / radiusM) ** (2 / 3)) / ceilingM,
    speedMps: (0.195 * heatKw ** (1 / 3) * Math.sqrt(ceilingM)) / radiusM ** (5 / 6),
  };
}

export type DetectorValues = { temperatureCel: number; obscurationPctPerM: number; coPpm: number };

/**
 * A combined smoke, heat and CO detector at one place; `step` advances it and answers what it reads.
 * RTI 20 √(m s) is a quick detector element; noise is 0.1 K, 0.02 %/m and 0.5 ppm.
 */
export function createDetector(story: FireStory, place: DetectorPlace, luck: Chance) {
  let sensorCel = story.ambientCel;
  let smokePerM = 0;
  let coPpm = 1;
  return {
    step(tS: number, dtS: number): DetectorValues {
      const { riseK, speedMps } = ceilingJet(heatReleaseKw(story, tS), place);
      const smoulder = smoulderShare(story, tS);
      const nuisance = disturbance(story.nuisances ?? [], tS);
      const gasCel = story.ambientCel + riseK + nuisance.riseK;
      const lag = speedMps > 0 ? Math.sqrt(speedMps) / 20 : 1 / 60;
      sensorCel += (gasCel - sensorCel) * (1 - Math.exp(-lag * dtS));
      const opticalDensityPerM = 0.02 * riseK + smoulder * (story.smoulder?.opticalDensityPerM ?? 0);
      smokePerM += (opticalDensityPerM - smokePerM) * (1 - Math.exp(-dtS / 3));
      const gasPpm = 1 + riseK + smoulder * (story.smoulder?.coPpm ?? 0) + nuisance.coPpm;
      coPpm += (gasPpm - coPpm) * (1 - Math.exp(-dtS / 8));
      const obscured = 100 * (1 - 10 ** -smokePerM) + nuisance.obscurationPctPerM;
      const round = (value: number, step: number) => Math.round(value / step) * step;
      return {
        temperatureCel: Number(round(sensorCel + 0.1 * luck.gauss(), 0.1).toFixed(1)),
        obscurationPctPerM: Number(Math.max(0, Math.min(100, obscured) + 0.02 * luck.gauss()).toFixed(2)),
        coPpm: Number(Math.max(0, coPpm + 0.5 * luck.gauss()).toFixed(1)),
      };
    },
  };
}
