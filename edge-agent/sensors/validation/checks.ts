import type { ChannelConfig } from '../../site/types.ts';
import { type StreamState, windowReadings } from './state.ts';

/** The least number of equal readings that can be called stuck, whatever time lies between them. */
const stuckReadings = 5;
/** Readings of the spike window: domain.md §1.7, median of 5. */
const spikeWindow = 5;
/**
 * How much the movement after a jump may differ from the movement before it, as a part of the jump, to be called a
 * reset.
 */
const resetSlopeShare = 0.1;

/** True when the value is physically impossible. */
export function isOutOfRange(value: number, { min, max }: ChannelConfig): boolean {
  return (min !== undefined && value < min) || (max !== undefined && value > max);
}

/** Puts a reading in order and range into the window. */
export function remember({ window }: StreamState, takenAtMs: number, value: number): void {
  if (window.length === windowReadings * 2) {
    window.copyWithin(0, 2);
    window[window.length - 2] = takenAtMs;
    window[window.length - 1] = value;
  } else window.push(takenAtMs, value);
}

const sorted = new Float64Array(spikeWindow);

function medianOfSorted(): number {
  // Insertion sort: for five numbers faster than any library call, and without allocation.
  for (let i = 1; i < spikeWindow; i += 1) {
    const value = sorted[i]!;
    let j = i - 1;
    for (; j >= 0 && sorted[j]! > value; j -= 1) sorted[j + 1] = sorted[j]!;
    sorted[j + 1] = value;
  }
  return sorted[2]!;
}

/**
 * True when the newest reading of the window lies further from the median of the last five than `mad` median
 * absolute deviations and than the floor. Two samples after a real step are called spikes too; from the third on the
 * step is the level.
 */
export function isSpike({ window }: StreamState, { mad, floor }: { mad: number; floor: number }): boolean {
  const from = window.length - spikeWindow * 2;
  if (from < 0) return false;
  for (let i = 0; i < spikeWindow; i += 1) sorted[i] = window[from + i * 2 + 1]!;
  const median = medianOfSorted();
  const deviation = Math.abs(window[window.length - 1]! - median);
  if (deviation <= floor) return false;
  for (let i = 0; i < spikeWindow; i += 1) sorted[i] = Math.abs(window[from + i * 2 + 1]! - median);
  return deviation > mad * medianOfSorted();
}

/** Follows how long the value has not moved at all; answers whether that is too long. */
export function isStuck(state: StreamState, takenAtMs: number, value: number, stuckAfterMs: number): boolean {
  if (value !== state.lastValue || state.sameRun === 0) {
    state.lastValue = value;
    state.changedAtMs = takenAtMs;
    state.sameRun = 1;
    return false;
  }
  if (state.sameRun < stuckReadings) state.sameRun += 1;
  return state.sameRun >= stuckReadings && takenAtMs - state.changedAtMs >= stuckAfterMs;
}

/**
 * True when, two readings ago, the level jumped by at least `resetJump` beyond its movement while the movement
 * itself stayed the same: the sensor was reset or replaced. A slope that really lets go also moves faster
 * afterwards, so it is never called a reset.
 */
export function isReset({ window }: StreamState, resetJump: number): boolean {
  if (window.length < windowReadings * 2) return false;
  const [t0, v0, , , t2, v2, t3, v3, , , t5, v5] = window as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (Math.abs(v3 - v2) < resetJump) return false;
  const before = (v2 - v0) / (t2 - t0);
  const after = (v5 - v3) / (t5 - t3);
  const jump = Math.abs(v3 - v2 - before * (t3 - t2));
  return jump >= resetJump && Math.abs(after - before) * (t5 - t3) <= resetSlopeShare * jump;
}
