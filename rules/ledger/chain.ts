import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { LedgerEntry } from '@tocsin/contracts';

/** The hash that entry 1 follows from (contracts/ledger.ts). */
export const genesisHash = '0'.repeat(64);

/** The part of a database a ledger needs. */
export type LedgerDatabase = Pick<DatabaseSync, 'exec' | 'prepare'>;

/** SHA-256 in hex of the UTF-8 form of a text. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The hash an entry must have after an entry whose hash is `previous` (the formula of contracts/ledger.ts). */
export function entryHash(previous: string, entry: Omit<LedgerEntry, 'hash'>): string {
  return sha256(`${previous}\n${JSON.stringify([entry.number, entry.atMs, entry.kind, entry.actor, entry.body])}`);
}
