import type { Ledger, LedgerEntry } from '@tocsin/contracts';
import { entryHash, genesisHash, type LedgerDatabase, sha256 } from './chain.ts';

export { entryHash, genesisHash, type LedgerDatabase, sha256 } from './chain.ts';
export { type LedgerVerdict, verifyLedger } from './verify.ts';

/**
 * The record nobody can quietly change: a table `ledger` of numbered entries, each hash covering the one before.
 * It lives in a database its caller owns, so that an entry commits with its effects or not at all. The head is read
 * from the
 * table for every append, because a transaction of the caller may have been rolled back in between.
 * Triggers refuse UPDATE, DELETE and any insert that is not the next number (which also stops INSERT OR REPLACE).
 */
const schema = `
  CREATE TABLE IF NOT EXISTS ledger (
    number INTEGER PRIMARY KEY CHECK (number >= 1),
    at_ms REAL NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL CHECK (length(hash) = 64)
  ) STRICT;
  CREATE TRIGGER IF NOT EXISTS ledger_no_update BEFORE UPDATE ON ledger
    BEGIN SELECT RAISE(ABORT, 'The ledger is append-only.'); END;
  CREATE TRIGGER IF NOT EXISTS ledger_no_delete BEFORE DELETE ON ledger
    BEGIN SELECT RAISE(ABORT, 'The ledger is append-only.'); END;
  CREATE TRIGGER IF NOT EXISTS ledger_in_order BEFORE INSERT ON ledger
    WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM ledger)
    BEGIN SELECT RAISE(ABORT, 'The ledger is append-only.'); END;
`;

/** Longest body and actor an entry may have, in characters (contracts/ledger.ts). */
const bodyCharsMax = 65_536;
const actorCharsMax = 160;

/** The newest entry's number and hash; number 0 while the ledger is empty. */
export type LedgerHead = { number: number; hash: string };

/** A larger body is recorded by its hash and length, so that no input can stop the record. */
function bodyText(body: unknown): string {
  const text = JSON.stringify(body) ?? 'null';
  return text.length <= bodyCharsMax ? text : JSON.stringify({ chars: text.length, sha256: sha256(text) });
}

/** Control characters and lone surrogates do not survive a round trip through every store, so an actor has none. */
function actorText(actor: string): string {
  return actor
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, actorCharsMax)
    .toWellFormed();
}

/**
 * Opens the ledger in the caller's database (creating it when new); `append` takes part in the caller's
 * transaction.
 */
export function createLedger(db: LedgerDatabase): Ledger & { head(): LedgerHead } {
  db.exec(schema);
  const last = db.prepare('SELECT number, hash FROM ledger ORDER BY number DESC LIMIT 1');
  const insert = db.prepare('INSERT INTO ledger (number, at_ms, kind, actor, body, hash) VALUES (?, ?, ?, ?, ?, ?)');
  const page = db.prepare(
    'SELECT number, at_ms AS atMs, kind, actor, body, hash FROM ledger WHERE number > ? ORDER BY number LIMIT ?',
  );
  const head = () => (last.get() as LedgerHead | undefined) ?? { number: 0, hash: genesisHash };
  return {
    head,
    append({ atMs, kind, actor, body }) {
      const { number, hash } = head();
      const entry = { number: number + 1, atMs, kind, actor: actorText(actor), body: bodyText(body) };
      const whole = { ...entry, hash: entryHash(hash, entry) };
      insert.run(whole.number, whole.atMs, whole.kind, whole.actor, whole.body, whole.hash);
      return whole;
    },
    entries: (after, limit) => page.all(after, limit).map((row) => ({ ...row })) as LedgerEntry[],
  };
}
