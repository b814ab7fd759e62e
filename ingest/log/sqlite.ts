import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import {
  type AppendResult,
  type Clock,
  Fault,
  type Lane,
  type Log,
  type Logger,
  type NewLogEntry,
} from '@tocsin/contracts';
import { isDamage, openSqlite, sqliteFault } from '../sqlite/open.ts';
import { type Ages, prepareAges } from './age.ts';
import { logSchema, logVersion, markChecksum, type OnDamaged, prepareRead, rowChecksum } from './rows.ts';
import { type Salvaged, salvage } from './salvage.ts';

export { openSqliteLogReader, type SqliteLogReader } from './reader.ts';

export type SqliteLogOptions = {
  clock: Pick<Clock, 'nowMs'>;
  logger: Logger;
  /** Called for every row whose checksum fails when it is read. */
  onDamaged?: OnDamaged;
  /** Upper limit of the file in pages of 4 KiB; without it the disk decides. */
  pagesMax?: number;
};

/** A log file that had to be set aside, and what of it could be carried over. */
export type RecoveredLog = { setAsideAs: string; why: string } & Salvaged;

export type SqliteLog = Log &
  Ages & {
    /** Set when the file was damaged at start, or while running. */
    recovered(): RecoveredLog | undefined;
    /** Offset up to which entries were forgotten. */
    trimmedThrough(): number;
    /** Rows that were left out of an answer because their checksum failed. */
    damagedRows(): number;
  };

type LaneState = { id: number; mark: number };
type Statements = ReturnType<typeof prepare>;
type Open = Statements & { db: DatabaseSync };

/**
 * Rows a trim deletes at once, and beside each append until all are gone: deleting a million rows in one go would hold up alarms for
 * seconds. What is trimmed is not served from the first moment.
 */
const trimAtOnce = 2_000;
const trimBesideAppend = 256;
/** Lanes remembered in memory; beyond that the memory starts afresh from the file. */
const lanesRememberedMax = 200_000;

function prepare(db: DatabaseSync, onDamaged: OnDamaged) {
  return {
    ages: prepareAges(db),
    lane: db.prepare('SELECT id, mark, checksum FROM lane WHERE site = ? AND epoch = ? AND lane = ?'),
    newLane: db.prepare('INSERT INTO lane (site, epoch, lane, mark, checksum) VALUES (?, ?, ?, 0, ?)'),
    setMark: db.prepare('UPDATE lane SET mark = ?, checksum = ? WHERE id = ?'),
    sent: db.prepare('SELECT sent_checksum FROM batch WHERE lane_id = ? AND seq = ?'),
    insert: db.prepare(
      `INSERT INTO batch (offset, lane_id, seq, received_at_ms, checksum, sent_checksum, body)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    last: db.prepare('SELECT offset FROM batch ORDER BY offset DESC LIMIT 1'),
    trim: db.prepare(
      'DELETE FROM batch WHERE offset IN (SELECT offset FROM batch WHERE offset <= ? ORDER BY offset LIMIT ?)',
    ),
    trimmed: db.prepare('SELECT through FROM trimmed'),
    setTrimmed: db.prepare('UPDATE trimmed SET through = max(through, ?)'),
    read: prepareRead(db, onDamaged),
  };
}

/**
 * Opens the durable log of accepted batches in one SQLite file. A write that fails closes the file; the next call opens it again, so that
 * nothing is ever acknowledged on the strength of an fsync that was tried twice. Throws as `openSqlite` does.
 */
export function openSqliteLog(path: string, options: SqliteLogOptions): SqliteLog {
  const { clock, logger, pagesMax } = options;
  const nowMs = () => clock.nowMs();
  const lanes = new Map<string, LaneState>();
  let damaged = 0;
  let recovered: RecoveredLog | undefined;
  let current: Open | undefined;
  let last = 0;
  let next = 1;
  let closed = false;
  let trimmedThrough = 0;
  let trimming = false;

  const onDamaged: OnDamaged = (offset, row) => {
    damaged += 1;
    logger.error({ offset, ...row }, 'log: a batch fails its checksum and is not served');
    options.onDamaged?.(offset, row);
  };

  function open(check: boolean): Open {
    const { db, setAside } = openSqlite({
      path,
      schema: logSchema,
      version: logVersion,
      nowMs,
      check,
      ...(pagesMax === undefined ? {} : { pagesMax }),
    });
    if (setAside !== undefined) {
      recovered = { setAsideAs: setAside.setAsideAs, why: setAside.why, ...salvage(setAside.setAsideAs, db) };
      logger.error(recovered, 'log: the file was damaged and set aside; sites go on from the kept marks');
    }
    const opened = { db, ...prepare(db, onDamaged) };
    const { through } = opened.trimmed.get() as { through: number };
    trimmedThrough = through;
    trimming = true;
    last = Math.max((opened.last.get() as { offset: number } | undefined)?.offset ?? 0, through);
    // A restored backup or a new file must not give out offsets that a consumer has behind it already.
    next = Math.max(next, last + 1, Math.floor(nowMs() * 1_000));
    lanes.clear();
    return opened;
  }

  /** Forgets the connection after a failure; damage is looked for when the file is opened again. */
  let checkNext = true;
  function fail(error: unknown, what: string): Error {
    checkNext = checkNext || isDamage(error);
    const broken = current;
    current = undefined;
    lanes.clear();
    try {
      broken?.db.close();
    } catch {
      // The connection is given up either way.
    }
    return sqliteFault(error, what);
  }

  function ready(): Open {
    if (closed) throw new Fault('STORE_BUSY', 'The log is closed.');
    if (current === undefined) {
      current = open(checkNext);
      checkNext = false;
    }
    return current;
  }

  function laneOf(at: Open, { site, epoch, lane }: { site: string; epoch: string; lane: Lane }): LaneState | undefined {
    const key = `${site}/${epoch}/${lane}`;
    const known = lanes.get(key);
    if (known !== undefined) return known;
    const row = at.lane.get(site, epoch, lane) as { id: number; mark: number; checksum: number } | undefined;
    if (row === undefined) return undefined;
    if (markChecksum(site, epoch, lane, row.mark) !== row.checksum)
      throw new Fault('STORE_DAMAGED', `The mark of ${key} fails its checksum.`);
    if (lanes.size >= lanesRememberedMax) lanes.clear();
    const state = { id: row.id, mark: row.mark };
    lanes.set(key, state);
    return state;
  }

  function newLane(at: Open, { site, epoch, lane }: NewLogEntry): LaneState {
    const added = at.newLane.run(site, epoch, lane, markChecksum(site, epoch, lane, 0));
    const state = { id: Number(added.lastInsertRowid), mark: 0 };
    lanes.set(`${site}/${epoch}/${lane}`, state);
    return state;
  }

  function appendOne(at: Open, entry: NewLogEntry, moved: Map<LaneState, NewLogEntry>): AppendResult {
    const { seq, body, receivedAtMs } = entry;
    const known = laneOf(at, entry);
    const mark = known?.mark ?? 0;
    const sent = entry.sentChecksum ?? crc32(body);
    if (seq > mark + 1) return { outcome: 'early', storedThrough: mark };
    if (seq <= mark) {
      const had = at.sent.get(known!.id, seq) as { sent_checksum: number } | undefined;
      // A trimmed batch can no longer be compared; its mark says that it is stored.
      const same = had === undefined || had.sent_checksum === sent;
      return { outcome: same ? 'duplicate' : 'conflict', storedThrough: mark };
    }
    const lane = known ?? newLane(at, entry);
    const offset = next;
    at.insert.run(offset, lane.id, seq, receivedAtMs, rowChecksum(lane.id, seq, body), sent, body);
    next += 1;
    lane.mark = seq;
    moved.set(lane, entry);
    return { outcome: 'stored', storedThrough: seq, offset };
  }

  /** Deletes a slice of what was trimmed, inside the transaction of the caller. */
  function deleteSlice(at: Open, rows: number): void {
    if (trimming) trimming = Number(at.trim.run(trimmedThrough, rows).changes) === rows;
  }

  /** Remembered marks run ahead inside the transaction; `fail` forgets them all when it does not commit. */
  function append(entries: readonly NewLogEntry[]): AppendResult[] {
    try {
      const at = ready();
      const moved = new Map<LaneState, NewLogEntry>();
      at.db.exec('BEGIN');
      const results = entries.map((entry) => appendOne(at, entry, moved));
      for (const [lane, { site, epoch, lane: name }] of moved)
        at.setMark.run(lane.mark, markChecksum(site, epoch, name, lane.mark), lane.id);
      if (moved.size > 0) deleteSlice(at, trimBesideAppend);
      at.db.exec('COMMIT');
      if (moved.size > 0) last = next - 1;
      return results;
    } catch (error) {
      throw fail(error, 'append to the log');
    }
  }

  function guarded<T>(what: string, work: (at: Open) => T): T {
    try {
      return work(ready());
    } catch (error) {
      throw fail(error, what);
    }
  }

  guarded('open the log', () => undefined);
  return {
    append,
    read: (after, entriesMax, bytesMax) =>
      guarded('read the log', (at) => at.read(Math.max(after, trimmedThrough), entriesMax, bytesMax)),
    end: () => last,
    mark: (site, epoch, lane) => guarded('read a mark', (at) => laneOf(at, { site, epoch, lane })?.mark ?? 0),
    trim(offset) {
      guarded('trim the log', (at) => {
        const through = Math.max(trimmedThrough, Math.min(offset, last));
        at.db.exec('BEGIN IMMEDIATE');
        at.setTrimmed.run(through);
        trimmedThrough = through;
        trimming = true;
        deleteSlice(at, trimAtOnce);
        at.db.exec('COMMIT');
      });
    },
    close() {
      closed = true;
      current?.db.close();
      current = undefined;
    },
    offsetOfNewest: (rows) => guarded('look into the log', (at) => at.ages.offsetOfNewest(rows)),
    newestBefore: (atMs) => guarded('look into the log', (at) => at.ages.newestBefore(atMs)),
    trimmedThrough: () => trimmedThrough,
    recovered: () => recovered,
    damagedRows: () => damaged,
  };
}
