import type { Grid } from '../types.ts';
import type { FlameConfig } from './config.ts';
import { type Judged, judgeFlame, judgeSmoke } from './judge.ts';
import { share } from './numbers.ts';
import { findParts, followRegions, type Region } from './regions.ts';
import type { FlameState } from './state.ts';
import type { Veil } from './veil.ts';
import type { Cells } from './watch.ts';

/** A cell belongs to a flame when it was lit for so much of the last moments, to a veil from this share on. */
const litFrom = 0.3;
const veiledFrom = 0.3;
/** Changes of a region are means over this time. */
const changeMs = 2_000;
const crowdMs = 60_000;

/** One picture that is looked at, and the cells that are not. */
export type Looking = { grid: Grid; atMs: number; stepMs: number; ignored: Uint8Array | undefined };

/** Follows what has the colour of a flame; answers the regions, the crowd of them, and the one that is most like a flame. */
export function lookForFlame(
  { flames, crowd: before }: Pick<FlameState, 'flames' | 'crowd'>,
  [was, cells]: readonly [Cells, Cells],
  { grid, atMs, stepMs, ignored }: Looking,
): { flames: readonly Region[]; crowd: number; found: Judged | undefined } {
  const { lit, colour } = cells;
  const mask = new Uint8Array(lit.length);
  let count = 0;
  for (let i = 0; i < lit.length; i += 1)
    if (lit[i]! > litFrom && ignored?.[i] !== 1) {
      mask[i] = 1;
      count += 1;
    }
  const faded = before * (1 - share(stepMs, crowdMs));
  if (count === 0 && flames.length === 0) return { flames, crowd: faded, found: undefined };
  const parts = findParts(mask, colour, { columns: grid.columns, reach: 1, cellsMin: 2 });
  const crowd = Math.max(parts.length, faded);
  const fade = share(stepMs, changeMs);
  const after = followRegions(flames, parts, { atMs, stepMs, settleMs: 500, firstMs: 1_500 }).map((region) => {
    if (region.seenAtMs !== atMs) return region;
    let [gross, net] = [0, 0];
    for (const cell of region.cells) {
      const change = colour[cell]! - was.colour[cell]!;
      gross += Math.abs(change);
      net += change;
    }
    return {
      ...region,
      gross: region.gross + (gross - region.gross) * fade,
      net: region.net + (Math.abs(net) - region.net) * fade,
    };
  });
  const about = { grid, atMs, lit: count, crowd };
  const judged = after.map((region) => judgeFlame(region, cells, about));
  return { flames: after, crowd, found: best(judged, atMs) };
}

/** Follows what is veiled; answers the regions and the one that is most like smoke. */
export function lookForSmoke(
  smokes: readonly Region[],
  seen: Veil,
  { grid, atMs, stepMs, ignored }: Looking,
): { smokes: readonly Region[]; found: Judged | undefined } {
  const { veil, isUsable } = seen;
  const mask = new Uint8Array(veil.length);
  let [veiled, usable] = [0, 0];
  for (let i = 0; i < veil.length; i += 1) {
    if (isUsable[i] === 0) continue;
    usable += 1;
    if (veil[i]! < veiledFrom) continue;
    veiled += 1;
    if (ignored?.[i] !== 1) mask[i] = 1;
  }
  if (veiled === 0 && smokes.length === 0) return { smokes, found: undefined };
  const parts = findParts(mask, veil, { columns: grid.columns, reach: 2, cellsMin: 4 });
  // A veil is a mean over 1.5 s, so that what comes at once is whole only after as much again.
  const after = followRegions(smokes, parts, { atMs, stepMs, settleMs: 2_000, firstMs: 4_000 });
  const veiledShare = veiled / Math.max(1, usable);
  const about = { columns: grid.columns, atMs, veiledShare };
  const judged = after.map((region) => judgeSmoke(region, seen, about));
  return { smokes: after, found: best(judged, atMs) };
}

function best(judged: readonly Judged[], atMs: number): Judged | undefined {
  const seen = judged.filter(({ region, evidence }) => region.seenAtMs === atMs && evidence > 0);
  return seen.sort((a, b) => b.evidence - a.evidence)[0];
}

/** Cells of the parts of the picture that are not watched. */
export function ignoredOf({ columns, rows }: Grid, { ignore }: FlameConfig): Uint8Array | undefined {
  if (ignore === undefined || ignore.length === 0) return;
  const cells = new Uint8Array(columns * rows);
  for (const { x, y, width, height } of ignore)
    for (let row = Math.floor(y * rows); row < Math.min(rows, (y + height) * rows); row += 1)
      for (let column = Math.floor(x * columns); column < Math.min(columns, (x + width) * columns); column += 1)
        cells[row * columns + column] = 1;
  return cells;
}
