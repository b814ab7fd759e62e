import { DatabaseSync } from 'node:sqlite';
import { rollBack } from '../sqlite/open.ts';
import { markChecksum, rowChecksum } from './rows.ts';

/**
 * Carries over what a damaged log file can still prove: marks and batches whose checksums hold. Sites then go on from the kept mark, and
 * only rows that were really damaged are missing.
 */
export type Salvaged = { marks: number; batches: number };

/** So many unreadable places are stepped over before the rest of the file is given up. */
const failuresMax = 20_000;
/** Steps of one offset while inside a damaged page (a page of 4 KiB holds fewer rows than this), then growing steps. */
const smallSteps = 256;

type LaneRow = { id: number; site: string; epoch: string; lane: string; mark: number; checksum: number };
type BatchRow = {
  offset: number;
  lane_id: number;
  seq: number;
  received_at_ms: number;
  checksum: number;
  sent_checksum: number;
  body: Uint8Array;
};

/** Rows above a key, one query each, stepping over places that cannot be read. */
function* readable<T>(next: (after: number) => T | undefined, keyOf: (row: T) => number): Generator<T> {
  let after = -1;
  let inARow = 0;
  for (let failures = 0; failures < failuresMax; ) {
    try {
      const row = next(after);
      if (row === undefined) return;
      after = keyOf(row);
      inARow = 0;
      yield row;
    } catch {
      failures += 1;
      inARow += 1;
      after += inARow <= smallSteps ? 1 : 2 ** Math.min(40, inARow - smallSteps);
    }
  }
}

function copyLanes(from: DatabaseSync, to: DatabaseSync): Set<number> {
  const select = from.prepare(
    'SELECT id, site, epoch, lane, mark, checksum FROM lane WHERE id > ? ORDER BY id LIMIT 1',
  );
  const insert = to.prepare(
    'INSERT OR IGNORE INTO lane (id, site, epoch, lane, mark, checksum) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const kept = new Set<number>();
  for (const row of readable(
    (after) => select.get(after) as unknown as LaneRow | undefined,
    ({ id }) => id,
  )) {
    const { id, site, epoch, lane, mark, checksum } = row;
    if (markChecksum(site, epoch, lane, mark) !== checksum) continue;
    if (insert.run(id, site, epoch, lane, mark, checksum).changes === 1) kept.add(id);
  }
  return kept;
}

function copyBatches(from: DatabaseSync, to: DatabaseSync, lanes: ReadonlySet<number>): number {
  const columns = 'offset, lane_id, seq, received_at_ms, checksum, sent_checksum, body';
  // Without the index, which may be the damaged part.
  const select = from.prepare(`SELECT ${columns} FROM batch NOT INDEXED WHERE offset > ? ORDER BY offset LIMIT 1`);
  const insert = to.prepare(`INSERT OR IGNORE INTO batch (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  let kept = 0;
  for (const row of readable(
    (after) => select.get(after) as unknown as BatchRow | undefined,
    ({ offset }) => offset,
  )) {
    const { offset, lane_id, seq, received_at_ms, checksum, sent_checksum, body } = row;
    if (!lanes.has(lane_id) || rowChecksum(lane_id, seq, body) !== checksum) continue;
    kept += Number(insert.run(offset, lane_id, seq, received_at_ms, checksum, sent_checksum, body).changes);
  }
  return kept;
}

/** Copies what holds from the file at `damagedPath` into an empty log; a file beyond reading gives nothing. */
export function salvage(damagedPath: string, to: DatabaseSync): Salvaged {
  let from: DatabaseSync | undefined;
  try {
    from = new DatabaseSync(damagedPath, { readOnly: true });
    to.exec('BEGIN IMMEDIATE');
    const lanes = copyLanes(from, to);
    const batches = copyBatches(from, to, lanes);
    to.exec('COMMIT');
    return { marks: lanes.size, batches };
  } catch {
    rollBack(to);
    return { marks: 0, batches: 0 };
  } finally {
    from?.close();
  }
}
