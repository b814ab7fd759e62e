import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { fitPicture } from '../../decoders/fit.ts';
import type { Manifest } from '../../manifest/schema.ts';
import { createTurns } from '../turns.ts';
import { overlay, pixelate } from './draw.ts';
import { createFeed } from './feed.ts';
import { createGridder } from './grid.ts';
import { jpegSize } from './jpeg.ts';

describe('the size of a JPEG', () => {
  test.each([
    ['baseline', {}],
    ['progressive', { progressive: true }],
    ['grey', {}],
  ])('is read from a %s one', async (kind, options) => {
    const image = sharp({ create: { width: 123, height: 45, channels: 3, background: 'teal' } });
    const jpeg = await (kind === 'grey' ? image.toColourspace('b-w') : image).jpeg(options).toBuffer();
    expect(jpegSize(jpeg)).toEqual({ ok: true, width: 123, height: 45 });
    // Fill bytes may stand before a marker.
    expect(jpegSize(Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xff]), jpeg.subarray(2)]))).toMatchObject({
      ok: true,
    });
  });

  test('is an answer or a reason, whatever the bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    const begun = bytes.map((rest) => Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, ...rest]));
    fc.assert(
      fc.property(fc.oneof(bytes, begun), (data) => {
        const size = jpegSize(data);
        expect(size.ok ? size.width * size.height > 0 : size.why.length > 0).toBe(true);
      }),
    );
  });
});

describe('feeding a model', () => {
  const input = (more: Partial<Manifest['input']>): Manifest['input'] => ({
    ...{ name: 'image', dtype: 'f32', layout: 'nchw', width: 4, height: 3, colour: 'rgb', scale: 1 },
    ...{ mean: [0, 0, 0], std: [1, 1, 1], fit: 'letterbox', align: 'centre', pad: 7, ...more },
  });
  /** A picture of 4 × 1 pixels lies in the middle row of an input of 4 × 3. */
  const rgb = Uint8Array.from({ length: 12 }, (_, i) => 10 * i);
  const fed = (more: Partial<Manifest['input']>) => {
    const feed = createFeed(input(more));
    feed.put(rgb, fitPicture({ width: 4, height: 1 }, input(more)));
    return { dims: feed.dims, numbers: Array.from(feed.data as Iterable<number>) };
  };
  const seven = [7, 7, 7, 7];

  test('bytes go in as they are, with grey around', () => {
    const { dims, numbers } = fed({ dtype: 'u8', layout: 'nhwc' });
    expect([dims, numbers]).toEqual([
      [1, 3, 4, 3],
      [...new Array(12).fill(7), ...rgb, ...new Array(12).fill(7)],
    ]);
  });

  test('planes and the order of colours are the model’s', () => {
    const plane = (from: number) => [...seven, from, from + 30, from + 60, from + 90, ...seven];
    expect(fed({})).toEqual({ dims: [1, 3, 3, 4], numbers: [...plane(0), ...plane(10), ...plane(20)] });
    expect(fed({ colour: 'bgr' }).numbers).toEqual([...plane(20), ...plane(10), ...plane(0)]);
    expect(fed({ dtype: 'u8', layout: 'nhwc', colour: 'bgr' }).numbers.slice(12, 15)).toEqual([20, 10, 0]);
  });

  test.each(['f32', 'f16'] as const)('scale, mean and deviation are applied in %s, to the grey too', (dtype) => {
    const { numbers } = fed({ dtype, scale: 0.5, mean: [1, 2, 3], std: [2, 4, 8] });
    // (level × 0.5 − mean) / std, in the order of the colours.
    expect(numbers.slice(0, 5)).toEqual([1.25, 1.25, 1.25, 1.25, -0.5]);
    expect(numbers.slice(12, 17)).toEqual([0.375, 0.375, 0.375, 0.375, 0.75]);
  });

  test('grey is laid anew when the shape of the pictures changes', () => {
    const feed = createFeed(input({ dtype: 'u8', layout: 'nhwc' }));
    feed.put(new Uint8Array(36).fill(200), fitPicture({ width: 8, height: 6 }, input({})));
    feed.put(rgb, fitPicture({ width: 4, height: 1 }, input({})));
    expect(Array.from(feed.data as Uint8Array).slice(0, 12)).toEqual(new Array(12).fill(7));
  });

  test('a picture at the left or right edge is laid row by row', () => {
    const tall = input({ dtype: 'u8', layout: 'nhwc', align: 'top-left' });
    const feed = createFeed(tall);
    feed.put(Uint8Array.of(1, 2, 3, 4, 5, 6, 8, 9, 10), fitPicture({ width: 1, height: 3 }, tall));
    const rows = Array.from({ length: 3 }, (_, y) => Array.from(feed.data.subarray(y * 12, y * 12 + 6) as Uint8Array));
    expect(rows).toEqual([
      [1, 2, 3, 7, 7, 7],
      [4, 5, 6, 7, 7, 7],
      [8, 9, 10, 7, 7, 7],
    ]);
  });
});

describe('the small picture', () => {
  const gridOf = createGridder();
  const picture = (width: number, height: number, level: (x: number, y: number) => [number, number, number]) => {
    const rgb = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) rgb.set(level(x, y), (y * width + x) * 3);
    return { width, height, rgb };
  };

  test.each([
    ['black', [0, 0, 0], [0, 128, 128]],
    ['white', [255, 255, 255], [255, 128, 128]],
    ['red', [255, 0, 0], [76, 85, 255]],
    ['blue', [0, 0, 255], [29, 255, 107]],
  ] as const)('%s has the luma and chroma of JFIF, and is neither sharp nor noisy', (_, rgb, [y, cb, cr]) => {
    const grid = gridOf(picture(640, 360, () => [...rgb]));
    expect([grid.y[777], grid.cb[777], grid.cr[777], grid.sharpness, grid.noise]).toEqual([y, cb, cr, 0, 0]);
  });

  test('every cell is the mean of its own pixels', () => {
    const grid = gridOf(
      picture(640, 360, (x, y) => (x >= 320 && x < 330 && y >= 100 && y < 110 ? [200, 200, 200] : [20, 20, 20])),
    );
    const bright = [...grid.y.entries()].filter(([, level]) => level > 20);
    expect(bright).toEqual([[10 * 64 + 32, 200]]);
  });

  test.each([
    [4, 3],
    [63, 35],
    [65, 37],
    [416, 234],
  ])('a picture of %d × %d has all cells too', (width, height) => {
    const grid = gridOf(picture(width, height, () => [90, 90, 90]));
    expect(new Set(grid.y)).toEqual(new Set([90]));
  });

  test('a checked picture is sharp and, being structure of one pixel, noisy; stripes of three are sharp only', () => {
    const checks = gridOf(picture(64, 36, (x, y) => ((x + y) % 2 === 0 ? [100, 100, 100] : [120, 120, 120])));
    // Each Laplacian is 4 × 20; the median of a pixel's 3 × 3 is the level five of the nine have, its own.
    expect([checks.sharpness, checks.noise]).toEqual([6400, 0]);
    const stripes = gridOf(picture(66, 36, (x) => (Math.floor(x / 3) % 2 === 0 ? [100, 100, 100] : [120, 120, 120])));
    expect([stripes.sharpness > 100, stripes.noise]).toEqual([true, 0]);
  });

  test('grain is told as noise in levels', () => {
    let state = 7;
    const grain = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (state >>> 24) % 17;
    };
    const grid = gridOf(picture(640, 360, () => new Array(3).fill(100 + grain()) as [number, number, number]));
    // Uniform over 17 levels: a pixel lies 4.2 from the middle, and about 3.9 from the median around it.
    expect(grid.noise).toBeGreaterThan(3.3);
    expect(grid.noise).toBeLessThan(4.5);
  });
});

describe('drawing', () => {
  test('a blurred box holds at most a few levels, and its surroundings are untouched', () => {
    const rgb = Uint8Array.from({ length: 40 * 40 * 3 }, (_, i) => (i * 37) % 251);
    const before = rgb.slice();
    pixelate({ width: 40, height: 40, rgb }, { x: 10, y: 5, width: 8, height: 20 });
    const inside = new Set<string>();
    for (let y = 0; y < 40; y += 1) {
      for (let x = 0; x < 40; x += 1) {
        const at = (y * 40 + x) * 3;
        if (x >= 10 && x < 18 && y >= 5 && y < 25) inside.add(rgb.subarray(at, at + 3).join());
        else expect(rgb.subarray(at, at + 3)).toEqual(before.subarray(at, at + 3));
      }
    }
    // 4 blocks across, 10 down.
    expect(inside.size).toBeLessThanOrEqual(40);
  });

  test.each([
    { x: -100, y: -100, width: 50, height: 50 },
    { x: 39.6, y: 2, width: 500, height: 1 },
    { x: Number.NaN, y: 0, width: 5, height: 5 },
    { x: 0, y: 0, width: -5, height: 5 },
  ])('a box of %j harms nobody', (box) => {
    const pixels = { width: 40, height: 40, rgb: new Uint8Array(40 * 40 * 3).fill(9) };
    pixelate(pixels, box);
    expect(new Set(pixels.rgb)).toEqual(new Set([9]));
    expect(overlay([{ box, label: 'x' }], 1, pixels)).toMatch(/^<svg [\s\S]*<\/svg>$/);
  });

  test('labels are text whatever they hold', () => {
    const label = `</text><script>"&'\u0000\u001b\ud800`;
    const svg = overlay([{ box: { x: 1, y: 1, width: 9, height: 9 }, label }], 1, { width: 40, height: 40 });
    expect(svg).toContain('&lt;/text&gt;&lt;script&gt;"&amp;\'\ufffd</text>');
    expect(svg).not.toContain('<script');
  });
});

describe('turns', () => {
  test('each camera waits once, with its newest, and the one that was served goes to the end', () => {
    const turns = createTurns<string>(3);
    expect([turns.put('a', 'a1'), turns.put('b', 'b1'), turns.put('a', 'a2')]).toEqual([{}, {}, { replaced: 'a1' }]);
    expect([turns.put('c', 'c1'), turns.put('d', 'd1')]).toEqual([{}, 'full']);
    expect(turns.take()).toBe('a2');
    turns.put('a', 'a3');
    expect([turns.take(), turns.take(), turns.take(), turns.take()]).toEqual(['b1', 'c1', 'a3', undefined]);
  });

  test('nobody who waits is passed by more often than there are others', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { minLength: 20, maxLength: 200 }), (arrivals) => {
        const turns = createTurns<{ key: number; atTurn: number }>(5);
        let turn = 0;
        for (const key of arrivals) {
          const put = turns.put(`${key}`, { key, atTurn: turn });
          if (put !== 'full' && put.replaced) {
            // The newer picture keeps the place of the older.
            expect(turn - put.replaced.atTurn).toBeLessThanOrEqual(5);
          }
          if (turns.waiting > 3) {
            turn += 1;
            const served = turns.take()!;
            expect(turn - served.atTurn).toBeLessThanOrEqual(5);
          }
        }
      }),
    );
  });
});
