import type { OrderView } from '@tocsin/contracts';
import type { LeftOrder } from '../order-limits.ts';
import type { Database } from './database.ts';

/**
 * Orders of people to actuators, and the numbers of all orders. A row holds what is shown of an order; those that ended are forgotten after
 * a week, because the ledger keeps what was done.
 */
export const orderTables = `
  CREATE TABLE IF NOT EXISTS order_number (
    site TEXT NOT NULL, device TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (site, device)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS actuator_order (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, site TEXT NOT NULL, actuator TEXT NOT NULL, issuer TEXT NOT NULL,
    state TEXT NOT NULL, asked_at_ms REAL NOT NULL, left_at_ms REAL, released INTEGER NOT NULL, view TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS actuator_order_held ON actuator_order (place) WHERE state = 'held';
  CREATE INDEX IF NOT EXISTS actuator_order_left ON actuator_order (left_at_ms) WHERE left_at_ms IS NOT NULL;
`;

const keptMs = 7 * 86_400_000;

/** Reads and writes the tables of orders; transactions are the caller's. */
export function createOrderTables(db: Database) {
  const number = db.prepare('SELECT number FROM order_number WHERE site = ? AND device = ?');
  const setNumber = db.prepare('INSERT OR REPLACE INTO order_number VALUES (?, ?, ?)');
  const put = db.prepare(`INSERT INTO actuator_order
    (id, site, actuator, issuer, state, asked_at_ms, left_at_ms, released, view) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, left_at_ms = excluded.left_at_ms,
      released = excluded.released, view = excluded.view`);
  const get = db.prepare('SELECT view FROM actuator_order WHERE id = ?');
  const held = db.prepare("SELECT view FROM actuator_order WHERE state = 'held' ORDER BY place");
  const since = db.prepare("SELECT min(asked_at_ms) AS atMs FROM actuator_order WHERE state = 'held'");
  const isLive = "view ->> '$.mode' = 'live'";
  const left = db.prepare(`SELECT issuer, site FROM actuator_order WHERE left_at_ms > ? AND ${isLive}`);
  const released = db.prepare(
    'SELECT max(left_at_ms) AS atMs FROM actuator_order WHERE left_at_ms > 0 AND released = 1',
  );
  const forget = db.prepare("DELETE FROM actuator_order WHERE asked_at_ms < ? AND state <> 'held'");
  const viewOf = (row: Record<string, unknown>): OrderView => JSON.parse(row.view as string);
  return {
    /**
     * The next number of orders to a device: greater than every one before. Numbers follow the clock, in milliseconds, so that a database
     * restored from a backup goes on above what it has forgotten, unless the clock was set back as well: then the site refuses, by name,
     * until the clock has caught up. In a burst they run ahead of the clock by one an order.
     */
    nextOrderNumber(site: string, device: string, nowMs: number): number {
      const last = Number(number.get(site, device)?.number ?? 0);
      const next = Math.max(last + 1, Math.floor(nowMs), 1);
      setNumber.run(site, device, next);
      return next;
    },
    putOrder(view: OrderView): void {
      const { id, site, actuator, issuer, state, askedAtMs, leftAtMs, releasedBy } = view;
      const times = [askedAtMs, leftAtMs ?? null, Number(releasedBy !== undefined)] as const;
      put.run(id, site, actuator, issuer, state, ...times, JSON.stringify(view));
    },
    order(id: string): OrderView | undefined {
      const row = get.get(id);
      return row && viewOf(row);
    },
    /** The orders that wait, oldest first. */
    heldOrders: (): OrderView[] => held.all().map(viewOf),
    heldSinceMs: (): number | undefined => (since.get()?.atMs as number | null) ?? undefined,
    /** Live orders that left after an instant. */
    ordersLeft: (afterMs: number): LeftOrder[] => left.all(afterMs) as LeftOrder[],
    /** When orders were last released by a second person. */
    releasedAtMs: (): number | undefined => (released.get()?.atMs as number | null) ?? undefined,
    forgetOrders: (nowMs: number): void => void forget.run(nowMs - keptMs),
  };
}
