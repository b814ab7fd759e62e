import { DatabaseSync } from 'node:sqlite';

/** What could still be read from a damaged journal: the states as JSON text, and how much waited in its outbox. */
export type Salvaged = {
  setAside: string;
  states: [key: string, json: string][];
  readings: number;
  fromMs: number;
  toMs: number;
  /** The newest entry of its ledger that can be read; absent when there is none. */
  ledger?: { entries: number; head: string };
};

/**
 * Reads a damaged file as far as it goes. States are taken over (a latch should not fall because of one bad page); rows of the outbox are
 * not, because some may be stored already under the old epoch. What cannot be known is declared as wide as it can be.
 */
export function salvage(setAside: string, nowMs: number): Salvaged {
  const saved: Salvaged = { setAside, states: [], readings: 0, fromMs: 0, toMs: nowMs };
  let db: DatabaseSync;
  try {
    db = new DatabaseSync(setAside, { readOnly: true });
  } catch {
    return saved;
  }
  try {
    const span = db.prepare('SELECT sum(readings) AS readings FROM outbox').get();
    saved.readings = Number(span?.readings ?? 0);
  } catch {
    // The rows cannot even be counted: the gap then covers all time with an unknown number.
  }
  try {
    for (const { key, json } of db.prepare('SELECT key, json FROM state').iterate()) {
      if (isJson(String(json))) saved.states.push([String(key), String(json)]);
    }
  } catch {
    // The states read before the bad page are better than none.
  }
  const ledger = lastEntry(db);
  db.close();
  return ledger === undefined ? saved : { ...saved, ledger };
}

/** The last entry that can be read, from the end or, where that is damaged, from the beginning. */
function lastEntry(db: DatabaseSync): Salvaged['ledger'] {
  let found: Salvaged['ledger'];
  for (const order of ['DESC LIMIT 1', 'ASC'])
    try {
      const rows = db.prepare(`SELECT number, hash FROM ledger ORDER BY number ${order}`).iterate();
      for (const { number, hash } of rows) found = { entries: Number(number), head: String(hash) };
      return found;
    } catch {
      // What was read before the bad page is the last that is known.
    }
  return found;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
