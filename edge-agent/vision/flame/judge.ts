import type { Grid } from '../types.ts';
import { ramp } from './numbers.ts';
import { type Region, steadiness } from './regions.ts';
import { isSharper, type Veil } from './veil.ts';
import { type Cells, irregularity, turnsMs } from './watch.ts';

/** How much a region is like fire, 0 to 1, with the numbers behind it. */
export type Judged = { region: Region; evidence: number; why: string };

/** Regions are judged from these ages on. */
const judgedMs = 1_500;
const smokeJudgedMs = 4_500;
/** A flame that never grew cannot corroborate: candles, torches and lamps do not grow (domain.md §2.7: growth, shape). */
const ungrown = 0.4;
/** Nor can what is of one hue, such as a vest, a lamp or paint; flames go from yellow at their foot to red at their tips. */
const oneHue = 0.3;

const number = (value: number, digits = 1) => String(Number(value.toFixed(digits)));
const cellsSaid = (count: number) => `${count} cell${count === 1 ? '' : 's'}`;

/** Where a region lies, in words of the picture. */
function placeOf({ near }: Region, columns: number, rows: number): string {
  const across = ['left', 'middle', 'right'][Math.min(2, Math.floor((3 * near.x) / columns))]!;
  const down = ['upper', 'middle', 'lower'][Math.min(2, Math.floor((3 * near.foot) / rows))]!;
  return across === 'middle' && down === 'middle' ? 'the middle' : `the ${down} ${across}`;
}

/** How far the hues of a region's cells lie apart, in degrees: the deviation of their angle in the plane of Cb and Cr, by saturation. */
function hueSpread({ cells }: Region, { cb, cr }: Grid): number {
  let [weight, sum, squares] = [0, 0, 0];
  for (const cell of cells) {
    const [yellow, red] = [128 - cb[cell]!, cr[cell]! - 128];
    // A cell that is not lit now says nothing about the hue of what lights it at times.
    if (red + yellow < 30) continue;
    const hue = (Math.atan2(yellow, red) * 180) / Math.PI;
    const saturation = Math.hypot(yellow, red);
    weight += saturation;
    sum += saturation * hue;
    squares += saturation * hue * hue;
  }
  if (weight === 0) return 0;
  return Math.sqrt(Math.max(0, squares / weight - (sum / weight) ** 2));
}

/**
 * Flame: several cells that turn irregularly (flames have no period, lamps do), each for itself (a lamp, a shadow and a jump of
 * exposure change all cells in unison), at one place, and that grew after they had appeared. Many small ones at once are
 * glints: `lit` counts all cells of unusual flame colour, `crowd` the regions of the last minute.
 */
export function judgeFlame(
  region: Region,
  cells: Cells,
  { grid, atMs, lit, crowd }: { grid: Grid; atMs: number; lit: number; crowd: number },
): Judged {
  let [turning, irregular, perS] = [0, 0, 0];
  for (const cell of region.cells) {
    const turnsPerS = (cells.turns[cell]! * 1000) / turnsMs;
    // One to five turns up a second are two to ten turns; half of the slowest is told from a walk, which turns once or twice in all.
    if (turnsPerS < 1.2) continue;
    turning += 1;
    irregular += irregularity(cells, cell);
    perS += turnsPerS / 2;
  }
  const area = region.cells.length;
  const unrest =
    ramp(turning, 1, 3) * ramp(turning / area, 0.1, 0.35) * ramp(irregular / Math.max(1, turning), 0.12, 0.28);
  const apart = region.gross === 0 ? 0 : ramp(region.net / region.gross, 0.92, 0.7);
  const grown = ungrown + (1 - ungrown) * ramp(region.growth, 1.25, 1.7);
  const isOld = atMs - region.bornAtMs >= judgedMs;
  const part = area / Math.max(1, lit);
  const isOne = Math.max(ramp(part, 0.2, 0.4) * ramp(crowd, 6, 3), ramp(part, 0.4, 0.6) * ramp(area, 8, 16));
  const hues = oneHue + (1 - oneHue) * ramp(hueSpread(region, grid), 1.5, 4);
  const evidence = isOld ? unrest * apart * isOne * hues * steadiness(region) * grown : 0;
  const flicker = `flickering ${number(perS / Math.max(1, turning))} times a second`;
  const growth = region.growth >= 1.25 ? `, grown ${number(region.growth)}-fold` : ', not growing';
  const where = placeOf(region, grid.columns, grid.rows);
  return { region, evidence, why: `Flame colour on ${cellsSaid(area)} in ${where}, ${flicker}${growth}.` };
}

/**
 * Smoke: a part of the picture loses detail and colour, greyish and without new edges, spreads slowly and upwards from a foot that
 * stays. What takes most of the picture, or its whole width or height, or comes while all of it pales, is weather or the lens.
 */
export function judgeSmoke(
  region: Region,
  veil: Veil,
  { columns, atMs, veiledShare }: { columns: number; atMs: number; veiledShare: number },
): Judged {
  const rows = veil.veil.length / columns;
  let [sharper, luma, colour, loss] = [0, 0, 0, 0];
  let [left, right, top, bottom] = [columns, 0, rows, 0];
  for (const cell of region.cells) {
    luma += veil.now.luma[cell]!;
    colour += veil.now.colour[cell]!;
    loss += veil.veil[cell]!;
    left = Math.min(left, cell % columns);
    right = Math.max(right, cell % columns);
    top = Math.min(top, Math.floor(cell / columns));
    bottom = Math.max(bottom, Math.floor(cell / columns));
    // Edges of something solid stand in the cells around those that lost theirs, too.
    for (const near of [cell, cell - 1, cell + 1, cell - columns, cell + columns])
      if (near >= 0 && near < veil.veil.length && isSharper(veil, near)) sharper += 0.5;
  }
  const area = region.cells.length;
  [luma, colour, loss] = [luma / area, colour / area, loss / area];
  const across = ramp((right - left + 1) / columns, 0.8, 0.6) * ramp((bottom - top + 1) / rows, 0.85, 0.7);
  const isLocal = across * ramp(veiledShare, 0.5, 0.35) * ramp(veil.left, 0.75, 0.9);
  const soft = ramp(sharper / area, 0.35, 0.12);
  // Grey and neither black nor burnt out (He 2015: spread of R, G, B under 15 to 20 and 80 to 220; a thin veil keeps some colour).
  // Smoke lets something through, at its rim at least; what hides everything is a thing.
  const through = ramp(loss, 0.92, 0.82);
  const grey = ramp(colour, 36, 22) * ramp(luma, 50, 80) * ramp(luma, 245, 225);
  const spread = ramp(region.growth, 1.3, 2) * ramp(region.riseRows, 0.5, 2);
  const isOld = atMs - region.bornAtMs >= smokeJudgedMs;
  const size = ramp(area, 4, 10);
  const evidence = isOld ? size * isLocal * soft * through * grey * spread * steadiness(region) : 0;
  const lost = `${Math.round(100 * loss)} % of detail and colour lost on ${cellsSaid(area)} in ${placeOf(region, columns, rows)}`;
  return { region, evidence, why: `${lost}, spread ${number(region.growth)}-fold and upwards.` };
}
