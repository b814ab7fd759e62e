import {
  type AlertDetail,
  type AlertTransition,
  type AlertView,
  alertClasses,
  type Command,
  type DeskEvent,
  isOpen,
  type SiteView,
  severities,
} from '@tocsin/contracts';
import type { ActuatorMemory } from '../actuators.ts';
import { type AlertRecord, dueAtMs } from '../desk.ts';
import type { Database } from './database.ts';
import { createOrderTables } from './order-store.ts';
import { createPictureTable } from './pictures.ts';

/** A command to a site about one of its alerts that still waits for an answer. */
export type OpenCommand = { command: Command; key: string; nextAtMs: number; pauseMs: number; expiresAtMs: number };

/** The most rows of the alert list that are read at once. */
const alertsMax = 10_000;
/** The newest transitions shown with one alert; each may carry evidence, and older ones stay in the table. */
const historyMax = 200;

const json = JSON.stringify;
type Row = Record<string, never>;

/** Reads and writes the tables of the state database; transactions are the caller's. */
export type Store = ReturnType<typeof createStore>;

/** Prepares every statement once; prepared statements are what makes an alert cost tens of microseconds. */
export function createStore(db: Database) {
  return {
    ...createAlertTables(db),
    ...createEventTables(db),
    ...createSiteTables(db),
    ...createCommandTable(db),
    ...createOrderTables(db),
    ...createPictureTable(db),
    begin: () => db.exec('BEGIN IMMEDIATE'),
    commit: () => db.exec('COMMIT'),
    rollback: () => db.exec('ROLLBACK'),
  };
}

function createAlertTables(db: Database) {
  const get = db.prepare('SELECT record FROM alert WHERE key = ?');
  const getView = db.prepare('SELECT view FROM alert WHERE key = ?');
  const put = db.prepare('INSERT OR REPLACE INTO alert VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const order = 'ORDER BY acknowledged, class_rank, severity_rank DESC, raised_at_ms, key LIMIT ?';
  const list = db.prepare(`SELECT view FROM alert WHERE open IN (?, ?) ${order}`);
  const listOfSite = db.prepare(`SELECT view FROM alert WHERE site = ? AND open IN (?, ?) ${order}`);
  const openKeys = db.prepare('SELECT key FROM alert WHERE site = ? AND open = 1');
  const due = db.prepare('SELECT key FROM alert WHERE due_at_ms <= ? LIMIT 1000');
  const insert = db.prepare(`INSERT OR IGNORE INTO transition
    (key, origin, epoch, occurrence, number, received_at_ms, body) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  const history = db.prepare(`SELECT t.body, t.received_at_ms AS receivedAtMs, n.at_ms AS notifiedAtMs
    FROM transition t LEFT JOIN notice n ON n.transition = t.id
    WHERE t.key = ? ORDER BY t.id DESC LIMIT ${historyMax}`);
  const notice = db.prepare('INSERT OR IGNORE INTO notice VALUES (?, ?)');
  const getActuator = db.prepare('SELECT memory FROM actuator WHERE site = ? AND actuator = ?');
  const putActuator = db.prepare('INSERT OR REPLACE INTO actuator VALUES (?, ?, ?)');
  const listActuators = db.prepare('SELECT memory FROM actuator WHERE ? IS NULL OR site = ? ORDER BY site, actuator');
  return {
    alert(key: string): AlertRecord | undefined {
      const row = get.get(key) as Row | undefined;
      return row && JSON.parse(row.record!);
    },
    view(key: string): AlertView | undefined {
      const row = getView.get(key) as Row | undefined;
      return row && JSON.parse(row.view!);
    },
    views({ site, open, limit = alertsMax }: { site?: string; open?: boolean; limit?: number }): AlertView[] {
      const wanted = [Number(open ?? false), Number(open ?? true)] as const;
      const most = Math.max(0, Math.min(Math.trunc(limit), alertsMax));
      const rows = site === undefined ? list.all(...wanted, most) : listOfSite.all(site, ...wanted, most);
      return rows.map((row) => JSON.parse(row.view as string));
    },
    putAlert(record: AlertRecord, view: AlertView): void {
      const { key, site, raisedAtMs } = view;
      const classRank = alertClasses.indexOf(view.class);
      const severityRank = severities.indexOf(view.severity);
      const acknowledged = Number(view.operator === 'acknowledged');
      const ranks = [Number(isOpen(view)), acknowledged, classRank, severityRank];
      put.run(key, site, ...ranks, raisedAtMs, dueAtMs(record) ?? null, json(record), json(view));
    },
    openKeys: (site: string): string[] => openKeys.all(site).map((row) => row.key as string),
    due: (atMs: number): string[] => due.all(atMs).map((row) => row.key as string),
    /** Keeps a transition for ever; answers its id, or undefined when it was known. */
    addTransition(transition: AlertTransition, epoch: string, receivedAtMs: number): number | undefined {
      const { key, origin, occurrence, number } = transition;
      const done = insert.run(key, origin, epoch, occurrence, number, receivedAtMs, json(transition));
      return done.changes === 0 ? undefined : Number(done.lastInsertRowid);
    },
    /** The newest transitions of an alert, oldest first. */
    history(key: string): AlertDetail['transitions'] {
      const rows = history.all(key).toReversed();
      return rows.map(({ body, receivedAtMs, notifiedAtMs }) => ({
        transition: JSON.parse(body as string),
        receivedAtMs: receivedAtMs as number,
        ...(notifiedAtMs === null ? {} : { notifiedAtMs: notifiedAtMs as number }),
      }));
    },
    addNotice: (transition: number, atMs: number): void => void notice.run(transition, atMs),
    actuator(site: string, actuator: string): ActuatorMemory | undefined {
      const row = getActuator.get(site, actuator) as Row | undefined;
      return row && JSON.parse(row.memory!);
    },
    actuators: (site?: string): ActuatorMemory[] =>
      listActuators.all(site ?? null, site ?? null).map((row) => JSON.parse(row.memory as string)),
    putActuator: (memory: ActuatorMemory): void =>
      void putActuator.run(memory.truth.site, memory.truth.actuator, json(memory)),
  };
}

function createEventTables(db: Database) {
  const ends = db.prepare('SELECT min(id) AS first, max(id) AS last FROM desk_event');
  const insert = db.prepare('INSERT INTO desk_event VALUES (?, ?)');
  const forget = db.prepare('DELETE FROM desk_event WHERE id <= ?');
  const after = db.prepare('SELECT body FROM desk_event WHERE id > ? ORDER BY id LIMIT ?');
  const cursor = db.prepare('SELECT cursor FROM position');
  const setCursor = db.prepare('UPDATE position SET cursor = ?');
  return {
    eventEnds: () => ends.get() as { first: number | null; last: number | null },
    addEvent: (event: DeskEvent): void => void insert.run(event.id, json(event)),
    forgetEvents: (through: number): void => void forget.run(through),
    eventsAfter: (id: number, limit: number): DeskEvent[] =>
      after.all(id, limit).map((row) => JSON.parse(row.body as string)),
    cursor: (): number => Number(cursor.get()!.cursor),
    setCursor: (offset: number): void => void setCursor.run(offset),
  };
}

function createSiteTables(db: Database) {
  const rank = db.prepare('SELECT rank FROM epoch WHERE site = ? AND epoch = ?');
  const newest = db.prepare('SELECT coalesce(max(rank), 0) AS rank FROM epoch WHERE site = ?');
  const addEpoch = db.prepare('INSERT INTO epoch VALUES (?, ?, ?)');
  const sites = db.prepare('SELECT view FROM site');
  const putSite = db.prepare('INSERT OR REPLACE INTO site VALUES (?, ?)');
  const states = db.prepare('SELECT key, state FROM engine_state WHERE site = ?');
  const putState = db.prepare('INSERT OR REPLACE INTO engine_state VALUES (?, ?, ?)');
  const newestRank = (site: string) => Number(newest.get(site)!.rank);
  return {
    /** Place of an epoch among those of its site, in the order in which the desk first heard of them. */
    rankOf(site: string, epoch: string): number {
      const row = rank.get(site, epoch);
      if (row !== undefined) return Number(row.rank);
      const next = newestRank(site) + 1;
      addEpoch.run(site, epoch, next);
      return next;
    },
    sites: (): SiteView[] => sites.all().map((row) => JSON.parse(row.view as string)),
    putSite: (view: SiteView): void => void putSite.run(view.site, json(view)),
    engineStates: (site: string): [string, unknown][] =>
      states.all(site).map(({ key, state }) => [key as string, JSON.parse(state as string)]),
    putEngineState: (site: string, key: string, state: unknown): void => void putState.run(site, key, json(state)),
  };
}

function createCommandTable(db: Database) {
  const put = db.prepare('INSERT OR REPLACE INTO desk_command VALUES (?, ?, ?, ?, ?, ?, ?)');
  const drop = db.prepare('DELETE FROM desk_command WHERE id = ?');
  const columns = 'SELECT body, key, next_at_ms AS nextAtMs, pause_ms AS pauseMs, expires_at_ms AS expiresAtMs';
  const due = db.prepare(`${columns} FROM desk_command WHERE next_at_ms <= ? ORDER BY next_at_ms LIMIT 100`);
  const ofKey = db.prepare(`${columns} FROM desk_command WHERE key = ?`);
  const open = (rows: Record<string, unknown>[]) =>
    rows.map(({ body, ...row }) => ({ ...row, command: JSON.parse(body as string) }) as OpenCommand);
  return {
    putCommand({ command, key, nextAtMs, pauseMs, expiresAtMs }: OpenCommand): void {
      put.run(command.id, key, command.site, json(command), nextAtMs, pauseMs, expiresAtMs);
    },
    dropCommand: (id: string): void => void drop.run(id),
    dueCommands: (atMs: number): OpenCommand[] => open(due.all(atMs)),
    commandsOf: (key: string): OpenCommand[] => open(ofKey.all(key)),
  };
}
