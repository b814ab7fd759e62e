/**
 * The memory of one stream: plain numbers and short lists, so that it is JSON as it stands, at most 2 KiB, and cheap
 * to change in place on the hot path. -1 stands for "never" in times, because JSON has no infinity.
 */
export type StreamState = {
  /** Time of the newest reading in order; -1 before the first. */
  newestMs: number;
  /** Latest time ever accepted; after a clock went back it lies in the future of `newestMs`. */
  highMs: number;
  /** Arrival of the last live reading in order; silence counts from here. */
  arrivedAtMs: number;
  /** Whether the device's own clock was believed last time. */
  clock: 'unknown' | 'good' | 'wrong';
  /** Last distance from device time to arrival beyond the allowed skew, and how many in a row were the same. */
  offsetMs: number;
  offsetRun: number;
  lastValue: number;
  changedAtMs: number;
  /** Readings in a row with `lastValue`. */
  sameRun: number;
  /** The last readings in order and range, `[atMs, value, …]`, oldest first. */
  window: number[];
  /** The last device times and values, `[atMs, value, …]`, a ring that recognises repeats. */
  seen: number[];
  seenNext: number;
  seenHighMs: number;
  /** When a sender at exactly the allowed rate would have sent its latest reading (GCRA, ITU-T I.371). */
  dueMs: number;
  /** Score and raised flag of each lasting fault; see score.ts. */
  scores: { [fault in ScoredFault]: [score: number, raised: 0 | 1] };
  silent: boolean;
  stuck: boolean;
};

export type ScoredFault = 'range' | 'spikes' | 'clock' | 'flood';

/** Readings kept for the spike and reset checks: three before a jump and three after it. */
export const windowReadings = 6;
/** Repeats are recognised among this many readings; the whole state then stays below 2 KiB of JSON. */
export const seenReadings = 32;

/** A stream that never spoke. */
export function initialState(): StreamState {
  return {
    newestMs: -1,
    highMs: -1,
    arrivedAtMs: -1,
    clock: 'unknown',
    offsetMs: 0,
    offsetRun: 0,
    lastValue: 0,
    changedAtMs: -1,
    sameRun: 0,
    window: [],
    seen: [],
    seenNext: 0,
    seenHighMs: -1,
    dueMs: -1,
    scores: { range: [0, 0], spikes: [0, 0], clock: [0, 0], flood: [0, 0] },
    silent: false,
    stuck: false,
  };
}

/** True when `state` was written by this version; anything else starts afresh. */
export function isStreamState(state: unknown): state is StreamState {
  if (typeof state !== 'object' || state === null) return false;
  const given = state as Record<string, unknown>;
  const sample = initialState() as unknown as Record<string, unknown>;
  return (
    Object.keys(sample).every((key) => typeof given[key] === typeof sample[key]) &&
    Array.isArray(given.window) &&
    given.window.length <= windowReadings * 2 &&
    Array.isArray(given.seen) &&
    given.seen.length <= seenReadings * 2 &&
    Object.keys(sample.scores as object).every((key) => Array.isArray((given.scores as Record<string, unknown>)?.[key]))
  );
}
