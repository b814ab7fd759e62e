/**
 * Reads the size of a JPEG from its header without decoding anything (ISO/IEC 10918-1, annex B): a start marker, then segments
 * of a marker and a length, until the frame header that holds the size. It looks at no more than the first 512 segments.
 */
export type JpegSize = { ok: true; width: number; height: number } | { ok: false; why: string };

const segmentsMax = 512;

/** Size of a JPEG in pixels, or why the bytes are none. */
export function jpegSize(bytes: Uint8Array): JpegSize {
  if (bytes.length < 4 || bytes[0] !== 0xff || bytes[1] !== 0xd8) {
    return { ok: false, why: 'The bytes do not begin like a JPEG.' };
  }
  let at = 2;
  for (let count = 0; count < segmentsMax && at + 4 <= bytes.length; count += 1) {
    if (bytes[at] !== 0xff) return { ok: false, why: 'The JPEG has no marker where one must be.' };
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      // Fill bytes may stand before any marker.
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) {
      if (at + 9 > bytes.length) break;
      const height = bytes[at + 5]! * 256 + bytes[at + 6]!;
      const width = bytes[at + 7]! * 256 + bytes[at + 8]!;
      return width > 0 && height > 0 ? { ok: true, width, height } : { ok: false, why: 'The JPEG has no size.' };
    }
    const length = bytes[at + 2]! * 256 + bytes[at + 3]!;
    if (marker === 0xd9 || marker === 0xda || length < 2) break;
    at += 2 + length;
  }
  return { ok: false, why: 'The JPEG ends before it says its size.' };
}
