import type { Grid } from '../types.ts';
import { middle, share } from './numbers.ts';

/**
 * How much each cell is veiled: a grey veil before a scene takes from its detail and its colour, both against its brightness (the
 * wavelet energy that falls against the background, Töreyin 2005, on the grid instead of wavelets). A shadow darkens all three
 * alike and is none; what the whole picture lost alike (fog, rain, exposure, a dirty lens) is taken out by the middle of all cells.
 */
export type Veil = {
  /** What a cell looks like usually: luma, detail (steps to its right and lower neighbour), saturation. */
  usual: Look;
  /** The same over the last second and a half. */
  now: Look;
  /** Share that the veil takes, 0 to 1; meaningless where `isUsable` is 0. */
  veil: Float32Array;
  /** 1 where a cell has detail or colour that a veil could take. */
  isUsable: Uint8Array;
  /** What the middle of all cells has left of its detail and colour, 1 in clear air. */
  left: number;
};
type Look = { luma: Float32Array; detail: Float32Array; colour: Float32Array };

const nowMs = 1_500;
/** The usual follows in two minutes, and in twenty where smoke is suspected; in its first minute it is the mean so far. */
const usualMs = 120_000;
const suspectMs = 1_200_000;
const learnMs = 20_000;
/** Detail and saturation in levels below which a cell could not show a veil over noise, and the luma of a dark one. */
const detailFrom = 8;
const colourFrom = 14;
const lumaFrom = 20;

/** The look of the first picture. */
export function firstVeil(grid: Grid): Veil {
  const usual = lookOf(grid);
  const cells = grid.y.length;
  const now = { luma: usual.luma.slice(), detail: usual.detail.slice(), colour: usual.colour.slice() };
  return { usual, now, veil: new Float32Array(cells), isUsable: new Uint8Array(cells), left: 1 };
}

function lookOf({ y, cb, cr, columns }: Grid): Look {
  const cells = y.length;
  const look = { luma: new Float32Array(cells), detail: new Float32Array(cells), colour: new Float32Array(cells) };
  for (let i = 0; i < cells; i += 1) {
    const right = (i + 1) % columns === 0 ? i : i + 1;
    const below = i + columns < cells ? i + columns : i;
    look.luma[i] = y[i]!;
    look.detail[i] = Math.abs(y[i]! - y[right]!) + Math.abs(y[i]! - y[below]!);
    look.colour[i] = Math.abs(cb[i]! - 128) + Math.abs(cr[i]! - 128);
  }
  return look;
}

/** The veil one picture on; a disturbed picture is not learnt from. */
export function stepVeil(
  before: Veil,
  grid: Grid,
  { stepMs, ageMs, suspected }: { stepMs: number; ageMs: number; suspected: Uint8Array },
): Veil {
  const seen = lookOf(grid);
  const learnt = ageMs < learnMs ? stepMs / (ageMs + stepMs) : share(stepMs, usualMs);
  const slow = share(stepMs, suspectMs);
  const fast = share(stepMs, nowMs);
  const cells = grid.y.length;
  const after: Veil = {
    usual: { luma: new Float32Array(cells), detail: new Float32Array(cells), colour: new Float32Array(cells) },
    now: { luma: new Float32Array(cells), detail: new Float32Array(cells), colour: new Float32Array(cells) },
    veil: new Float32Array(cells),
    isUsable: new Uint8Array(cells),
    left: 1,
  };
  for (const field of ['luma', 'detail', 'colour'] as const) {
    const [is, was, usual] = [seen[field], before.now[field], before.usual[field]];
    const [now, next] = [after.now[field], after.usual[field]];
    for (let i = 0; i < cells; i += 1) {
      now[i] = was[i]! + (is[i]! - was[i]!) * fast;
      next[i] = usual[i]! + (is[i]! - usual[i]!) * (suspected[i] === 1 ? slow : learnt);
    }
  }
  after.left = judgeCells(after);
  return after;
}

/** Judges each cell by what is left of its detail and colour, against what the middle of all cells has left; answers the latter. */
function judgeCells({ usual, now, veil, isUsable }: Veil): number {
  const cells = veil.length;
  const left = new Float32Array(cells);
  const usable = new Float32Array(cells);
  let count = 0;
  for (let i = 0; i < cells; i += 1) {
    const luma = usual.luma[i]!;
    const hasDetail = usual.detail[i]! >= detailFrom;
    const hasColour = usual.colour[i]! >= colourFrom;
    if (luma < lumaFrom || (!hasDetail && !hasColour)) continue;
    const brighter = Math.max(now.luma[i]!, 1) / luma;
    const detail = hasDetail ? now.detail[i]! / usual.detail[i]! / brighter : 0;
    const colour = hasColour ? now.colour[i]! / usual.colour[i]! / brighter : 0;
    left[i] = Math.max(detail, colour);
    isUsable[i] = 1;
    usable[count] = left[i]!;
    count += 1;
  }
  const all = Math.max(0.05, Math.min(1, middle(usable, count, 1)));
  for (let i = 0; i < cells; i += 1) if (isUsable[i] === 1) veil[i] = Math.max(0, Math.min(1, 1 - left[i]! / all));
  return all;
}

/** True where a cell has much more detail than usual: the edge of something solid that came into view. */
export function isSharper({ usual, now }: Veil, i: number): boolean {
  return now.detail[i]! > 1.6 * usual.detail[i]! + 8;
}
