import type { DatabaseSync } from 'node:sqlite';
import { type Clock, Fault, isName, type Ledger } from '@tocsin/contracts';
import { checkPassword, hashPassword, verifyPassword } from './passwords.ts';

/** What a person may do; each role may do all that the ones before it may. */
export const roles = ['viewer', 'dispatcher', 'engineer', 'admin'] as const;
export type Role = (typeof roles)[number];

/** A person. Without `sites` every site is theirs to see; with a list, only those exist for them. */
export type User = { id: string; name: string; role: Role; sites?: readonly string[] };

export type NewUser = { name: string; password: string; role: Role; sites?: readonly string[] };

export type Accounts = {
  count(): number;
  list(): User[];
  find(id: string): User | undefined;
  /** Adds a person; `by` is who did it. Throws ARGUMENT_INVALID or PASSWORD_REFUSED. */
  create(user: NewUser, by: string): Promise<User>;
  /** Adds the first person, or answers undefined when somebody is there already. */
  createFirst(user: NewUser): Promise<User | undefined>;
  /** The person whose name and password these are; takes as long for an unknown name. */
  verify(name: string, password: string): Promise<User | undefined>;
  /** Sets a new password; every session of the person ends. */
  setPassword(id: string, password: string, by: string): Promise<void>;
  /** Changes what a person may do and see; every session of the person ends. */
  setAccess(id: string, access: { role: Role; sites?: readonly string[] }, by: string): void;
  /** Removes a person; every session of theirs ends. */
  remove(id: string, by: string): void;
};

type Row = { id: string; name: string; password: string; role: Role; sites: string | null };

const nameLengthMax = 64;

/** A name as people write it: one line, no control or invisible characters, 1 to 64. Throws ARGUMENT_INVALID. */
export function cleanUserName(text: string): string {
  const name = text.normalize('NFC').trim().replace(/ +/g, ' ');
  if (name.length === 0 || name.length > nameLengthMax || /[\p{C}\p{Zl}\p{Zp}]/u.test(name)) {
    throw new Fault('ARGUMENT_INVALID', 'A user name has 1 to 64 visible characters on one line.');
  }
  return name;
}

/** Names that look the same are the same. */
export const userId = (name: string) => name.normalize('NFKC').trim().replace(/ +/g, ' ').toLowerCase();

/** Checks everything before anything is written; the slow hash comes last. */
async function prepare(user: NewUser) {
  const name = cleanUserName(user.name);
  checkAccess(user);
  checkPassword(user.password, name);
  return { ...user, name, id: userId(name), hash: await hashPassword(user.password) };
}

/** People and their rights, in the database of users; every change is written to the ledger. */
export function createAccounts(deps: { db: DatabaseSync; clock: Clock; ledger?: Ledger }): Accounts {
  const { db, clock, ledger } = deps;
  const select = db.prepare('select id, name, password, role, sites from users where id = ?');
  const row = (id: string) => select.get(id) as Row | undefined;
  const record = (by: string, body: object) =>
    ledger?.append({ atMs: clock.nowMs(), kind: 'security', actor: by, body });
  const known = (id: string): Row => {
    const found = row(id);
    if (!found) throw new Fault('ARGUMENT_INVALID', 'There is no such user.');
    return found;
  };
  /** Writes and records as one: without its entry in the ledger a change is taken back. False when nothing was written. */
  const change = (by: string, write: () => object | undefined): boolean => {
    db.exec('begin immediate');
    try {
      const body = write();
      if (body) record(by, body);
      db.exec('commit');
      return body !== undefined;
    } catch (error) {
      db.exec('rollback');
      throw error;
    }
  };
  const endSessions = (id: string) => db.prepare('delete from sessions where user = ?').run(id);
  const insert = (user: Awaited<ReturnType<typeof prepare>>, condition: string) => {
    const sites = user.sites ? JSON.stringify(user.sites) : null;
    const now = clock.nowMs();
    const sql = `insert or ignore into users (id, name, password, role, sites, created_at_ms, changed_at_ms)
      select ?, ?, ?, ?, ?, ?, ? where ${condition}`;
    return db.prepare(sql).run(user.id, user.name, user.hash, user.role, sites, now, now).changes === 1;
  };
  return {
    count: () => Number((db.prepare('select count(*) as n from users').get() as { n: number }).n),
    list: () => (db.prepare('select * from users order by id').all() as Row[]).map(toUser),
    find: (id) => toUserMaybe(row(id)),
    async create(user, by) {
      const ready = await prepare(user);
      change(by, () => {
        if (!insert(ready, 'true')) {
          throw new Fault('ARGUMENT_INVALID', `There is a user called ${ready.name} already.`);
        }
        return { act: 'user.create', user: ready.name, role: ready.role, sites: ready.sites ?? null };
      });
      return toUser(known(ready.id));
    },
    async createFirst(user) {
      const ready = await prepare(user);
      const isFirst = change(ready.name, () => {
        if (!insert(ready, 'not exists (select 1 from users)')) return undefined;
        return { act: 'user.first', user: ready.name, role: ready.role };
      });
      if (!isFirst) return undefined;
      return toUser(known(ready.id));
    },
    async verify(name, password) {
      const found = row(userId(name));
      if (!(await verifyPassword(password, found?.password))) return undefined;
      const now = row(userId(name));
      // The password may have been changed while the old one was being checked.
      return now?.password === found?.password ? toUserMaybe(now) : undefined;
    },
    async setPassword(id, password, by) {
      const { name } = known(id);
      checkPassword(password, name);
      const hash = await hashPassword(password);
      change(by, () => {
        db.prepare('update users set password = ?, changed_at_ms = ? where id = ?').run(hash, clock.nowMs(), id);
        endSessions(id);
        return { act: 'user.password', user: name };
      });
    },
    setAccess(id, access, by) {
      checkAccess(access);
      const { name } = known(id);
      const sites = access.sites ? JSON.stringify(access.sites) : null;
      const sql = 'update users set role = ?, sites = ?, changed_at_ms = ? where id = ?';
      change(by, () => {
        db.prepare(sql).run(access.role, sites, clock.nowMs(), id);
        endSessions(id);
        return { act: 'user.access', user: name, role: access.role, sites: access.sites ?? null };
      });
    },
    remove(id, by) {
      const { name } = known(id);
      change(by, () => {
        endSessions(id);
        db.prepare('delete from users where id = ?').run(id);
        return { act: 'user.remove', user: name };
      });
    },
  };
}

function checkAccess(access: { role: Role; sites?: readonly string[] }): void {
  if (!roles.includes(access.role)) throw new Fault('ARGUMENT_INVALID', `A role is one of ${roles.join(', ')}.`);
  const wrong = access.sites?.find((site) => !isName(site));
  if (wrong !== undefined) throw new Fault('ARGUMENT_INVALID', `“${wrong}” cannot be the name of a site.`);
}

const toUser = ({ id, name, role, sites }: Row): User => ({
  id,
  name,
  role,
  ...(sites === null ? {} : { sites: JSON.parse(sites) as string[] }),
});
const toUserMaybe = (row: Row | undefined) => (row ? toUser(row) : undefined);
