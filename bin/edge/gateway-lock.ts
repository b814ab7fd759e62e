import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault, type Running } from '@tocsin/contracts';

/** SQLite's answer that another connection holds the lock (SQLITE_BUSY). */
const sqliteBusy = 5;

/**
 * One program at a time commands the actuators of a data directory. The lock is that of an SQLite file of its own, held by an open
 * transaction: the operating system takes it back when the process dies, however it dies, and nothing stale is left to remove.
 * Throws STORE_BUSY while another program has it.
 */
export function lockGateway(dataDir: string): Running {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'gateway.lock');
  const db = new DatabaseSync(path);
  try {
    // Memory journal: the lock leaves no second file beside it.
    db.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    db.close();
    if (((cause as { errcode?: number }).errcode ?? 0) % 256 !== sqliteBusy)
      throw new Fault('STORE_FULL', `${path} cannot be locked.`, {
        cause,
        remedy: 'Look at the rights of the directory.',
      });
    throw new Fault('STORE_BUSY', `Another gateway runs on ${dataDir}.`, {
      remedy: 'Stop it first (systemctl stop tocsin-edge, or Ctrl-C where it runs), and start it again afterwards.',
      cause,
    });
  }
  return {
    stop: async () => {
      if (db.isOpen) db.close();
    },
  };
}
