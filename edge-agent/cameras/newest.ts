import type { Frame } from '../vision/types.ts';

export type NewestCounters = {
  /** Pictures that were put in. */
  arrived: number;
  /** Pictures that were taken out in time. */
  taken: number;
  /** Pictures that gave way to a newer one before anybody took them. */
  dropped: number;
  /** Pictures that were too old when they were to be taken. */
  stale: number;
};

export type Newest = {
  /** Puts a picture in; one that still lies there is dropped. */
  put(frame: Frame): void;
  /** Takes the picture out, unless there is none or it is older than `maxAgeMs` at `nowMs`, an instant like `capturedAtMs`. */
  take(nowMs: number): Frame | undefined;
  counters(): NewestCounters;
};

/**
 * The slot between a source and the eyes: it holds one picture, the newest, so that slow eyes see fewer pictures and never old ones.
 */
export function createNewest({ maxAgeMs }: { maxAgeMs: number }): Newest {
  const counters: NewestCounters = { arrived: 0, taken: 0, dropped: 0, stale: 0 };
  let waiting: Frame | undefined;
  return {
    put(frame) {
      counters.arrived += 1;
      if (waiting !== undefined) counters.dropped += 1;
      waiting = frame;
    },
    take(nowMs) {
      const frame = waiting;
      waiting = undefined;
      if (frame === undefined) return undefined;
      if (nowMs - frame.capturedAtMs > maxAgeMs) {
        counters.stale += 1;
        return undefined;
      }
      counters.taken += 1;
      return frame;
    },
    counters: () => ({ ...counters }),
  };
}
