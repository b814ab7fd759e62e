import { isRestart, jpegMarkers, jpegSegment } from '@tocsin/contracts/jpeg';

/**
 * Finds whole JPEG pictures (ITU-T T.81) in a stream of bytes without decoding them. Segments are stepped over by their length, so that a
 * thumbnail inside one is no picture; entropy-coded data is searched for the next marker. A picture counts when it begins with SOI, names
 * one size, has a scan and ends with EOI. After anything else the search goes on from where it broke, so each byte is looked at once,
 * whatever a camera sends; a lie about the length of a segment costs at most the 64 KiB it can claim.
 */

/** Longest picture that is taken: 4 MiB, several times a 4K picture at high quality. */
export const pictureBytesMax = 4_194_304;
/** Most pixels of a picture: 50 megapixels, beyond any camera on a pole; a decoder would need 150 MB for it. */
export const picturePixelsMax = 50_000_000;
/** How much of what stands before a picture is kept for whoever reads part headers there. */
export const gapBytesMax = 4_096;

/** A whole picture by its markers, in bytes of its own; sizes in pixels. */
export type Picture = { jpeg: Uint8Array; width: number; height: number };

/** What a stream holds, in order: a picture with the bytes before it (at most the last 4 KiB), or why one was given up. */
export type Piece = { picture: Picture; gap: Uint8Array } | { broken: string };

export type JpegSplitter = {
  /** Takes the next bytes of the stream and answers what they completed. */
  feed(chunk: Uint8Array): Piece[];
  /** Bytes so far that are in no picture; those of an unfinished one are not counted yet. */
  skippedBytes(): number;
};

const firstCapacity = 65_536;

/** Makes a splitter for one stream; it holds at most one picture of the largest size, and 64 KiB or one chunk. */
export function createJpegSplitter({ bytesMax = pictureBytesMax, capacity = firstCapacity } = {}): JpegSplitter {
  let buffer = new Uint8Array(capacity);
  let length = 0;
  /** First byte of the picture under way, or of what may become one. */
  let start = 0;
  /** End of the picture before, from which on bytes belong to the gap. */
  let gapFrom = 0;
  /** Next byte to look at; may lie beyond `length` while a segment has not come. */
  let at = 0;
  let phase: 'seek' | 'marker' | 'entropy' = 'seek';
  let size: { width: number; height: number } | undefined;
  let hasScan = false;
  let skipped = 0;

  function append(chunk: Uint8Array): void {
    // Only the gap and the picture under way are kept.
    const keepFrom = Math.max(gapFrom, start - gapBytesMax);
    buffer.copyWithin(0, keepFrom, length);
    length -= keepFrom;
    start -= keepFrom;
    at -= keepFrom;
    gapFrom = Math.max(0, gapFrom - keepFrom);
    if (length + chunk.length > buffer.length) {
      const larger = new Uint8Array(Math.max(buffer.length * 2, length + chunk.length));
      larger.set(buffer.subarray(0, length));
      buffer = larger;
    }
    buffer.set(chunk, length);
    length += chunk.length;
  }

  /** Looks for SOI followed by another marker; false when the rest holds none. */
  function seek(): boolean {
    const present = buffer.subarray(0, length);
    for (;;) {
      const found = present.indexOf(0xff, start);
      const next = found < 0 ? length : found;
      skipped += next - start;
      start = next;
      if (length - start < 3) return false;
      if (buffer[start + 1] === jpegMarkers.start && buffer[start + 2] === 0xff) break;
      start += 1;
      skipped += 1;
    }
    phase = 'marker';
    at = start + 2;
    size = undefined;
    hasScan = false;
    return true;
  }

  function giveUp(broken: string): Piece {
    const until = Math.min(at, length);
    skipped += until - start;
    start = until;
    phase = 'seek';
    return { broken };
  }

  function finish(): Piece {
    const end = at + 2;
    const picture = { jpeg: buffer.slice(start, end), ...size! };
    const gap = buffer.slice(Math.max(gapFrom, start - gapBytesMax), start);
    start = end;
    gapFrom = end;
    phase = 'seek';
    return { picture, gap };
  }

  /** Steps over one marker and its segment; undefined when more bytes are needed, true when the scan goes on. */
  function marker(): Piece | true | undefined {
    while (at + 1 < length && buffer[at] === 0xff && buffer[at + 1] === 0xff) at += 1;
    const segment = jpegSegment(buffer, at, length);
    if (segment === 'more') return undefined;
    if ('wrong' in segment) return giveUp(segment.wrong);
    const { code, next, size: said } = segment;
    if (code === jpegMarkers.end) return hasScan ? finish() : giveUp('it ends before it holds a picture');
    if (code === jpegMarkers.start) return giveUp('it breaks off and another begins');
    if (said !== undefined) {
      const { width, height } = said;
      if (size !== undefined) return giveUp('it names its size twice');
      if (width * height > picturePixelsMax)
        return giveUp(`it has ${width} × ${height} pixels, more than 50 megapixels`);
      size = said;
    }
    if (code === jpegMarkers.scan) {
      if (size === undefined) return giveUp('its scan comes before its size');
      hasScan = true;
      phase = 'entropy';
    }
    at = next;
    return true;
  }

  /** Goes to the next marker behind entropy-coded data; false when it has not come. */
  function entropy(): boolean {
    const present = buffer.subarray(0, length);
    while (at < length) {
      const found = present.indexOf(0xff, at);
      at = found < 0 ? length : found;
      if (at + 1 >= length) return false;
      const code = buffer[at + 1]!;
      if (code === 0xff) at += 1;
      else if (code === 0x00 || isRestart(code)) at += 2;
      else {
        phase = 'marker';
        return true;
      }
    }
    return false;
  }

  return {
    feed(chunk) {
      append(chunk);
      const pieces: Piece[] = [];
      for (let goOn = true; goOn; ) {
        if (phase === 'seek') goOn = seek();
        else if (phase === 'entropy') goOn = entropy();
        else {
          const step = marker();
          goOn = step !== undefined;
          if (typeof step === 'object') pieces.push(step);
        }
        // Two bytes of EOI are still to come.
        if (phase !== 'seek' && Math.min(at, length) - start > bytesMax - 2) {
          pieces.push(giveUp(`it is larger than ${bytesMax} bytes`));
          goOn = true;
        }
      }
      return pieces;
    },
    skippedBytes: () => skipped,
  };
}

/** Reads one picture out of a whole message; bytes behind its end are left out. */
export function readJpeg(bytes: Uint8Array): { ok: true; picture: Picture } | { ok: false; why: string } {
  if (!looksLikeJpeg(bytes)) return { ok: false, why: 'it does not begin like a JPEG' };
  if (bytes.length > pictureBytesMax) return { ok: false, why: `it is larger than ${pictureBytesMax} bytes` };
  const [piece] = createJpegSplitter({ capacity: bytes.length }).feed(bytes);
  if (piece === undefined) return { ok: false, why: 'it is cut off' };
  return 'broken' in piece ? { ok: false, why: piece.broken } : { ok: true, picture: piece.picture };
}

/** True when bytes begin as a JPEG does: SOI, then another marker. */
export function looksLikeJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === jpegMarkers.start && bytes[2] === 0xff;
}
