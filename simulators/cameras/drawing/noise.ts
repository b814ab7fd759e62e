/** Noise without state: the same place gives the same value everywhere. */

/** A number in [0, 1) from three integers. */
export function hash(x: number, y: number, z = 0): number {
  let h = Math.imul(x, 374_761_393) ^ Math.imul(y, 668_265_263) ^ Math.imul(z, 1_274_126_177);
  h = Math.imul(h ^ (h >>> 13), 1_274_126_177);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return ((h ^ (h >>> 16)) >>> 0) / 4_294_967_296;
}

const ease = (f: number): number => f * f * (3 - 2 * f);

function plane(x: number, y: number, k: number): number {
  const ix = Math.floor(x);
  const iy = Math.floor(y);
  const u = ease(x - ix);
  const v = ease(y - iy);
  const a = hash(ix, iy, k);
  const b = hash(ix + 1, iy, k);
  const c = hash(ix, iy + 1, k);
  const d = hash(ix + 1, iy + 1, k);
  return a + u * (b - a) + v * (c - a) + u * v * (a - b - c + d);
}

/** Smooth noise in [0, 1) with one bump per unit. */
export function smooth(x: number, y: number, z = 0): number {
  const iz = Math.floor(z);
  const low = plane(x, y, iz);
  return z === iz ? low : low + ease(z - iz) * (plane(x, y, iz + 1) - low);
}

/** Three octaves of smooth noise, in [0, 1). */
export function cloudy(x: number, y: number, z = 0): number {
  return (smooth(x, y, z) * 4 + smooth(2.1 * x + 7, 2.1 * y, 2.1 * z) * 2 + smooth(4.3 * x, 4.3 * y + 3, 4.3 * z)) / 7;
}
