import type { Lane } from '@tocsin/contracts';

/**
 * How many numbers of a lane may be under way. Backlog gets less, because what is already in the socket stands before the next alert.
 */
export const laneWindow: Readonly<Record<Lane, number>> = { urgent: 32, live: 32, backlog: 16 };
/** The window after a connection; it doubles with each acknowledgement that moves the mark. */
export const windowAtStart = 4;

/** Without an answer for this long a lane is sent again from its mark. */
export const retryMs = 5_000;
const retryMsMax = 60_000;

/** Wait before the next repeat: doubled each time up to a minute, then spread over its upper half by `chance` in [0, 1]. */
export function retryDelayMs(attempts: number, chance: number): number {
  return Math.min(retryMsMax, retryMs * 2 ** Math.min(attempts, 8)) * (0.5 + chance / 2);
}

/**
 * A lower mark counts as lost storage only when the cloud named it this often over this long, and nothing higher in between:
 * an answer that was merely late must never cost an epoch. Longer than any repeat of an answer on one connection lives.
 */
export const lowTimes = 3;
export const lowMs = 15_000;
