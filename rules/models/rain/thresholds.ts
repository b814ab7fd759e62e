/**
 * Published rain thresholds of landslide occurrence (domain.md §1.6). Intensities are mm/h, durations h, sums mm.
 */
export const thresholdNames = [
  'caine-1980',
  'guzzetti-2008',
  'cadses-2007',
  'piedmont-2004',
  'seattle-id',
  'seattle-cumulative',
  'seattle-wetness',
  'philippines',
] as const;
export type ThresholdName = (typeof thresholdNames)[number];

/** A power law I = a D^-b, and the durations it was published for. */
export type PowerLaw = { label: string; a: number; b: number; fromH: number; toH: number };

/** Millimetres in an inch. */
export const inchMm = 25.4;

/**
 * Caine 1980, Geogr. Ann. 62A:23; Guzzetti et al. 2008, Landslides 5:3 (global); Guzzetti et al. 2007, Meteorol. Atmos. Phys. 98:239
 * (central and southern Europe); Aleotti 2004, Eng. Geol. 73:247 (Piedmont, envelope of 90 %, no range stated).
 */
export const powerLaws: Partial<Record<ThresholdName, PowerLaw>> = {
  'caine-1980': { label: 'Caine 1980', a: 14.82, b: 0.39, fromH: 0.167, toH: 500 },
  'guzzetti-2008': { label: 'Guzzetti 2008', a: 2.2, b: 0.44, fromH: 0.1, toH: 1000 },
  'cadses-2007': { label: 'CADSES 2007', a: 8.67, b: 0.61, fromH: 0.1, toH: 4000 },
  'piedmont-2004': { label: 'Piedmont 2004', a: 19, b: 0.5, fromH: 0, toH: Number.MAX_VALUE },
};

/**
 * The thresholds of the USGS for Seattle (Chleborad et al. 2006, OFR 2006-1064; Godt et al. 2006; Baum et al. 2018, TM 14-A2).
 * `id`: mean intensity of a storm, storms parted by 3 h without rain, stated for 0–60 h and flagged beyond.
 * `cumulative`: rain of 72 h against that of the 360 h before. `wetness`: mean of 6 h while the antecedent water index is high.
 */
export const seattle = {
  id: { label: 'Seattle intensity-duration', a: 3.257 * inchMm, b: 1.13, fromH: 0, toH: 60 },
  separationMs: 3 * 3_600_000,
  cumulative: { interceptMm: 3.5 * inchMm, slope: 0.67 },
  wetness: { intensityMmPerH: 0.12 * inchMm, hours: 6, indexMm: 20 },
} as const;

/**
 * Soil water above field capacity, as USGS thresh computes it: field capacity 0.18 m, drainage 0.01 per hour above it,
 * evaporation by month of the year in mm/h (0.054 … 0.045 hundredths of an inch an hour), calibrated for Seattle.
 */
export const soil = {
  fieldCapacityMm: 180,
  drainagePerH: 0.01,
  evaporationMmPerH: [0.054, 0.11, 0.2, 0.43, 0.54, 0.68, 0.72, 0.71, 0.47, 0.17, 0.076, 0.045].map(
    (hundredthsInch) => hundredthsInch * 0.254,
  ),
} as const;

/** Philippine service practice: the sum of a day against half of the 2-year maximum, that of three days against all of it. */
export const philippines = { dayShare: 0.5, threeDayShare: 1 } as const;

/** The water index after some hours of rain: above field capacity it also drains. */
export function wetnessAfter(wetnessMm: number, rainMm: number, hours: number, month: number): number {
  const gainMm = rainMm - soil.evaporationMmPerH[month]! * hours;
  if (wetnessMm < 0 || hours <= 0) return Math.max(-soil.fieldCapacityMm, wetnessMm + gainMm);
  const decay = Math.exp(-soil.drainagePerH * hours);
  const drained = wetnessMm * decay + (gainMm / hours) * ((1 - decay) / soil.drainagePerH);
  return Math.max(-soil.fieldCapacityMm, drained);
}
