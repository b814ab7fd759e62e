import type { DatabaseSync } from 'node:sqlite';

/** A row of the outbox as it lies in the file; without a body when the checksum does not fit. */
export type StoredRow = {
  id: number;
  epoch: string;
  seq: number;
  readings: number;
  fromMs: number;
  toMs: number;
  crc: number;
  body: Uint8Array | undefined;
};

/** Finished intents that are kept for people who look; unfinished ones among them are as old. */
const intentsMax = 1_000;
/** Ids a lane keeps at hand; more than can ever be under way. */
export const windowRows = 256;

/** The prepared statements of the journal. */
export function statementsOf(db: DatabaseSync) {
  return {
    meta: db.prepare('SELECT value FROM meta WHERE key = ?'),
    setMeta: db.prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value'),
    lanes: db.prepare('SELECT lane, stored_through AS storedThrough FROM lane'),
    setLane: db.prepare(
      'INSERT INTO lane VALUES (?, ?) ON CONFLICT DO UPDATE SET stored_through = excluded.stored_through',
    ),
    counts: db.prepare('SELECT lane, count(*) AS queued, sum(bytes) AS bytes FROM outbox GROUP BY lane'),
    lastId: db.prepare('SELECT coalesce(max(id), 0) AS id FROM outbox'),
    window: db.prepare(`SELECT id FROM outbox WHERE lane = ? AND id > ? ORDER BY id LIMIT ${windowRows}`),
    add: db.prepare('INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    row: db.prepare(
      'SELECT id, epoch, seq, readings, from_ms AS fromMs, to_ms AS toMs, crc, body FROM outbox WHERE id = ?',
    ),
    oldest: db.prepare('SELECT min(from_ms) AS atMs FROM (SELECT from_ms FROM outbox ORDER BY id LIMIT 100)'),
    span: db.prepare(`SELECT count(*) AS rows, coalesce(sum(bytes), 0) AS bytes, coalesce(sum(readings), 0) AS readings,
      min(from_ms) AS fromMs, max(to_ms) AS toMs FROM outbox WHERE lane = ? AND id <= ?`),
    forget: db.prepare('DELETE FROM outbox WHERE lane = ? AND id <= ?'),
    lastForgotten: db.prepare('SELECT first, last FROM forgotten WHERE lane = ? ORDER BY first DESC LIMIT 1'),
    addForgotten: db.prepare('INSERT INTO forgotten VALUES (?, ?, ?, ?, ?, ?)'),
    growForgotten: db.prepare(`UPDATE forgotten SET last = ?, readings = readings + ?, from_ms = min(from_ms, ?),
      to_ms = max(to_ms, ?) WHERE lane = ? AND first = ?`),
    pruneForgotten: db.prepare(`DELETE FROM forgotten WHERE lane = ?1 AND first NOT IN
      (SELECT first FROM forgotten WHERE lane = ?1 ORDER BY first DESC LIMIT 1000)`),
    lost: db.prepare(`SELECT coalesce(sum(readings), 0) AS readings, min(first) AS first, min(from_ms) AS fromMs,
      max(to_ms) AS toMs FROM forgotten WHERE lane = ? AND last >= ? AND first <= ?`),
    states: db.prepare('SELECT key, json FROM state'),
    setState: db.prepare('INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE SET json = excluded.json'),
    addIntent: db.prepare(`INSERT INTO intent VALUES (?, ?, ?, 'requested', ?) ON CONFLICT DO NOTHING`),
    settleIntent: db.prepare('UPDATE intent SET state = ? WHERE command = ?'),
    pruneIntents: db.prepare(`DELETE FROM intent WHERE rowid <= (SELECT max(rowid) FROM intent) - ${intentsMax}`),
  };
}

export type Statements = ReturnType<typeof statementsOf>;
