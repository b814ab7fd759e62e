import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '@tocsin/contracts';

/**
 * Opens a SQLite file so that a commit survives a power cut (WAL, synchronous=FULL, read back), refuses what it cannot trust, and sets a
 * damaged file aside under a time stamp instead of serving it. Every file carries its schema version in `user_version`.
 */
export type SqliteOptions = {
  path: string;
  /** Schema of a new file; tables must be STRICT. */
  schema: string;
  version: number;
  nowMs(): number;
  /** True asks `quick_check` first; a file that fails it, or is no database, is set aside. */
  check: boolean;
  /** Upper limit of the file in pages, for tests of a full disk and for a hard budget. */
  pagesMax?: number;
};

/** What happened to a file that could not be trusted. */
export type SetAside = { path: string; setAsideAs: string; why: string };

/** Busy writers are waited for this long; only a backup tool could be one. */
const busyTimeoutMs = 2_000;
/** SQLite before 3.51.3 can corrupt a WAL database when the log is reset (sqlite.org/wal.html#walresetbug). */
const oldestSqlite = [3, 51, 3] as const;

/** Throws STORE_NOT_DURABLE for a SQLite that is known to lose data. */
export function checkSqliteVersion(version: string): void {
  const parts = version.split('.').map(Number);
  for (const [i, wanted] of oldestSqlite.entries()) {
    const have = parts[i] ?? 0;
    if (have > wanted) return;
    if (have < wanted)
      throw new Fault('STORE_NOT_DURABLE', `SQLite ${version} is older than ${oldestSqlite.join('.')}.`, {
        remedy: 'Run Tocsin with the Node version it names in package.json.',
      });
  }
}

const primaryCode = (error: unknown): number => ((error as { errcode?: number }).errcode ?? 0) & 0xff;
const sqlite = {
  full: 13,
  ioError: 10,
  corrupt: 11,
  notADatabase: 26,
  busy: 5,
  locked: 6,
  cannotOpen: 14,
  readOnly: 8,
};

/** True when the error says that the file itself cannot be trusted. */
export function isDamage(error: unknown): boolean {
  return (
    primaryCode(error) === sqlite.corrupt ||
    primaryCode(error) === sqlite.notADatabase ||
    (error instanceof Fault && error.code === 'STORE_DAMAGED')
  );
}

/** Translates an error of `node:sqlite` into a Fault; Faults pass unchanged, and so do bugs. */
export function sqliteFault(cause: unknown, what: string): Error {
  if (cause instanceof Fault || (cause as { errcode?: number }).errcode === undefined) return cause as Error;
  const detail = `${what}: ${(cause as Error).message}.`;
  const code = primaryCode(cause);
  if (code === sqlite.full)
    return new Fault('STORE_FULL', detail, { cause, remedy: 'Free space on the disk; nothing else is needed.' });
  if (code === sqlite.busy || code === sqlite.locked) return new Fault('STORE_BUSY', detail, { cause });
  if (code === sqlite.cannotOpen || code === sqlite.readOnly)
    return new Fault('FILE_UNREADABLE', detail, { cause, remedy: 'Check the folder and its permissions.' });
  return new Fault('STORE_DAMAGED', detail, {
    cause,
    remedy: 'Check the disk; the file is checked at the next start.',
  });
}

function pragma(db: DatabaseSync, name: string): number | string | undefined {
  const row = db.prepare(`PRAGMA ${name}`).get() as Record<string, number | string> | undefined;
  return row === undefined ? undefined : Object.values(row)[0];
}

/** Ends a transaction that failed; the error that is on its way says more than one of this. */
export function rollBack(db: DatabaseSync): void {
  try {
    if (db.isTransaction) db.exec('ROLLBACK');
  } catch {
    // A closed or failing connection has no transaction to keep.
  }
}

/** What is wrong with the file, or undefined when SQLite finds it sound. */
function damageOf(path: string): string | undefined {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    const answer = pragma(db, 'quick_check(1)');
    return answer === 'ok' ? undefined : String(answer);
  } catch (error) {
    if (isDamage(error)) return (error as Error).message;
    throw sqliteFault(error, path);
  } finally {
    db?.close();
  }
}

function setAside({ path, nowMs }: SqliteOptions, why: string): SetAside {
  const stamp = new Date(nowMs()).toISOString().replaceAll(/[:.]/g, '-');
  const setAsideAs = `${path}.damaged-${stamp}`;
  for (const suffix of ['', '-wal', '-shm'])
    if (existsSync(path + suffix)) renameSync(path + suffix, setAsideAs + suffix);
  return { path, setAsideAs, why };
}

function configure(db: DatabaseSync, { path, schema, version, pagesMax }: SqliteOptions): void {
  checkSqliteVersion(String((db.prepare('SELECT sqlite_version() AS v').get() as { v: string }).v));
  db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  const mode = pragma(db, 'journal_mode = WAL');
  db.exec('PRAGMA synchronous = FULL');
  db.exec('PRAGMA wal_autocheckpoint = 4000');
  const synchronous = Number(pragma(db, 'synchronous'));
  if (mode !== 'wal' || synchronous < 2)
    throw new Fault('STORE_NOT_DURABLE', `${path}: journal_mode ${mode}, synchronous ${synchronous}.`, {
      remedy: 'Keep the data on a local disk that supports shared memory and fsync.',
    });
  const found = Number(pragma(db, 'user_version'));
  if (found > version)
    throw new Fault('VERSION_UNKNOWN', `${path} has schema ${found}, known are up to ${version}.`, {
      remedy: 'Run the newer Tocsin again, or restore the backup made before the upgrade.',
    });
  if (found === 0) db.exec(`BEGIN IMMEDIATE; ${schema}; PRAGMA user_version = ${version}; COMMIT`);
  if (pagesMax !== undefined) db.exec(`PRAGMA max_page_count = ${pagesMax}`);
}

/** Opens or creates the file; throws STORE_NOT_DURABLE, VERSION_UNKNOWN, FILE_UNREADABLE, STORE_FULL or STORE_DAMAGED. */
export function openSqlite(options: SqliteOptions): { db: DatabaseSync; setAside?: SetAside } {
  const { path, check } = options;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const why = check && existsSync(path) ? damageOf(path) : undefined;
  const aside = why === undefined ? undefined : setAside(options, why);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    configure(db, options);
    return aside === undefined ? { db } : { db, setAside: aside };
  } catch (error) {
    db?.close();
    throw sqliteFault(error, path);
  }
}
