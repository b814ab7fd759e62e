import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { createJpegSplitter, looksLikeJpeg, type Piece, pictureBytesMax, readJpeg } from './jpeg.ts';

/** Real pictures of sharp (libjpeg), each of its own size, one with restart markers' relative: progressive scans. */
const plain = await sharp({ create: { width: 64, height: 36, channels: 3, background: '#456' } })
  .jpeg()
  .toBuffer();
const noisy = await sharp({
  create: { width: 96, height: 54, channels: 3, background: '#fff', noise: { type: 'gaussian', mean: 128, sigma: 60 } },
})
  .jpeg({ quality: 95 })
  .toBuffer();
const progressive = await sharp(noisy).jpeg({ progressive: true }).toBuffer();

/** A picture whose first segment holds a whole smaller picture, as EXIF thumbnails do. */
function withThumbnail(picture: Uint8Array, thumbnail: Uint8Array): Uint8Array {
  const length = thumbnail.length + 8;
  const head = [0xff, 0xd8, 0xff, 0xe1, length >> 8, length & 255, 0x45, 0x78, 0x69, 0x66, 0, 0];
  return Buffer.concat([Uint8Array.from(head), thumbnail, picture.subarray(2)]);
}
const exif = withThumbnail(noisy, plain);
const pictures = [plain, noisy, progressive, exif];

/** A minimal picture by its markers: sizes as given, no data worth decoding. */
function drawn(width: number, height: number, entropy: number[] = [1, 2, 3]): Uint8Array {
  const bytes = (value: number) => [value >> 8, value & 255];
  const sof = [0xff, 0xc0, 0, 11, 8, ...bytes(height), ...bytes(width), 1, 1, 0x11, 0];
  return Uint8Array.from([0xff, 0xd8, ...sof, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, ...entropy, 0xff, 0xd9]);
}

/** Feeds a stream in chunks of the given lengths, again and again. */
function split(stream: Uint8Array, lengths: readonly number[] = [stream.length]): { pieces: Piece[]; skipped: number } {
  const splitter = createJpegSplitter();
  const pieces: Piece[] = [];
  for (let at = 0, turn = 0; at < stream.length; turn += 1) {
    const end = at + lengths[turn % lengths.length]!;
    pieces.push(...splitter.feed(stream.subarray(at, end)));
    at = end;
  }
  return { pieces, skipped: splitter.skippedBytes() };
}
const whole = (pieces: readonly Piece[]) =>
  pieces.flatMap((piece) => ('picture' in piece ? [Buffer.from(piece.picture.jpeg)] : []));
const broken = (pieces: readonly Piece[]) => pieces.flatMap((piece) => ('broken' in piece ? [piece.broken] : []));

describe('a stream of pictures', () => {
  test('every picture comes out byte for byte with its size, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...pictures), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 6 }),
        (shown, lengths) => {
          const { pieces, skipped } = split(Buffer.concat(shown), lengths);
          expect(whole(pieces)).toEqual(shown.map((one) => Buffer.from(one)));
          expect(skipped).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
    expect(split(exif).pieces).toMatchObject([{ picture: { width: 96, height: 54 } }]);
  });

  test('text between pictures is skipped, counted, and handed over with the picture behind it', () => {
    const { pieces, skipped } = split(Buffer.concat([Buffer.from('one'), plain, Buffer.from('two'), noisy]), [7]);
    expect(pieces.map((piece) => 'gap' in piece && Buffer.from(piece.gap).toString())).toEqual(['one', 'two']);
    expect(skipped).toBe(6);
  });

  test('of a long gap the last 4 KiB are kept', () => {
    const text = `${'-'.repeat(20_000)}X-Timestamp: 5`;
    const [piece] = split(Buffer.concat([plain, Buffer.from(text), noisy]), [1000]).pieces.slice(1);
    expect(piece !== undefined && 'gap' in piece && Buffer.from(piece.gap).toString()).toBe(text.slice(-4096));
  });

  test('a picture that breaks off is given up and the next one is whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: noisy.length - 1 }), fc.integer({ min: 1, max: 999 }), (cut, length) => {
        // A cut in a header may claim up to 64 KiB of what follows, so the witness stands behind that.
        const rest = Array.from({ length: 1 + Math.ceil(65_536 / noisy.length) }, () => noisy);
        const { pieces } = split(Buffer.concat([noisy.subarray(0, cut), ...rest, progressive]), [length]);
        expect(whole(pieces).at(-1)?.equals(progressive)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test('a picture cut off in its data costs no other', () => {
    const { pieces } = split(Buffer.concat([noisy.subarray(0, noisy.length - 50), plain]));
    expect(broken(pieces)).toEqual(['it breaks off and another begins']);
    expect(whole(pieces)).toEqual([plain]);
  });

  test('anything at all is survived: what comes out is a picture by its markers, and no byte is lost count of', () => {
    const junk = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      // Bytes that mean something to a JPEG, so that the search gets somewhere.
      fc
        .array(fc.constantFrom(0xff, 0xd8, 0xd9, 0xda, 0xc0, 0xe0, 0, 2, 8, 11), { maxLength: 300 })
        .map((list) => Uint8Array.from(list)),
      fc
        .constantFrom(...pictures)
        .chain((picture) =>
          fc
            .tuple(fc.nat(picture.length - 1), fc.nat(255))
            .map(([at, byte]) => Buffer.from(picture).fill(byte, at, at + 1)),
        ),
    );
    let found = 0;
    fc.assert(
      fc.property(fc.array(junk, { maxLength: 12 }), fc.integer({ min: 1, max: 500 }), (parts, length) => {
        const stream = Buffer.concat(parts);
        const { pieces, skipped } = split(stream, [length]);
        const taken = whole(pieces);
        found += taken.length;
        for (const one of taken) expect(readJpeg(one)).toMatchObject({ ok: true });
        expect(skipped + taken.reduce((sum, one) => sum + one.length, 0)).toBeLessThanOrEqual(stream.length);
        expect(pieces).toEqual(split(stream).pieces);
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(50);
  });

  test('a picture that never ends is given up at 4 MiB, however it is fed, and the next one is found', () => {
    const endless = drawn(
      640,
      480,
      Array.from({ length: 100 }, () => 7),
    ).subarray(0, -2);
    const splitter = createJpegSplitter();
    const pieces = [...splitter.feed(endless)];
    const chunk = new Uint8Array(65_536).fill(7);
    for (let i = 0; i < 66; i += 1) pieces.push(...splitter.feed(chunk));
    expect(broken(pieces)).toEqual([`it is larger than ${pictureBytesMax} bytes`]);
    expect(whole(splitter.feed(plain))).toEqual([plain]);
  });

  test('a hundred megabytes without a whole picture are held in a few megabytes', () => {
    const splitter = createJpegSplitter();
    const junk = Buffer.alloc(65_536, 'no picture at all ');
    const endless = Buffer.alloc(65_536, drawn(640, 480).subarray(0, -2));
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 1_024; i += 1) splitter.feed(junk);
    for (let i = 0; i < 1_024; i += 1) splitter.feed(endless);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * pictureBytesMax);
    expect(splitter.skippedBytes()).toBeGreaterThan(130_000_000);
  });

  test('a picture of exactly the limit is taken, one byte more is not', () => {
    const small = drawn(8, 8);
    const exact = createJpegSplitter({ bytesMax: small.length });
    expect(whole(exact.feed(small))).toHaveLength(1);
    const less = createJpegSplitter({ bytesMax: small.length - 1 });
    expect(broken(less.feed(small))).toEqual([`it is larger than ${small.length - 1} bytes`]);
  });

  test('each byte is looked at once: a stream made of beginnings takes no longer than its length', () => {
    // Beginnings nested in segments: a search that went back to each would look at the rest 10,000 times.
    const nest = Uint8Array.from({ length: 65_000 }, (_, i) => [0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff][i % 6]!);
    const tiny = Uint8Array.from({ length: 3_000_000 }, (_, i) => [0xff, 0xe0, 0, 2][i % 4]!);
    const before = process.cpuUsage();
    const { pieces } = split(Buffer.concat([nest, tiny, Uint8Array.from([1]), plain]), [65_536]);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(2_000);
    expect(whole(pieces)).toEqual([plain]);
  });
});

describe('one picture', () => {
  test('its size comes from its header, and padding behind it is left out', () => {
    const read = readJpeg(Buffer.concat([exif, Buffer.from('\r\n\0\0')]));
    expect(read.ok && { ...read.picture, jpeg: Buffer.from(read.picture.jpeg).equals(exif) }).toEqual({
      jpeg: true,
      width: 96,
      height: 54,
    });
  });

  test('the bytes are its own, so that a reused buffer changes nothing', () => {
    const buffer = Buffer.from(plain);
    const read = readJpeg(buffer);
    buffer.fill(0);
    expect(read.ok && Buffer.from(read.picture.jpeg).equals(plain)).toBe(true);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /does not begin like a JPEG/],
    ['a web page', Buffer.from('<html>'), /does not begin like a JPEG/],
    ['a PNG', Uint8Array.from([0x89, 0x50, 0x4e, 0x47]), /does not begin like a JPEG/],
    ['half a picture', noisy.subarray(0, noisy.length / 2), /cut off/],
    ['a picture without data', Uint8Array.from([0xff, 0xd8, 0xff, 0xd9]), /ends before it holds a picture/],
    ['a bomb of pixels', drawn(10_000, 5_001), /10000 × 5001 pixels, more than 50 megapixels/],
    ['a picture without height', drawn(100, 0), /names no size/],
    ['two sizes', Buffer.concat([drawn(8, 8).subarray(0, 15), drawn(9, 9).subarray(2)]), /names its size twice/],
    ['a picture over the limit', Buffer.concat([plain, new Uint8Array(pictureBytesMax)]), /larger than 4194304 bytes/],
  ])('%s is refused with a reason', (_, bytes, why) => {
    expect(readJpeg(bytes)).toEqual({ ok: false, why: expect.stringMatching(why) });
  });

  test('50 megapixels are taken', () => {
    expect(readJpeg(drawn(10_000, 5_000))).toMatchObject({ ok: true, picture: { width: 10_000, height: 5_000 } });
  });

  test('it looks like a JPEG by its first three bytes', () => {
    expect(pictures.every(looksLikeJpeg)).toBe(true);
    expect(looksLikeJpeg(Uint8Array.from([0xff, 0xd8]))).toBe(false);
  });
});
