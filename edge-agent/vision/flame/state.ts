import type { Grid, Likelihoods } from '../types.ts';
import type { Region } from './regions.ts';
import type { Veil } from './veil.ts';
import type { Cells } from './watch.ts';

/** All that is remembered of one camera: about 160 kB of typed arrays, not kept over a restart, because it is learnt anew in seconds. */
export type FlameState = {
  /** Newest picture that was looked at, and the one since which backgrounds are learnt; -1 for none. */
  atMs: number;
  sinceMs: number;
  /** Since when pictures come without a gap and undisturbed enough to judge. */
  steadySinceMs: number;
  pictures: number;
  /** Usual time between pictures that were looked at. */
  stepMs: number;
  cells?: Cells;
  veil?: Veil;
  flames: readonly Region[];
  smokes: readonly Region[];
  /** Most regions of flame colour at once, forgotten within a minute or two. */
  crowd: number;
  /** How much of the last seconds was disturbed, 0 to 1. */
  disturbed: number;
  likelihoods: Likelihoods;
  likelihoodsAtMs: number;
  flame: number;
  smoke: number;
  said: FlameSaid;
};

/** `cells` are those that look like fire now, as indices into the grid; empty while there is no evidence. */
export type FlameSaid = {
  flame?: number;
  smoke?: number;
  why: string[];
  cells: { flame: readonly number[]; smoke: readonly number[] };
};

/** One picture; `isBlind` while supervision says that the camera cannot see. */
export type FlameSeen = { grid: Grid; atMs: number; likelihoods?: Likelihoods; isBlind?: boolean };

export const nothing = { flame: [], smoke: [] };

/** A camera that was never seen. */
export const initialFlame: FlameState = {
  atMs: -1,
  sinceMs: -1,
  steadySinceMs: -1,
  pictures: 0,
  stepMs: 0,
  flames: [],
  smokes: [],
  crowd: 0,
  disturbed: 0,
  likelihoods: {},
  likelihoodsAtMs: -1,
  flame: 0,
  smoke: 0,
  said: { why: ['No picture was looked at yet.'], cells: nothing },
};
