/** Drawing the ground into the picture: pure, and only for the eye; what is saved is solved by the server. */
import type { Matrix3, MeasuredPoint, Pair, Size } from './words.ts';

type Triple = [number, number, number];
export type Segment = { from: Pair; to: Pair };

/** Nearer to the horizon than this share of the nearest known point's depth nothing is drawn. */
const depthShareMin = 0.02;

const times = (m: Matrix3, [x, y]: Pair): Triple => [
  m[0] * x + m[1] * y + m[2],
  m[3] * x + m[4] * y + m[5],
  m[6] * x + m[7] * y + m[8],
];

/** Where a homography puts a place; undefined where it lies at infinity. */
export function place(m: Matrix3, at: Pair): Pair | undefined {
  const [x, y, w] = times(m, at);
  return Math.abs(w) < 1e-12 ? undefined : [x / w, y / w];
}

/** A view of the ground that knows what lies too near the plane of the camera, or behind it, to be drawn. */
export type View = { toGround: Matrix3; toPicture: Matrix3; picture: Size; depthMin: number };

/** Joins the matrices with the measured points, which are before the camera for certain. */
export function viewOf(toGround: Matrix3, toPicture: Matrix3, given: { points: MeasuredPoint[]; picture: Size }): View {
  const depths = given.points.map(({ m }) => times(toPicture, m)[2]);
  return { toGround, toPicture, picture: given.picture, depthMin: Math.min(...depths) * depthShareMin };
}

const mix = (a: Triple, b: Triple, share: number): Triple => [
  a[0] + (b[0] - a[0]) * share,
  a[1] + (b[1] - a[1]) * share,
  a[2] + (b[2] - a[2]) * share,
];
const flat = ([x, y, w]: Triple): Pair => [x / w, y / w];

/** The visible part of a line on the ground, in pixels; undefined when all of it is behind the camera. */
export function seenSegment(view: View, from: Pair, to: Pair): Segment | undefined {
  const corners = cut([times(view.toPicture, from), times(view.toPicture, to)], view.depthMin, false);
  return corners.length < 2 ? undefined : { from: flat(corners[0]!), to: flat(corners[1]!) };
}

/** The visible part of an area of the ground, in pixels. */
export function seenOutline(view: View, outline: readonly Pair[]): Pair[] {
  return cut(
    outline.map((m) => times(view.toPicture, m)),
    view.depthMin,
    true,
  ).map(flat);
}

/** Cuts a line or, when closed, an area where it passes behind the camera (Sutherland and Hodgman, one plane). */
function cut(corners: Triple[], depthMin: number, isClosed: boolean): Triple[] {
  const kept: Triple[] = [];
  corners.forEach((corner, index) => {
    const before = index > 0 ? corners[index - 1] : isClosed ? corners.at(-1) : undefined;
    if (before && before[2] >= depthMin !== corner[2] >= depthMin) {
      kept.push(mix(before, corner, (depthMin - before[2]) / (corner[2] - before[2])));
    }
    if (corner[2] >= depthMin) kept.push(corner);
  });
  return kept;
}

/** True where a pixel shows ground, not sky. */
export function isGround(view: View, px: Pair): boolean {
  const m = place(view.toGround, px);
  return m !== undefined && times(view.toPicture, m)[2] >= view.depthMin;
}

/** The place on the ground that a pixel shows, with how many metres one pixel spans there in the worse direction. */
export function groundUnder(view: View, px: Pair): { m: Pair; metresPerPx: number } | undefined {
  if (!isGround(view, px)) return undefined;
  const m = place(view.toGround, px)!;
  const right = place(view.toGround, [px[0] + 1, px[1]]);
  const down = place(view.toGround, [px[0], px[1] + 1]);
  if (!right || !down) return undefined;
  return { m, metresPerPx: Math.max(distance(right, m), distance(down, m)) };
}

/** Metres or pixels between two places. */
export const distance = (a: Pair, b: Pair): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** The line where the ground ends, across the whole picture; undefined when it never comes into it. */
export function horizon({ toGround, picture }: View): Segment | undefined {
  const [a, b, c] = [toGround[6], toGround[7], toGround[8]];
  if (Math.abs(b) < Math.abs(a)) return undefined;
  const at = (x: number): Pair => [x, -(a * x + c) / b];
  const [from, to] = [at(0), at(picture.width)];
  const isIn = ({ 1: y }: Pair) => y > -picture.height && y < 2 * picture.height;
  return isIn(from) || isIn(to) ? { from, to } : undefined;
}

export type GridLine = Segment & { atM: number; axis: 'x' | 'y' };
/** More lines than these only grey the picture. */
const gridLinesMax = 80;

/** Lines on the ground every metre (or 2, 5, 10 where there would be too many) around the known places. */
export function grid(view: View, known: readonly Pair[]): { stepM: number; lines: GridLine[] } {
  if (known.length === 0) return { stepM: 1, lines: [] };
  const range = (axis: 0 | 1): Pair => {
    const all = known.map((m) => m[axis]);
    const [least, most] = [Math.min(...all), Math.max(...all)];
    const margin = Math.max(3, (most - least) * 0.5);
    return [Math.floor(least - margin), Math.ceil(most + margin)];
  };
  const [xs, ys] = [range(0), range(1)];
  const span = xs[1] - xs[0] + (ys[1] - ys[0]);
  const stepM = [1, 2, 5, 10, 20, 50].find((step) => span / step <= gridLinesMax) ?? 100;
  const lines: GridLine[] = [];
  const add = (axis: 'x' | 'y', atM: number) => {
    const [from, to]: [Pair, Pair] =
      axis === 'x'
        ? [
            [atM, ys[0]],
            [atM, ys[1]],
          ]
        : [
            [xs[0], atM],
            [xs[1], atM],
          ];
    const seen = seenSegment(view, from, to);
    if (seen) lines.push({ ...seen, axis, atM });
  };
  for (let x = Math.ceil(xs[0] / stepM) * stepM; x <= xs[1]; x += stepM) add('x', x);
  for (let y = Math.ceil(ys[0] / stepM) * stepM; y <= ys[1]; y += stepM) add('y', y);
  return { stepM, lines };
}
