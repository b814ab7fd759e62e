import type { Lane } from '@tocsin/contracts';
import type { LaneState } from './types.ts';

/**
 * How many numbers of a lane may be under way. Backlog gets less, because what is already in the socket stands before the next alert.
 */
export const laneWindow: Readonly<Record<Lane, number>> = { urgent: 32, live: 32, backlog: 16 };
/** The window after a connection; it doubles with each acknowledgement that moves the mark. */
export const windowAtStart = 4;

/** Without an answer for this long a lane is sent again from its mark. */
export const retryMs = 5_000;
const retryMsMax = 60_000;

/**
 * While it is not known whether the cloud is ahead of us, a repeat must not meet its own late answer: longer than any answer travels on a
 * connection that its keepalive (30 s) still holds to be alive.
 */
const retryMsCareful = 25_000;

/**
 * Wait before the next repeat: doubled each time up to a minute, then spread over its upper half by `chance` in [0, 1]. A lane whose
 * rows the cloud answers with a lower mark is asked steadily, because three such answers are needed to be sure.
 */
export function retryDelayMs(lane: Pick<LaneState, 'attempts' | 'verified' | 'low'>, chance: number): number {
  if (lane.low !== undefined) return retryMs;
  if (!lane.verified) return retryMsCareful;
  return Math.min(retryMsMax, retryMs * 2 ** Math.min(lane.attempts, 8)) * (0.5 + chance / 2);
}

/**
 * A lower mark counts as lost storage only when the cloud named it this often over this long, and nothing higher in between:
 * an answer that was merely late must never cost an epoch. Longer than any repeat of an answer on one connection lives.
 */
export const lowTimes = 3;
export const lowMs = 15_000;
