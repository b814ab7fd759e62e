import sharp from 'sharp';

/** JPEG bytes of an RGB picture; quality 80 with 4:2:0 chroma, as cameras send. */
export async function encodeFrame(
  frame: { rgb: Uint8Array; width: number; height: number },
  { quality = 80 }: { quality?: number } = {},
): Promise<Buffer> {
  const { rgb, width, height } = frame;
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality })
    .toBuffer();
}
