/**
 * Plays JPEG frames in step with a clock, like a camera: each at its time, none twice, those that are late not at all.
 * Frames may still be being drawn; one that is not there yet is missed and counted.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@tocsin/contracts';
import { fileOf } from './clip.ts';

/** Where frames come from; undefined for one that is not there (yet). */
export type FrameSource = {
  count: number;
  read(index: number): Uint8Array | undefined | Promise<Uint8Array | undefined>;
};

export type PlayedFrame = {
  jpeg: Uint8Array;
  /** Place in the clip. */
  index: number;
  /** How often the clip has begun before. */
  lap: number;
  /** The instant it stands for, on the player's wall clock. */
  atMs: number;
};

export type Player = {
  /** Goes on sending the frame it sent last, as a hung encoder does. */
  freeze(isFrozen: boolean): void;
  /** `late` were due while an earlier one was still being read or the timer was behind; `missing` were not there. */
  counts(): { played: number; late: number; missing: number };
  stop(): void;
};

/** The frames of a clip's folder, read when they are due. */
export function framesIn(dir: string, count: number): FrameSource {
  return {
    count,
    read: async (index) => {
      try {
        return await readFile(join(dir, fileOf(index)));
      } catch {
        return undefined;
      }
    },
  };
}

/** Plays a source from now on; a folder's frames by `framesIn`. Ends by itself after the last frame unless it loops. */
export function playClip(about: {
  frames: FrameSource | readonly Uint8Array[];
  fps: number;
  clock: Clock;
  onFrame: (frame: PlayedFrame) => void;
  loop?: boolean;
}): Player {
  const { fps, clock, onFrame, loop = false } = about;
  const frames: FrameSource = 'read' in about.frames ? about.frames : listed(about.frames);
  const startMonotonicMs = clock.monotonicMs();
  const startMs = clock.nowMs();
  const counts = { played: 0, late: 0, missing: 0 };
  let isStopped = frames.count === 0;
  let isReading = false;
  let frozen: Uint8Array | undefined;
  let last: Uint8Array | undefined;
  let cancel = () => {};
  let next = 0;

  const give = (jpeg: Uint8Array | undefined, number: number): void => {
    if (isStopped) return;
    if (jpeg === undefined) {
      counts.missing += 1;
      return;
    }
    last = jpeg;
    counts.played += 1;
    const atMs = startMs + (number * 1000) / fps;
    onFrame({ jpeg: frozen ?? jpeg, index: number % frames.count, lap: Math.floor(number / frames.count), atMs });
  };

  const beat = (): void => {
    const due = Math.floor(((clock.monotonicMs() - startMonotonicMs) * fps) / 1000 + 1e-6);
    const end = loop ? due : Math.min(due, frames.count - 1);
    counts.late += Math.max(0, end - next);
    if (isReading) counts.late += 1;
    else read(end);
    next = end + 1;
    if (!loop && next >= frames.count) return;
    cancel = clock.after(Math.max(0, startMonotonicMs + (next * 1000) / fps - clock.monotonicMs()), beat);
  };

  const read = (number: number): void => {
    const got = frames.read(number % frames.count);
    if (!(got instanceof Promise)) {
      give(got, number);
      return;
    }
    isReading = true;
    void got
      .catch(() => undefined)
      .then((jpeg) => {
        isReading = false;
        give(jpeg, number);
      });
  };

  if (!isStopped) beat();
  return {
    freeze: (isFrozen) => {
      frozen = isFrozen ? last : undefined;
    },
    counts: () => ({ ...counts }),
    stop: () => {
      isStopped = true;
      cancel();
    },
  };
}

const listed = (frames: readonly Uint8Array[]): FrameSource => ({
  count: frames.length,
  read: (index) => frames[index],
});
