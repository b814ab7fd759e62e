import Type, { type Static } from 'typebox';
import { InstantMs, oneOf } from './names.ts';

/** What a ledger entry is about. */
export const ledgerKinds = [
  'alert',
  'command',
  'receipt',
  'refusal',
  'operator',
  'config',
  'security',
  'gap',
  'evidence',
] as const;

/**
 * One line of the record nobody can quietly change. `hash` is SHA-256 (hex) over the UTF-8 text
 * `previous hash + "\n" + JSON of [number, atMs, kind, actor, body text]`; entry 1 follows from 64 zeros.
 */
export const LedgerEntry = Type.Object({
  number: Type.Integer({ minimum: 1 }),
  atMs: InstantMs,
  kind: oneOf(ledgerKinds),
  actor: Type.String({ maxLength: 160, description: 'Person, `edge:<site>` or `cloud`.' }),
  body: Type.String({ maxLength: 65_536, description: 'JSON text, exactly as hashed.' }),
  hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
});
export type LedgerEntry = Static<typeof LedgerEntry>;
export type LedgerKind = LedgerEntry['kind'];
