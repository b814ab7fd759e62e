/**
 * Noise of a reading from second differences: how far a reading lies off the line between its neighbours. Steady motion has
 * none, whatever its velocity. The median of their sizes is followed by stochastic approximation (Robbins and Monro 1951) on
 * a logarithmic scale: one number instead of a window, and a few wild values move it by one per cent each.
 */
export type Noise = {
  /** Median size of the second differences, scaled to one sigma of a reading; 0 before there is one. */
  sigma: number;
  count: number;
  /** Smallest difference between readings, or bend of three, that was not nothing: what the instrument resolves; 0 at first. */
  resolution: number;
  /** The two newest readings. */
  t1: number;
  x1: number;
  t2: number;
  x2: number;
};

export const silent: Noise = { sigma: 0, count: 0, resolution: 0, t1: -1, x1: 0, t2: -1, x2: 0 };

/** Follows about the last hundred readings: stationary error of the median 8 % (variance gain / 1.72). */
const gain = 0.01;
/** Median of the size of a normal value with sigma 1. */
const medianOfNormal = 0.6745;
/** Differences below this share of the reading are rounding of binary numbers. */
const rounding = 1e-12;

/**
 * Noise after another reading; its time must be newer. A value said again is no measurement of its own (a gateway repeats what
 * it has, or the sensor hangs) and teaches nothing.
 */
export function hearNoise(noise: Noise, tMs: number, x: number): Noise {
  const { t1, x1, t2, x2 } = noise;
  if (t2 >= 0 && x === x2) return noise;
  const trifle = rounding * Math.max(Math.abs(x), Math.abs(x2));
  let resolution = t2 < 0 ? noise.resolution : finer(noise.resolution, Math.abs(x - x2), trifle);
  if (t1 < 0) return { ...noise, resolution, t1: t2, x1: x2, t2: tMs, x2: x };
  const part = (t2 - t1) / (tMs - t1);
  const off = Math.abs(x2 - x1 - part * (x - x1));
  // In even steps of time a bend is a whole number of half resolutions.
  resolution = finer(resolution, 2 * off, 4 * trifle);
  const size = off / Math.sqrt(1 + part * part + (1 - part) * (1 - part)) / medianOfNormal;
  const count = Math.min(noise.count + 1, 1000);
  const floor = resolution / Math.sqrt(12);
  return {
    sigma: Math.max(floor, follow(noise.sigma, size, count)),
    count,
    resolution,
    t1: t2,
    x1: x2,
    t2: tMs,
    x2: x,
  };
}

function finer(resolution: number, seen: number, trifle: number): number {
  return seen > trifle && (resolution === 0 || seen < resolution) ? seen : resolution;
}

function follow(sigma: number, size: number, count: number): number {
  if (count === 1) return size;
  const step = Math.max(gain, 0.7 / count);
  return size > sigma
    ? Math.max(sigma * (1 + step), count < 8 ? sigma + (size - sigma) / count : 0)
    : sigma * (1 - step);
}

/** Differences that are too few to outweigh one that a jump made. */
const few = 3;

/** Forgets the two newest readings, because what follows does not join them; what was learned stays, if it was more than a few. */
export function breakNoise(noise: Noise): Noise {
  if (noise.count < few) return silent;
  return { ...noise, t1: -1, x1: 0, t2: -1, x2: 0 };
}
