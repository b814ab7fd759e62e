/**
 * Where actors are drawn: four samples a pixel with their depth, colour and owner. Only the boxes of shapes are
 * touched and cleared, so a frame costs what its people cost. While it draws it counts each owner's samples, seen and
 * hidden, for the truth.
 */
import { type Camera, type Point, viewOf } from '../camera.ts';
import { display, type Light, sent, shade } from './light.ts';
import { smooth } from './noise.ts';
import { hit, intersect } from './rays.ts';
import type { Shape } from './shapes.ts';

/** A rectangle of samples or pixels; ends are not part of it. */
export type Area = { left: number; top: number; right: number; bottom: number };

/** Samples to a pixel along each axis. */
export const fine = 2;

export type Canvas = {
  camera: Camera;
  width: number;
  height: number;
  depth: Float32Array;
  rgb: Uint8Array;
  /** 1 + the place of the actor in its scene; 0 nobody. */
  owner: Uint16Array;
  /** Who touched a sample last, seen or not. */
  touched: Uint16Array;
  dirty: Area;
};

/** What is known of an owner after drawing: samples it has in the picture, and the rectangle of samples around them. */
export type Silhouette = { samples: number; area: Area };

export const nothing: Area = { left: Number.POSITIVE_INFINITY, top: Number.POSITIVE_INFINITY, right: 0, bottom: 0 };

/** The smallest area that holds both. */
export function around(a: Area, b: Area): Area {
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

/** An empty canvas for a camera. */
export function createCanvas(camera: Camera): Canvas {
  const [width, height] = [camera.width * fine, camera.height * fine];
  return {
    camera,
    width,
    height,
    depth: new Float32Array(width * height).fill(Number.POSITIVE_INFINITY),
    rgb: new Uint8Array(width * height * 3),
    owner: new Uint16Array(width * height),
    touched: new Uint16Array(width * height),
    dirty: nothing,
  };
}

/** Wipes what the last frame drew. */
export function wipe(canvas: Canvas): void {
  const { left, top, right, bottom } = canvas.dirty;
  for (let y = top; y < bottom; y += 1) {
    const [from, to] = [y * canvas.width + left, y * canvas.width + right];
    canvas.depth.fill(Number.POSITIVE_INFINITY, from, to);
    canvas.owner.fill(0, from, to);
    canvas.touched.fill(0, from, to);
  }
  canvas.dirty = nothing;
}

/**
 * The samples in which a shape can be seen, cut to the canvas; undefined when there are none or part of it is behind
 * the camera.
 */
export function areaOf(canvas: Canvas, bounds: readonly number[]): Area | undefined {
  const { eye, forward, right, down } = viewOf(canvas.camera);
  const focal = canvas.camera.focalPx * fine;
  let area = nothing;
  for (let i = 0; i < bounds.length; i += 4) {
    const [x, y, z, radius] = [bounds[i]! - eye[0], bounds[i + 1]! - eye[1], bounds[i + 2]! - eye[2], bounds[i + 3]!];
    const far = forward[0] * x + forward[1] * y + forward[2] * z - radius;
    if (far < 0.2) return undefined;
    const px = canvas.width / 2 + (focal * (right[0] * x + right[1] * y + right[2] * z)) / (far + radius);
    const py = canvas.height / 2 + (focal * (down[0] * x + down[1] * y + down[2] * z)) / (far + radius);
    // A ball is seen as an ellipse a little wider than its radius over its depth; off the axis by up to a fifth.
    const wide = 1 + (1.15 * focal * radius) / far;
    area = around(area, { left: px - wide, top: py - wide, right: px + wide, bottom: py + wide });
  }
  const cut = {
    left: Math.max(0, Math.floor(area.left)),
    top: Math.max(0, Math.floor(area.top)),
    right: Math.min(canvas.width, Math.ceil(area.right)),
    bottom: Math.min(canvas.height, Math.ceil(area.bottom)),
  };
  return cut.left < cut.right && cut.top < cut.bottom ? cut : undefined;
}

/**
 * Draws the shapes of one owner; answers with its silhouette, hidden parts included. `mirrored` draws what wet ground
 * shows.
 */
export function drawShapes(
  canvas: Canvas,
  shapes: readonly Shape[],
  about: { owner: number; light: Light; mirrored?: boolean },
): Silhouette {
  const seen: Silhouette = { samples: 0, area: { ...nothing } };
  for (const shape of shapes) drawShape(canvas, shape, about, seen);
  return seen;
}

function drawShape(
  canvas: Canvas,
  shape: Shape,
  about: { owner: number; light: Light; mirrored?: boolean },
  seen: Silhouette,
): void {
  const { owner, mirrored = false } = about;
  const up = mirrored ? -1 : 1;
  const bounds = mirrored ? shape.bounds.map((value, i) => (i % 4 === 2 ? -value : value)) : shape.bounds;
  const area = areaOf(canvas, bounds);
  if (area === undefined) return;
  canvas.dirty = around(canvas.dirty, area);
  const view = viewOf(canvas.camera);
  const focal = canvas.camera.focalPx * fine;
  const m = shape.toOwn;
  const turn = (v: Point, i: number): number => m[4 * i]! * v[0] + m[4 * i + 1]! * v[1] + m[4 * i + 2]! * v[2] * up;
  // A ray's direction in the shape's frame is linear in the pixel: a start and a step for each axis.
  const axes = [0, 1, 2].map((i) => {
    const stepX = turn(view.right, i) / focal;
    const stepY = turn(view.down, i) / focal;
    const start = turn(view.forward, i) + (0.5 - canvas.width / 2) * stepX + (0.5 - canvas.height / 2) * stepY;
    return { start, stepX, stepY, from: turn(view.eye, i) + m[4 * i + 3]! };
  });
  const [ax, ay, az] = axes as [(typeof axes)[0], (typeof axes)[0], (typeof axes)[0]];
  const { depth, touched, width } = canvas;
  const [sx, sy, sz] = [ax.stepX, ay.stepX, az.stepX];
  const [fx, fy, fz] = [ax.from, ay.from, az.from];
  const { left, top, right, bottom } = seen.area;
  let [minX, minY, maxX, maxY, samples] = [left, top, right, bottom, 0];
  for (let y = area.top; y < area.bottom; y += 1) {
    const rowX = ax.start + y * ax.stepY;
    const rowY = ay.start + y * ay.stepY;
    const rowZ = az.start + y * az.stepY;
    for (let x = area.left, i = y * width + x; x < area.right; x += 1, i += 1) {
      const dx = rowX + x * sx;
      const dy = rowY + x * sy;
      const dz = rowZ + x * sz;
      const t = intersect(shape, fx, fy, fz, dx, dy, dz);
      if (t <= 0) continue;
      if (touched[i] !== owner) {
        touched[i] = owner;
        samples += 1;
        if (x < minX) minX = x;
        if (x >= maxX) maxX = x + 1;
        if (y < minY) minY = y;
        if (y >= maxY) maxY = y + 1;
      }
      if (t >= depth[i]!) continue;
      depth[i] = t;
      colour(canvas, shape, i, about);
    }
  }
  seen.samples += samples;
  seen.area = { left: minX, top: minY, right: maxX, bottom: maxY };
}

/** Colours a sample by the last hit. */
function colour(canvas: Canvas, shape: Shape, i: number, about: { owner: number; light: Light }): void {
  const m = shape.toOwn;
  const hx = hit[0]!;
  const hy = hit[1]!;
  const hz = hit[2]!;
  const a = hit[3]!;
  const b = hit[4]!;
  const c = hit[5]!;
  const nx = m[0]! * a + m[4]! * b + m[8]! * c;
  const ny = m[1]! * a + m[5]! * b + m[9]! * c;
  const nz = m[2]! * a + m[6]! * b + m[10]! * c;
  const size = 1 / Math.sqrt(nx * nx + ny * ny + nz * nz);
  const paint = typeof shape.paint === 'function' ? shape.paint(hx, hy, hz) : shape.paint;
  const at = shape.bounds;
  shade(about.light, paint, 1, at[0]!, at[1]!, at[2]!, nx * size, ny * size, nz * size);
  // Folds and dirt: nothing real is evenly coloured.
  const fold = paint.glow ? 1 : 0.86 + 0.28 * smooth(hx * 9 + hz * 7, hy * 9 - hz * 5);
  const { rgb } = canvas;
  rgb[3 * i] = display(sent[0]! * fold);
  rgb[3 * i + 1] = display(sent[1]! * fold);
  rgb[3 * i + 2] = display(sent[2]! * fold);
  canvas.owner[i] = about.owner;
}
