import type { RainConfig } from './config.ts';

/**
 * What a gauge's reading says: so much rain from one instant to another, and since when nothing is known. A depth belongs to the
 * usual interval before it, so that rain after a gap is not spread over the gap; a counter knows what fell in a gap.
 */
export type Fall = { depthMm: number; fromMs: number; toMs: number; unknownFromMs: number };

export type Gauge = {
  /** Newest reading, -1 before the first. */
  atMs: number;
  /** Newest value as read, for counters. */
  value: number;
  /** Newest distances of readings. */
  gapsMs: readonly number[];
};

export const noGauge: Gauge = { atMs: -1, value: 0, gapsMs: [] };

const gapsKept = 5;
/** A distance of more than so many usual intervals is a gap. */
const gapFrom = 1.5;
/** A counter that fell to less than this share of its value was reset; one that fell less is jitter and counts nothing. */
const resetShare = 0.5;
/**
 * More than this in mm/h is no rain after a reset but another counter: the greatest fall on record is 401 mm in an hour
 * (Shangdi 1975, WMO archive of extremes).
 */
const rainMaxMmPerH = 401;

function usualMs({ gapsMs }: Gauge, { intervalMs = 0 }: RainConfig): number | undefined {
  if (gapsMs.length === 0) return intervalMs > 0 ? intervalMs : undefined;
  const sorted = gapsMs.slice().sort((a, b) => a - b);
  return Math.max(intervalMs, sorted[sorted.length >> 1]!);
}

function risen(gauge: Gauge, value: number, reset: boolean, gapMs: number): number {
  const riseMm = value - gauge.value;
  if (riseMm >= 0 && !reset) return riseMm;
  const fresh = Math.max(0, value);
  const plausible = fresh <= (rainMaxMmPerH * gapMs) / 3_600_000;
  return (reset || value < gauge.value * resetShare) && plausible ? fresh : 0;
}

/** The rain of a reading, and the gauge after it; undefined when it is not newer than the newest. */
export function readGauge(
  gauge: Gauge,
  event: { value: number; takenAtMs: number; reset?: boolean },
  config: RainConfig,
): { gauge: Gauge; fall: Fall } | undefined {
  const { value, takenAtMs: toMs, reset = false } = event;
  if (toMs <= gauge.atMs) return undefined;
  const { kind = 'depth' } = config;
  const usual = usualMs(gauge, config);
  if (gauge.atMs < 0) {
    // Without a known interval nobody can say how long the first depth took to fall.
    const lengthMs = usual ?? 0;
    const depthMm = kind === 'total' ? 0 : depthOf(kind, value, lengthMs);
    const fall = { depthMm, fromMs: toMs - lengthMs, toMs, unknownFromMs: toMs - lengthMs };
    return { gauge: { atMs: toMs, value, gapsMs: [] }, fall };
  }
  const gapMs = toMs - gauge.atMs;
  const gapsMs = [...gauge.gapsMs.slice(-(gapsKept - 1)), gapMs];
  const whole = kind === 'total' || usual === undefined || gapMs <= gapFrom * usual;
  const lengthMs = whole ? gapMs : usual;
  const depthMm = kind === 'total' ? risen(gauge, value, reset, gapMs) : depthOf(kind, value, lengthMs);
  return {
    gauge: { atMs: toMs, value, gapsMs },
    fall: { depthMm, fromMs: toMs - lengthMs, toMs, unknownFromMs: gauge.atMs },
  };
}

function depthOf(kind: 'depth' | 'intensity', value: number, lengthMs: number): number {
  if (lengthMs <= 0) return 0;
  return Math.max(0, kind === 'depth' ? value : (value * lengthMs) / 3_600_000);
}
