/**
 * The solids everything is made of: ball, cone (a limb: two balls and the hull between them), hull (a convex block)
 * and ring (a tyre). A shape knows how the world looks from its own frame (an affine map, so a squashed cone is a
 * chest), and a ray meets it there: in closed form, but for the ring, which is marched by its distance. Depth is
 * counted along the camera's axis.
 */
import type { Point } from '../camera.ts';

/** How a surface looks; `r, g, b` are shares of light sent back, linear 0…1. */
export type Paint = { r: number; g: number; b: number; gloss?: number; glow?: number };
/** A surface that is not the same everywhere: by place in the shape's own frame. */
export type Pattern = (x: number, y: number, z: number) => Paint;

export type Shape = {
  kind: 'ball' | 'cone' | 'hull' | 'ring';
  /** World to own frame: three rows of x, y, z, offset. */
  toOwn: Float64Array;
  /** Spheres that hold the shape together, flat: x, y, z, radius in the world. */
  bounds: number[];
  /** Cone: length, radius at the start, radius at the end. Ring: radius, thickness. */
  a: number;
  b: number;
  c: number;
  /** Of a hull, flat: outward normal and offset of each face, inside is n · p ≤ d. */
  faces: Float64Array;
  paint: Paint | Pattern;
};

const noFaces = new Float64Array(0);

/**
 * A frame of three directions of length 1 at a place: how an actor's own x (ahead), y (left), z (up) lie in the world.
 */
export type Frame = { at: Point; x: Point; y: Point; z: Point };

/** Stands an actor on the ground, turned to its heading. */
export function frameAt(x: number, y: number, headingDeg: number): Frame {
  const heading = (headingDeg * Math.PI) / 180;
  const [cos, sin] = [Math.cos(heading), Math.sin(heading)];
  return { at: [x, y, 0], x: [cos, sin, 0], y: [-sin, cos, 0], z: [0, 0, 1] };
}

/** A frame tilted ahead about its own left axis at a place of it: for heads and trunks. */
export function tilted(frame: Frame, at: Point, radians: number): Frame {
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const mix = (a: Point, p: number, b: Point, q: number): Point => [
    p * a[0] + q * b[0],
    p * a[1] + q * b[1],
    p * a[2] + q * b[2],
  ];
  return {
    at: toWorld(frame, at),
    x: mix(frame.x, cos, frame.z, -sin),
    y: frame.y,
    z: mix(frame.x, sin, frame.z, cos),
  };
}

/** A place of a frame in the world. */
export function toWorld(frame: Frame, [x, y, z]: Point): Point {
  const axis = (i: 0 | 1 | 2) => frame.at[i] + x * frame.x[i] + y * frame.y[i] + z * frame.z[i];
  return [axis(0), axis(1), axis(2)];
}

/** Rows of the map from the world to axes `x, y, z` at a place, each divided by a scale. */
function ownMap(at: Point, axes: readonly [Point, Point, Point], scales: Point): Float64Array {
  const rows = new Float64Array(12);
  axes.forEach((axis, i) => {
    for (let j = 0; j < 3; j += 1) rows[4 * i + j] = axis[j]! / scales[i]!;
    rows[4 * i + 3] = -(axis[0] * at[0] + axis[1] * at[1] + axis[2] * at[2]) / scales[i]!;
  });
  return rows;
}

/** An ellipsoid with radii ahead, left and up. */
export function ball(frame: Frame, at: Point, radii: Point, paint: Paint | Pattern): Shape {
  const centre = toWorld(frame, at);
  const toOwn = ownMap(centre, [frame.x, frame.y, frame.z], radii);
  return { kind: 'ball', toOwn, bounds: [...centre, Math.max(...radii)], a: 0, b: 0, c: 0, faces: noFaces, paint };
}

/** A limb from place to place of a frame, with a radius at each end; `flat` presses it together from front to back. */
export function cone(
  frame: Frame,
  ends: { from: Point; to: Point; radii: readonly [number, number]; flat?: number },
  paint: Paint | Pattern,
): Shape {
  const from = toWorld(frame, ends.from);
  const to = toWorld(frame, ends.to);
  const along: Point = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
  const length = Math.max(1e-6, Math.hypot(...along));
  const y = scaled(along, 1 / length);
  const ahead = Math.abs(dot(frame.x, y)) < 0.9 ? frame.x : frame.z;
  const x = unit(minus(ahead, scaled(y, dot(ahead, y))));
  const toOwn = ownMap(from, [x, y, cross(x, y)], [ends.flat ?? 1, 1, 1]);
  const [r0, r1] = ends.radii;
  return { kind: 'cone', toOwn, bounds: [...from, r0, ...to, r1], a: length, b: r0, c: r1, faces: noFaces, paint };
}

/**
 * A convex block by its faces in a frame, each an outward normal and how far it lies from the origin along it; `box`
 * holds it.
 */
export function hull(
  frame: Frame,
  faces: readonly (readonly [number, number, number, number])[],
  about: { box: readonly [low: Point, high: Point]; paint: Paint | Pattern },
): Shape {
  const { box, paint } = about;
  const toOwn = ownMap(frame.at, [frame.x, frame.y, frame.z], [1, 1, 1]);
  const corner = (i: number): Point => [box[i & 1]![0], box[(i >> 1) & 1]![1], box[(i >> 2) & 1]![2]];
  const bounds = Array.from({ length: 8 }, (_, i) => [...toWorld(frame, corner(i)), 0]).flat();
  return { kind: 'hull', toOwn, bounds, a: 0, b: 0, c: 0, faces: Float64Array.from(faces.flat()), paint };
}

/** A block with its edges taken off, by its middle and half sizes. */
export function block(frame: Frame, at: Point, half: Point, paint: Paint | Pattern): Shape {
  const own: Frame = { ...frame, at: toWorld(frame, at) };
  const [x, y, z] = half;
  const edge = Math.min(x, y, z) * 0.3;
  const d = Math.SQRT1_2;
  const faces: [number, number, number, number][] = [];
  for (const s of [-1, 1]) {
    faces.push([s, 0, 0, x], [0, s, 0, y], [0, 0, s, z]);
    for (const t of [-1, 1]) {
      faces.push([s * d, t * d, 0, (x + y - edge) * d]);
      faces.push([s * d, 0, t * d, (x + z - edge) * d]);
      faces.push([0, s * d, t * d, (y + z - edge) * d]);
    }
  }
  const low: Point = [-x, -y, -z];
  return hull(own, faces, { box: [low, half], paint });
}

/** A tyre standing upright in a frame: it rolls ahead. */
export function ring(frame: Frame, at: Point, radii: readonly [number, number], paint: Paint | Pattern): Shape {
  const centre = toWorld(frame, at);
  const toOwn = ownMap(centre, [frame.x, frame.y, frame.z], [1, 1, 1]);
  const [a, b] = radii;
  return { kind: 'ring', toOwn, bounds: [...centre, a + b], a, b, c: 0, faces: noFaces, paint };
}

const dot = (a: Point, b: Point): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const scaled = (a: Point, by: number): Point => [a[0] * by, a[1] * by, a[2] * by];
const minus = (a: Point, b: Point): Point => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const unit = (a: Point): Point => scaled(a, 1 / Math.hypot(...a));
const cross = (a: Point, b: Point): Point => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
