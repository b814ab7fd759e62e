/**
 * Where a ray meets a shape: in closed form, but for the ring. Plain numbers and one result in place, since every sample
 * asks.
 */
import type { Shape } from './shapes.ts';

/**
 * Where the last ray met its shape, in the shape's own frame: x, y, z of the place, then of the normal (not of length
 * 1).
 */
export const hit = new Float64Array(6);

function meet(x: number, y: number, z: number, nx: number, ny: number, nz: number): void {
  hit[0] = x;
  hit[1] = y;
  hit[2] = z;
  hit[3] = nx;
  hit[4] = ny;
  hit[5] = nz;
}

/** Ray parameter at which `o + t d` first meets the shape, both in its own frame; -1 when it does not. Fills `hit`. */
export function intersect(
  shape: Shape,
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
): number {
  switch (shape.kind) {
    case 'ball':
      return meetBall(ox, oy, oz, dx, dy, dz);
    case 'cone':
      return meetCone(shape, ox, oy, oz, dx, dy, dz);
    case 'hull':
      return meetHull(shape.faces, ox, oy, oz, dx, dy, dz);
    case 'ring':
      return meetRing(shape, ox, oy, oz, dx, dy, dz);
  }
}

function meetBall(ox: number, oy: number, oz: number, dx: number, dy: number, dz: number): number {
  const a = dx * dx + dy * dy + dz * dz;
  const b = ox * dx + oy * dy + oz * dz;
  const c = ox * ox + oy * oy + oz * oz - 1;
  const h = b * b - a * c;
  if (h < 0) return -1;
  const t = (-b - Math.sqrt(h)) / a;
  const x = ox + t * dx;
  const y = oy + t * dy;
  const z = oz + t * dz;
  meet(x, y, z, x, y, z);
  return t;
}

/** After the round cone of Quilez (iquilezles.org/articles/intersectors), with its axis on y from 0 to `a`. */
function meetCone(shape: Shape, ox: number, oy: number, oz: number, dx: number, dy: number, dz: number): number {
  const length = shape.a;
  const r0 = shape.b;
  const r1 = shape.c;
  const size = Math.sqrt(dx * dx + dy * dy + dz * dz);
  const ux = dx / size;
  const uy = dy / size;
  const uz = dz / size;
  const rr = r0 - r1;
  const m0 = length * length;
  const m1 = length * oy;
  const m2 = length * uy;
  const m3 = ux * ox + uy * oy + uz * oz;
  const m5 = ox * ox + oy * oy + oz * oz;
  const d2 = m0 - rr * rr;
  const k2 = d2 - m2 * m2;
  const k1 = d2 * m3 - m1 * m2 + m2 * rr * r0;
  const k0 = d2 * m5 - m1 * m1 + 2 * m1 * rr * r0 - m0 * r0 * r0;
  const h = k1 * k1 - k0 * k2;
  if (h < 0) return -1;
  const t = (-Math.sqrt(h) - k1) / k2;
  const along = m1 - r0 * rr + t * m2;
  if (along > 0 && along < d2) {
    const x = ox + t * ux;
    const y = oy + t * uy;
    const z = oz + t * uz;
    meet(x, y, z, d2 * x, d2 * y - length * along, d2 * z);
    return t / size;
  }
  const ey = oy - length;
  const m6 = ux * ox + uy * ey + uz * oz;
  const h0 = m3 * m3 - m5 + r0 * r0;
  const h1 = m6 * m6 - (ox * ox + ey * ey + oz * oz) + r1 * r1;
  const t0 = h0 > 0 ? -m3 - Math.sqrt(h0) : Number.POSITIVE_INFINITY;
  const t1 = h1 > 0 ? -m6 - Math.sqrt(h1) : Number.POSITIVE_INFINITY;
  const cap = Math.min(t0, t1);
  if (cap === Number.POSITIVE_INFINITY) return -1;
  const x = ox + cap * ux;
  const y = oy + cap * uy;
  const z = oz + cap * uz;
  meet(x, y, z, x, t0 <= t1 ? y : y - length, z);
  return cap / size;
}

function meetHull(faces: Float64Array, ox: number, oy: number, oz: number, dx: number, dy: number, dz: number): number {
  let near = Number.NEGATIVE_INFINITY;
  let far = Number.POSITIVE_INFINITY;
  let face = -1;
  for (let i = 0; i < faces.length; i += 4) {
    const over = faces[i]! * ox + faces[i + 1]! * oy + faces[i + 2]! * oz - faces[i + 3]!;
    const fall = faces[i]! * dx + faces[i + 1]! * dy + faces[i + 2]! * dz;
    if (Math.abs(fall) < 1e-12) {
      if (over > 0) return -1;
      continue;
    }
    const t = -over / fall;
    if (fall < 0) {
      if (t > near) {
        near = t;
        face = i;
      }
    } else if (t < far) far = t;
    if (near > far) return -1;
  }
  if (face < 0) return -1;
  meet(ox + near * dx, oy + near * dy, oz + near * dz, faces[face]!, faces[face + 1]!, faces[face + 2]!);
  return near;
}

/** Marches a torus around the y axis; 24 steps are enough for a tyre a few pixels thick. */
function meetRing(shape: Shape, ox: number, oy: number, oz: number, dx: number, dy: number, dz: number): number {
  const radius = shape.a;
  const thick = shape.b;
  const size = Math.sqrt(dx * dx + dy * dy + dz * dz);
  const ux = dx / size;
  const uy = dy / size;
  const uz = dz / size;
  const middle = -(ox * ux + oy * uy + oz * uz);
  const reach = radius + thick;
  const miss = ox * ox + oy * oy + oz * oz - middle * middle;
  if (miss > reach * reach) return -1;
  const half = Math.sqrt(reach * reach - miss);
  let t = middle - half;
  for (let i = 0; i < 24 && t < middle + half; i += 1) {
    const x = ox + t * ux;
    const y = oy + t * uy;
    const z = oz + t * uz;
    const q = Math.sqrt(x * x + z * z);
    const distance = Math.sqrt((q - radius) * (q - radius) + y * y) - thick;
    if (distance < thick * 0.05) {
      const pull = 1 - radius / Math.max(q, 1e-9);
      meet(x, y, z, x * pull, y, z * pull);
      return t / size;
    }
    t += distance;
  }
  return -1;
}
