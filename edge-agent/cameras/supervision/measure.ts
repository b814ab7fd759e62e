import { type Grid, gridColumns, gridRows } from '../../vision/types.ts';

// Own names: imported ones are looked up at every use under the test runner, which is slow in loops over cells.
const across = gridColumns;
const down = gridRows;

/** What one picture's grid says about the lens and the light; levels of 0 to 255. */
export type Measures = {
  mean: number;
  /** Luma of the cell that 99 of 100 are darker than. */
  p99: number;
  median: number;
  /** Share of cells that are burnt out. */
  hotShare: number;
  /** Mean step between neighbouring cells: texture that noise does not reach. */
  texture: number;
  /** Fine detail: sharpness without what the noise makes of it, as it is likely and as it is at most. */
  detail: number;
  detailMost: number;
  /** Share of the sharpness that is noise (0 to 1). */
  noiseShare: number;
  noise: number;
  /** Mean distance of the colours from grey. */
  chroma: number;
};

/** Cells of a grid. */
export const cells = across * down;
/** A cell this bright has nothing left to show. */
const hotFrom = 250;
/**
 * White noise of deviation s has a mean squared Laplacian of 20 s² and a mean distance from its median of 0.75 s
 * (measured: ffmpeg's noise on the clips of people and cars, 1.4 to 3.4 levels, within 15 %).
 */
const noiseToSharpness = 35;
const noiseDoubt = 0.15;

/** What is wrong with a grid, in words; undefined if nothing is. */
export function gridRefusal({ columns, rows, y, cb, cr, sharpness, noise }: Grid): string | undefined {
  if (columns !== across || rows !== down) return `A grid of ${columns} × ${rows} cells is not known.`;
  if (y.length !== cells || cb.length !== cells || cr.length !== cells)
    return 'The grid has not as many cells as it says.';
  if (!(Number.isFinite(sharpness) && sharpness >= 0 && Number.isFinite(noise) && noise >= 0))
    return 'Sharpness or noise is not a number.';
  return undefined;
}

/** Measures a grid. */
export function measure({ y, cb, cr, sharpness, noise }: Grid): Measures {
  const histogram = new Uint16Array(256);
  let [sum, chroma, steps] = [0, 0, 0];
  for (let i = 0; i < cells; i += 1) {
    const here = y[i]!;
    histogram[here]! += 1;
    sum += here;
    chroma += Math.abs(cb[i]! - 128) + Math.abs(cr[i]! - 128);
    if ((i + 1) % across !== 0) steps += Math.abs(y[i + 1]! - here);
    if (i + across < cells) steps += Math.abs(y[i + across]! - here);
  }
  const darkerThan = (share: number) => {
    let below = 0;
    for (let level = 0; level < 256; level += 1) {
      below += histogram[level]!;
      if (below >= share * cells) return level;
    }
    return 255;
  };
  const fromNoise = noiseToSharpness * noise * noise;
  return {
    mean: sum / cells,
    p99: darkerThan(0.99),
    median: darkerThan(0.5),
    hotShare: histogram.subarray(hotFrom).reduce((total, count) => total + count, 0) / cells,
    texture: steps / (2 * cells - across - down),
    detail: Math.max(0, sharpness - fromNoise),
    detailMost: Math.max(0, sharpness - (1 - noiseDoubt) * fromNoise),
    noiseShare: sharpness > 0 ? Math.min(1, fromNoise / sharpness) : 0,
    noise,
    chroma: chroma / cells,
  };
}

/** A grid as it can be stored, to be held against the next one. */
export type Print = { y: number[]; sharpness: number; noise: number };

/** The print of a grid. */
export function printOf({ y, sharpness, noise }: Grid): Print {
  // Several times as fast as Array.from, for every picture.
  const copy = new Array<number>(cells);
  for (let i = 0; i < cells; i += 1) copy[i] = y[i]!;
  return { y: copy, sharpness, noise };
}

/** Of a frozen picture that a coder works over again, so many cells differ by one level, and detail by so much. */
const nearCells = Math.ceil(0.003 * cells);
const nearShare = 0.01;
/** The very same picture, but for the last digits of a sum. */
const exactShare = 0.0002;

/**
 * How alike a picture is to one before. `exact`: the same in every cell, in sharpness and in noise. Sensor noise alone
 * moves sharpness by 0.1 to 1 % and a tenth of the cells from picture to picture, so that a quiet night is neither.
 */
export function alike(print: Print, { y, sharpness, noise }: Grid): 'exact' | 'near' | 'changed' {
  let changed = 0;
  for (let i = 0; i < cells; i += 1) {
    const by = Math.abs(y[i]! - print.y[i]!);
    if (by > 1) return 'changed';
    if (by === 1) changed += 1;
  }
  const off = (now: number, then: number) => Math.abs(now - then) / Math.max(0.01, then);
  const share = Math.max(off(sharpness, print.sharpness), off(noise, print.noise));
  if (changed === 0 && share <= exactShare) return 'exact';
  return changed <= nearCells && share <= nearShare ? 'near' : 'changed';
}
