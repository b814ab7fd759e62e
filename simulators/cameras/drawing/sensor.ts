/** The last steps to a picture: rain before the lens and the sensor's noise. */
import { type Chance, chance } from '../../chance/chance.ts';
import { hash } from './noise.ts';

type Picture = { rgb: Uint8Array; width: number; height: number };

const tableSize = 65_536;
let table: Float32Array | undefined;

/** Normal numbers made once from a fixed seed; frames read them from other places. */
function normals(): Float32Array {
  if (table === undefined) {
    const luck = chance('sensor');
    table = Float32Array.from({ length: tableSize }, () => luck.gauss());
  }
  return table;
}

/**
 * Adds noise with a standard deviation in levels at mid grey: a floor, and a part that grows with the root of the
 * light.
 */
export function addNoise({ rgb, width, height }: Picture, about: { deviation: number; seed: number }): void {
  const { deviation, seed } = about;
  if (deviation <= 0) return;
  const gauss = normals();
  const spread = Float32Array.from({ length: 256 }, (_, level) => deviation * (0.5 + 0.5 * Math.sqrt(level / 128)));
  const clamped = new Uint8ClampedArray(rgb.buffer, rgb.byteOffset, rgb.length);
  const row = 3 * width;
  for (let y = 0; y < height; y += 1) {
    const from = Math.floor(hash(y, seed | 0, 77) * tableSize);
    for (let i = y * row, j = from; i < (y + 1) * row; i += 1, j += 1) {
      const level = rgb[i]!;
      clamped[i] = level + gauss[j & (tableSize - 1)]! * spread[level]!;
    }
  }
}

/** Streaks of falling rain: `rain` 1 is heavy. */
export function addRain({ rgb, width, height }: Picture, rain: number, luck: Chance): void {
  const size = height / 360;
  const drops = Math.round(rain * 420);
  for (let n = 0; n < drops; n += 1) {
    const near = luck.next();
    const long = (6 + 26 * near) * size;
    const slant = 0.06 + 0.05 * luck.next();
    const strength = 0.1 + 0.22 * near * luck.next();
    const x0 = luck.next() * width;
    const y0 = luck.next() * (height + long) - long;
    const wide = Math.max(1, Math.round(size * (0.5 + near)));
    for (let k = 0; k < long; k += 1) {
      const y = Math.round(y0 + k);
      if (y < 0 || y >= height) continue;
      for (let w = 0; w < wide; w += 1) {
        const x = Math.round(x0 + slant * k) + w;
        if (x < 0 || x >= width) continue;
        const i = 3 * (y * width + x);
        for (let c = i; c < i + 3; c += 1) rgb[c]! += (205 - rgb[c]!) * strength;
      }
    }
  }
}
