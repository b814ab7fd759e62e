import type { Points } from './points.ts';

/**
 * Failure time by inverse velocity (Fukuzono 1985; Voight 1989, Science 243:200): 1/v = A (tf − t), a line that meets zero at tf.
 * It is fitted from the onset of acceleration on; averages are taken of 1/v at their mean time, which leaves such a line a line.
 */
export type Failure = {
  /** Instants in ms: most likely, and the window in which to expect it. */
  tfMs: number;
  fromMs: number;
  toMs: number;
  r2: number;
  points: number;
};

/** Gate values of domain.md §1.2: points after the onset, fit for any date, velocity against its noise. */
export const pointsGate = 5;
const r2Gate = 0.8;
const noiseGate = 3;
/** Short and long moving average (Carlà et al. 2017, Landslides 14:517). */
const shortAverage = 3;
const longAverage = 7;
/** Velocity must have grown by half since the onset: the line is then looked at no further ahead than twice its own length. */
export const growthGate = 1.5;
/** A fall to this share of the peak ends an acceleration; a mean up to the other share of the lowest still belongs to the onset. */
const regressShare = 0.7;
const onsetShare = 1.15;
/** A trend update needs as many points as a fit, and as many before it (Dick et al. 2015, CGJ 52:515). */
const updatePoints = 5;
/** Scatter of 1/v that no instrument explains, as a share: keeps a few very exact points from deciding alone. */
const modelShare = 0.02;
/** Window of at least two sigma of tf on each side: 95 % of errors that are normal. */
const windowSigmas = 2;
const dayMs = 86_400_000;

/** Index of the onset of acceleration; the last point where there is none. Means of three decide. */
export function onsetOf(points: Points): number {
  const { v, s } = points;
  const ends = v.length - shortAverage;
  let start = 0;
  for (let i = v.length - 1; i >= 0; i -= 1)
    if (v[i]! < noiseGate * s[i]!) {
      start = i + 1;
      break;
    }
  let peak = 0;
  let lowest = Number.POSITIVE_INFINITY;
  let onset = v.length - 1;
  for (let i = start; i <= ends; i += 1) {
    const mean = meanOf(v, i);
    if (mean > peak) peak = mean;
    else if (mean <= regressShare * peak && peak - mean > 2 * s[i]!) {
      peak = mean;
      lowest = mean;
      onset = i;
    }
    if (mean < lowest) lowest = mean;
    if (mean <= onsetShare * lowest + s[i]! / 2) onset = i;
  }
  return onset;
}

/** Mean velocity of three points from an index on. */
export function meanOf(v: readonly number[], index: number): number {
  return (v[index]! + v[index + 1]! + v[index + 2]!) / shortAverage;
}

/** How many times the velocity at the onset the newest three points move. */
export function growthSince(points: Points, onset: number): number {
  const last = points.v.length - shortAverage;
  return last > onset ? meanOf(points.v, last) / meanOf(points.v, onset) : 1;
}

type Line = { zeroMs: number; sigmaMs: number; r2: number; left: number };

/**
 * Exponents alpha − 1 that make 1/v a line: Fukuzono's alpha 2 first, then 1.75 and 1.5 (usual range 1.5–2.2, domain.md §1.2).
 * A line through a curve of alpha 1.5 would be early by half of what is left; one of 2.2 late by a fifth, which the window bears.
 */
const exponents = [1, 0.75, 0.5] as const;
/** Another alpha replaces 2, or is dropped from the window, where it fits better or worse by two sigma (chi-square 4). */
const chiSquareClear = 4;
/** Least scatter, in units of the variance that the sigmas say, that is believed: neighbours share three quarters of a window. */
const scatterMin = 0.05;

/** 1/v to the power of an exponent in eighths. */
function raised(inverse: number, exponent: number): number {
  if (exponent === 1) return inverse;
  const root = Math.sqrt(inverse);
  return exponent === 0.5 ? root : root * Math.sqrt(root);
}

type Stretch = { first: number; end: number; average: number; exponent: number; shared: number };

/** Weighted least squares of moving averages of 1/v over [first, end); undefined where 1/v does not fall. */
function fitLine({ tMs, v, s }: Points, { first, end, average, exponent, shared }: Stretch): Line | undefined {
  const originMs = tMs[end - 1]!;
  let s0 = 0;
  let st = 0;
  let stt = 0;
  let sy = 0;
  let sty = 0;
  let syy = 0;
  for (let i = first; i + average <= end; i += 1) {
    let t = 0;
    let y = 0;
    let variance = 0;
    for (let j = i; j < i + average; j += 1) {
      const inverse = 1 / v[j]!;
      const value = raised(inverse, exponent);
      const share = s[j]! * inverse;
      t += tMs[j]! - originMs;
      y += value;
      variance += value * value * (share * share + modelShare * modelShare);
    }
    t /= average * dayMs;
    y /= average;
    const w = average / (variance * exponent * exponent);
    s0 += w;
    st += w * t;
    stt += w * t * t;
    sy += w * y;
    sty += w * t * y;
    syy += w * y * y;
  }
  const tm = st / s0;
  const ym = sy / s0;
  const spread = stt - st * tm;
  const fall = (sty - st * ym) / spread;
  if (!(fall < 0)) return undefined;
  const total = syy - sy * ym;
  const left = Math.max(0, total - fall * (sty - st * ym));
  const count = end - first - average + 1;
  // The scatter about the line where it is larger than what the sigmas say; overlapping windows say less than they seem to.
  const scale = Math.max(1, count > 2 ? left / (count - 2) : 1) * shared;
  const reach = -ym / fall;
  // tf = tm − ym / fall: first-order propagation, ym and fall being uncorrelated about the mean time.
  const variance = scale * (1 / s0 / (fall * fall) + (reach * reach) / (fall * fall) / spread);
  const r2 = total > 0 ? 1 - left / total : 0;
  return { zeroMs: originMs + (tm + reach) * dayMs, sigmaMs: Math.sqrt(variance) * dayMs, r2, left };
}

type Fits = { lines: (Line | undefined)[]; best: number; scale: number };

/** The line for each exponent and the one to believe: alpha 2 unless another fits clearly better; undefined without a line for 2. */
function fitLines(points: Points, first: number, end: number, shared: number): Fits | undefined {
  const lines = exponents.map((exponent) => fitLine(points, { first, end, average: 1, exponent, shared }));
  const [two] = lines;
  if (two === undefined) return undefined;
  let best = 0;
  let scale = scaleOf(two, end - first, shared);
  for (let k = 1; k < lines.length; k += 1) {
    const fit = lines[k];
    if (fit === undefined || fit.left >= lines[best]!.left) continue;
    const other = scaleOf(fit, end - first, shared);
    if (two.left - fit.left <= chiSquareClear * other) continue;
    best = k;
    scale = other;
  }
  return { lines, best, scale };
}

/** Scatter about a line, against which other lines are better or worse; sigmas say too much where windows overlap. */
function scaleOf({ left }: Line, count: number, shared: number): number {
  return Math.max(scatterMin, left / Math.max(1, count - 2)) * shared;
}

/**
 * The failure window seen from the newest point; undefined unless every gate is passed: points, growth, falling 1/v in the whole
 * and in the newest half, fit. `first` is the onset or the last trend update, `shared` how many points say the same.
 */
export function failureOf(points: Points, first: number, shared: number): Failure | undefined {
  const end = points.v.length;
  const count = end - first;
  if (count < pointsGate || growthSince(points, first) < growthGate) return undefined;
  const fits = fitLines(points, first, end, shared);
  if (fits === undefined || fits.lines[fits.best]!.r2 < r2Gate) return undefined;
  const { lines, best, scale } = fits;
  const whole = lines[best]!;
  const exponent = exponents[best]!;
  const newest = Math.max(first, end - Math.max(pointsGate, Math.ceil(count / 2)));
  const short = fitLine(points, { first: newest, end, average: shortAverage, exponent, shared });
  const long = fitLine(points, { first, end, average: Math.min(longAverage, count - 2), exponent, shared });
  if (short === undefined || long === undefined) return undefined;
  const apart = Math.abs(short.zeroMs - long.zeroMs) / 2;
  let fromMs = Math.min(short.zeroMs, long.zeroMs) - apart;
  let toMs = Math.max(short.zeroMs, long.zeroMs) + apart;
  for (const fit of lines) {
    if (fit === undefined || fit.left > whole.left + chiSquareClear * scale) continue;
    fromMs = Math.min(fromMs, fit.zeroMs - windowSigmas * fit.sigmaMs);
    toMs = Math.max(toMs, fit.zeroMs + windowSigmas * fit.sigmaMs);
  }
  return { tfMs: whole.zeroMs, fromMs, toMs, r2: whole.r2, points: count };
}

/** Whether the newest five points have left the line of those before, all to one side: the fit restarts with them. */
export function trendUpdated(points: Points, first: number, shared: number): boolean {
  const { tMs, v, s } = points;
  const end = v.length - updatePoints;
  if (end - first < updatePoints) return false;
  const fits = fitLines(points, first, end, shared);
  if (fits === undefined) return false;
  const exponent = exponents[fits.best]!;
  const { zeroMs } = fits.lines[fits.best]!;
  // With weights ∝ v² the line through zero at tf is fixed by the mean of y / (tf − t).
  let slope = 0;
  for (let i = first; i < end; i += 1) slope += raised(1 / v[i]!, exponent) / (zeroMs - tMs[i]!);
  slope /= end - first;
  let above = 0;
  let below = 0;
  for (let i = end; i < v.length; i += 1) {
    const value = raised(1 / v[i]!, exponent);
    const off = value - slope * (zeroMs - tMs[i]!);
    const sigma = Math.hypot(s[i]! / v[i]!, modelShare) * exponent * value;
    if (off > 2 * sigma) above += 1;
    else if (off < -2 * sigma) below += 1;
  }
  return above === updatePoints || below === updatePoints;
}
