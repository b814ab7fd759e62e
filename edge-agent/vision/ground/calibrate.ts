import { type Camera, cameraOf } from './camera.ts';
import {
  fitHomography,
  type Ground,
  inverse,
  isMirrored,
  type Matrix,
  type Point,
  times,
  toGround,
  toPicture,
} from './homography.ts';
import { refusalOf } from './points.ts';

/** A point of the ground that was found in the picture: pixels and metres. */
export type CalibrationPoint = { px: Point; m: Point; label?: string };

/** How far off one point is: in metres on the ground, in pixels of the picture, and when the others alone place it. */
export type Residual = { errorM: number; errorPx: number; leaveOneOutM?: number };

/**
 * A calibration that holds. `rmsM` is how well the points fit; `leaveOneOutRmsM` how well each is foretold by the
 * others, which is the honest figure and needs five; `clickM` how far the ground moves at the points if each click is
 * off by one pixel (1 σ). `camera` is absent where it cannot be told. `remarks` are sentences for people.
 */
export type Calibrated = {
  ok: true;
  ground: Ground;
  camera?: Camera;
  rmsM: number;
  leaveOneOutRmsM?: number;
  clickM: number;
  residuals: Residual[];
  /** Place in the list of the point that fits worst. */
  worst: number;
  isMirrored: boolean;
  remarks: string[];
};
export type Calibration = Calibrated | { ok: false; refusal: string };

/** Largest error in the crossing area (domain.md §3.6). */
const rmsMaxM = 0.2;
/** A focal length known worse than by this share is unknown. */
const focalDoubtMax = 0.25;

const rms = (values: readonly number[]) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
const apart = (a: Point | undefined, b: Point) =>
  a === undefined ? Number.POSITIVE_INFINITY : Math.hypot(a[0] - b[0], a[1] - b[1]);

/** The ground through these points, or undefined where they do not determine it or lie on both sides of the horizon. */
function groundOf(points: readonly CalibrationPoint[], picture: Ground['picture']): Ground | undefined {
  const fitted = fitHomography(
    points.map(({ m }) => m),
    points.map(({ px }) => px),
  );
  if (fitted === undefined) return undefined;
  const depths = points.map(({ m }) => times(fitted, m)[2]);
  const sign = Math.sign(depths[0]!);
  if (sign === 0 || depths.some((depth) => Math.sign(depth) !== sign)) return undefined;
  // The mean depth becomes 1: the size of a homography is free, and numbers that can be read are better.
  const mean = depths.reduce((sum, depth) => sum + depth, 0) / depths.length;
  const there = fitted.map((value) => value / mean) as Matrix;
  const back = inverse(there);
  return back && { picture: { width: picture.width, height: picture.height }, toPicture: there, toGround: back };
}

/** Moves of the ground at the points, and of the focal length, if every click is off by one pixel, 1 σ. */
function doubtOf(points: readonly CalibrationPoint[], ground: Ground, camera: Camera | undefined) {
  const places = points.map(({ px, m }) => toGround(ground, px) ?? m);
  const squares = points.map(() => 0);
  let focal = camera === undefined ? Number.POSITIVE_INFINITY : 0;
  for (const [i, { px }] of points.entries()) {
    for (const step of [[1, 0] as const, [0, 1] as const]) {
      const off = points.map((each, j) =>
        i === j ? { ...each, px: [px[0] + step[0], px[1] + step[1]] as Point } : each,
      );
      const moved = groundOf(off, ground.picture);
      for (const [j, point] of points.entries())
        squares[j]! +=
          moved === undefined ? Number.POSITIVE_INFINITY : apart(toGround(moved, point.px), places[j]!) ** 2;
      const found = moved && cameraOf(moved);
      focal += found && camera ? Math.log(found.focalPx / camera.focalPx) ** 2 : Number.POSITIVE_INFINITY;
    }
  }
  return { clickM: Math.sqrt(squares.reduce((sum, x) => sum + x, 0) / points.length), focal: Math.sqrt(focal) };
}

type Judged = Residual & { restM?: number };

/** Each point against the ground through all, and against the ground through the others; `restM` is how well those fit. */
function judge(points: readonly CalibrationPoint[], ground: Ground): Judged[] {
  return points.map(({ px, m }, i) => {
    const residual = { errorM: apart(toGround(ground, px), m), errorPx: apart(toPicture(ground, m), px) };
    const others = points.filter((_, j) => j !== i);
    const without = refusalOf(others, ground.picture) === undefined ? groundOf(others, ground.picture) : undefined;
    const foretold = without && toGround(without, px);
    if (without === undefined || foretold === undefined) return residual;
    const restM = rms(others.map((each) => apart(toGround(without, each.px), each.m)));
    return { ...residual, leaveOneOutM: apart(foretold, m), restM };
  });
}

/** The point without which the others fit best; of four or five the one with the largest error, since four always fit. */
function worstOf(judged: readonly Judged[]): number {
  const blame = judged.map(({ errorM, restM }) => (judged.length > 5 ? -(restM ?? Number.POSITIVE_INFINITY) : errorM));
  return blame.indexOf(Math.max(...blame));
}

function remarksOf(points: readonly CalibrationPoint[], found: Omit<Calibrated, 'ok' | 'remarks'>): string[] {
  const { leaveOneOutRmsM, clickM, worst, camera } = found;
  const remarks: string[] = [];
  const name = points[worst]!.label ?? `point ${worst + 1}`;
  if (leaveOneOutRmsM === undefined)
    remarks.push('Four points fit any picture exactly: add a fifth to learn how far off the ground is.');
  else if (leaveOneOutRmsM > rmsMaxM)
    remarks.push(
      `The ground is off by ${leaveOneOutRmsM.toFixed(2)} m (at most ${rmsMaxM} m is good); ${name} fits worst.`,
    );
  if (clickM > rmsMaxM)
    remarks.push(
      `Clicks off by one pixel move the ground by ${clickM.toFixed(2)} m: take points further apart or nearer.`,
    );
  if (found.isMirrored)
    remarks.push('Left and right are exchanged between picture and metres; speeds and zones still hold.');
  if (camera === undefined)
    remarks.push(
      'How tall people appear cannot be told: the view is too steep, or the points are too few or too close.',
    );
  return remarks;
}

/**
 * The ground plane from four or more points of it (Hartley and Zisserman §4, least squares in pixels), with how well
 * it fits; or what is wrong with the points, in words.
 */
export function calibrate(
  points: readonly CalibrationPoint[],
  picture: { width: number; height: number },
): Calibration {
  const refusal = refusalOf(points, picture);
  if (refusal !== undefined) return { ok: false, refusal };
  const ground = groundOf(points, picture);
  if (ground === undefined)
    return {
      ok: false,
      refusal: 'The horizon would cross the points: two of them are probably exchanged, or one is far off.',
    };
  const judged = judge(points, ground);
  const residuals = judged.map(({ restM: _, ...residual }): Residual => residual);
  if (residuals.some(({ errorM }) => !Number.isFinite(errorM)))
    return { ok: false, refusal: 'A point lies so near the horizon that a pixel is more than a metre of ground.' };
  const left = residuals.flatMap(({ leaveOneOutM }) => (leaveOneOutM === undefined ? [] : [leaveOneOutM]));
  const guess = cameraOf(ground);
  const { clickM, focal } = doubtOf(points, ground, guess);
  const found = {
    ground,
    camera: focal <= focalDoubtMax ? guess : undefined,
    rmsM: rms(residuals.map(({ errorM }) => errorM)),
    leaveOneOutRmsM: left.length > 0 ? rms(left) : undefined,
    clickM,
    residuals,
    worst: worstOf(judged),
    isMirrored: isMirrored(ground),
  };
  return { ok: true, ...found, remarks: remarksOf(points, found) };
}
