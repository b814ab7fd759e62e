import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '@tocsin/contracts';

/** Releases before this can corrupt a WAL database (sqlite.org/wal.html#walresetbug). */
const sqliteVersionMin = [3, 51, 3];
/** Version of the tables below; a file of a later version is refused, never guessed at. */
const schemaVersion = 1;

const schema = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS lane (lane TEXT PRIMARY KEY, stored_through INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY, lane TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL, readings INTEGER NOT NULL,
    from_ms REAL NOT NULL, to_ms REAL NOT NULL, gap INTEGER NOT NULL, bytes INTEGER NOT NULL, crc INTEGER NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS outbox_lane ON outbox (lane, id, bytes, gap);
  CREATE TABLE IF NOT EXISTS forgotten (
    lane TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, readings INTEGER NOT NULL,
    from_ms REAL NOT NULL, to_ms REAL NOT NULL, PRIMARY KEY (lane, first)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS intent (
    command TEXT PRIMARY KEY, at_ms REAL NOT NULL, device TEXT NOT NULL, state TEXT NOT NULL, json TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS intent_age ON intent (at_ms);
`;

/** Refuses a SQLite that is too old for durable WAL files. */
export function checkSqliteVersion(version: string): void {
  const parts = version.split('.').map(Number);
  for (let i = 0; i < sqliteVersionMin.length; i += 1) {
    const difference = (parts[i] ?? 0) - sqliteVersionMin[i]!;
    if (difference > 0) return;
    if (difference < 0)
      throw new Fault('STORE_NOT_DURABLE', `SQLite ${version} can damage its files.`, {
        remedy: `Use a Node with SQLite ${sqliteVersionMin.join('.')} or newer.`,
      });
  }
}

/** Sets the pragmas that make a commit durable and reads them back, because a build or a file system may silently refuse them. */
function makeDurable(db: DatabaseSync, path: string): void {
  checkSqliteVersion(String(db.prepare('SELECT sqlite_version() AS v').get()!.v));
  const mode = db.prepare('PRAGMA journal_mode = WAL').get()!.journal_mode;
  db.exec('PRAGMA synchronous = FULL');
  const level = db.prepare('PRAGMA synchronous').get()!.synchronous;
  if (path !== ':memory:' && (mode !== 'wal' || Number(level) < 2))
    throw new Fault('STORE_NOT_DURABLE', `${path} runs with journal_mode=${mode}, synchronous=${level}.`, {
      remedy: 'Put the journal on a local file system.',
    });
}

/** Creates the tables of a new file, or refuses one that a later version of the program has written. */
export function prepareSchema(db: DatabaseSync): void {
  const version = Number(db.prepare('PRAGMA user_version').get()!.user_version);
  if (version > schemaVersion)
    throw new Fault('STORE_DAMAGED', `The journal has version ${version}; this program knows ${schemaVersion}.`, {
      remedy: 'Start the newer version of Tocsin again.',
    });
  db.exec(`BEGIN IMMEDIATE; ${schema} PRAGMA user_version = ${schemaVersion}; COMMIT`);
}

const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

/** True for SQLite's answers that mean that the file itself cannot be believed (SQLITE_CORRUPT, SQLITE_NOTADB). */
export function isDamage(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode;
  return code !== undefined && [sqliteCorrupt, sqliteNotADatabase].includes(code & 0xff);
}

function open(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    makeDurable(db, path);
    const problems = db.prepare('PRAGMA quick_check(1)').all();
    if (problems[0]?.quick_check !== 'ok')
      throw Object.assign(new Error('quick_check failed'), { errcode: sqliteCorrupt });
    prepareSchema(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

export type OpenedFile = { db: DatabaseSync; setAside?: string };

/**
 * Opens the journal's file. A damaged one is renamed with a time stamp (with its `-wal` and `-shm`) and a new one begun, because a
 * site that cannot remember must still sense and act. Throws STORE_NOT_DURABLE, or STORE_DAMAGED for a file of a later version.
 */
export function openJournalFile(path: string, nowMs: number): OpenedFile {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    return { db: open(path) };
  } catch (error) {
    if (!isDamage(error)) throw error;
    const stamp = new Date(nowMs).toISOString().replaceAll(':', '');
    const setAside = `${path}.damaged-${stamp}`;
    for (const suffix of ['', '-wal', '-shm'])
      if (existsSync(path + suffix)) renameSync(path + suffix, setAside + suffix);
    return { db: open(path), setAside };
  }
}
