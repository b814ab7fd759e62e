import { readFileSync, statSync } from 'node:fs';
import { Fault } from '@tocsin/contracts';
import { pictureBytesMax, readJpeg } from '@tocsin/edge-agent/cameras';

/** One picture of a camera: JPEG bytes, its size, and when it was taken. */
export type Still = { jpeg: Uint8Array; width: number; height: number; takenAtMs: number };

/** Where the tools for cameras get single pictures from. */
export type Stills = {
  /** Where they come from, in words. */
  source: string;
  /** A picture taken after this call, or the file as it is now. Throws CAMERA_UNREACHABLE, FILE_UNREADABLE or PICTURE_INVALID. */
  take(): Promise<Still>;
};

/** Checks that bytes are one whole JPEG. Throws PICTURE_INVALID. */
export function stillOf(bytes: Uint8Array, takenAtMs: number, what: string): Still {
  const read = readJpeg(bytes);
  if (read.ok) return { ...read.picture, takenAtMs };
  throw new Fault('PICTURE_INVALID', `${what}: ${read.why}.`, { remedy: 'Use a .jpg as the camera makes it.' });
}

/** A picture from a file, read anew each time. */
export function stillsOfFile(path: string): Stills {
  return {
    source: `the file ${path}`,
    async take() {
      let bytes: Uint8Array;
      let takenAtMs: number;
      try {
        const { size, mtimeMs } = statSync(path);
        if (size > pictureBytesMax)
          throw new Fault('PAYLOAD_TOO_LARGE', `${path} has ${size} bytes, at most ${pictureBytesMax} are read.`);
        takenAtMs = Math.round(mtimeMs);
        bytes = readFileSync(path);
      } catch (cause) {
        if (cause instanceof Fault) throw cause;
        throw new Fault('FILE_UNREADABLE', `${path} (${(cause as NodeJS.ErrnoException).code ?? cause}).`, { cause });
      }
      return stillOf(bytes, takenAtMs, path);
    },
  };
}
