import sharp from 'sharp';
import type { Size } from '../../decoders/fit.ts';
import { jpegSize } from './jpeg.ts';
import { Refused } from './refused.ts';

// One thread per picture, as for one inference; nothing is ever looked at twice, so a cache would only hold memory.
sharp.concurrency(1);
sharp.cache(false);

/** RGB bytes row by row. */
export type Pixels = Size & { rgb: Uint8Array };

/** Size of a camera's picture; refuses whatever is no JPEG, or larger than `pixelsMax` once decoded. */
export function pictureSize(jpeg: Uint8Array, pixelsMax: number): Size {
  const size = jpegSize(jpeg);
  if (!size.ok) throw new Refused('PICTURE_INVALID', size.why);
  const { width, height } = size;
  if (width * height > pixelsMax) {
    throw new Refused(
      'PICTURE_INVALID',
      `The picture has ${width} × ${height} pixels, at most ${pixelsMax} are decoded.`,
    );
  }
  return { width, height };
}

/** Decodes a JPEG to a size, shrinking while it decodes where that is exact. */
export async function decodeTo(jpeg: Uint8Array, { width, height }: Size, pixelsMax: number): Promise<Pixels> {
  try {
    const rgb = await sharp(jpeg, { limitInputPixels: pixelsMax, failOn: 'error' })
      .resize(width, height, { fit: 'fill' })
      .removeAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer();
    if (rgb.length !== width * height * 3) {
      throw new Refused('PICTURE_INVALID', `The picture gave ${rgb.length} bytes instead of ${width * height * 3}.`);
    }
    return { width, height, rgb };
  } catch (cause) {
    if (cause instanceof Refused) throw cause;
    const why = (cause as Error).message.split('\n')[0]!.slice(0, 200);
    // The machine's trouble is not the picture's: a fresh process may have what this one lacks.
    if (/creating thread|out of memory|cannot allocate|temporarily unavailable/i.test(why)) {
      throw new Refused('MODEL_FAILED', `The eyes cannot decode any more: ${why}.`, cause);
    }
    throw new Refused('PICTURE_INVALID', `The JPEG cannot be decoded: ${why}.`, cause);
  }
}
