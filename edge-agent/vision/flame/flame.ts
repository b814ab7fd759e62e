import type { Grid } from '../types.ts';
import {
  corroborates,
  type FlameConfig,
  forgetMs,
  gapMsMax,
  stepMsMax,
  stepMsMin,
  warmUpMs,
  warmUpPictures,
} from './config.ts';
import type { Judged } from './judge.ts';
import { ignoredOf, lookForFlame, lookForSmoke } from './look.ts';
import { share } from './numbers.ts';
import { type FlameSaid, type FlameSeen, type FlameState, initialFlame, nothing } from './state.ts';
import { firstVeil, stepVeil } from './veil.ts';
import { disturbance, firstCells, stepCells } from './watch.ts';

export type { FlameConfig } from './config.ts';
export { corroborates, FlameFields } from './config.ts';
export { type FlameSaid, type FlameSeen, type FlameState, initialFlame } from './state.ts';

/**
 * Watches the small pictures of one camera for flames and smoke. A reducer: no clock, no chance, and a state that is not changed.
 * Scores are corroborating evidence for the fire vote and never more (domain.md §2.7 lists what fools such rules).
 *
 * Guarantees: no score reaches `corroborates` in less than two seconds of pictures, whatever one of them shows or a classifier says; what
 * cannot be judged is absent, never 0.
 */

/** Scores rise and fall with these time constants: a half after 2.1 s of full evidence, and half of it is left 7 s later. */
const riseMs = { flame: 3_000, smoke: 5_000 };
const fallMs = 10_000;
/** No single picture stands for more time than this. */
const pictureMs = 500;
/** A disturbed picture changes this share of its edges or cells; after more than a half of disturbed pictures nothing can be judged. */
const disturbedFrom = 0.4;
const disturbedMs = 2_000;
const blindFrom = 0.6;
/** The word of a classifier stands for this long, and weighs this much against what is seen here. */
const likelihoodMs = 2_000;
const likelihoodWeight = 0.7;
/** Evidence from which a region is no longer learnt as usual. */
const suspicion = 0.25;
/** Smoke is seen where so much of the picture has detail or colour to lose. */
const usableMin = 0.08;

type Answer = { state: FlameState } & FlameSaid;

const answer = (state: FlameState): Answer => ({ state, ...state.said });
const mute = (state: FlameState, why: string): Answer => answer({ ...state, said: { why: [why], cells: nothing } });

/** One picture on. */
export function stepFlame(before: FlameState, seen: FlameSeen, config: FlameConfig): Answer {
  const { grid, atMs, isBlind = false } = seen;
  if (isBlind) return mute(initialFlame, 'The camera cannot see.');
  const cells = grid.columns * grid.rows;
  if (cells === 0 || [grid.y, grid.cb, grid.cr].some(({ length }) => length !== cells) || !Number.isFinite(atMs))
    return mute(before, 'The picture is not of the shape that it says.');
  const heard = hear(before, seen);
  const sinceMs = atMs - before.atMs;
  const isOther = before.cells !== undefined && before.cells.y.length !== cells;
  if (before.atMs < 0 || sinceMs > forgetMs || sinceMs < -gapMsMax || isOther) return begin(heard, seen);
  if (sinceMs < stepMsMin) return answer(heard);
  return watch(heard, seen, config);
}

/** Likelihoods are kept for pictures that the classifier does not look at. */
function hear(before: FlameState, { likelihoods, atMs }: FlameSeen): FlameState {
  return likelihoods === undefined ? before : { ...before, likelihoods, likelihoodsAtMs: atMs };
}

function begin({ likelihoods, likelihoodsAtMs }: FlameState, { grid, atMs }: FlameSeen): Answer {
  const cells = firstCells(grid);
  const veil = firstVeil(grid);
  const start = {
    ...initialFlame,
    likelihoods,
    likelihoodsAtMs,
    atMs,
    sinceMs: atMs,
    steadySinceMs: atMs,
    pictures: 1,
    cells,
    veil,
  };
  return mute(start, 'Watching has just begun.');
}

function watch(before: FlameState, { grid, atMs }: FlameSeen, config: FlameConfig): Answer {
  const gapMs = atMs - before.atMs;
  const stepMs = Math.min(gapMs, pictureMs);
  const usualStepMs = before.stepMs === 0 ? gapMs : before.stepMs + (Math.min(gapMs, gapMsMax) - before.stepMs) / 8;
  const isTorn = gapMs > gapMsMax;
  const isDisturbed = !isTorn && disturbance(before.cells!, before.veil!.usual.detail, grid) > disturbedFrom;
  const disturbed = before.disturbed + ((isDisturbed ? 1 : 0) - before.disturbed) * share(stepMs, disturbedMs);
  const state: FlameState = {
    ...before,
    atMs,
    pictures: before.pictures + 1,
    stepMs: usualStepMs,
    disturbed,
    ...(isTorn ? { pictures: 1, steadySinceMs: atMs, flames: [], smokes: [], flame: 0, smoke: 0 } : {}),
  };
  // What is learnt from a picture that shakes or flashes would be wrong; only what it looks like is kept to compare.
  if (isDisturbed) {
    state.cells = { ...before.cells!, y: grid.y.slice() };
    // When all pictures differ from what is usual, the usual is wrong: the camera was moved.
    if (disturbed > blindFrom) [state.sinceMs, state.steadySinceMs] = [atMs, atMs];
    return settle(state, { stepMs, flame: undefined, smoke: undefined }, grid);
  }
  const ageMs = atMs - state.sinceMs;
  state.cells = stepCells(before.cells!, grid, { stepMs, ageMs, suspected: marked(before.said.cells.flame, grid) });
  state.veil = stepVeil(before.veil!, grid, { stepMs, ageMs, suspected: marked(before.said.cells.smoke, grid) });
  const looking = { grid, atMs, stepMs, ignored: ignoredOf(grid, config) };
  const { found: flame, ...flames } = lookForFlame(state, [before.cells!, state.cells], looking);
  const { found: smoke, smokes } = lookForSmoke(state.smokes, state.veil, looking);
  return settle({ ...state, ...flames, smokes }, { stepMs, flame, smoke }, grid);
}

/** Own evidence and a classifier's as two witnesses of whom each may be wrong: 1 − (1 − own)(1 − 0.7 likelihood). */
export function combined(own: number, likelihood: number): number {
  return 1 - (1 - own) * (1 - likelihoodWeight * Math.max(0, Math.min(1, likelihood)));
}

type Found = { stepMs: number; flame: Judged | undefined; smoke: Judged | undefined };

/** Scores follow the evidence, and what cannot be judged is left out. */
function settle(before: FlameState, { stepMs, flame, smoke }: Found, grid: Grid): Answer {
  const state = { ...before };
  const { atMs } = state;
  const heard = atMs - state.likelihoodsAtMs <= likelihoodMs ? state.likelihoods : {};
  const why: string[] = [];
  for (const kind of ['flame', 'smoke'] as const) {
    const found = kind === 'flame' ? flame : smoke;
    const likelihood = heard[kind];
    const evidence = combined(found?.evidence ?? 0, Number.isFinite(likelihood) ? likelihood! : 0);
    const was = state[kind];
    state[kind] = was + (evidence - was) * share(stepMs, evidence > was ? riseMs[kind] : fallMs);
    if (found !== undefined && state[kind] >= corroborates / 2) why.push(found.why);
    if (likelihood !== undefined && likelihood >= corroborates && state[kind] >= corroborates / 2)
      why.push(`The classifier says ${kind} (${Number(likelihood.toFixed(2))}).`);
  }
  const cells = { flame: suspectCells(flame), smoke: suspectCells(smoke) };
  state.said = { why, cells, ...judgeable(state, grid, why) };
  return answer(state);
}

/** Cells as a mask. */
function marked(cells: readonly number[], { y }: Grid): Uint8Array {
  const mask = new Uint8Array(y.length);
  for (const cell of cells) mask[cell] = 1;
  return mask;
}

const suspectCells = (found: Judged | undefined) =>
  found !== undefined && found.evidence >= suspicion ? found.region.cells : [];

/** The scores that mean something now; why one is left out is said. */
function judgeable(state: FlameState, { columns, rows }: Grid, why: string[]): { flame?: number; smoke?: number } {
  const { atMs, steadySinceMs, pictures, stepMs, disturbed, veil } = state;
  if (disturbed > blindFrom) {
    why.push('The camera shakes, or its light changes all the time.');
    return {};
  }
  if (atMs - steadySinceMs < warmUpMs || pictures < warmUpPictures) {
    why.push('Watching has just begun.');
    return {};
  }
  const said: { flame?: number; smoke?: number } = {};
  if (stepMs <= stepMsMax) said.flame = state.flame;
  else why.push('Too few pictures a second to see a flame flicker.');
  let usable = 0;
  for (const is of veil!.isUsable) usable += is;
  if (usable >= usableMin * columns * rows) said.smoke = state.smoke;
  else why.push('Too dark or too plain to see smoke before it.');
  return said;
}
