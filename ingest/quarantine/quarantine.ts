import type { DatabaseSync } from 'node:sqlite';
import type { Clock, FaultCode, Logger } from '@tocsin/contracts';
import { openSqlite, rollBack } from '../sqlite/open.ts';

/**
 * A bounded sample of what was refused, so that an operator can see what a broken sender sends. Everything refused is counted elsewhere;
 * here only a few examples per site and reason are kept, newest first, and the oldest make room.
 */
export type Refused = {
  site: string;
  reason: FaultCode;
  why: string;
  payload: Uint8Array;
  atMs: number;
  count: number;
};

export type Quarantine = {
  /** Remembers an example; costs no I/O, which waits for `flush`. */
  add(refused: Refused): void;
  /** Writes what was remembered. Never throws: a sample is not worth stopping for. */
  flush(): void;
  /** The newest examples. */
  list(filter?: { site?: string; limit?: number }): Refused[];
  close(): void;
};

export type QuarantineLimits = { samplesPerReason: number; rowsMax: number; bytesMax: number };

/** At most 10 per site and reason, 10,000 and 16 MB in all: what somebody would still read. */
const defaults: QuarantineLimits = { samplesPerReason: 10, rowsMax: 10_000, bytesMax: 16_000_000 };
/** Head of a payload that is kept. */
export const payloadHeadBytes = 4_096;
/** Between two flushes so many examples are kept per site and reason, and in all. */
const waitingPerReason = 3;
const waitingMax = 256;

const schema = `
  CREATE TABLE refused (
    id INTEGER PRIMARY KEY, site TEXT NOT NULL, reason TEXT NOT NULL, why TEXT NOT NULL,
    at_ms REAL NOT NULL, count INTEGER NOT NULL, payload BLOB NOT NULL
  ) STRICT;
  CREATE INDEX refused_by ON refused (site, reason, id)`;

type Options = { path: string; clock: Pick<Clock, 'nowMs'>; logger: Logger; limits?: Partial<QuarantineLimits> };

/** Opens the quarantine's own file; throws as `openSqlite` does. */
export function openQuarantine({ path, clock, logger, limits = {} }: Options): Quarantine {
  const { samplesPerReason, rowsMax, bytesMax } = { ...defaults, ...limits };
  const opened = openSqlite({ path, schema, version: 1, nowMs: () => clock.nowMs(), check: true });
  if (opened.setAside !== undefined) logger.warn(opened.setAside, 'quarantine: the file was damaged and set aside');
  const db: DatabaseSync = opened.db;
  // A sample may be lost in a power cut; it must not cost the log an fsync.
  db.exec('PRAGMA synchronous = NORMAL');
  const insert = db.prepare('INSERT INTO refused (site, reason, why, at_ms, count, payload) VALUES (?, ?, ?, ?, ?, ?)');
  const thin = db.prepare(
    `DELETE FROM refused WHERE site = ? AND reason = ? AND id NOT IN
     (SELECT id FROM refused WHERE site = ? AND reason = ? ORDER BY id DESC LIMIT ?)`,
  );
  const size = db.prepare('SELECT count(*) AS rows, coalesce(sum(length(payload)), 0) AS bytes FROM refused');
  const dropOldest = db.prepare('DELETE FROM refused WHERE id IN (SELECT id FROM refused ORDER BY id LIMIT ?)');
  const select = db.prepare(
    `SELECT site, reason, why, at_ms AS atMs, count, payload FROM refused
     WHERE ?1 IS NULL OR site = ?1 ORDER BY id DESC LIMIT ?2`,
  );
  let waiting: Refused[] = [];
  let perReason = new Map<string, number>();
  let broken = false;

  function shrink(): void {
    for (;;) {
      const { rows, bytes } = size.get() as { rows: number; bytes: number };
      if (rows <= rowsMax && bytes <= bytesMax) return;
      dropOldest.run(Math.max(1, rows - rowsMax, Math.ceil(rows / 10)));
    }
  }

  function write(entries: readonly Refused[]): void {
    db.exec('BEGIN IMMEDIATE');
    for (const { site, reason, why, atMs, count, payload } of entries) {
      insert.run(site, reason, why, atMs, count, payload);
      thin.run(site, reason, site, reason, samplesPerReason);
    }
    shrink();
    db.exec('COMMIT');
  }

  return {
    add(refused) {
      const key = `${refused.site}/${refused.reason}`;
      const had = perReason.get(key) ?? 0;
      if (had >= waitingPerReason || waiting.length >= waitingMax) return;
      perReason.set(key, had + 1);
      // Copied, because the head would otherwise hold on to the whole frame.
      waiting.push({ ...refused, payload: refused.payload.slice(0, payloadHeadBytes) });
    },
    flush() {
      if (waiting.length === 0) return;
      const entries = waiting;
      waiting = [];
      perReason = new Map();
      try {
        write(entries);
        broken = false;
      } catch (error) {
        rollBack(db);
        if (!broken) logger.warn({ error }, 'quarantine: examples could not be written');
        broken = true;
      }
    },
    list: ({ site, limit = 100 } = {}) => select.all(site ?? null, limit) as unknown as Refused[],
    close() {
      db.close();
    },
  };
}
