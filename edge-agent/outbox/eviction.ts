import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { Lane } from '@tocsin/contracts';
import { encodeRow } from './draft.ts';
import type { Evicted } from './journal.ts';
import type { Queues } from './queues.ts';

/** A queue that outgrew its budget is cut to this share of it, so that the next cut is not due at once. */
const keepShare = 0.95;
/** Only readings may be dropped, the oldest history first; alerts, receipts and commands never. */
const evictable: readonly Lane[] = ['backlog', 'live'];
const takeMax = 5_000;

type Options = {
  site: string;
  epoch: string;
  bytesMax: number;
  nowMs(): number;
  queues: Queues;
  sentThrough: Record<Lane, number>;
};
type Found = { id: number; bytes: number; readings: number; fromMs: number; toMs: number };

/**
 * Replaces the oldest rows that were never sent by one gap each, until the bodies fit the budget. A row that may have been sent keeps
 * its content, because the cloud may hold it under its number already. Runs inside the caller's transaction.
 */
export function evict(db: DatabaseSync, options: Options): Evicted[] {
  const { queues, bytesMax, sentThrough } = options;
  const evicted: Evicted[] = [];
  let excess = queues.bytes() - bytesMax * keepShare;
  for (const lane of evictable) {
    if (excess <= 0) break;
    const { storedThrough } = queues.lengths()[lane];
    const rows = db
      .prepare(`SELECT id, bytes, readings, from_ms AS fromMs, to_ms AS toMs FROM outbox WHERE lane = ? ORDER BY id
        LIMIT ${takeMax} OFFSET ?`)
      .all(lane, Math.max(0, sentThrough[lane] - storedThrough)) as Found[];
    const taken: Found[] = [];
    let freed = 0;
    for (const row of rows) {
      if (freed >= excess) break;
      taken.push(row);
      freed += row.bytes;
    }
    if (taken.length < 2) continue;
    const gap = gapRow(lane, taken, options);
    const last = taken.at(-1)!.id;
    db.prepare('DELETE FROM outbox WHERE lane = ? AND id >= ? AND id <= ?').run(lane, taken[0]!.id, last);
    db.prepare('INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)').run(
      last,
      lane,
      gap.epoch,
      gap.seq,
      gap.readings,
      gap.fromMs,
      gap.toMs,
      gap.body.byteLength,
      crc32(gap.body),
      gap.body,
    );
    const bytes = freed - gap.body.byteLength;
    queues.shrunk(lane, taken.length - 1, bytes);
    excess -= bytes;
    evicted.push({ lane, rows: taken.length - 1 });
  }
  return evicted;
}

/** One gap over all taken rows; `readings` of an earlier gap among them count again, so that nothing lost is forgotten. */
function gapRow(lane: Lane, taken: readonly Found[], { site, epoch, nowMs }: Options) {
  const readings = taken.reduce((sum, row) => sum + row.readings, 0);
  const fromMs = Math.min(...taken.map((row) => row.fromMs));
  const toMs = Math.max(...taken.map((row) => row.toMs));
  const what = `The journal's disk budget was used up: ${readings} readings of the ${lane} lane were dropped.`;
  // No lane ever reaches this number, so the row gets its own when it is sent.
  const row = encodeRow(
    { site, epoch, seq: Number.MAX_SAFE_INTEGER, sentAtMs: nowMs() },
    { lane, events: [{ kind: 'gap', what, readings, fromMs, toMs }] },
  );
  return { ...row, readings };
}
