import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { Lane, LogEntry } from '@tocsin/contracts';

/**
 * Format of the log file, version 1. `batch` holds one accepted batch a row; its checksum is CRC-32 of the body, seeded with lane and
 * seq, so that damage and swapped rows are both seen. `lane` holds the mark of a (site, epoch, lane) in a row of its own with a checksum,
 * written in the transaction of its batches: it is never derived from the batches (64 damaged bytes made max(seq) 7869 for 4000).
 * Offsets grow and are never used twice, not even by a file begun after an earlier one was lost: they start at the clock's microseconds.
 */
export const logVersion = 1;
export const logSchema = `
  CREATE TABLE lane (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL, epoch TEXT NOT NULL, lane TEXT NOT NULL,
    mark INTEGER NOT NULL, checksum INTEGER NOT NULL,
    UNIQUE (site, epoch, lane)
  ) STRICT;
  CREATE TABLE batch (
    offset INTEGER PRIMARY KEY,
    lane_id INTEGER NOT NULL, seq INTEGER NOT NULL,
    received_at_ms REAL NOT NULL,
    checksum INTEGER NOT NULL, sent_checksum INTEGER NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX batch_name ON batch (lane_id, seq);
  CREATE TABLE trimmed (one INTEGER PRIMARY KEY CHECK (one = 1), through INTEGER NOT NULL) STRICT;
  INSERT INTO trimmed VALUES (1, 0)`;

/** Checksum of a row: the seed ties the body to its name. */
export function rowChecksum(laneId: number, seq: number, body: Uint8Array): number {
  return crc32(body, (Math.imul(laneId, 0x9e3779b1) ^ (seq % 0x1_0000_0000)) >>> 0);
}

/** Checksum of a mark: all that the row says. */
export function markChecksum(site: string, epoch: string, lane: string, mark: number): number {
  return crc32(`${site}/${epoch}/${lane}/${mark}`);
}

type Row = {
  offset: number;
  lane_id: number;
  seq: number;
  received_at_ms: number;
  checksum: number;
  body: Uint8Array;
  site: string;
  epoch: string;
  lane: Lane;
};

/** What a damaged row says of itself; its content is not to be believed, and of its name only the lane is proved elsewhere. */
export type DamagedRow = { site: string; lane: Lane; seq: number };
export type OnDamaged = (offset: number, row: DamagedRow) => void;

/** Reads entries after an offset in order; a row whose checksum fails is left out and told, never served. */
export type ReadRows = (after: number, entriesMax: number, bytesMax?: number) => LogEntry[];

/** Prepares reading on an open log file. */
export function prepareRead(db: DatabaseSync, onDamaged: OnDamaged): ReadRows {
  const select = db.prepare(
    `SELECT b.offset, b.lane_id, b.seq, b.received_at_ms, b.checksum, b.body, l.site, l.epoch, l.lane
     FROM batch b JOIN lane l ON l.id = b.lane_id WHERE b.offset > ? ORDER BY b.offset`,
  );
  return (after, entriesMax, bytesMax = Number.POSITIVE_INFINITY) => {
    const entries: LogEntry[] = [];
    let bytes = 0;
    for (const row of select.iterate(after) as unknown as Iterable<Row>) {
      if (rowChecksum(row.lane_id, row.seq, row.body) !== row.checksum) {
        onDamaged(row.offset, { site: row.site, lane: row.lane, seq: row.seq });
        continue;
      }
      const { offset, site, epoch, lane, seq, received_at_ms: receivedAtMs, body } = row;
      entries.push({ offset, site, epoch, lane, seq, receivedAtMs, body });
      bytes += body.byteLength;
      if (bytes >= bytesMax || entries.length >= entriesMax) break;
    }
    return entries;
  };
}
