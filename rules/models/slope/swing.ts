import { at, type Series } from './series.ts';

/**
 * The daily swing of an instrument, and how far it follows temperature. Both are seen through the same glass: a value less the
 * mean of the values half a day before and after it. That glass is blind to every straight line, so what it finds is never a
 * trend, and it grows slowly, so that a slope that quickens cannot be taken for weather.
 */
export type Swing = {
  /** Median size seen through the glass, in mm or deg. */
  size: number;
  atMs: number;
  /** Decaying sums of squares and products of displacement and temperature, and of their number. */
  xx: number;
  cc: number;
  xc: number;
  weight: number;
  days: number;
};

export type Temperature = { atMs: number; cel: number; slowCel: number };

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Half of the day's cycle. */
const lagMs = 12 * hourMs;
/** Readings farther apart than this show no day. */
const denseMs = 6 * hourMs;
/** The swing may grow or shrink by a factor e in this time. */
const swingDays = 2;
/** Memory of the fit of temperature, and how long it must have learned before it takes anything out. */
const fitDays = 5;
const learnedDays = 3;
/** Anomalies of temperature are against a mean over this time: days stay, seasons do not. */
const slowDays = 2;
/** Median and mean square of 2 sin φ: a swing of amplitude A is seen as 2 A sin φ. */
const medianOfSwing = Math.SQRT2;
const squareOfSwing = 2;
/** Strong: R² at least 0.7 (half of the velocity's error is gone); noticeable from 0.4. */
export const strongR2 = 0.7;
export const noticeableR2 = 0.4;

export const noTemperature: Temperature = { atMs: -1, cel: 0, slowCel: 0 };

/** A swing before anything is known: `amplitude` from what instruments of the kind do. */
export function firstSwing(amplitude: number): Swing {
  return { size: amplitude * medianOfSwing, atMs: -1, xx: 0, cc: 0, xc: 0, weight: 0, days: 0 };
}

/** Amplitude of the daily swing that readings this far apart can show, 0 for none. */
export function amplitudeOf(swing: Swing, intervalMs: number): number {
  return intervalMs > denseMs ? 0 : swing.size / medianOfSwing;
}

/** Looks at the newest point, about once an hour. */
export function hearSwing(swing: Swing, series: Series, intervalMs: number): Swing {
  const count = series.tMs.length;
  const nowMs = series.tMs[count - 1]!;
  if (swing.atMs >= 0 && nowMs - swing.atMs < 0.9 * hourMs) return swing;
  const lag = Math.max(lagMs, intervalMs);
  const middle = at(series, nowMs - lag, lag / 3);
  const before = middle && at(series, nowMs - 2 * lag, lag / 3);
  if (middle === undefined || before === undefined) return swing;
  const x = middle.x - (series.x[count - 1]! + before.x) / 2;
  const c = middle.cel - ((series.cel[count - 1] ?? 0) + before.cel) / 2;
  const days = Math.min(swing.atMs < 0 ? hourMs : nowMs - swing.atMs, Math.max(lag / 2, intervalMs)) / dayMs;
  const factor = Math.exp(days / swingDays);
  const size =
    Math.abs(x) > swing.size ? Math.min(swing.size * factor, Math.abs(x)) : Math.max(swing.size / factor, 1e-9);
  // A reading of the glass that the swing does not explain is the slope's own, and teaches nothing about temperature.
  const bounded = Math.min(4 * size, Math.max(-4 * size, x));
  const keep = Math.exp(-days / fitDays);
  return {
    size,
    atMs: nowMs,
    xx: keep * swing.xx + days * bounded * bounded,
    cc: keep * swing.cc + days * c * c,
    xc: keep * swing.xc + days * bounded * c,
    weight: keep * swing.weight + days,
    days: Math.min(swing.days + days, 1000),
  };
}

/** Displacement per kelvin and how much of the swing it explains; R² is 0 until enough was seen. */
export function followsTemperature({ xx, cc, xc, days }: Swing): { perCel: number; r2: number } {
  if (days < learnedDays || cc <= 0 || xx <= 0) return { perCel: 0, r2: 0 };
  return { perCel: xc / cc, r2: (xc * xc) / (xx * cc) };
}

/** Another reading of the temperature; one that is not newer changes nothing. */
export function hearTemperature(temperature: Temperature, cel: number, tMs: number): Temperature {
  if (tMs <= temperature.atMs) return temperature;
  if (temperature.atMs < 0) return { atMs: tMs, cel, slowCel: cel };
  const share = 1 - Math.exp(-(tMs - temperature.atMs) / dayMs / slowDays);
  return { atMs: tMs, cel, slowCel: temperature.slowCel + share * (cel - temperature.slowCel) };
}

/** How much warmer than usual it is, never more than twice the swing that was learned; undefined when nobody knows any more. */
export function anomalyOf(temperature: Temperature, swing: Swing, tMs: number, intervalMs: number): number | undefined {
  if (temperature.atMs < 0 || tMs - temperature.atMs > Math.max(6 * hourMs, 3 * intervalMs)) return undefined;
  const anomaly = temperature.cel - temperature.slowCel;
  if (swing.days < learnedDays) return anomaly;
  const usual = Math.sqrt(swing.cc / swing.weight / squareOfSwing);
  return Math.min(2 * usual, Math.max(-2 * usual, anomaly));
}
