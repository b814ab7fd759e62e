import type { Series } from './series.ts';

/**
 * Velocity over windows that fit the evidence: least squares over the newest points, for every length at once (the sums grow
 * from the newest point backwards), and the shortest window whose error is a small share of its velocity. Slow or noisy
 * motion so gets a long window, fast motion a short one that follows it.
 */
export type Fit = { velocity: number; sigma: number; windowMs: number };
export type Fits = { main: Fit; quick: Fit; acceleration?: number };

export type FitLimits = {
  pointsMin: number;
  windowMaxMs: number;
  /** One sigma of a reading. */
  noise: number;
  /** Amplitude of the daily swing that no noise shows; 0 where days are not resolved. */
  swing: number;
  /** Displacement per unit of the temperature anomaly, to be taken out; 0 for none. */
  perCel: number;
};

const dayMs = 86_400_000;
/** The main window is the shortest with sigma below a tenth of the velocity: the noise for which oracle S2 asks (domain.md §4). */
const mainShare = 0.1;
/** The quick window must show 6.7 sigma, because it is the best of many windows at every evaluation. */
const quickShare = 0.15;
/** The quick velocity needs three points: the short average of Carlà et al. 2017 (domain.md §1.2). */
const quickPoints = 3;
/** Noise known beforehand counts as this many points beside the scatter about the line. */
const priorPoints = 4;
/** Averaging improves a point by at most this factor in variance, because errors of neighbouring readings are related. */
const averagingMax = 16;
/** Numbers of points at which windows are looked at. */
const counts = [3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 36, 40, 44, 48];

/**
 * What a daily swing of amplitude 1 adds to a velocity over `days`, as one sigma: the steepest part of the day within half a
 * day, and the rest that a straight line keeps of whole days, 12 / (2π k²) (both over sqrt 2).
 */
function leak(days: number): number {
  const longer = 1.35 / (days * days);
  return longer < 4.44 ? longer : 4.44;
}

/** Velocities per day; undefined while fewer than `pointsMin` points lie in the window. */
export function fitWindows(series: Series, limits: FitLimits): Fits | undefined {
  const { tMs, x, n, cel } = series;
  const { pointsMin, windowMaxMs, noise, swing, perCel } = limits;
  const last = tMs.length - 1;
  const corrected = perCel !== 0 && cel.length > 0;
  const noiseVariance = noise * noise;
  let s0 = 0;
  let st = 0;
  let stt = 0;
  let sx = 0;
  let stx = 0;
  let sxx = 0;
  let s3 = 0;
  let s4 = 0;
  let sttx = 0;
  let next = 0;
  let main: Fit | undefined;
  let quick: Fit | undefined;
  for (let i = last, m = 1; i >= 0; i -= 1, m += 1) {
    const spanMs = tMs[last]! - tMs[i]!;
    if (m > pointsMin && spanMs > windowMaxMs) break;
    const w = n[i]!;
    const t = -spanMs / dayMs;
    const y = x[i]! - x[last]! - (corrected ? perCel * (cel[i]! - cel[last]!) : 0);
    s0 += w;
    st += w * t;
    stt += w * t * t;
    sx += w * y;
    stx += w * t * y;
    sxx += w * y * y;
    s3 += w * t * t * t;
    s4 += w * t * t * t * t;
    sttx += w * t * t * y;
    if (m < counts[next]! && i > 0) continue;
    while (next < counts.length && counts[next]! <= m) next += 1;
    if (m < quickPoints) continue;
    const tm = st / s0;
    const xm = sx / s0;
    const variance = stt / s0 - tm * tm;
    const covariance = stx / s0 - tm * xm;
    const velocity = covariance / variance;
    let scatter = sxx / s0 - xm * xm - velocity * covariance;
    // Points that repeat a value weigh little and count as little.
    const count = m < s0 ? m : s0;
    let free = priorPoints + count - 2;
    if (m > quickPoints) {
      // What a parabola explains is acceleration and no error; three points cannot tell, so there it counts as one.
      const cube = s3 / s0 - 3 * tm * variance - tm * tm * tm;
      const fourth = s4 / s0 - 4 * tm * (s3 / s0) + 6 * tm * tm * (stt / s0) - 3 * tm * tm * tm * tm;
      const bend = sttx / s0 - 2 * tm * (stx / s0) + tm * tm * xm - variance * xm - (cube / variance) * covariance;
      const width = fourth - (cube * cube) / variance - variance * variance;
      if (width > 1e-9 * variance * variance) scatter -= (bend * bend) / width;
      free -= 1;
    }
    const share = Math.max(count / s0, 1 / averagingMax);
    const error = (priorPoints * noiseVariance * share + count * Math.max(0, scatter)) / free / (count * variance);
    const swings = swing > 0 ? swing * leak(-t) : 0;
    const sigma = Math.sqrt(error + swings * swings);
    if (quick === undefined && sigma <= quickShare * Math.abs(velocity)) quick = { velocity, sigma, windowMs: spanMs };
    if (m < pointsMin) continue;
    if (main === undefined || sigma < main.sigma) main = { velocity, sigma, windowMs: spanMs };
    if (sigma <= mainShare * Math.abs(velocity)) {
      main = { velocity, sigma, windowMs: spanMs };
      break;
    }
  }
  if (main === undefined) return undefined;
  if (quick === undefined || quick.windowMs > main.windowMs) quick = main;
  return { main, quick, acceleration: accelerationOf(series, main, perCel) };
}

/** Difference of the velocities in the window and in the one of the same length before it; undefined without points there. */
function accelerationOf(series: Series, main: Fit, perCel: number): number | undefined {
  const { tMs, x, n, cel } = series;
  const last = tMs.length - 1;
  const endMs = tMs[last]! - main.windowMs;
  const fromMs = endMs - main.windowMs * 1.02;
  const corrected = perCel !== 0 && cel.length > 0;
  let s0 = 0;
  let st = 0;
  let stt = 0;
  let sx = 0;
  let stx = 0;
  let count = 0;
  for (let i = last; i >= 0 && tMs[i]! >= fromMs; i -= 1) {
    if (tMs[i]! > endMs) continue;
    const w = n[i]!;
    const t = (tMs[i]! - endMs) / dayMs;
    const y = x[i]! - x[last]! - (corrected ? perCel * (cel[i]! - cel[last]!) : 0);
    s0 += w;
    st += w * t;
    stt += w * t * t;
    sx += w * y;
    stx += w * t * y;
    count += 1;
  }
  const variance = stt / s0 - (st / s0) ** 2;
  if (count < quickPoints || tMs[0]! > endMs - 0.75 * main.windowMs) return undefined;
  const before = (stx / s0 - (st / s0) * (sx / s0)) / variance;
  // Each velocity belongs to the middle of its own points.
  const distanceDays = main.windowMs / dayMs / 2 - st / s0;
  return (main.velocity - before) / distanceDays;
}
