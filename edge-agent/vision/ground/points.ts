import type { CalibrationPoint } from './calibrate.ts';
import type { Point } from './homography.ts';

/** Points of one calibration at most; more teach nothing and cost a fit each. */
export const pointsMax = 64;
/** Two points this close are one, in pixels and in metres. */
const samePx = 1;
const sameM = 0.01;
/** Points whose spread across is less than this share of their spread along are on one line. */
const thicknessMin = 0.02;

const nameOf = ({ label }: CalibrationPoint, i: number) => (label === undefined ? `point ${i + 1}` : `“${label}”`);

/** Spread across over spread along the best line through points. */
function thickness(points: readonly Point[]): number {
  const n = points.length;
  const cx = points.reduce((sum, [x]) => sum + x, 0) / n;
  const cy = points.reduce((sum, [, y]) => sum + y, 0) / n;
  let [xx, xy, yy] = [0, 0, 0];
  for (const [x, y] of points) {
    xx += (x - cx) ** 2;
    xy += (x - cx) * (y - cy);
    yy += (y - cy) ** 2;
  }
  const middle = (xx + yy) / 2;
  const half = Math.hypot((xx - yy) / 2, xy);
  return Math.sqrt(Math.max(0, middle - half) / (middle + half));
}

/** Points determine a plane unless all of them, or all but one, lie on one line. */
function lineIn(points: readonly Point[]): 'all' | 'all but one' | undefined {
  if (thickness(points) < thicknessMin) return 'all';
  const without = (i: number) => thickness(points.filter((_, j) => j !== i));
  return points.some((_, i) => without(i) < thicknessMin) ? 'all but one' : undefined;
}

/** What is wrong with points before any fit, in words; undefined if nothing is. */
export function refusalOf(points: readonly CalibrationPoint[], picture: { width: number; height: number }) {
  const { width, height } = picture;
  if (!(width >= 1 && height >= 1 && Number.isFinite(width * height))) return 'The picture has no size.';
  if (points.length < 4) return `${points.length} points are given, at least 4 are needed.`;
  if (points.length > pointsMax) return `${points.length} points are given, at most ${pointsMax} are taken.`;
  for (const [i, point] of points.entries()) {
    const name = nameOf(point, i);
    if (![...point.px, ...point.m].every(Number.isFinite)) return `A coordinate of ${name} is not a number.`;
    const [x, y] = point.px;
    if (x < 0 || y < 0 || x > width || y > height) return `Pixel (${x}, ${y}) of ${name} is outside the picture.`;
    for (const [j, other] of points.slice(0, i).entries()) {
      const near = (a: Point, b: Point, by: number) => Math.hypot(a[0] - b[0], a[1] - b[1]) < by;
      if (near(point.px, other.px, samePx)) return `${nameOf(other, j)} and ${name} are the same place in the picture.`;
      if (near(point.m, other.m, sameM)) return `${nameOf(other, j)} and ${name} are the same place on the ground.`;
    }
  }
  const line = lineIn(points.map(({ px }) => px)) ?? lineIn(points.map(({ m }) => m));
  return line && `${line === 'all' ? 'All points' : 'All points but one'} lie on one line: take some beside it.`;
}
