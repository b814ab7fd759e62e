import { addToTrend, curvature, emptyTrend, firstSince, type Trend, theilSenSlope } from '../../engine/trend.ts';
import type { ModelType } from '../../engine/types.ts';
import { unchanged } from '../../engine/unchanged.ts';
import { type SlopeConfig, SlopeFields } from './config.ts';

/**
 * Velocity: Theil–Sen slope over the window, robust against single wild samples (Sen 1968, JASA 63:1379). Acceleration: the
 * parabola over two windows, because its error is sqrt(720/n) σ/T² and would drown in one (σ noise, n points, T length).
 * The usual window is a day, which averages out the daily swing of temperature (0.01–0.1 mm/K, domain.md §1.7); sparse series
 * get four and a half intervals, that is five points, between the short (3) and long (7) average of Carlà et al. 2017.
 */
const dayMs = 86_400_000;
const intervalsInWindow = 4.5;
/** Points in two windows; the velocity then sorts at most 33 · 32 / 2 slopes. */
const pointsMax = 64;
/** Newest points kept however old they are, so that weekly readings can show their own rhythm. */
const pointsKept = 6;
/** Outputs come at most this often within a window: once a minute for a day. */
const outputsPerWindow = 1440;

/** Late samples have a window of their own: they may raise, and must not bend the velocity of the present. */
export type SlopeState = { live: Track; late: Track };
type Track = { trend: Trend; saidAtMs: number };

const empty: Track = { trend: emptyTrend, saidAtMs: -1 };

function windowOf(trend: Trend, config: SlopeConfig): number {
  if (config.windowMs !== undefined) return config.windowMs;
  const gaps = trend.tMs.slice(-8).flatMap((tMs, i, all) => (i > 0 ? [tMs - all[i - 1]!] : []));
  gaps.sort((a, b) => a - b);
  return Math.max(dayMs, intervalsInWindow * (gaps[gaps.length >> 1] ?? 0));
}

function velocityOf(trend: Trend, windowMs: number, pointsMin: number): number | undefined {
  const from = firstSince(trend, trend.lastMs - windowMs);
  const count = trend.tMs.length;
  if (count - from < pointsMin || trend.tMs[count - 1]! - trend.tMs[from]! < windowMs / 4) return undefined;
  return theilSenSlope(trend, from);
}

/** Needs six points over more than one window; three would fit any parabola. */
function accelerationOf(trend: Trend, windowMs: number): number | undefined {
  const count = trend.tMs.length;
  return count >= 6 && trend.tMs[count - 1]! - trend.tMs[0]! >= windowMs ? curvature(trend) : undefined;
}

function advance(track: Track, event: { value: number; takenAtMs: number }, config: SlopeConfig) {
  const windowMs = windowOf(track.trend, config);
  const keepMin = config.windowMs === undefined ? pointsKept : 0;
  const limits = { spanMs: 2 * windowMs, capacity: pointsMax, keepMin };
  const trend = addToTrend(track.trend, event.takenAtMs, event.value, limits);
  if (trend === track.trend) return { track };
  const next = { trend, saidAtMs: track.saidAtMs };
  if (track.saidAtMs >= 0 && event.takenAtMs - track.saidAtMs < windowMs / outputsPerWindow) return { track: next };
  const velocity = velocityOf(trend, windowMs, config.pointsMin ?? 4);
  if (velocity === undefined) return { track: next };
  const outputs: Record<string, number> = { velocity: velocity * dayMs };
  const acceleration = config.unit === 'deg' ? undefined : accelerationOf(trend, windowMs);
  if (acceleration !== undefined) outputs.acceleration = acceleration * dayMs * dayMs;
  return { track: { trend, saidAtMs: event.takenAtMs }, outputs };
}

/** Velocity and acceleration of a slowly moving thing, from one sample a second to one a week. */
export const slope: ModelType<SlopeState, SlopeConfig> = {
  type: 'slope',
  config: SlopeFields,
  inputs: ({ input, unit = 'mm' }) => ({ streams: [input], trackDevices: [], units: [unit] }),
  outputs: ({ unit = 'mm' }) =>
    unit === 'deg'
      ? [{ channel: 'velocity', unit: 'deg/d' }]
      : [
          { channel: 'velocity', unit: 'mm/d' },
          { channel: 'acceleration', unit: 'mm/d2' },
        ],
  initial: () => ({ live: empty, late: empty }),
  step(state, event, config) {
    if (event.kind !== 'reading') return unchanged(state);
    const which = event.late ? 'late' : 'live';
    const { track, outputs } = advance(state[which], event, config);
    return track === state[which] ? unchanged(state) : { state: { ...state, [which]: track }, outputs };
  },
};
