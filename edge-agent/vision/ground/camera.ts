import { type Ground, type Matrix, type Point, times } from './homography.ts';

/**
 * What a homography tells of the camera itself, if its pixels are square and its axis goes through the middle of the
 * picture: the picture of (x, y, z) is `toPicture · (x, y, 1) + z · upright`.
 */
export type Camera = {
  focalPx: number;
  heightM: number;
  /** How far it looks down from the level, in degrees. */
  downDeg: number;
  upright: [number, number, number];
};

/** Angles of view from 10° to 120° across the picture; anything else is a wrong calibration. */
const focalPerWidth = { min: 0.28, max: 6 };
/** Looking straight down (within 13°) there is no perspective to tell the focal length from. */
const sinMin = 0.22;
/** The two conditions on the focal length may contradict each other by this share. */
const contradictionMax = 0.5;

type Vector = [number, number, number];
const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
const scaled = (a: Vector, by: number): Vector => [a[0] * by, a[1] * by, a[2] * by];

/** Columns of the homography with the origin of the picture at its middle. */
function columnsOf({ picture, toPicture: m }: Ground): [Vector, Vector, Vector] {
  const [cx, cy] = [picture.width / 2, picture.height / 2];
  const column = (i: 0 | 1 | 2): Vector => [m[i] - cx * m[6 + i]!, m[3 + i]! - cy * m[6 + i]!, m[6 + i]!];
  return [column(0), column(1), column(2)];
}

/**
 * The camera behind a homography, by H = K [r₁ r₂ t] (Zhang 2000): r₁ and r₂ are of one length and at right angles,
 * which gives the focal length twice. Undefined where it cannot be told.
 */
export function cameraOf(ground: Ground): Camera | undefined {
  const [h1, h2, h3] = columnsOf(ground);
  // Both conditions as one vector, so that turning the axes of the ground changes nothing.
  const a = [2 * (h1[0] * h2[0] + h1[1] * h2[1]), h1[0] ** 2 + h1[1] ** 2 - h2[0] ** 2 - h2[1] ** 2] as const;
  const b = [2 * h1[2] * h2[2], h1[2] ** 2 - h2[2] ** 2] as const;
  const inverseSquare = -(a[0] * b[0] + a[1] * b[1]) / (a[0] ** 2 + a[1] ** 2);
  if (!(inverseSquare > 0)) return undefined;
  const focalPx = 1 / Math.sqrt(inverseSquare);
  const perWidth = focalPx / Math.max(ground.picture.width, ground.picture.height);
  if (!(perWidth >= focalPerWidth.min && perWidth <= focalPerWidth.max)) return undefined;
  const against = Math.hypot(inverseSquare * a[0] + b[0], inverseSquare * a[1] + b[1]);
  if (against > contradictionMax * Math.hypot(b[0], b[1])) return undefined;
  const free = ([x, y, z]: Vector): Vector => [x / focalPx, y / focalPx, z];
  const [v1, v2, v3] = [free(h1), free(h2), free(h3)];
  const scale = Math.sqrt((dot(v1, v1) + dot(v2, v2)) / 2);
  if (Math.hypot(h1[2], h2[2]) / scale < sinMin) return undefined;
  const normal = cross(scaled(v1, 1 / scale), scaled(v2, 1 / scale));
  const unit = scaled(normal, 1 / Math.sqrt(dot(normal, normal)));
  const aboveM = -dot(unit, v3) / scale;
  // The ground is seen from above, whichever way its axes turn.
  const up = aboveM > 0 ? unit : scaled(unit, -1);
  const [x, y, z] = [up[0] * focalPx * scale, up[1] * focalPx * scale, up[2] * scale];
  const { width, height } = ground.picture;
  return {
    focalPx,
    heightM: Math.abs(aboveM),
    downDeg: (Math.asin(Math.min(1, Math.max(-1, -up[2]))) * 180) / Math.PI,
    upright: [x + (width / 2) * z, y + (height / 2) * z, z],
  };
}

/** Rows of the picture that an upright thing `heightM` tall covers at a point of the ground; undefined behind it. */
export function heightInPx(toPicture: Matrix, camera: Camera, at: { m: Point; heightM: number }): number | undefined {
  const [, y, w] = times(toPicture, at.m);
  const [topY, topW] = [y + at.heightM * camera.upright[1], w + at.heightM * camera.upright[2]];
  if (!(w > 0 && topW > 0)) return undefined;
  const px = Math.abs(y / w - topY / topW);
  return Number.isFinite(px) ? px : undefined;
}

/** A person must be this tall in the network's input to be found (vision.md §3). */
export const personPxMin = 25;

/** Pixels of the network's input per pixel of the picture, or of the part of it that the network is shown. */
export function networkScale(
  shown: { width: number; height: number },
  input: { width: number; height: number },
): number {
  return Math.min(input.width / shown.width, input.height / shown.height);
}

/** How tall the smallest person of a height is within a polygon, in the network's input, and where. */
export type Smallest = { heightPx: number; at: [xM: number, yM: number]; isEnough: boolean };

/**
 * The smallest person of `heightM` within a polygon of the ground (metres), in pixels of the network's input. It stands
 * at a corner, since people get smaller with their distance along the camera's axis. Undefined where a corner lies
 * behind the camera. Steep views: only the rows from feet to head are counted, not the width of a body from above.
 */
export function smallestPerson(
  { ground, camera, scale }: { ground: Ground; camera: Camera; scale: number },
  polygon: readonly Point[],
  heightM: number,
): Smallest | undefined {
  let smallest: Smallest | undefined;
  for (const m of polygon) {
    const px = heightInPx(ground.toPicture, camera, { m, heightM });
    if (px === undefined) return undefined;
    const heightPx = px * scale;
    if (smallest === undefined || heightPx < smallest.heightPx)
      smallest = { heightPx, at: [m[0], m[1]], isEnough: heightPx >= personPxMin };
  }
  return smallest;
}
