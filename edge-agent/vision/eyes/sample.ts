/** A JPEG of a made-up scene without people, as large as a camera's (about 150 kB at 1280 × 720): for benches, where there is no camera. */
export async function samplePicture(width = 1280, height = 720): Promise<Uint8Array> {
  // Loaded only here: the agent itself never carries an image library.
  const { default: sharp } = await import('sharp');
  const rgb = new Uint8Array(width * height * 3);
  let state = 1;
  for (let at = 0, y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 3) {
      // Numerical Recipes' generator: grain like a sensor's, the same on every machine.
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const grain = (state >>> 27) - 16;
      const tile = ((x >> 6) + (y >> 5)) % 3 === 0 ? 40 : 0;
      const light = 70 + (90 * y) / height + tile + 20 * Math.sin(x / 37) * Math.sin(y / 23) + grain;
      rgb[at] = light + 8;
      rgb[at + 1] = light;
      rgb[at + 2] = light - 10;
    }
  }
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 80 })
    .toBuffer();
}
