/** Shadows on the ground: cast by the sun or the nearest lamp, and the dim place under everything that stands. */
import type { Standing } from '../scene.ts';
import { type Area, areaOf, around, type Canvas, fine, nothing } from './canvas.ts';
import type { Light } from './light.ts';
import { intersect } from './rays.ts';
import type { Shape } from './shapes.ts';
import type { Backdrop } from './street.ts';

/** Where the key light comes from, seen from the ground: far away (w = 0) or a lamp at a place (w = 1). */
type Key = { x: number; y: number; z: number; w: 0 | 1 };

function keyOf(light: Light, { x, y }: Standing): Key | undefined {
  if (light.sun !== undefined) return { x: light.sun[0], y: light.sun[1], z: light.sun[2], w: 0 };
  let best: Key | undefined;
  let bestM = Number.POSITIVE_INFINITY;
  for (const { at } of light.lamps) {
    const far = Math.hypot(at[0] - x, at[1] - y);
    if (far >= bestM) continue;
    bestM = far;
    best = { x: at[0], y: at[1], z: at[2], w: 1 };
  }
  return best;
}

/** The pixels on which a shape can throw its shadow. */
function shadowArea(canvas: Canvas, shape: Shape, key: Key): Area | undefined {
  const flat: number[] = [];
  for (let i = 0; i < shape.bounds.length; i += 4) {
    const [x, y, z, r] = [shape.bounds[i]!, shape.bounds[i + 1]!, shape.bounds[i + 2]!, shape.bounds[i + 3]!];
    const [dx, dy, dz] = key.w === 1 ? [key.x - x, key.y - y, key.z - z] : [key.x, key.y, key.z];
    if (dz < 0.3) return undefined;
    const slope = Math.hypot(dx, dy, dz) / dz;
    const spread = key.w === 1 ? key.z / dz : 1;
    flat.push(x - (dx * z) / dz, y - (dy * z) / dz, 0, r * slope * spread);
  }
  const area = areaOf(canvas, flat);
  if (area === undefined) return undefined;
  return {
    left: Math.floor(area.left / fine),
    top: Math.floor(area.top / fine),
    right: Math.ceil(area.right / fine),
    bottom: Math.ceil(area.bottom / fine),
  };
}

function cast(
  shape: Shape,
  key: Key,
  { backdrop, mask, area }: { backdrop: Backdrop; mask: Uint8Array; area: Area },
): void {
  const { groundX, groundY, camera } = backdrop;
  const m = shape.toOwn;
  for (let y = area.top; y < area.bottom; y += 1) {
    for (let x = area.left, i = y * camera.width + x; x < area.right; x += 1, i += 1) {
      if (mask[i] !== 0) continue;
      const gx = groundX[i]!;
      const gy = groundY[i]!;
      if (Number.isNaN(gx)) continue;
      const dx = key.w === 1 ? key.x - gx : key.x;
      const dy = key.w === 1 ? key.y - gy : key.y;
      const dz = key.z;
      const t = intersect(
        shape,
        m[0]! * gx + m[1]! * gy + m[3]!,
        m[4]! * gx + m[5]! * gy + m[7]!,
        m[8]! * gx + m[9]! * gy + m[11]!,
        m[0]! * dx + m[1]! * dy + m[2]! * dz,
        m[4]! * dx + m[5]! * dy + m[6]! * dz,
        m[8]! * dx + m[9]! * dy + m[10]! * dz,
      );
      if (t > -0.05) mask[i] = 1;
    }
  }
}

/** Half length and half width of what touches the ground, metres. */
export type Footprint = { half: readonly [number, number]; dim: number };

/**
 * Lays the shadows of everybody on a picture of the lit street. `mask` is scratch of one byte a pixel, zero before and
 * after.
 */
export function layShadows(
  rgb: Uint8Array,
  backdrop: Backdrop,
  drawn: {
    canvas: Canvas;
    mask: Uint8Array;
    actors: readonly { standing: Standing; shapes: Shape[]; foot: Footprint }[];
  },
): void {
  const { canvas, mask, actors } = drawn;
  let dark = nothing;
  for (const { standing, shapes } of actors) {
    const key = keyOf(backdrop.light, standing);
    if (key === undefined) continue;
    for (const shape of shapes) {
      const area = shadowArea(canvas, shape, key);
      if (area === undefined) continue;
      cast(shape, key, { backdrop, mask, area });
      dark = around(dark, area);
    }
  }
  if (dark !== nothing) soften(rgb, backdrop, { mask, dark });
  for (const { standing, foot } of actors) dimUnder(rgb, backdrop, { canvas, standing, foot });
}

/**
 * Turns the picture from lit to shaded where the mask says so, with the edge spread over three pixels; clears the mask.
 */
function soften(
  rgb: Uint8Array,
  { camera, lit, shaded }: Backdrop,
  { mask, dark }: { mask: Uint8Array; dark: Area },
): void {
  const { width, height } = camera;
  const [left, right] = [Math.max(1, dark.left - 1), Math.min(width - 1, dark.right + 1)];
  const [top, bottom] = [Math.max(1, dark.top - 1), Math.min(height - 1, dark.bottom + 1)];
  for (let y = top; y < bottom; y += 1) {
    for (let x = left, i = y * width + x; x < right; x += 1, i += 1) {
      const a = i - width;
      const b = i + width;
      const sum =
        mask[a - 1]! +
        mask[a]! +
        mask[a + 1]! +
        mask[i - 1]! +
        mask[i]! +
        mask[i + 1]! +
        mask[b - 1]! +
        mask[b]! +
        mask[b + 1]!;
      if (sum === 0) continue;
      for (let k = 3 * i; k < 3 * i + 3; k += 1) rgb[k] = lit[k]! + ((shaded[k]! - lit[k]!) * sum) / 9;
    }
  }
  for (let y = dark.top; y < dark.bottom; y += 1) mask.fill(0, y * width + dark.left, y * width + dark.right);
}

function dimUnder(
  rgb: Uint8Array,
  { camera, groundX, groundY }: Backdrop,
  { canvas, standing, foot }: { canvas: Canvas; standing: Standing; foot: Footprint },
): void {
  const { x, y, headingDeg } = standing;
  const reach = 0.35;
  const area = areaOf(canvas, [x, y, 0, Math.hypot(...foot.half) + 2 * reach]);
  if (area === undefined) return;
  const heading = (headingDeg * Math.PI) / 180;
  const [cos, sin] = [Math.cos(heading), Math.sin(heading)];
  for (let py = area.top >> 1; py < area.bottom >> 1; py += 1) {
    for (let px = area.left >> 1, i = py * camera.width + px; px < area.right >> 1; px += 1, i += 1) {
      const dx = groundX[i]! - x;
      const dy = groundY[i]! - y;
      const along = Math.max(0, Math.abs(dx * cos + dy * sin) - foot.half[0]);
      const beside = Math.max(0, Math.abs(dy * cos - dx * sin) - foot.half[1]);
      const off = (along * along + beside * beside) / (reach * reach);
      if (!(off < 4)) continue;
      const keep = 1 - foot.dim * Math.exp(-2 * off);
      for (let k = 3 * i; k < 3 * i + 3; k += 1) rgb[k]! *= keep;
    }
  }
}
