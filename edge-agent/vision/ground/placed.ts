import type { FollowedFoot } from '../tracking/tracking.ts';
import type { Kind, Placed } from '../types.ts';
import { type Ground, toGround } from './homography.ts';
import { leastSquares } from './least-squares.ts';

/** How followed things are put on the ground. */
export type PlacingConfig = {
  ground: Ground;
  /** How far below the end of their boxes things touch the ground, as a share of the box's height; may be negative. */
  footOffset?: Partial<Record<Kind, number>>;
  /** Span of the least squares for the speed, 1 to 2 s (domain.md §3.6), and how much of it is needed. */
  spanMs: number;
  speedAfterMs: number;
};

/** What holds where a site says nothing: the middle of 1 to 2 s, and no speed from less than 0.6 s. */
export const usualPlacing: Omit<PlacingConfig, 'ground'> = { spanMs: 1500, speedAfterMs: 600 };

/** Where a track was on the ground, oldest first: time, x, y and how many pictures are averaged in it. */
type Path = {
  id: number;
  firstAtMs: number;
  seenAtMs: number;
  cells: [tMs: number, xM: number, yM: number, count: number][];
};
/** All that placing remembers: two seconds of at most 256 paths. Plain numbers that can be stored. */
export type PlacedState = { atMs: number; paths: Path[] };
/** Nobody placed yet. */
export const nobodyPlaced: PlacedState = { atMs: -1, paths: [] };

const pathsMax = 256;
const pathMs = 2000;
/** Pictures are averaged over a tenth of a second, so that 30 a second cost as much memory as 10. */
const cellMs = 100;
/**
 * Nobody covers more than a sprint (and a vehicle in town no more than 90 km/h) and a second's worth of error: a track
 * that does has been handed to somebody else, and its speed begins anew.
 */
const jumpM = 1;
const fastestMps: Record<Kind, number> = { person: 5, bicycle: 12, vehicle: 25, flame: 5, smoke: 5 };

/** A path with one more place. */
function extend(path: Path | undefined, { id, kind }: FollowedFoot, at: { tMs: number; xM: number; yM: number }): Path {
  const { tMs, xM, yM } = at;
  const last = path?.cells.at(-1);
  const fresh: Path = { id, firstAtMs: tMs, seenAtMs: tMs, cells: [[tMs, xM, yM, 1]] };
  if (path === undefined || last === undefined) return fresh;
  const reachM = jumpM + (fastestMps[kind] * (tMs - last[0])) / 1000;
  if (Math.hypot(xM - last[1], yM - last[2]) > reachM) return fresh;
  const cells = path.cells.filter(([t]) => t >= tMs - pathMs);
  const { firstAtMs } = path;
  const isSame = Math.floor((path.seenAtMs - firstAtMs) / cellMs) === Math.floor((tMs - firstAtMs) / cellMs);
  if (!isSame || cells.length === 0) return { id, firstAtMs, seenAtMs: tMs, cells: [...cells, [tMs, xM, yM, 1]] };
  const n = last[3] + 1;
  const mean = (old: number, one: number) => old + (one - old) / n;
  cells[cells.length - 1] = [mean(last[0], tMs), mean(last[1], xM), mean(last[2], yM), n];
  return { id, firstAtMs, seenAtMs: tMs, cells };
}

/** Speed in m/s by least squares over the last span of a path; undefined while it is too short. */
function speedOf({ cells }: Path, { spanMs, speedAfterMs }: PlacingConfig): [number, number] | undefined {
  const last = cells.at(-1);
  if (last === undefined) return undefined;
  const used = cells.filter(([t]) => t >= last[0] - spanMs);
  if (used.length < 3 || last[0] - used[0]![0] < speedAfterMs) return undefined;
  const rows = used.map(([t, , , n]) => [Math.sqrt(n), (Math.sqrt(n) * (t - last[0])) / 1000]);
  const along = (axis: 1 | 2) =>
    leastSquares(
      rows,
      used.map((cell) => Math.sqrt(cell[3]) * cell[axis]),
    )?.[1];
  const [vx, vy] = [along(1), along(2)];
  return vx === undefined || vy === undefined ? undefined : [vx, vy];
}

/**
 * Puts what is followed on the ground (metres, m/s). Whoever has no foot in the picture, or one above or near the
 * horizon, is not placed; speed is absent until it can be believed, and is that of before while somebody is unseen.
 */
export function stepPlaced(
  state: PlacedState,
  { followed, atMs }: { followed: readonly FollowedFoot[]; atMs: number },
  config: PlacingConfig,
): { state: PlacedState; placed: Placed[] } {
  // Time only goes forward in the tracker; where its clock was set back its ids are new as well.
  const known = new Map(atMs < state.atMs ? [] : state.paths.map((path) => [path.id, path]));
  const paths: Path[] = [];
  const placed: Placed[] = [];
  for (const each of followed.slice(0, pathsMax)) {
    const { id, kind, box, foot, isSeen } = each;
    const old = known.get(id);
    const yPx = foot && foot.yPx + (config.footOffset?.[kind] ?? 0) * box.height;
    const at = foot && toGround(config.ground, [foot.xPx, yPx!]);
    const path = at && isSeen && old?.seenAtMs !== atMs ? extend(old, each, { tMs: atMs, xM: at[0], yM: at[1] }) : old;
    if (path !== undefined) paths.push(path);
    if (at === undefined) continue;
    const speed = path && speedOf(path, config);
    const moves = speed && { vxMps: speed[0], vyMps: speed[1] };
    placed.push({ id, xM: at[0], yM: at[1], ...moves, kind, isSeen });
  }
  return { state: { atMs, paths }, placed };
}
