/**
 * The segments of a JPEG (ITU-T T.81, annex B), one at a time and without decoding anything. Whoever reads a whole picture, a stream that has
 * not come to its end, or only a header steps through them with limits of their own. No imports: the process of the eyes carries no schemas.
 */

/** Second bytes of the markers that everybody who steps has to know (T.81 table B.1). */
export const jpegMarkers = { start: 0xd8, end: 0xd9, scan: 0xda } as const;

/** A segment: the second byte of its marker, the first byte behind it (which may not have come yet), and what a frame header says. */
export type JpegSegment = { code: number; next: number; size?: { width: number; height: number } };

/** True for RST0…RST7, which stand alone and between entropy-coded data. */
export const isRestart = (code: number) => code >= 0xd0 && code <= 0xd7;

/** Frame headers SOF0…SOF15; DHT (C4), JPG (C8) and DAC (CC) lie between them. */
const isFrameHeader = (code: number) => code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
/** Markers without a segment: TEM, RST0…RST7, SOI, EOI. */
const standsAlone = (code: number) => code === 0x01 || (code >= 0xd0 && code <= 0xd9);

/**
 * The segment whose marker stands at `at`, fill bytes already passed; `more` when the bytes before `end` do not tell, or what is wrong with
 * it in words that continue “the picture is broken: …”.
 */
export function jpegSegment(
  bytes: Uint8Array,
  at: number,
  end = bytes.length,
): JpegSegment | { wrong: string } | 'more' {
  if (at < end && bytes[at] !== 0xff) return { wrong: 'a marker is missing where one must be' };
  if (at + 1 >= end) return 'more';
  const code = bytes[at + 1]!;
  if (standsAlone(code)) return { code, next: at + 2 };
  if (code < 0xc0 || code === 0xff) return { wrong: 'it holds a marker that does not exist' };
  const isFrame = isFrameHeader(code);
  if (at + (isFrame ? 9 : 4) > end) return 'more';
  const length = bytes[at + 2]! * 256 + bytes[at + 3]!;
  const next = at + 2 + length;
  if (length < 2) return { wrong: 'a segment has no length' };
  if (!isFrame) return { code, next };
  if (length < 8) return { wrong: 'its frame header is cut off' };
  const height = bytes[at + 5]! * 256 + bytes[at + 6]!;
  const width = bytes[at + 7]! * 256 + bytes[at + 8]!;
  return width === 0 || height === 0 ? { wrong: 'it names no size' } : { code, next, size: { width, height } };
}
