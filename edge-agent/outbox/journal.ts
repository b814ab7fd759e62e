import assert from 'node:assert';
import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { type Command, Fault, type Lane, type LedgerKind, lanes, type Receipt } from '@tocsin/contracts';
import { createLedger } from '@tocsin/rules/ledger';
import type { Row } from './draft.ts';
import { evict } from './eviction.ts';
import { isDamage, openJournalFile, prepareSchema } from './journal-file.ts';
import { type Queues, queuesOf } from './queues.ts';
import { type Salvaged, salvage } from './salvage.ts';
import { type StoredRow, statementsOf } from './statements.ts';
import type { LostRange } from './types.ts';

/**
 * The edge's memory: one SQLite file with the outbox, the pipeline's states, intents to act and the ledger.
 * `commit` is one durable transaction; when it returns all of it is on disk, when it throws none of it is. A commit whose answer was
 * lost to an I/O error is recognised by its number after the file was opened again, so that its retry stores nothing twice.
 * The outbox's rows are numbered by their place: the first row of a lane has the number `stored_through + 1`.
 */
export type Intent = { command: Command } | { receipt: Receipt };
export type LedgerDraft = { atMs: number; kind: LedgerKind; actor: string; body: unknown };

export type JournalCommit = {
  rows?: readonly Row[];
  /** Key and JSON text. */
  states?: Iterable<readonly [key: string, json: string]>;
  intents?: readonly Intent[];
  entries?: readonly LedgerDraft[];
};

export type LaneQueue = { storedThrough: number; queued: number };
export type Loaded = { epoch: string; lanes: Record<Lane, LaneQueue>; states: [key: string, state: unknown][] };

/** What the file was found to be when it was opened. */
export type JournalOrigin =
  | { kind: 'kept' }
  | { kind: 'new' }
  | { kind: 'damaged'; setAside: string; readings: number; fromMs: number; toMs: number };

export type Lost = { batches: number; readings: number; fromMs: number; toMs: number };
export type Evicted = { lane: Lane; rows: number };

export type Journal = {
  readonly origin: JournalOrigin;
  load(): Loaded;
  /** Throws STORE_FULL, STORE_BUSY or STORE_DAMAGED; nothing of the call is then stored. */
  commit(commit: JournalCommit): void;
  /** Remembers that the cloud has everything of the lane up to `through`; the rows go with the next commit or `flush`. */
  acked(lane: Lane, through: number): void;
  /** Commits acknowledgements that still wait. */
  flush(): void;
  /** Moves what was committed from the write-ahead log into the file; for moments in which nobody waits for a commit. */
  tidy(): void;
  /** The row that has this number now, or undefined when there is none. A row that no longer fits its checksum has no body. */
  row(lane: Lane, seq: number): StoredRow | undefined;
  /** Replaces the oldest readings that were never sent by gaps until the queue fits; answers by how many rows each lane shrank. */
  shrink(sentThrough: Record<Lane, number>): Evicted[];
  /** Begins a new epoch: every lane is numbered from 1 again; rows that tell of it are appended in the same commit. */
  renew(lost: readonly LostRange[], tell: (epoch: string, lost: Lost[]) => Row[]): string;
  /** Length and mark of every lane. */
  lengths(): Record<Lane, LaneQueue>;
  /** Bytes of the bodies that wait. */
  queuedBytes(): number;
  /** Instant of the oldest reading or event that waits, or undefined. */
  oldestAtMs(): number | undefined;
  close(): void;
};

export type JournalOptions = {
  site: string;
  path: string;
  /** Budget of the bodies in the outbox. */
  bytesMax: number;
  nowMs(): number;
  /** 16 hexadecimal characters that were never used before. */
  newEpoch?(): string;
  /** Largest size of the file in pages (4 KiB each); default: as large as the disk allows. */
  pagesMax?: number;
  /** Act just before COMMIT and just after it; a test lets them throw as a failing disk would. */
  beforeCommit?(): void;
  afterCommit?(): void;
};

/** A checkpoint is due after this many commits; SQLite's own, in the middle of a commit, only after `walPagesMax`. */
const tidyAfterCommits = 100;
const walPagesMax = 8_000;
/** Old intents are looked for once in this many commits. */
const pruneEvery = 64;

/** Acknowledged rows that may wait for the next commit; more are committed by themselves. */
export const ackedRowsMax = 32;

const randomEpoch = () => randomBytes(8).toString('hex');

/** Opens or creates the journal at `path`. Throws STORE_NOT_DURABLE when the machine cannot keep a promise. */
export function openJournal(options: JournalOptions): Journal {
  const { db, setAside } = openJournalFile(options.path, options.nowMs());
  const saved = setAside === undefined ? undefined : salvage(setAside, options.nowMs());
  return journalOn(db, options, saved);
}

/** A journal on a database that the caller opened; simulations keep one in memory over their crashes. */
export function journalOn(first: DatabaseSync, options: JournalOptions, saved?: Salvaged): Journal {
  prepareSchema(first);
  const begun = begin(first, options, saved);
  let file = connect(first, options);
  let broken = false;
  let tidied = file.commits;

  function transaction(work: () => void): void {
    if (broken) reopen();
    const number = file.commits + 1;
    try {
      file.db.exec('BEGIN IMMEDIATE');
      work();
      file.sql.setMeta.run('commits', String(number));
      options.beforeCommit?.();
      file.db.exec('COMMIT');
      options.afterCommit?.();
    } catch (error) {
      if (!recover(number)) throw storeFault(error);
    }
    file.commits = number;
    file.queues.committed();
  }

  /** True when the failed commit turns out to be on disk after all. */
  function recover(number: number): boolean {
    file.queues.rolledBack();
    try {
      if (file.db.isTransaction) file.db.exec('ROLLBACK');
    } catch {
      broken = true;
    }
    if (options.path === ':memory:') return false;
    // After an I/O error only what a fresh look at the file shows can be believed (fsync must never be retried).
    broken = true;
    try {
      reopen();
    } catch {
      return false;
    }
    return file.commits === number;
  }

  function reopen(): void {
    try {
      file.db.close();
    } catch {
      // It may be closed already; only the new connection counts.
    }
    const pending = file.queues.takePending();
    const db = new DatabaseSync(options.path);
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    file = connect(db, options);
    file.queues.restorePending(pending);
    broken = false;
  }

  return {
    origin: begun,
    load() {
      const states = file.sql.states.all().flatMap(({ key, json }) => parsed(String(key), String(json)));
      return {
        epoch: file.epoch,
        lanes: file.queues.lengths(),
        states,
      };
    },
    commit({ rows = [], states = [], intents = [], entries = [] }) {
      transaction(() => {
        for (const row of rows) file.queues.append(row);
        for (const [key, json] of states) file.sql.setState.run(key, json);
        for (const intent of intents) writeIntent(file.sql, intent);
        if (file.commits % pruneEvery === 0) file.sql.pruneIntents.run();
        for (const entry of entries) file.ledger.append(entry);
        file.queues.writeAcked();
      });
    },
    acked(lane, through) {
      if (file.queues.noteAcked(lane, through) >= ackedRowsMax) this.flush();
    },
    flush() {
      if (file.queues.ackedWaiting()) transaction(() => file.queues.writeAcked());
    },
    tidy() {
      if (file.commits - tidied < tidyAfterCommits) return;
      tidied = file.commits;
      file.db.exec('PRAGMA wal_checkpoint(PASSIVE)');
    },
    row(lane, seq) {
      const id = file.queues.idOf(lane, seq);
      const row = id === undefined ? undefined : (file.sql.row.get(id) as StoredRow | undefined);
      if (row !== undefined && crc32(row.body!) !== row.crc) return { ...row, body: undefined };
      return row;
    },
    shrink(sentThrough) {
      if (file.queues.bytes() <= options.bytesMax) return [];
      const evicted: Evicted[] = [];
      transaction(() => {
        evicted.push(...evict(file.db, { ...options, epoch: file.epoch, queues: file.queues, sentThrough }));
      });
      return evicted;
    },
    renew(lost, tell) {
      const epoch = (options.newEpoch ?? randomEpoch)();
      transaction(() => {
        file.queues.writeAcked();
        const what = lost.map(({ lane, from, to }) => file.queues.lost(lane, from, to));
        file.sql.setMeta.run('epoch', epoch);
        for (const lane of lanes) file.sql.setLane.run(lane, 0);
        file.db.exec('DELETE FROM forgotten');
        for (const row of tell(epoch, what)) file.queues.append(row);
      });
      file = connect(file.db, options);
      return epoch;
    },
    lengths: () => file.queues.lengths(),
    queuedBytes: () => file.queues.bytes(),
    oldestAtMs: () => (file.sql.oldest.get() as { atMs: number | null }).atMs ?? undefined,
    close() {
      try {
        this.flush();
      } finally {
        if (file.db.isOpen) file.db.close();
      }
    },
  };
}

type File = {
  db: DatabaseSync;
  epoch: string;
  commits: number;
  sql: ReturnType<typeof statementsOf>;
  ledger: ReturnType<typeof createLedger>;
  queues: Queues;
};

function connect(db: DatabaseSync, { pagesMax }: JournalOptions): File {
  db.exec(`PRAGMA wal_autocheckpoint = ${walPagesMax}`);
  if (pagesMax !== undefined) db.exec(`PRAGMA max_page_count = ${pagesMax}`);
  const ledger = createLedger(db);
  const sql = statementsOf(db);
  const meta = (key: string) => sql.meta.get(key)?.value as string | undefined;
  const epoch = meta('epoch');
  assert(epoch !== undefined, 'A journal has an epoch from its first transaction on.');
  return { db, epoch, commits: Number(meta('commits') ?? 0), sql, ledger, queues: queuesOf(sql) };
}

/** Gives a new file its epoch, and puts back what could be read from a damaged one. */
function begin(db: DatabaseSync, options: JournalOptions, saved?: Salvaged): JournalOrigin {
  const sql = statementsOf(db);
  if (sql.meta.get('epoch') !== undefined) return { kind: 'kept' };
  db.exec('BEGIN IMMEDIATE');
  sql.setMeta.run('epoch', (options.newEpoch ?? randomEpoch)());
  for (const lane of lanes) sql.setLane.run(lane, 0);
  for (const [key, json] of saved?.states ?? []) sql.setState.run(key, json);
  if (saved !== undefined) createLedger(db).append(linkTo(saved, options));
  db.exec('COMMIT');
  if (saved === undefined) return { kind: 'new' };
  const { states: _states, ledger: _ledger, ...origin } = saved;
  return { kind: 'damaged', ...origin };
}

/** The first entry of a ledger that had to begin anew: which file holds the one before, and how far that could be read. */
function linkTo({ setAside, ledger }: Salvaged, { site, nowMs }: JournalOptions): LedgerDraft {
  const { entries = 0, head = 'unreadable' } = ledger ?? {};
  const text = 'The journal was damaged and set aside; the ledger before this one ends there.';
  const body = { code: 'LEDGER_BEGUN_ANEW', text, file: basename(setAside), entries, head };
  return { atMs: nowMs(), kind: 'security', actor: `edge:${site}`, body };
}

/** A state whose text was damaged is as good as none: the instance starts afresh, the others go on. */
function parsed(key: string, json: string): [key: string, state: unknown][] {
  try {
    return [[key, JSON.parse(json)]];
  } catch {
    return [];
  }
}

function writeIntent(sql: ReturnType<typeof statementsOf>, intent: Intent): void {
  if ('command' in intent) {
    const { command } = intent;
    sql.addIntent.run(command.id, command.notBeforeMs, command.device, JSON.stringify(command));
  } else sql.settleIntent.run(intent.receipt.state, intent.receipt.commandId);
}

/** SQLite's errors in the words of the faults table. */
function storeFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const { errcode = 0, message = String(error) } = error as { errcode?: number; message?: string };
  if (isDamage(error)) return new Fault('STORE_DAMAGED', message, { cause: error, remedy: 'Restart the agent.' });
  if ((errcode & 0xff) === 5 || (errcode & 0xff) === 6) return new Fault('STORE_BUSY', message, { cause: error });
  return new Fault('STORE_FULL', message, { cause: error, remedy: 'Free space on the disk of the journal.' });
}
