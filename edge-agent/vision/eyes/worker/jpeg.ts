import { jpegMarkers, jpegSegment } from '@tocsin/contracts/jpeg';

/** Size of a JPEG by its header, or why the bytes are none, in a sentence. */
export type JpegSize = { ok: true; width: number; height: number } | { ok: false; why: string };

/** Most segments before the frame header that are stepped over; cameras write some ten. */
const segmentsMax = 512;

/** Size of a JPEG in pixels, or why the bytes are none; decodes nothing. */
export function jpegSize(bytes: Uint8Array): JpegSize {
  const { start, end, scan } = jpegMarkers;
  if (bytes.length < 4 || bytes[0] !== 0xff || bytes[1] !== start) {
    return { ok: false, why: 'The bytes do not begin like a JPEG.' };
  }
  let at = 2;
  for (let count = 0; count < segmentsMax; count += 1) {
    // Fill bytes may stand before any marker.
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at += 1;
    const segment = jpegSegment(bytes, at);
    if (segment === 'more') break;
    if ('wrong' in segment) return { ok: false, why: `The JPEG is broken: ${segment.wrong}.` };
    if (segment.size !== undefined) return { ok: true, ...segment.size };
    if (segment.code === end || segment.code === scan) break;
    at = segment.next;
  }
  return { ok: false, why: 'The JPEG ends before it says its size.' };
}
