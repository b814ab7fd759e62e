import type { Noise } from './noise.ts';

/** Equal readings in a row, and the longest such row lately that ended by itself. */
export type Row = { equal: number; usual: number };

export const noRow: Row = { equal: 0, usual: 0 };

/**
 * Two readings of noise sigma are equal by chance with 0.28 q / sigma (resolution q). A row of equals that chance makes once in
 * a million is a stuck sensor, at four equals or more; below one and a half q of noise nobody can tell.
 */
const chanceDecades = 6;
const equalDecades = 0.55;
const equalMin = 4;
const noisyAbove = 1.5;
/** Gateways that repeat values between measurements have rows of their own; a stuck sensor's is three times as long. */
const rowsUntilStuck = 3;
const rowsForgotten = 0.9;
/** The row after a reading that equals the one before it, or does not. */
export function hearEqual(row: Row, equal: boolean): Row {
  if (equal) return { equal: row.equal + 1, usual: row.usual };
  if (row.equal === 0) return row;
  return { equal: 0, usual: row.equal > 2 ? Math.max(row.equal, rowsForgotten * row.usual) : row.usual };
}

/** True when so many equal readings cannot be chance. */
export function isStuck({ equal, usual }: Row, { sigma, resolution }: Noise): boolean {
  if (equal < equalMin) return false;
  const ratio = resolution > 0 ? sigma / resolution : 0;
  if (ratio <= noisyAbove) return false;
  return equal >= Math.max(chanceDecades / (Math.log10(ratio) + equalDecades), rowsUntilStuck * usual);
}
