import sharp from 'sharp';
import {
  type ActorKind,
  actor,
  type Camera,
  drawFrame,
  encodeFrame,
  paintStreet,
  type Weather,
} from '../../simulators/cameras/index.ts';
import { chance } from '../../simulators/chance/chance.ts';

/**
 * Pictures that belong to nobody, from the drawn cameras of `simulators/cameras`: a crossing from a mast somewhere beside it, in
 * some light, with people and vehicles standing about. They drive the network through the range that real cameras do.
 */
const kinds: readonly ActorKind[] = [
  ...(['adult', 'adult', 'adult', 'child', 'wheelchair', 'slow', 'cyclist', 'vehicle', 'vehicle'] as const),
];
const lights: readonly Weather['light'][] = ['day', 'overcast', 'dusk', 'day', 'overcast', 'night'];

function draw(seed: number, isClean: boolean) {
  const luck = chance(`models ${seed}`);
  const between = (low: number, high: number) => low + (high - low) * luck.next();
  const camera: Camera = {
    position: [between(-14, -7), between(-8, -2)],
    heightM: between(3, 7),
    headingDeg: between(15, 40),
    pitchDeg: between(10, 24),
    focalPx: between(600, 1_100),
    width: 640,
    height: 360,
  };
  const wet = { rain: luck.next() < 0.25 ? luck.next() : 0, noise: between(0.5, 2.5) };
  const weather: Weather = isClean ? { light: 'day', noise: 0 } : { light: lights[seed % lights.length]!, ...wet };
  const street = {
    kerbsM: [0, 10] as const,
    crossing: { middleM: 2, widthM: 8 },
    pavementM: 4.5,
    seed: `models ${seed}`,
  };
  const actors = Array.from({ length: luck.integer(6, 13) }, (_, i) =>
    actor(i + 1, luck.pick(kinds), {
      path: [{ atMs: 0, x: between(-4, 12), y: between(-3, 9) }],
      facingDeg: between(0, 360),
      seed: luck.integer(0, 1_000_000),
    }),
  );
  return drawFrame(paintStreet({ street, camera, weather }), { actors }, 1_000);
}

/** Draws one scene as a camera would send it, noise and all: a JPEG file of 640 × 360. The same seed draws the same. */
export async function cameraPicture(seed: number): Promise<Uint8Array> {
  return new Uint8Array(await encodeFrame(draw(seed, false)));
}

/** Draws one scene by day and without noise as a PNG file of 640 × 360, which every machine reads as the same pixels. */
export async function cleanPicture(seed: number): Promise<Uint8Array> {
  const { rgb, width, height } = draw(seed, true);
  const png = sharp(rgb, { raw: { width, height, channels: 3 } }).png({
    palette: true,
    dither: 0,
    compressionLevel: 9,
  });
  return new Uint8Array(await png.toBuffer());
}
