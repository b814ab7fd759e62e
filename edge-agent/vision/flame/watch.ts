import type { Grid } from '../types.ts';
import { flameColour } from './colour.ts';
import { share } from './numbers.ts';

/**
 * What is remembered of every cell for flames: 88 kB for 64 × 36 cells, made anew for each picture that is looked at.
 * Nothing of it is worth keeping over a restart: a background is learnt in a minute.
 */
export type Cells = {
  y: Uint8Array;
  /** Flame colour now, its slow mean, and the mean distance from it. */
  colour: Float32Array;
  usual: Float32Array;
  wander: Float32Array;
  /** Share of the last moments in which a cell was of flame colour and unusual. */
  lit: Float32Array;
  /** Turning points of the colour: last extreme, direction, turns in the last two seconds, time since it last turned up. */
  extreme: Float32Array;
  direction: Int8Array;
  turns: Float32Array;
  upMs: Float32Array;
  /** Mean time from one turn up to the next, mean of its square, and how many were seen. */
  periodMs: Float32Array;
  periodSquareMs: Float32Array;
};

/** A change of colour below this is no turn: a twentieth of the way from grey to flame is the noise of JPEG (measured), twice that is safe. */
const turnFrom = 0.12;
/** Turns are counted over this time. */
export const turnsMs = 2_000;
/** The usual colour follows within a minute; where a fire is suspected, within ten, so that a fire is not usual soon. */
const usualMs = 60_000;
const suspectMs = 600_000;
const litMs = 700;
/** Unusual is what stands out by this, and twice of how the cell wanders by itself. */
const standOut = 0.1;
const periodShare = 0.3;

/** Cells of a camera that was never seen. */
export function newCells({ y }: Grid): Cells {
  const floats = () => new Float32Array(y.length);
  return {
    y: y.slice(),
    colour: floats(),
    usual: floats(),
    wander: floats(),
    lit: floats(),
    extreme: floats(),
    direction: new Int8Array(y.length),
    turns: floats(),
    upMs: floats(),
    periodMs: floats(),
    periodSquareMs: floats(),
  };
}

/** The cells of the first picture: whatever is there is usual. */
export function firstCells(grid: Grid): Cells {
  const cells = newCells(grid);
  flameColour(grid, cells.colour);
  cells.usual.set(cells.colour);
  cells.extreme.set(cells.colour);
  return cells;
}

/** The cells one picture on. `ageMs` is how long they are watched, `suspected` marks those of a likely fire. */
export function stepCells(
  before: Cells,
  grid: Grid,
  { stepMs, ageMs, suspected }: { stepMs: number; ageMs: number; suspected: Uint8Array },
): Cells {
  const after: Cells = {
    y: grid.y.slice(),
    colour: new Float32Array(before.colour.length),
    usual: before.usual.slice(),
    wander: before.wander.slice(),
    lit: before.lit.slice(),
    extreme: before.extreme.slice(),
    direction: before.direction.slice(),
    turns: before.turns.slice(),
    upMs: before.upMs.slice(),
    periodMs: before.periodMs.slice(),
    periodSquareMs: before.periodSquareMs.slice(),
  };
  flameColour(grid, after.colour);
  // In its first minute the usual is the mean so far.
  const learnt = stepMs / (Math.min(ageMs, usualMs) + stepMs);
  const slow = share(stepMs, suspectMs);
  const fade = share(stepMs, litMs);
  const forget = Math.exp(-stepMs / turnsMs);
  for (let i = 0; i < grid.y.length; i += 1) {
    const now = after.colour[i]!;
    // Nearly all cells never are of flame colour.
    if (now === 0 && before.usual[i]! < 1e-3 && before.lit[i]! < 1e-3 && before.turns[i]! < 1e-3) continue;
    const { usual, wander, lit, turns } = after;
    const isUnusual = now - usual[i]! - 2 * wander[i]! > standOut;
    lit[i]! += ((isUnusual ? 1 : 0) - lit[i]!) * fade;
    const rate = suspected[i] === 1 ? slow : learnt;
    const off = now - usual[i]!;
    usual[i]! += off * rate;
    wander[i]! += (Math.abs(off) - wander[i]!) * rate;
    turns[i]! *= forget;
    turn(after, i, stepMs);
  }
  return after;
}

/** A zigzag: the colour turned when it has come back from its last extreme by more than noise. */
function turn(cells: Cells, i: number, stepMs: number): void {
  const { colour, extreme, direction, turns, upMs } = cells;
  const now = colour[i]!;
  const heading = direction[i]! === 0 ? (now > extreme[i]! ? 1 : -1) : direction[i]!;
  upMs[i]! += stepMs;
  if (heading * (now - extreme[i]!) >= 0) {
    extreme[i] = now;
    direction[i] = heading;
    return;
  }
  if (Math.abs(now - extreme[i]!) < turnFrom) return;
  extreme[i] = now;
  direction[i] = -heading;
  turns[i]! += 1;
  if (heading < 0) turnedUp(cells, i);
}

function turnedUp({ upMs, periodMs, periodSquareMs }: Cells, i: number): void {
  const ms = upMs[i]!;
  upMs[i] = 0;
  // A long pause is no period.
  if (ms > 3_000) {
    periodMs[i] = 0;
    return;
  }
  const isFirst = periodMs[i] === 0;
  periodMs[i]! += (ms - periodMs[i]!) * (isFirst ? 1 : periodShare);
  periodSquareMs[i]! += (ms * ms - periodSquareMs[i]!) * (isFirst ? 1 : periodShare);
}

/** How irregular the turns of a cell are: the deviation of its periods as a share of their mean; a lamp that blinks is near 0. */
export function irregularity({ periodMs, periodSquareMs }: Cells, i: number): number {
  const mean = periodMs[i]!;
  return mean === 0 ? 0 : Math.sqrt(Math.max(0, periodSquareMs[i]! - mean * mean)) / mean;
}

/**
 * Share of the picture's usual edges, or of all its cells, that changed since the last picture: shaking, lightning, a jump of exposure.
 * Edges of what passes are not usual ones; a picture with few of its own is judged by its cells alone.
 */
export function disturbance({ y: was }: Cells, usualDetail: Float32Array, { y }: Grid): number {
  let [changed, edges, changedEdges] = [0, 0, 0];
  for (let i = 0; i < y.length; i += 1) {
    const change = Math.abs(y[i]! - was[i]!);
    if (change > 8) changed += 1;
    const detail = usualDetail[i]!;
    if (detail < 25) continue;
    edges += 1;
    if (change > 0.15 * detail && change > 5) changedEdges += 1;
  }
  const ofAll = changed / y.length;
  return edges < y.length / 40 ? ofAll : Math.max(ofAll, changedEdges / edges);
}
