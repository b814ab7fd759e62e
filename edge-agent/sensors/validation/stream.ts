import { type FaultCode, qualityFlags } from '@tocsin/contracts';
import type { ChannelConfig, DeviceConfig } from '../../site/types.ts';
import { isOutOfRange, isReset, isSpike, isStuck, remember } from './checks.ts';
import { place } from './clock.ts';
import { noteSeen, wasSeen } from './repeats.ts';
import { count } from './score.ts';
import type { ScoredFault, StreamState } from './state.ts';
import type { IncomingTracks, TroubleKind } from './types.ts';

/**
 * One stream at run time: what the site file says about it and what it remembers. Tracks are a stream without a
 * channel.
 */
export type Stream = {
  key: string;
  device: DeviceConfig;
  channel: ChannelConfig | undefined;
  state: StreamState;
  dirty: boolean;
};

/** Silence of three intervals is a gap (domain.md §1.7). */
export const gapIntervals = 3;
/** A sender may be this many times quicker than its interval for ever, and send this many readings at once. */
const ratePerInterval = 100;
const burstReadings = 2_000;

/** What judging found out; troubles go through `report`, so that the usual reading costs nothing for them. */
export type Report = (stream: Stream, kind: TroubleKind, raised: boolean, detail: string, atMs: number) => void;
export type StreamJudgement =
  | { verdict: 'accept'; takenAtMs: number; quality: number; late: boolean }
  | { verdict: 'drop' }
  | { verdict: 'refuse'; code: FaultCode; detail: string };

const details: { [fault in ScoredFault]: [raised: string, cleared: string] } = {
  range: ['Its values are physically impossible; look at the sensor and its wiring.', 'Its values are possible again.'],
  spikes: ['Single values jump again and again; look for a loose contact.', 'Its values are steady again.'],
  clock: ['Its clock is wrong, so the time of arrival counts.', 'Its clock is right again.'],
  flood: [
    'It sends over a hundred times as often as its interval says; the rest is refused.',
    'It sends as often as it should.',
  ],
};

/** True for a stream whose silence says nothing. */
export function isSporadic({ channel, device }: Stream): boolean {
  if (channel !== undefined) return channel.sporadic === true;
  return (device.tracks as { sporadic?: boolean } | undefined)?.sporadic === true;
}

function score(stream: Stream, fault: ScoredFault, bad: boolean, atMs: number, report: Report): void {
  const scored = stream.state.scores[fault];
  if (!bad && scored[0] === 0) return;
  const raised = count(scored, bad);
  if (raised !== undefined) report(stream, fault, raised, details[fault][raised ? 0 : 1], atMs);
}

/** True when the sender is far too quick; keeps the book of when it may send next. */
function floods(state: StreamState, receivedAtMs: number, intervalMs: number): boolean {
  const gapMs = intervalMs / ratePerInterval;
  const creditMs = gapMs * burstReadings;
  // A due time beyond the credit can only come from a clock that was set back.
  const dueMs = state.dueMs > receivedAtMs + creditMs ? receivedAtMs : Math.max(state.dueMs, receivedAtMs);
  const over = dueMs + gapMs > receivedAtMs + creditMs;
  state.dueMs = Math.round((over ? dueMs : dueMs + gapMs) * 1000) / 1000;
  return over;
}

/** Judges the value of a reading that is in order; answers its quality bits. */
function judgeValue(stream: Stream, takenAtMs: number, value: number, live: Report | undefined): number {
  const { state, channel } = stream;
  if (channel === undefined) return 0;
  const outOfRange = isOutOfRange(value, channel);
  if (live !== undefined) score(stream, 'range', outOfRange, takenAtMs, live);
  if (outOfRange) return qualityFlags.range;
  let quality = 0;
  const { spike, stuckAfterMs, resetJump } = channel;
  if (spike !== undefined || resetJump !== undefined) remember(state, takenAtMs, value);
  if (spike !== undefined) {
    const isSpiky = isSpike(state, spike);
    if (isSpiky) quality |= qualityFlags.spike;
    if (live !== undefined) score(stream, 'spikes', isSpiky, takenAtMs, live);
  }
  if (resetJump !== undefined && isReset(state, resetJump)) quality |= qualityFlags.reset;
  if (stuckAfterMs !== undefined) {
    const stuck = isStuck(state, takenAtMs, value, stuckAfterMs);
    if (stuck) quality |= qualityFlags.stuck;
    if (live !== undefined && stuck !== state.stuck) {
      state.stuck = stuck;
      const since = new Date(state.changedAtMs).toISOString();
      live(
        stream,
        'stuck',
        stuck,
        stuck ? `Its value has been ${value} since ${since}.` : 'Its value moves again.',
        takenAtMs,
      );
    }
  }
  return quality;
}

/**
 * Judges one reading of a stream, or (with value 0 and no channel) the time of a frame of tracks. Changes the
 * stream's state.
 */
export function judge(stream: Stream, reading: IncomingTracks, value: number, report: Report): StreamJudgement {
  const { state, device } = stream;
  const { atMs, receivedAtMs } = reading;
  if (!Number.isFinite(value))
    return { verdict: 'refuse', code: 'VALUE_NOT_FINITE', detail: `${value} is not finite.` };
  if (!Number.isFinite(receivedAtMs) || receivedAtMs < 0 || (atMs !== undefined && !Number.isFinite(atMs))) {
    return {
      verdict: 'refuse',
      code: 'TIME_IMPLAUSIBLE',
      detail: `${atMs} received at ${receivedAtMs} is no instant.`,
    };
  }
  stream.dirty = true;
  const { takenAtMs, suspect, late: placedLate } = place(state, reading, device);
  const clockWrong = state.clock === 'wrong' && atMs !== undefined;
  if (!clockWrong && atMs !== undefined && wasSeen(state, atMs, value)) return { verdict: 'drop' };
  if (!placedLate) {
    const over = floods(state, receivedAtMs, device.intervalMs);
    score(stream, 'flood', over, receivedAtMs, report);
    if (over) {
      const detail = `More than ${ratePerInterval} readings in ${device.intervalMs} ms, again and again.`;
      return { verdict: 'refuse', code: 'RATE_EXCEEDED', detail };
    }
    if (atMs !== undefined) score(stream, 'clock', clockWrong, receivedAtMs, report);
  }
  if (!clockWrong && atMs !== undefined) noteSeen(state, atMs, value);
  if (takenAtMs <= state.newestMs) {
    const late = placedLate || state.newestMs - takenAtMs > device.latenessMs;
    const flags = qualityFlags.outOfOrder | (late ? qualityFlags.late : 0) | (suspect ? qualityFlags.clockSuspect : 0);
    const outOfRange = stream.channel !== undefined && isOutOfRange(value, stream.channel);
    return { verdict: 'accept', takenAtMs, quality: flags | (outOfRange ? qualityFlags.range : 0), late };
  }
  let quality = judgeValue(stream, takenAtMs, value, placedLate ? undefined : report);
  const overdue = state.newestMs >= 0 && takenAtMs - state.newestMs > gapIntervals * device.intervalMs;
  if (overdue && !isSporadic(stream)) quality |= qualityFlags.gap;
  if (suspect || takenAtMs <= state.highMs) quality |= qualityFlags.clockSuspect;
  if (placedLate) quality |= qualityFlags.late;
  state.newestMs = takenAtMs;
  if (takenAtMs > state.highMs) state.highMs = takenAtMs;
  if (!placedLate) spoke(stream, receivedAtMs, report);
  return { verdict: 'accept', takenAtMs, quality, late: placedLate };
}

function spoke(stream: Stream, receivedAtMs: number, report: Report): void {
  const { state } = stream;
  state.arrivedAtMs = receivedAtMs;
  if (!state.silent) return;
  state.silent = false;
  report(stream, 'noData', false, 'It speaks again.', receivedAtMs);
}
