import { createHash, randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '@tocsin/contracts';
import type { Role, User } from './accounts.ts';

/** A shift: after this a person logs in again, whatever happens. */
export const sessionLivesMs = 12 * 3_600_000;
/** A console nobody has open for this long is logged out; an open event stream counts as open. */
export const sessionIdleMs = 2 * 3_600_000;
/** Being seen is written at most this often, because each write is a durable commit. */
const seenEveryMs = 60_000;
const perUserMax = 16;

export type Sessions = {
  /** Starts a session under an id that never existed before. */
  open(userId: string): string;
  /** Who the id stands for, or undefined when it is unknown, ended or too old; counts as being seen. */
  user(id: string): User | undefined;
  close(id: string): void;
  closeAll(userId: string): void;
};

type Row = { id: string; name: string; role: Role; sites: string | null; created_at_ms: number; seen_at_ms: number };

/** Opaque sessions of 256 bits, kept as SHA-256 in the users database, so that a stolen file opens no console. */
export function createSessions(deps: { db: DatabaseSync; clock: Clock }): Sessions {
  const { db, clock } = deps;
  const select = db.prepare(
    `select users.id, name, role, sites, sessions.created_at_ms, seen_at_ms
     from sessions join users on users.id = sessions.user where hash = ?`,
  );
  const seen = db.prepare('update sessions set seen_at_ms = ? where hash = ?');
  const remove = db.prepare('delete from sessions where hash = ?');
  const alive = (row: Row, nowMs: number) =>
    nowMs < row.created_at_ms + sessionLivesMs && nowMs < row.seen_at_ms + sessionIdleMs;
  return {
    open(userId) {
      const id = randomBytes(32).toString('base64url');
      const nowMs = clock.nowMs();
      db.prepare('delete from sessions where created_at_ms < ?').run(nowMs - sessionLivesMs);
      const oldest = `delete from sessions where user = ? and hash not in
        (select hash from sessions where user = ? order by created_at_ms desc limit ${perUserMax - 1})`;
      db.prepare(oldest).run(userId, userId);
      db.prepare('insert into sessions values (?, ?, ?, ?)').run(hash(id), userId, nowMs, nowMs);
      return id;
    },
    user(id) {
      const row = select.get(hash(id)) as Row | undefined;
      if (!row) return undefined;
      const nowMs = clock.nowMs();
      if (!alive(row, nowMs)) {
        remove.run(hash(id));
        return undefined;
      }
      if (nowMs - row.seen_at_ms >= seenEveryMs) seen.run(nowMs, hash(id));
      const sites = row.sites === null ? {} : { sites: JSON.parse(row.sites) as string[] };
      return { id: row.id, name: row.name, role: row.role, ...sites };
    },
    close: (id) => void remove.run(hash(id)),
    closeAll: (userId) => void db.prepare('delete from sessions where user = ?').run(userId),
  };
}

const hash = (id: string) => createHash('sha256').update(id).digest('hex');
