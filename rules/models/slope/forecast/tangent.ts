import type { Steady } from './steady.ts';

/** Tangents of 80 and 85 degrees: v/v0 at which the middle and the critical stage begin (Xu et al. 2009, domain.md §1.4). */
export const orangeRatio = 5.671;
export const redRatio = 11.43;
/** Twice the steady rate leaves the uniform stage of "about 45 degrees" (domain.md §1.5: 2 / 5 / 10 times). */
export const yellowRatio = 2;
/** v0 must stand clear of its noise by this factor to be one (domain.md §1.4). */
const noiseFactor = 3;

/**
 * What velocities are held against. `steady` is v0 where there is one. `rate` is what ratios are taken of: v0, or the most that
 * v0 can be where it drowns in noise, and never less than keeps red above the velocity floor; undefined while nothing is known.
 */
export type Reference = { steady?: number; rate?: number; precise: boolean };

/** v0 below which its critical ratio would be red at a harmless velocity. */
export function floorOf(redFloor: number): number {
  return redFloor / redRatio;
}

/** The reference that follows from what was learned, or from the site's own `steadyRate`. */
export function referenceOf(steady: Steady, steadyRate: number | undefined, redFloor: number): Reference {
  const floor = floorOf(redFloor);
  if (steadyRate !== undefined) return { steady: steadyRate, rate: Math.max(steadyRate, floor), precise: true };
  if (steady.points === 0) return { precise: false };
  const { rate, sigma, variation, sure } = steady;
  if (rate < noiseFactor * sigma || rate <= 0)
    return { rate: Math.max(floor, Math.max(0, rate) + noiseFactor * sigma), precise: false };
  return { steady: rate, rate: Math.max(rate, floor), precise: sure && variation <= preciseVariation };
}

/** Coefficient of variation up to which v0 is known well enough to read 85 degrees without a trend: 1 degree at 80. */
const preciseVariation = 0.1;

/** Improved tangent angle atan(v / v0) in degrees (Xu et al. 2009, domain.md §1.4); 0 for a slope that moves back. */
export function tangentDeg(velocity: number, steady: number): number {
  return (Math.atan(Math.max(0, velocity) / steady) * 180) / Math.PI;
}
