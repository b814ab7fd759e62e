import type { ModelAnswer, ModelEvent, ModelType } from '../../engine/types.ts';
import { unchanged } from '../../engine/unchanged.ts';
import { type TwoTracks, twoTracks } from '../two-tracks.ts';
import { type VectorConfig, VectorFields } from './config.ts';

/**
 * Displacement of a point along the way it moves, from the components of its position. The length of a noisy vector is never
 * below its noise, so a creep that begins would look like an acceleration; the newest position is therefore laid on the way
 * that the positions before it took, whose noise is independent of its own. A way that the site knows is taken as it is.
 */
export type Path = {
  /** Newest value of each component and its time; a position is whole when the times agree. */
  value: number[];
  atMs: number[];
  /** Mean of the first positions, and how many there were. */
  origin: number[];
  count: number;
  /** Where the positions before the newest stood, averaged. */
  before: number[];
  saidAtMs: number;
};

/** Positions that make the origin: five steady samples (domain.md §1.4). */
const originCount = 5;
/** The way is averaged over twice the long average of inverse velocity, 7 samples (Carlà et al. 2017). */
const wayCount = 14;

function initial({ up }: VectorConfig): Path {
  const zeros = up === undefined ? [0, 0] : [0, 0, 0];
  return { value: zeros, atMs: zeros.map(() => -1), origin: zeros, count: 0, before: zeros, saidAtMs: -1 };
}

/** Unit vector east, north, up of a known way. */
function knownWay({ azimuthDeg, plungeDeg = 0 }: VectorConfig): number[] | undefined {
  if (azimuthDeg === undefined) return undefined;
  const [azimuth, plunge] = [(azimuthDeg * Math.PI) / 180, (plungeDeg * Math.PI) / 180];
  const flat = Math.cos(plunge);
  return [Math.sin(azimuth) * flat, Math.cos(azimuth) * flat, -Math.sin(plunge)];
}

/** Length of `moved` along `way`; the first way is as good as any other, because nothing has moved yet. */
function along(moved: readonly number[], way: readonly number[]): number {
  const length = Math.hypot(...moved.map((_, i) => way[i]!));
  if (length === 0) return moved[0]!;
  return moved.reduce((sum, x, i) => sum + (x * way[i]!) / length, 0);
}

function step(state: Path, event: ModelEvent, config: VectorConfig): ModelAnswer<Path> {
  if (event.kind !== 'reading' || event.takenAtMs <= state.saidAtMs) return unchanged(state);
  const { input, takenAtMs } = event;
  const value = state.value.with(input, event.value);
  const atMs = state.atMs.with(input, takenAtMs);
  if (atMs.some((one) => one !== takenAtMs)) return { state: { ...state, value, atMs } };
  const count = Math.min(state.count + 1, originCount);
  const began = state.count < originCount;
  const origin = began ? state.origin.map((x, i) => x + (value[i]! - x) / count) : state.origin;
  const moved = value.map((x, i) => x - origin[i]!);
  const displacement = along(moved, knownWay(config) ?? state.before);
  const before = began ? moved : state.before.map((x, i) => x + (moved[i]! - x) / wayCount);
  const next = { value, atMs, origin, count, before, saidAtMs: takenAtMs };
  return began ? { state: next } : { state: next, outputs: { displacement } };
}

/** One displacement from the position of a GNSS antenna or a prism. */
export const vector: ModelType<TwoTracks<Path>, VectorConfig> = {
  type: 'vector',
  config: VectorFields,
  check: ({ azimuthDeg, plungeDeg }) =>
    plungeDeg !== undefined && plungeDeg !== 0 && azimuthDeg === undefined
      ? ['/plungeDeg: without azimuthDeg the way is learnt; give both or none.']
      : [],
  inputs: ({ east, north, up }) => {
    const streams = up === undefined ? [east, north] : [east, north, up];
    return { streams, trackDevices: [], units: streams.map(() => 'mm') };
  },
  outputs: () => [{ channel: 'displacement', unit: 'mm' }],
  ...twoTracks(initial, step),
};
