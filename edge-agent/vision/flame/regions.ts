import { ramp, share } from './numbers.ts';

/** Cells that belong together in one picture; `mass` is how much is there, `top` and `bottom` are rows from above. */
export type Part = {
  cells: number[];
  mass: number;
  x: number;
  top: number;
  bottom: number;
  left: number;
  right: number;
};

/**
 * A part followed over pictures by its place. Its `x` and foot are means over a short and over a longer time, whose difference is
 * its speed; `first` is what it was when it had come into view whole.
 */
export type Region = {
  bornAtMs: number;
  seenAtMs: number;
  area: number;
  mass: number;
  top: number;
  near: Place;
  far: Place;
  first: { count: number; mass: number; top: number } & Place;
  /** Highest mass and highest rise so far, against `first`. */
  growth: number;
  riseRows: number;
  /** Change of its cells, each for itself and together, as means over two seconds. */
  gross: number;
  net: number;
  cells: readonly number[];
};
type Place = { x: number; foot: number };

/** A picture's time, and between which ages a region is measured as it is at first: when it has come into view whole. */
export type Instant = { atMs: number; stepMs: number; settleMs: number; firstMs: number };

/** So many regions are followed; the largest parts come first. */
export const regionsMax = 8;
const lostMs = 1_500;
const nearMs = 700;
const farMs = 2_500;

/** Cells of the mask grouped by nearness: two belong together when no more than `reach` rows and columns apart. */
export function findParts(
  mask: Uint8Array,
  weight: Float32Array,
  { columns, reach, cellsMin }: { columns: number; reach: number; cellsMin: number },
): Part[] {
  const rows = mask.length / columns;
  const taken = new Uint8Array(mask.length);
  const parts: Part[] = [];
  for (let start = 0; start < mask.length; start += 1) {
    if (mask[start] === 0 || taken[start] === 1) continue;
    const cells = [start];
    taken[start] = 1;
    for (let next = 0; next < cells.length; next += 1) {
      const [x, y] = [cells[next]! % columns, Math.floor(cells[next]! / columns)];
      for (let row = Math.max(0, y - reach); row <= Math.min(rows - 1, y + reach); row += 1)
        for (let column = Math.max(0, x - reach); column <= Math.min(columns - 1, x + reach); column += 1) {
          const cell = row * columns + column;
          if (mask[cell] === 0 || taken[cell] === 1) continue;
          taken[cell] = 1;
          cells.push(cell);
        }
    }
    if (cells.length >= cellsMin) parts.push(measure(cells, weight, columns));
  }
  return parts.sort((a, b) => b.cells.length - a.cells.length).slice(0, regionsMax);
}

function measure(cells: number[], weight: Float32Array, columns: number): Part {
  let [mass, x, top, bottom, left, right] = [0, 0, Number.POSITIVE_INFINITY, 0, columns, 0];
  for (const cell of cells) {
    const [column, row] = [cell % columns, Math.floor(cell / columns)];
    mass += weight[cell]!;
    x += column;
    top = Math.min(top, row);
    bottom = Math.max(bottom, row);
    left = Math.min(left, column);
    right = Math.max(right, column);
  }
  return { cells, mass, x: x / cells.length, top, bottom, left, right };
}

/** The regions one picture on: each takes the nearest part that touches where it was, parts without one begin one. */
export function followRegions(before: readonly Region[], parts: readonly Part[], instant: Instant): Region[] {
  const { atMs } = instant;
  const free = new Set(parts);
  const after: Region[] = [];
  for (const region of before) {
    const reachCells = 2 + Math.sqrt(region.area) / 2;
    let nearest: Part | undefined;
    let nearestCells = reachCells;
    for (const part of free) {
      const apart = Math.hypot(part.x - region.near.x, part.bottom - region.near.foot);
      if (apart <= nearestCells) [nearest, nearestCells] = [part, apart];
    }
    if (nearest !== undefined) {
      free.delete(nearest);
      after.push(follow(region, nearest, instant));
    } else if (atMs - region.seenAtMs < lostMs) after.push(region);
  }
  for (const part of free) if (after.length < regionsMax) after.push(begin(part, atMs));
  return after;
}

function begin({ cells, mass, x, top, bottom: foot }: Part, atMs: number): Region {
  const place = { x, foot };
  return {
    bornAtMs: atMs,
    seenAtMs: atMs,
    area: cells.length,
    mass,
    top,
    near: place,
    far: place,
    first: { count: 0, mass, top, ...place },
    growth: 1,
    riseRows: 0,
    gross: 0,
    net: 0,
    cells,
  };
}

function follow(before: Region, part: Part, instant: Instant): Region {
  const { atMs, stepMs, firstMs } = instant;
  const toward = (was: number, is: number, tauMs: number) => was + (is - was) * share(stepMs, tauMs);
  const place = (was: Place, tauMs: number): Place => ({
    x: toward(was.x, part.x, tauMs),
    foot: toward(was.foot, part.bottom, tauMs),
  });
  const ageMs = atMs - before.bornAtMs;
  const mass = toward(before.mass, part.mass, nearMs);
  const top = toward(before.top, part.top, nearMs);
  const first = ageMs <= firstMs ? firstOf(before, part, ageMs < instant.settleMs) : before.first;
  const isGrown = ageMs > firstMs;
  return {
    ...before,
    seenAtMs: atMs,
    area: part.cells.length,
    mass,
    top,
    near: place(before.near, nearMs),
    far: place(before.far, farMs),
    first,
    growth: isGrown ? Math.max(before.growth, mass / first.mass) : 1,
    riseRows: isGrown ? Math.max(before.riseRows, first.top - top) : 0,
    cells: part.cells,
  };
}

/** The mean of the part since it settled; before that it is what it is now. */
function firstOf({ first }: Region, { mass, x, top, bottom: foot }: Part, isComing: boolean): Region['first'] {
  if (isComing) return { count: 0, mass, top, x, foot };
  const count = first.count + 1;
  const mean = (was: number, is: number) => was + (is - was) / count;
  return {
    count,
    mass: mean(first.mass, mass),
    top: mean(first.top, top),
    x: mean(first.x, x),
    foot: mean(first.foot, foot),
  };
}

/** How far a region stays where it is, 0 to 1: by its speed now, and by how far it has come altogether for its size. */
export function steadiness({ near, far, first, area }: Region): number {
  const cellsPerS = Math.hypot(near.x - far.x, near.foot - far.foot) / ((farMs - nearMs) / 1000);
  const come = Math.hypot(near.x - first.x, near.foot - first.foot);
  const size = Math.sqrt(area);
  return ramp(cellsPerS, 1.2, 0.5) * ramp(come, 3 + size, 1.5 + size / 2);
}
