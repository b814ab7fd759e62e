import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Fault, type LogEntry } from '@tocsin/contracts';
import { sqliteFault } from '../sqlite/open.ts';
import { type OnDamaged, prepareRead, type ReadRows } from './rows.ts';

/** A second, read-only connection to the log's file for a consumer in another thread or process. */
export type SqliteLogReader = {
  /** As `Log.read`. Throws STORE_DAMAGED, STORE_BUSY or FILE_UNREADABLE. */
  read(after: number, entriesMax: number, bytesMax?: number): LogEntry[];
  /** Offset up to which entries were forgotten. Throws as `read`. */
  trimmedThrough(): number;
  close(): void;
};

type Opened = { db: DatabaseSync; rows: ReadRows; inode: number };

/** Opens the file when it is first read, and again when another file was put in its place (a damaged one was set aside). */
export function openSqliteLogReader(path: string, onDamaged: OnDamaged): SqliteLogReader {
  let opened: Opened | undefined;

  function close(): void {
    opened?.db.close();
    opened = undefined;
  }

  function ready(): Opened {
    const inode = statSync(path, { throwIfNoEntry: false })?.ino;
    if (inode === undefined) throw new Fault('FILE_UNREADABLE', `${path} is not there.`);
    if (inode !== opened?.inode) close();
    if (opened !== undefined) return opened;
    const db = new DatabaseSync(path, { readOnly: true, timeout: 2_000 });
    opened = { db, rows: prepareRead(db, onDamaged), inode };
    return opened;
  }

  function guarded<T>(work: (at: Opened) => T): T {
    try {
      return work(ready());
    } catch (error) {
      close();
      throw sqliteFault(error, 'read the log');
    }
  }

  return {
    read: (after, entriesMax, bytesMax) => guarded(({ rows }) => rows(after, entriesMax, bytesMax)),
    trimmedThrough: () => guarded(({ db }) => Number(db.prepare('SELECT through FROM trimmed').get()?.through ?? 0)),
    close,
  };
}
