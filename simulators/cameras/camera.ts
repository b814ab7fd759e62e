/**
 * A fixed pin-hole camera without lens distortion. World: metres, z up, the street is z = 0. Picture: pixels, origin
 * at the top left corner of the top left pixel, x to the right, y downwards; the optical axis meets the picture's
 * middle.
 */
export type Camera = {
  /** Where it hangs over the ground, metres. */
  position: readonly [xM: number, yM: number];
  heightM: number;
  /** Direction of view on the ground, degrees counter-clockwise from +x. */
  headingDeg: number;
  /** How far it looks down, degrees below the horizon. */
  pitchDeg: number;
  /** Focal length in pixels of this picture. */
  focalPx: number;
  width: number;
  height: number;
};

export type Point = readonly [xM: number, yM: number, zM: number];
export type Pixel = readonly [x: number, y: number];
/** A 3 × 3 matrix row by row, on homogeneous coordinates. */
export type Homography = readonly number[];

/** The camera's axes in the world: where it looks, its picture's right and its picture's down. */
export type View = { eye: Point; forward: Point; right: Point; down: Point };

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const dot = (a: Point, b: Point): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** The axes of a camera. */
export function viewOf(camera: Camera): View {
  const heading = radians(camera.headingDeg);
  const pitch = radians(camera.pitchDeg);
  const [cosH, sinH, cosP, sinP] = [Math.cos(heading), Math.sin(heading), Math.cos(pitch), Math.sin(pitch)];
  return {
    eye: [camera.position[0], camera.position[1], camera.heightM],
    forward: [cosH * cosP, sinH * cosP, -sinP],
    right: [sinH, -cosH, 0],
    down: [-cosH * sinP, -sinH * sinP, -cosP],
  };
}

/** Where a point of the world falls in the picture (or beside it); undefined behind the camera. */
export function project(camera: Camera, point: Point): Pixel | undefined {
  const { eye, forward, right, down } = viewOf(camera);
  const from: Point = [point[0] - eye[0], point[1] - eye[1], point[2] - eye[2]];
  const depth = dot(forward, from);
  if (depth <= 1e-9) return undefined;
  const scale = camera.focalPx / depth;
  return [camera.width / 2 + scale * dot(right, from), camera.height / 2 + scale * dot(down, from)];
}

/** Which place of the ground a pixel shows; undefined at and above the horizon. */
export function groundOf(camera: Camera, [x, y]: Pixel): readonly [xM: number, yM: number] | undefined {
  const { eye, forward, right, down } = viewOf(camera);
  const u = (x - camera.width / 2) / camera.focalPx;
  const v = (y - camera.height / 2) / camera.focalPx;
  const fall = forward[2] + v * down[2];
  if (fall >= -1e-9) return undefined;
  const far = -eye[2] / fall;
  return [
    eye[0] + far * (forward[0] + u * right[0] + v * down[0]),
    eye[1] + far * (forward[1] + u * right[1] + v * down[1]),
  ];
}

/**
 * The exact matrix from the ground (x, y, 1) to the picture, and its inverse up to scale: the truth for a calibration.
 */
export function homography(camera: Camera): { toPicture: Homography; toGround: Homography } {
  const { eye, forward, right, down } = viewOf(camera);
  const [cx, cy, f] = [camera.width / 2, camera.height / 2, camera.focalPx];
  const row = (axis: Point, centre: number): number[] => {
    const shift = -dot(axis, eye);
    const away = -dot(forward, eye);
    return [f * axis[0] + centre * forward[0], f * axis[1] + centre * forward[1], f * shift + centre * away];
  };
  const m = [...row(right, cx), ...row(down, cy), forward[0], forward[1], -dot(forward, eye)] as Nine;
  return { toPicture: m, toGround: adjugate(m) };
}

type Nine = [number, number, number, number, number, number, number, number, number];

function adjugate([a, b, c, d, e, f, g, h, i]: Nine): Homography {
  return [e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f].concat([
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ]);
}

/** Applies a homography to a point. */
export function apply(matrix: Homography, [x, y]: readonly [number, number]): [number, number] {
  const [a, b, c, d, e, f, g, h, i] = matrix as Nine;
  const w = g * x + h * y + i;
  return [(a * x + b * y + c) / w, (d * x + e * y + f) / w];
}

/** The same view in another number of pixels. */
export function resized(camera: Camera, width: number): Camera {
  const scale = width / camera.width;
  return { ...camera, width, height: Math.round(camera.height * scale), focalPx: camera.focalPx * scale };
}

/** The camera after somebody turned it: to the right by `degrees`. */
export function turned(camera: Camera, degrees: number): Camera {
  return { ...camera, headingDeg: camera.headingDeg - degrees };
}
