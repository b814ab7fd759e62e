import type { StreamState } from './state.ts';
import type { IncomingTracks } from './types.ts';

/**
 * Decides when a reading was taken. The device's time counts when it is believable, else the gateway's arrival, and
 * then it is flagged; a time is never moved silently.
 *
 * A time far behind the arrival may be a wrong clock or an honest backlog. Where the device's clock was believed
 * before, it is read as backlog (late: it moves nothing), unless it stays the same distance behind, reading after
 * reading: only a wrong clock does that.
 */
export type Placed = { takenAtMs: number; suspect: boolean; late: boolean };

/** Before this no Tocsin device was built; a device without a clock battery says 1970 or 2000 (a boot-time default). */
const plausibleFromMs = Date.UTC(2015, 0, 1);
/** Readings at a constant distance that prove a wrong clock. */
const constantRun = 3;
/** Arrivals may share a millisecond or step back this far (NTP slew) and still count in their order. */
const arrivalStepBackMs = 1_000;

export type ClockLimits = { intervalMs: number; clockSkewMs: number };

/** Places a reading in time and remembers what that says about the device's clock. */
export function place(state: StreamState, reading: IncomingTracks, limits: ClockLimits): Placed {
  const { atMs, receivedAtMs } = reading;
  const sentLate = reading.late === true;
  if (atMs === undefined) return atArrival(state, receivedAtMs, sentLate);
  const behindMs = receivedAtMs - atMs;
  const near = Math.abs(behindMs) <= limits.clockSkewMs;
  if (near || (sentLate && behindMs > 0 && atMs >= plausibleFromMs)) {
    // A clock that was set right goes back or forth once; what follows must not look out of order. Nor may it when the gateway's own
    // clock was set back: then the newest reading lies further in the future than any clock is believed.
    const isSet = state.clock === 'wrong' || state.newestMs > receivedAtMs + limits.clockSkewMs;
    if (near && isSet && atMs <= state.newestMs) rebase(state, atMs - 1);
    if (near) {
      state.clock = 'good';
      state.offsetRun = 0;
    }
    return { takenAtMs: Math.round(atMs), suspect: false, late: sentLate };
  }
  if (state.clock === 'good' && behindMs > 0 && atMs >= plausibleFromMs && !isConstant(state, behindMs, limits)) {
    return { takenAtMs: Math.round(atMs), suspect: false, late: true };
  }
  state.clock = 'wrong';
  return { ...atArrival(state, receivedAtMs, sentLate), suspect: true };
}

function isConstant(state: StreamState, behindMs: number, { intervalMs }: ClockLimits): boolean {
  const same = Math.abs(behindMs - state.offsetMs) <= Math.max(250, intervalMs / 2);
  state.offsetRun = same ? state.offsetRun + 1 : 1;
  state.offsetMs = behindMs;
  return state.offsetRun >= constantRun;
}

/**
 * The arrival as time, in the order of arrival even when two share a millisecond or the gateway's clock was set back.
 */
function atArrival(state: StreamState, receivedAtMs: number, late: boolean): Placed {
  const wholeMs = Math.round(receivedAtMs);
  if (wholeMs > state.newestMs) return { takenAtMs: wholeMs, suspect: false, late };
  if (state.newestMs + 1 - wholeMs <= arrivalStepBackMs) {
    return { takenAtMs: state.newestMs + 1, suspect: false, late };
  }
  rebase(state, wholeMs - 1);
  return { takenAtMs: wholeMs, suspect: true, late };
}

/** Moves the memory of a stream to another time scale, so that sequence decides what follows. */
function rebase(state: StreamState, newestMs: number): void {
  const deltaMs = newestMs - state.newestMs;
  state.newestMs = newestMs;
  state.changedAtMs += deltaMs;
  for (let i = 0; i < state.window.length; i += 2) state.window[i]! += deltaMs;
}
