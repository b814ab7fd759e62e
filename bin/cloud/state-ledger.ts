import { mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault, type Ledger } from '@tocsin/contracts';
import { createLedger } from '@tocsin/rules/ledger';

/** The desk holds its file for a second at the most; a disk that stalls needs some more. */
const busyMs = 10_000;

export type StateLedger = Ledger & {
  /** Writes an entry and acts, both or neither. */
  record<T>(entry: Parameters<Ledger['append']>[0], act: () => T): T;
  close(): void;
};

/** Who acts on the command line, as the ledger names them. */
export function commandLineActor(): string {
  try {
    return `command line (${userInfo().username})`;
  } catch {
    // A container may run under a number that has no name.
    return `command line (user ${process.getuid?.() ?? 'unknown'})`;
  }
}

/**
 * The cloud's ledger for the command line, with nothing running or beside a running cloud: both write to one file, each entry in a
 * transaction that reads the head it follows from. Makes the file when there is none; the desk adds its own tables later.
 * Throws STORE_BUSY, STORE_FULL or STORE_DAMAGED.
 */
export function openStateLedger(dataDir: string): StateLedger {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'state.sqlite');
  const { db, ledger } = asFault(path, () => {
    const db = new DatabaseSync(path, { timeout: busyMs });
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    return { db, ledger: createLedger(db) };
  });
  const within = <T>(work: () => T): T =>
    asFault(path, () => {
      db.exec('BEGIN IMMEDIATE');
      try {
        const answer = work();
        db.exec('COMMIT');
        return answer;
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    });
  return {
    record: (entry, act) =>
      within(() => {
        ledger.append(entry);
        return act();
      }),
    append: (entry) => within(() => ledger.append(entry)),
    entries: (after, limit) => asFault(path, () => ledger.entries(after, limit)),
    close: () => db.close(),
  };
}

/** What SQLite says, in the words of the fault table: 13 is SQLITE_FULL, 11 and 26 mean damage. */
function asFault<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const { code, errcode = 0, message } = cause as { code?: string; errcode?: number; message: string };
    if (code !== 'ERR_SQLITE_ERROR') throw cause;
    const primary = errcode & 0xff;
    const name = primary === 13 ? 'STORE_FULL' : primary === 11 || primary === 26 ? 'STORE_DAMAGED' : 'STORE_BUSY';
    const remedy = 'Nothing was changed. Look at the file and its disk, then try again.';
    throw new Fault(name, `The ledger in ${path}: ${message}.`, { remedy, cause });
  }
}
