import { chmodSync, existsSync, renameSync } from 'node:fs';
import { basename } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '@tocsin/contracts';

const schema = `
create table if not exists users (
  id text primary key,
  name text not null,
  password text not null,
  role text not null check (role in ('viewer', 'dispatcher', 'engineer', 'admin')),
  sites text,
  created_at_ms integer not null,
  changed_at_ms integer not null
) strict;
create table if not exists sessions (
  hash text primary key,
  user text not null references users (id) on delete cascade,
  created_at_ms integer not null,
  seen_at_ms integer not null
) strict;
create index if not exists sessions_by_user on sessions (user);
`;

/** Full synchronisation in SQLite's own numbering (sqlite.org/pragma.html#pragma_synchronous). */
const fullSynchronisation = 2;

/**
 * Opens as `openUsersDatabase` does; a damaged file is set aside under a time stamp, and an empty one begun that wants a set-up code
 * again, because a desk nobody can log in to helps nobody.
 */
export function openOrBeginUsers(
  file: string,
  { nowMs, onSetAside }: { nowMs: number; onSetAside(name: string): void },
): DatabaseSync {
  try {
    return openUsersDatabase(file);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'STORE_DAMAGED') throw error;
    const setAsideAs = `${file}.damaged-${new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-')}`;
    for (const ending of ['', '-wal', '-shm'])
      if (existsSync(file + ending)) renameSync(file + ending, setAsideAs + ending);
    const db = openUsersDatabase(file);
    onSetAside(basename(setAsideAs));
    return db;
  }
}

/**
 * Opens the database of users and sessions, creating it readable by its owner alone.
 * Throws STORE_DAMAGED or STORE_NOT_DURABLE rather than run on a file that cannot be trusted.
 */
export function openUsersDatabase(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: 2_000, enableForeignKeyConstraints: true });
  try {
    if (file !== ':memory:') chmodSync(file, 0o600);
    checkIntegrity(db, file);
    db.exec('pragma journal_mode = wal; pragma synchronous = full;');
    const { synchronous } = db.prepare('pragma synchronous').get() as { synchronous: number };
    if (synchronous < fullSynchronisation) throw new Fault('STORE_NOT_DURABLE', file);
    db.exec(schema);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function checkIntegrity(db: DatabaseSync, file: string): void {
  const remedy = 'Set the file aside and restore it from a backup, or start afresh and use the new set-up code.';
  try {
    const { quick_check: verdict } = db.prepare('pragma quick_check').get() as { quick_check: string };
    if (verdict !== 'ok') throw new Fault('STORE_DAMAGED', `${file}: ${verdict}.`, { remedy });
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault('STORE_DAMAGED', `${file} cannot be read as a database.`, { remedy, cause });
  }
}
