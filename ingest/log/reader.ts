import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Fault, type LogEntry } from '@tocsin/contracts';
import { sqliteFault } from '../sqlite/open.ts';
import { prepareRead, type ReadRows } from './rows.ts';

/** A second, read-only connection to the log's file for a consumer in another thread or process. */
export type SqliteLogReader = {
  /** As `Log.read`. Throws STORE_DAMAGED, STORE_BUSY or FILE_UNREADABLE. */
  read(after: number, entriesMax: number, bytesMax?: number): LogEntry[];
  close(): void;
};

/** Opens the file when it is first read, and again when another file was put in its place (a damaged one was set aside). */
export function openSqliteLogReader(path: string, onDamaged: (offset: number) => void): SqliteLogReader {
  let db: DatabaseSync | undefined;
  let rows: ReadRows | undefined;
  let inode = -1;

  function close(): void {
    db?.close();
    db = undefined;
    rows = undefined;
  }

  return {
    read(after, entriesMax, bytesMax) {
      try {
        const now = statSync(path, { throwIfNoEntry: false })?.ino;
        if (now === undefined) throw new Fault('FILE_UNREADABLE', `${path} is not there.`);
        if (now !== inode) close();
        if (rows === undefined) {
          db = new DatabaseSync(path, { readOnly: true, timeout: 2_000 });
          rows = prepareRead(db, onDamaged);
          inode = now;
        }
        return rows(after, entriesMax, bytesMax);
      } catch (error) {
        close();
        throw sqliteFault(error, 'read the log');
      }
    },
    close,
  };
}
