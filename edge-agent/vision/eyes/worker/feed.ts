import type { Fit } from '../../decoders/fit.ts';
import type { Manifest } from '../../manifest/schema.ts';

type Input = Manifest['input'];
type Numbers = Uint8Array | Float32Array | Float16Array;

/**
 * Turns decoded pictures into what a model is fed with. Its memory is made once and used again for every picture. Scale, mean and
 * standard deviation are one table of 256 numbers per colour, so that a pixel costs a look-up.
 */
export type Feed = { data: Numbers; dims: number[]; put(rgb: Uint8Array, fit: Fit): void };

/** Prepares the feeding of one model. */
export function createFeed(input: Input): Feed {
  const { width, height, layout } = input;
  const size = width * height * 3;
  const data =
    input.dtype === 'u8'
      ? new Uint8Array(size)
      : input.dtype === 'f32'
        ? new Float32Array(size)
        : new Float16Array(size);
  const tables = tablesOf(input);
  const dims = layout === 'nhwc' ? [1, height, width, 3] : [1, 3, height, width];
  // The layout is as it was unless the shape of the pictures changes, so the rest is only filled then.
  let filledFor = '';
  return {
    data,
    dims,
    put(rgb, { content }) {
      const key = `${content.x} ${content.y} ${content.width} ${content.height}`;
      if (key !== filledFor) fill(data, input, tables);
      filledFor = key;
      if (tables === undefined && layout === 'nhwc') copyRows(data as Uint8Array, rgb, { content, width });
      else spread(data, rgb, { content, input, tables });
    },
  };
}

/** Per channel of the model what each of 256 levels becomes; undefined when bytes go in as they are. */
function tablesOf({ scale, mean, std, dtype, colour }: Input): Float64Array[] | undefined {
  const isPlain = scale === 1 && mean.every((value) => value === 0) && std.every((value) => value === 1);
  if (isPlain && dtype === 'u8' && colour === 'rgb') return undefined;
  return [0, 1, 2].map((channel) =>
    Float64Array.from({ length: 256 }, (_, level) => (level * scale - mean[channel]!) / std[channel]!),
  );
}

function fill(data: Numbers, { pad, layout, width, height }: Input, tables: Float64Array[] | undefined): void {
  if (tables === undefined) data.fill(pad);
  else if (layout === 'nchw') {
    const plane = width * height;
    for (let channel = 0; channel < 3; channel += 1) {
      data.fill(tables[channel]![pad]!, channel * plane, (channel + 1) * plane);
    }
  } else for (let i = 0; i < data.length; i += 1) data[i] = tables[i % 3]![pad]!;
}

function copyRows(
  data: Uint8Array,
  rgb: Uint8Array,
  { content, width }: { content: Fit['content']; width: number },
): void {
  const { x, y, width: w, height: h } = content;
  if (w === width) {
    data.set(rgb, y * width * 3);
    return;
  }
  for (let row = 0; row < h; row += 1) {
    data.set(rgb.subarray(row * w * 3, (row + 1) * w * 3), ((y + row) * width + x) * 3);
  }
}

function spread(
  data: Numbers,
  rgb: Uint8Array,
  { content, input, tables }: { content: Fit['content']; input: Input; tables: Float64Array[] | undefined },
): void {
  const { layout, width, height, colour } = input;
  const step = layout === 'nhwc' ? 3 : 1;
  const plane = layout === 'nhwc' ? 1 : width * height;
  for (let channel = 0; channel < 3; channel += 1) {
    const table = tables?.[channel];
    const from = colour === 'bgr' ? 2 - channel : channel;
    for (let row = 0; row < content.height; row += 1) {
      let source = row * content.width * 3 + from;
      let target = ((content.y + row) * width + content.x) * step + channel * plane;
      for (let column = 0; column < content.width; column += 1) {
        const level = rgb[source]!;
        data[target] = table === undefined ? level : table[level]!;
        source += 3;
        target += step;
      }
    }
  }
}
