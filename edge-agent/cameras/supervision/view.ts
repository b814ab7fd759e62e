import { type Grid, gridColumns, gridRows } from '../../vision/types.ts';

// Own names: imported ones are looked up at every use under the test runner, which is slow in loops over cells.
const across = gridColumns;
const down = gridRows;
const cells = across * down;

/**
 * A camera's view as small data, to find out later whether it has been turned: luma by cells, row by row. It is kept
 * beside the calibration, and a camera learns one of its own. Edges are worked out from it.
 */
export type View = { columns: number; rows: number; luma: number[] };

/** The view of a grid. */
export function viewOf({ columns, rows, y }: Grid): View {
  return { columns, rows, luma: Array.from(y) };
}

/** True for a view that can be held against a grid. */
export function isView({ columns, rows, luma }: View): boolean {
  return columns === across && rows === down && luma.length === cells && luma.every(Number.isFinite);
}

/**
 * Edges of every cell by strength and direction: two numbers a cell, strength · (cos 2φ, sin 2φ). Twice the angle makes
 * dark on bright and bright on dark the same edge, since lamps at night exchange them; strength saturates, so that one
 * headlight does not outshout a kerb.
 */
export type Edges = Float32Array;

/** Steps of luma at which an edge has half its strength. */
const halfStrength = 6;
/** Steps this small are rounding, noise or drift. */
const stepMin = 1.5;

/** The edges of luma by cells; the outermost cells have none. */
export function edgesOf(luma: ArrayLike<number>): Edges {
  const edges = new Float32Array(2 * cells);
  for (let row = 1; row < down - 1; row += 1) {
    for (let column = 1; column < across - 1; column += 1) {
      const i = row * across + column;
      const dx = luma[i + 1]! - luma[i - 1]!;
      const dy = luma[i + across]! - luma[i - across]!;
      const square = dx * dx + dy * dy;
      if (square < stepMin * stepMin) continue;
      const step = Math.sqrt(square);
      const weight = step / (step + halfStrength) / square;
      edges[2 * i] = weight * (dx * dx - dy * dy);
      edges[2 * i + 1] = weight * 2 * dx * dy;
    }
  }
  return edges;
}

/** So many of the strongest edges of a view stand for all of it in a search. */
const strongest = 300;

/** Cells of the strongest edges. */
function strongCells(edges: Edges): Int32Array {
  const strength = new Float32Array(cells);
  for (let cell = 0; cell < cells; cell += 1) strength[cell] = edges[2 * cell]! ** 2 + edges[2 * cell + 1]! ** 2;
  const least = Math.max(Number.MIN_VALUE, strength.slice().sort()[cells - strongest]!);
  return Int32Array.from(everyCell.filter((cell) => strength[cell]! >= least));
}

/**
 * Normalised cross-correlation of some cells' edges in one view with those in their places, shifted by cells, in
 * another: 1 the same, 0 nothing alike. What leaves the picture by the shift does not count. Plain arithmetic: a search
 * asks for 289 shifts.
 */
function likeness(
  reference: Edges,
  now: Edges,
  { of, byX, byY }: { of: Int32Array; byX: number; byY: number },
): number {
  const by = 2 * (byY * across + byX);
  let both = 0;
  let one = 0;
  let two = 0;
  for (let k = 0; k < of.length; k += 1) {
    const cell = of[k]!;
    const x = (cell & (across - 1)) + byX;
    if (x < 0 || x >= across) continue;
    const i = 2 * cell;
    const j = i + by;
    if (j < 0 || j >= 2 * cells) continue;
    const a = reference[i]!;
    const b = reference[i + 1]!;
    const c = now[j]!;
    const d = now[j + 1]!;
    both += a * c + b * d;
    one += a * a + b * b;
    two += c * c + d * d;
  }
  return one > 0 && two > 0 ? both / Math.sqrt(one * two) : 0;
}

const everyCell = Int32Array.from({ length: cells }, (_, cell) => cell);

/** How a view lies against another: likeness as it is, and the shift in cells at which they are most alike. */
export type Fit = { here: number; best: number; shift: [x: number, y: number] };

/** A picture this much like the reference has not moved, and needs no search. */
const surelyHere = 0.5;
const shiftMax = 8;

/** Looks for the shift of up to 8 cells that makes two views most alike. */
export function fitViews(reference: Edges, now: Edges): Fit {
  const asItIs = likeness(reference, now, { of: everyCell, byX: 0, byY: 0 });
  if (asItIs >= surelyHere) return { here: asItIs, best: asItIs, shift: [0, 0] };
  const of = strongCells(reference);
  const here = likeness(reference, now, { of, byX: 0, byY: 0 });
  let [best, shift]: [number, [number, number]] = [here, [0, 0]];
  for (let byY = -shiftMax; byY <= shiftMax; byY += 1) {
    for (let byX = -shiftMax; byX <= shiftMax; byX += 1) {
      const at = likeness(reference, now, { of, byX, byY });
      if (at > best) [best, shift] = [at, [byX, byY]];
    }
  }
  return { here, best, shift };
}

/** Squared step at every cell of a view. */
function stepsOf(luma: ArrayLike<number>): Float32Array {
  const steps = new Float32Array(cells);
  for (let row = 1; row < down - 1; row += 1) {
    for (let column = 1; column < across - 1; column += 1) {
      const i = row * across + column;
      const dx = luma[i + 1]! - luma[i - 1]!;
      const dy = luma[i + across]! - luma[i - across]!;
      steps[i] = dx * dx + dy * dy;
    }
  }
  return steps;
}

/** A cell with a step of so many levels can be missed when it is covered; of so many such cells a share can be told. */
const steppedFrom = 4;
const steppedCellsMin = 60;
/** A step has gone when less than this share of it is left; a dark cloud leaves half. */
const goneBelow = 0.3;

/** Share of the cells with a clear step in `usual` that have none now; undefined where too few have one. */
export function lossOf(usual: ArrayLike<number>, now: ArrayLike<number>): number | undefined {
  const [before, after] = [stepsOf(usual), stepsOf(now)];
  let [stepped, gone] = [0, 0];
  for (let i = 0; i < cells; i += 1) {
    if (before[i]! < steppedFrom ** 2) continue;
    stepped += 1;
    if (after[i]! < goneBelow ** 2 * before[i]!) gone += 1;
  }
  return stepped < steppedCellsMin ? undefined : gone / stepped;
}
