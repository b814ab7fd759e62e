import { existsSync, renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '@tocsin/contracts';
import { orderTables } from './order-store.ts';

/**
 * The state of the rules service in one SQLite file. An alert row holds the merged record and the row shown for it;
 * transitions
 * are history and never change; `desk_event` is a bounded tail for readers that resume; `position` is the cursor over
 * the log.
 * Everything a batch causes is committed in one transaction with that cursor, so that a batch is applied exactly once.
 * Recovery: reopen, read the cursor, apply the log from there.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS position (one INTEGER PRIMARY KEY CHECK (one = 1), cursor INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO position VALUES (1, 0);
  CREATE TABLE IF NOT EXISTS alert (
    key TEXT PRIMARY KEY, site TEXT NOT NULL, open INTEGER NOT NULL, acknowledged INTEGER NOT NULL,
    class_rank INTEGER NOT NULL, severity_rank INTEGER NOT NULL, raised_at_ms REAL NOT NULL, due_at_ms REAL,
    record TEXT NOT NULL, view TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS alert_order
    ON alert (open, acknowledged, class_rank, severity_rank DESC, raised_at_ms, key);
  CREATE INDEX IF NOT EXISTS alert_site ON alert (site, open);
  CREATE INDEX IF NOT EXISTS alert_due ON alert (due_at_ms) WHERE due_at_ms IS NOT NULL;
  CREATE TABLE IF NOT EXISTS transition (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, origin TEXT NOT NULL, epoch TEXT NOT NULL,
    occurrence INTEGER NOT NULL, number INTEGER NOT NULL, received_at_ms REAL NOT NULL, body TEXT NOT NULL,
    UNIQUE (key, origin, epoch, occurrence, number)
  ) STRICT;
  CREATE TRIGGER IF NOT EXISTS transition_no_update BEFORE UPDATE ON transition
    BEGIN SELECT RAISE(ABORT, 'Transitions are history.'); END;
  CREATE TRIGGER IF NOT EXISTS transition_no_delete BEFORE DELETE ON transition
    BEGIN SELECT RAISE(ABORT, 'Transitions are history.'); END;
  CREATE TABLE IF NOT EXISTS notice (transition INTEGER PRIMARY KEY, at_ms REAL NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS desk_event (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS actuator (
    site TEXT NOT NULL, actuator TEXT NOT NULL, memory TEXT NOT NULL, PRIMARY KEY (site, actuator)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS epoch (
    site TEXT NOT NULL, epoch TEXT NOT NULL, rank INTEGER NOT NULL, PRIMARY KEY (site, epoch)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS site (site TEXT PRIMARY KEY, view TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS engine_state (
    site TEXT NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (site, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS desk_command (
    id TEXT PRIMARY KEY, key TEXT NOT NULL, site TEXT NOT NULL, body TEXT NOT NULL,
    next_at_ms REAL NOT NULL, pause_ms REAL NOT NULL, expires_at_ms REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS desk_command_next ON desk_command (next_at_ms);
  CREATE INDEX IF NOT EXISTS desk_command_key ON desk_command (key);
  CREATE TABLE IF NOT EXISTS picture (
    key TEXT NOT NULL, occurrence INTEGER NOT NULL, sha256 TEXT NOT NULL, site TEXT NOT NULL, state TEXT NOT NULL,
    received_at_ms REAL NOT NULL, taken_at_ms REAL NOT NULL, note TEXT NOT NULL,
    PRIMARY KEY (key, occurrence, sha256)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS picture_file ON picture (site, sha256);
`;

/** Raised with every change of the tables above. */
const schemaVersion = 3;
/** Older versions of SQLite have the WAL-reset bug that can damage a database (DESIGN.md §8). */
const sqliteAtLeast = [3, 51, 3] as const;

/** What the service uses of a database connection. */
export type Database = Pick<DatabaseSync, 'exec' | 'prepare' | 'close'>;

/** True when a version text is at least 3.51.3. */
export function isSafeSqlite(version: string): boolean {
  const parts = version.split('.').map(Number);
  for (const [i, least] of sqliteAtLeast.entries()) {
    const part = parts[i] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

/** True for SQLite's answers that mean that the file itself cannot be believed. */
function isDamage(error: unknown): boolean {
  const { errcode = 0 } = error as { errcode?: number };
  return [sqliteCorrupt, sqliteNotADatabase].includes(errcode & 0xff);
}

function only(db: Database, sql: string): unknown {
  return Object.values(db.prepare(sql).get() ?? {})[0];
}

function prepare(db: Database, path: string): void {
  const version = String(only(db, 'SELECT sqlite_version()'));
  if (!isSafeSqlite(version))
    throw new Fault('STORE_NOT_DURABLE', `SQLite ${version} is older than ${sqliteAtLeast.join('.')}.`);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000');
  const mode = only(db, 'PRAGMA journal_mode');
  if (only(db, 'PRAGMA synchronous') !== 2 || (mode !== 'wal' && path !== ':memory:'))
    throw new Fault('STORE_NOT_DURABLE', `${path} does not keep WAL and synchronous FULL.`);
  const check = only(db, 'PRAGMA quick_check(1)');
  if (check !== 'ok') throw Object.assign(new Error(String(check)), { errcode: sqliteCorrupt });
  const found = Number(only(db, 'PRAGMA user_version'));
  if (found > schemaVersion) {
    const remedy = 'Run the version of Tocsin that wrote it, or a newer one.';
    throw new Fault('STORE_DAMAGED', `${path} has schema ${found}, known is ${schemaVersion}.`, { remedy });
  }
  db.exec(`BEGIN IMMEDIATE; ${schema} ${orderTables} PRAGMA user_version = ${schemaVersion}; COMMIT`);
}

export type OpenOptions = {
  nowMs(): number;
  /** Called with the new path of a damaged file when another one was begun in its place. */
  onSetAside(setAsideAs: string): void;
};

function openFile(path: string): Database {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    prepare(db, path);
    return db;
  } catch (cause) {
    db?.close();
    throw cause;
  }
}

/**
 * Opens the state database and makes its tables. With options a damaged file is set aside under a time stamp and a new
 * one begun at the beginning of the log, because a desk without its past is better than none. Throws STORE_NOT_DURABLE,
 * or STORE_DAMAGED for a file of a newer version and for one that cannot be opened.
 */
export function openDatabase(path: string, options?: OpenOptions): Database {
  const remedy = 'Set the file aside and restore it from a backup; the log replays what came after.';
  try {
    return openFile(path);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    if (options !== undefined && isDamage(cause)) {
      const setAsideAs = `${path}.damaged-${new Date(options.nowMs()).toISOString().replaceAll(/[:.]/g, '-')}`;
      for (const ending of ['', '-wal', '-shm'])
        if (existsSync(path + ending)) renameSync(path + ending, setAsideAs + ending);
      const db = openFile(path);
      options.onSetAside(setAsideAs);
      return db;
    }
    throw new Fault('STORE_DAMAGED', `${path}: ${cause instanceof Error ? cause.message : cause}.`, { remedy, cause });
  }
}
