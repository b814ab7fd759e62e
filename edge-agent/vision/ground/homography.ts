/**
 * The ground plane and the picture of it are joined by a homography (Hartley and Zisserman, Multiple View Geometry,
 * §4): nine numbers, row by row. Lenses are taken to draw straight lines straight; a wide lens that does not must be
 * corrected by the camera, or calibrated with points all over the part that is used.
 */
import { leastSquares } from './least-squares.ts';

/** A 3 × 3 matrix, row by row. */
export type Matrix = [number, number, number, number, number, number, number, number, number];
/** x and y, in pixels or in metres. */
export type Point = readonly [x: number, y: number];

/**
 * A camera's view of its ground. Both matrices are scaled so that the third coordinate is positive in front of the
 * camera and below the horizon. Plain numbers that can be stored.
 */
export type Ground = { picture: { width: number; height: number }; toPicture: Matrix; toGround: Matrix };

/** Where one pixel is more ground than this, near the horizon, a place is no place. */
const metresPerPxMax = 1;

/** `matrix · (x, y, 1)`. */
export function times(m: Matrix, [x, y]: Point): [number, number, number] {
  return [m[0] * x + m[1] * y + m[2], m[3] * x + m[4] * y + m[5], m[6] * x + m[7] * y + m[8]];
}

function product(a: Matrix, b: Matrix): Matrix {
  const cell = (i: number) => {
    const row = 3 * Math.floor(i / 3);
    return a[row]! * b[i % 3]! + a[row + 1]! * b[3 + (i % 3)]! + a[row + 2]! * b[6 + (i % 3)]!;
  };
  return [0, 1, 2, 3, 4, 5, 6, 7, 8].map(cell) as Matrix;
}

/** The inverse, or undefined where there is none. */
export function inverse(m: Matrix): Matrix | undefined {
  const [a, b, c, d, e, f, g, h, i] = m;
  const [p, q, r] = [e * i - f * h, f * g - d * i, d * h - e * g];
  const determinant = a * p + b * q + c * r;
  if (!(Math.abs(determinant) > 0) || !Number.isFinite(1 / determinant)) return undefined;
  const adjugate: Matrix = [
    p,
    c * h - b * i,
    b * f - c * e,
    q,
    a * i - c * g,
    c * d - a * f,
    r,
    b * g - a * h,
    a * e - b * d,
  ];
  return adjugate.map((value) => value / determinant) as Matrix;
}

/** Moves points around their middle and scales them to a mean distance of √2 from it (Hartley 1997). */
function normalising(points: readonly Point[]): Matrix {
  const n = points.length;
  const cx = points.reduce((sum, [x]) => sum + x, 0) / n;
  const cy = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const mean = points.reduce((sum, [x, y]) => sum + Math.hypot(x - cx, y - cy), 0) / n;
  const scale = Math.SQRT2 / Math.max(mean, Number.MIN_VALUE);
  return [scale, 0, -scale * cx, 0, scale, -scale * cy, 0, 0, 1];
}

/** Rounds of weighting that turn the algebraic error into that of the picture; it settles in two or three. */
const rounds = 4;

/**
 * The homography from `from` to `to` with the least squares of the distances in `to`, for four points or more.
 * Direct linear transform on normalised points; each row is weighted with the depth found before, which makes the
 * residual the true distance. In front of a camera the middle of the points has a depth of its own, so that the last
 * element may be fixed at 1 there. Undefined where the points do not determine it.
 */
export function fitHomography(from: readonly Point[], to: readonly Point[]): Matrix | undefined {
  const [a, b] = [normalising(from), normalising(to)];
  const back = inverse(b);
  if (from.length < 4 || back === undefined) return undefined;
  const sources = from.map((point) => times(a, point));
  const targets = to.map((point) => times(b, point));
  let h: Matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  for (let round = 0; round < rounds; round += 1) {
    const rows: number[][] = [];
    const right: number[] = [];
    for (const [i, [x, y]] of sources.entries()) {
      const [u, v] = targets[i]!;
      const depth = round === 0 ? 1 : h[6] * x + h[7] * y + 1;
      // A point on the horizon of this guess would swallow all others.
      const w = 1 / (Math.sign(depth || 1) * Math.max(0.01, Math.abs(depth)));
      rows.push([x * w, y * w, w, 0, 0, 0, -u * x * w, -u * y * w], [0, 0, 0, x * w, y * w, w, -v * x * w, -v * y * w]);
      right.push(u * w, v * w);
    }
    const solved = leastSquares(rows, right);
    if (solved === undefined) return undefined;
    h = [...solved, 1] as Matrix;
  }
  const whole = product(back, product(h, a));
  return whole.every(Number.isFinite) ? whole : undefined;
}

/** Place in the picture of a point of the ground; undefined behind the camera. May lie outside the picture. */
export function toPicture({ toPicture: matrix }: Ground, m: Point): [xPx: number, yPx: number] | undefined {
  const [x, y, w] = times(matrix, m);
  return w > 0 && Number.isFinite(x / w) && Number.isFinite(y / w) ? [x / w, y / w] : undefined;
}

/**
 * How much ground one pixel is at a place of the picture, in metres in the worst direction: what a click or a box that
 * is off by a pixel is off on the ground. Undefined at and above the horizon.
 */
export function metresPerPx({ toGround: m }: Ground, px: Point): number | undefined {
  const [x, y, w] = times(m, px);
  if (!(w > 0)) return undefined;
  const [a, b] = [m[0] - (m[6] * x) / w, m[1] - (m[7] * x) / w];
  const [c, d] = [m[3] - (m[6] * y) / w, m[4] - (m[7] * y) / w];
  // The larger singular value of the Jacobian.
  const metres = (Math.hypot(a + d, b - c) + Math.hypot(a - d, b + c)) / (2 * w);
  return Number.isFinite(metres) ? metres : undefined;
}

/**
 * Place on the ground (metres) of a point of the picture. Undefined above the horizon and so near below it that one
 * pixel is more than a metre: a place there would be wild.
 */
export function toGround(ground: Ground, px: Point): [xM: number, yM: number] | undefined {
  const metres = metresPerPx(ground, px);
  if (metres === undefined || metres > metresPerPxMax) return undefined;
  const [x, y, w] = times(ground.toGround, px);
  return [x / w, y / w];
}

/** True where left and right are exchanged between the picture and the metres, seen from above. */
export function isMirrored({ toGround: matrix }: Ground): boolean {
  const [a, b, c, d, e, f, g, h, i] = matrix;
  // Rows of a picture count downwards: seen from above an honest pair of axes turns the other way.
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g) > 0;
}

/** The ground of the same camera at another size of picture; undefined where the shape differs by more than 1 %. */
export function scaleGround(ground: Ground, picture: { width: number; height: number }): Ground | undefined {
  const [sx, sy] = [picture.width / ground.picture.width, picture.height / ground.picture.height];
  if (!(sx > 0 && sy > 0) || Math.abs(sx / sy - 1) > 0.01) return undefined;
  return {
    picture: { width: picture.width, height: picture.height },
    toPicture: product([sx, 0, 0, 0, sy, 0, 0, 0, 1], ground.toPicture),
    toGround: product(ground.toGround, [1 / sx, 0, 0, 0, 1 / sy, 0, 0, 0, 1]),
  };
}
