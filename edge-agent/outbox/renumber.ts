import { decodeBatch, encodeBatch, type Lane } from '@tocsin/contracts';
import { encodeRow } from './draft.ts';
import type { StoredRow } from './statements.ts';

export type SendHead = { site: string; epoch: string; lane: Lane; seq: number; nowMs: number };

/**
 * The bytes of a row under the number it has now. They are the same each time, because the cloud takes other content under a stored
 * number for a fork. A row that no longer fits its checksum is replaced by a gap that says so.
 */
export function bodyToSend(row: StoredRow, head: SendHead): Uint8Array {
  const { site, epoch, lane, seq } = head;
  if (row.body === undefined) {
    const { readings, fromMs, toMs } = row;
    const what = 'A row of the journal was damaged on disk.';
    return encodeRow(
      { site, epoch, seq, sentAtMs: toMs },
      { lane, events: [{ kind: 'gap', what, readings, fromMs, toMs }] },
    ).body;
  }
  if (row.epoch === epoch && row.seq === seq) return row.body;
  const { batch } = decodeBatch(row.body);
  return encodeBatch({ ...batch, epoch, lane, seq });
}
