/**
 * What goes wrong with a lens or a mount, done to a picture: for tests of what watches the camera. Pure; a frozen
 * picture is the player's.
 */
import { chance } from '../chance/chance.ts';
import { smooth } from './drawing/noise.ts';
import { addNoise } from './drawing/sensor.ts';

export const spoilKinds = ['covered', 'black', 'over-exposed', 'blurred', 'moved', 'dark'] as const;
/**
 * `covered`: something dark and out of focus before most of the lens; `moved`: turned sideways by a quarter of the
 * view, the edge smeared (use `turned` and draw anew for the true view); `dark`: far too little light, mostly noise.
 */
export type SpoilKind = (typeof spoilKinds)[number];

type Picture = { rgb: Uint8Array; width: number; height: number };

/** A spoilt copy of a picture. */
export function spoil(picture: Picture, kind: SpoilKind, seed: number): Picture {
  const spoilt = { ...picture, rgb: picture.rgb.slice() };
  switch (kind) {
    case 'covered':
      cover(spoilt, seed);
      break;
    case 'black':
      spoilt.rgb.fill(2);
      addNoise(spoilt, { deviation: 1, seed });
      break;
    case 'over-exposed':
      for (let i = 0; i < spoilt.rgb.length; i += 1) spoilt.rgb[i] = Math.min(255, 150 + spoilt.rgb[i]! * 1.6);
      break;
    case 'blurred':
      for (let pass = 0; pass < 3; pass += 1) blur(spoilt, Math.max(2, Math.round(picture.width / 90)));
      break;
    case 'moved':
      shift(spoilt, Math.round(picture.width / 4));
      break;
    case 'dark':
      for (let i = 0; i < spoilt.rgb.length; i += 1) spoilt.rgb[i] = 3 + spoilt.rgb[i]! * 0.045;
      addNoise(spoilt, { deviation: 7, seed });
      break;
    default:
      kind satisfies never;
  }
  return spoilt;
}

function cover({ rgb, width, height }: Picture, seed: number): void {
  const luck = chance(`cover ${seed}`);
  const [cx, cy] = [0.35 + 0.3 * luck.next(), 0.35 + 0.3 * luck.next()];
  const tone = [26 + 20 * luck.next(), 20 + 16 * luck.next(), 18 + 14 * luck.next()];
  for (let y = 0, i = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, i += 3) {
      const [u, v] = [x / width - cx, y / height - cy];
      const edge = 0.72 - Math.hypot(u, v) + 0.12 * (smooth((x / width) * 3, (y / height) * 3, seed) - 0.5);
      const share = Math.max(0, Math.min(1, edge * 6));
      for (let k = 0; k < 3; k += 1) rgb[i + k] = rgb[i + k]! * (1 - share) + tone[k]! * share;
    }
  }
}

/** A box blur along both axes by running sums. */
function blur({ rgb, width, height }: Picture, radius: number): void {
  const line = new Float64Array(Math.max(width, height));
  const along = (start: number, step: number, count: number): void => {
    let sum = 0;
    const at = (n: number) => rgb[start + Math.max(0, Math.min(count - 1, n)) * step]!;
    for (let n = -radius; n <= radius; n += 1) sum += at(n);
    for (let n = 0; n < count; n += 1) {
      line[n] = sum / (2 * radius + 1);
      sum += at(n + radius + 1) - at(n - radius);
    }
    for (let n = 0; n < count; n += 1) rgb[start + n * step] = line[n]!;
  };
  for (let c = 0; c < 3; c += 1) {
    for (let y = 0; y < height; y += 1) along(3 * y * width + c, 3, width);
    for (let x = 0; x < width; x += 1) along(3 * x + c, 3 * width, height);
  }
}

function shift({ rgb, width, height }: Picture, by: number): void {
  for (let y = 0; y < height; y += 1) {
    const row = 3 * y * width;
    rgb.copyWithin(row, row + 3 * by, row + 3 * width);
    const last = row + 3 * (width - by - 1);
    for (let x = width - by; x < width; x += 1) rgb.copyWithin(row + 3 * x, last, last + 3);
  }
}
