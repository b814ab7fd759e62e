import sharp from 'sharp';
import type { InputSize } from './nanodet.ts';
import { letterboxGrey } from './nanodet.ts';

/** Lays a picture file into a model's input as the edge agent does: whole, centred on grey, R, G, B. */
export async function letterboxed(file: string | Uint8Array, { width, height }: InputSize): Promise<Uint8Array> {
  const background = { r: letterboxGrey, g: letterboxGrey, b: letterboxGrey };
  const { data, info } = await sharp(file)
    .resize(width, height, { fit: 'contain', background })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`A picture has ${info.channels} channels instead of 3.`);
  return new Uint8Array(data);
}
