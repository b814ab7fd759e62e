import type { LedgerEntry } from '@tocsin/contracts';
import { entryHash, genesisHash, type LedgerDatabase } from './chain.ts';

/** The answer of a verification; a broken ledger names the first number that does not follow from what is before it. */
export type LedgerVerdict = { ok: true; entries: number; head: string } | { ok: false; number: number; why: string };

function* stored(db: LedgerDatabase): Generator<LedgerEntry> {
  const rows = db.prepare('SELECT number, at_ms AS atMs, kind, actor, body, hash FROM ledger ORDER BY number');
  for (const row of rows.iterate()) yield row as LedgerEntry;
}

/**
 * Walks the chain from entry 1, one entry in memory at a time, and names the first that is altered, missing or out of
 * place.
 * A cut at the end leaves a shorter chain that is whole in itself; only a head noted earlier (`head`, a hash) shows it.
 * The chain
 * may have grown since that head was noted: it must still contain it.
 */
export function verifyLedger(
  source: LedgerDatabase | Iterable<LedgerEntry>,
  options: { head?: string } = {},
): LedgerVerdict {
  let number = 0;
  let hash = genesisHash;
  let seen = options.head === undefined || options.head === genesisHash;
  for (const entry of 'prepare' in source ? stored(source) : source) {
    const expected = number + 1;
    if (entry.number !== expected)
      return { ok: false, number: expected, why: `Entry ${expected} is missing; ${entry.number} stands in its place.` };
    if (entryHash(hash, entry) !== entry.hash)
      return { ok: false, number: expected, why: `Entry ${expected} does not follow from the one before: altered.` };
    number = expected;
    hash = entry.hash;
    if (hash === options.head) seen = true;
  }
  if (seen) return { ok: true, entries: number, head: hash };
  const why = `The expected head is not among the ${number} entries: entry ${number + 1} or a later one was cut off.`;
  return { ok: false, number: number + 1, why };
}
