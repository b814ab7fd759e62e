import { DatabaseSync } from 'node:sqlite';
import type { LedgerEntry, LedgerKind } from '@tocsin/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLedger, entryHash, genesisHash, sha256, verifyLedger } from './ledger.ts';

function filled(count: number) {
  const db = new DatabaseSync(':memory:');
  const ledger = createLedger(db);
  for (let i = 1; i <= count; i += 1)
    ledger.append({ atMs: 1000 * i + 0.5, kind: 'alert', actor: `edge:site-${i}`, body: { i } });
  return { db, ledger };
}

test('an entry is hashed exactly as the contract says', () => {
  const [first, second] = filled(2).ledger.entries(0, 10) as [LedgerEntry, LedgerEntry];
  expect(first.hash).toBe(sha256(`${genesisHash}\n[1,1000.5,"alert","edge:site-1",${JSON.stringify(first.body)}]`));
  expect(second.hash).toBe(sha256(`${first.hash}\n[2,2000.5,"alert","edge:site-2",${JSON.stringify(second.body)}]`));
});

test('an entry whose transaction is rolled back leaves no hole in the chain', () => {
  const { db, ledger } = filled(3);
  db.exec('BEGIN');
  ledger.append({ atMs: 1, kind: 'gap', actor: 'cloud', body: 'lost' });
  db.exec('ROLLBACK');
  ledger.append({ atMs: 2, kind: 'gap', actor: 'cloud', body: 'kept' });
  expect(verifyLedger(db)).toMatchObject({ ok: true, entries: 4, head: ledger.head().hash });
});

test('the table refuses to be updated, emptied, replaced in place or filled out of order', () => {
  const { db } = filled(3);
  const row = `2, 0, 'alert', 'x', '{}', '${'a'.repeat(64)}'`;
  for (const sql of [
    "UPDATE ledger SET body = '{}' WHERE number = 2",
    'DELETE FROM ledger WHERE number = 3',
    `INSERT OR REPLACE INTO ledger VALUES (${row})`,
    `INSERT INTO ledger VALUES (${row.replace('2', '9')})`,
  ])
    expect(() => db.exec(sql), sql).toThrow('append-only');
  expect(verifyLedger(db)).toMatchObject({ ok: true, entries: 3 });
});

test('any actor and body that can be written can be verified', () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 });
  const lone = fc.constantFrom('\ud800', 'a\0b', '\u202e');
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(text, lone), fc.oneof(fc.jsonValue(), text, lone))), (rows) => {
      const { db, ledger } = filled(0);
      for (const [actor, body] of rows) ledger.append({ atMs: 5, kind: 'operator', actor, body });
      expect(verifyLedger(db)).toMatchObject({ ok: true, entries: rows.length });
    }),
  );
});

test('a body beyond the limit is recorded by its hash', () => {
  const { db, ledger } = filled(0);
  const entry = ledger.append({ atMs: 1, kind: 'config', actor: 'cloud', body: 'x'.repeat(70_000) });
  expect(JSON.parse(entry.body)).toEqual({ chars: 70_002, sha256: sha256(JSON.stringify('x'.repeat(70_000))) });
  expect(verifyLedger(db).ok).toBe(true);
});

const changes: Record<string, (entry: LedgerEntry, by: number) => LedgerEntry> = {
  number: (entry, by) => ({ ...entry, number: entry.number + 1000 + by }),
  atMs: (entry, by) => ({ ...entry, atMs: entry.atMs + by }),
  kind: (entry) => ({ ...entry, kind: 'security' as LedgerKind }),
  actor: (entry, by) => ({ ...entry, actor: `${entry.actor}${by}` }),
  body: (entry, by) => ({ ...entry, body: `${entry.body} ${by}` }),
  hash: (entry, by) => ({ ...entry, hash: sha256(`${entry.hash}${by}`) }),
};
const columns: Record<string, string> = { atMs: 'at_ms' };

test('every change of a single field is found at its own number, in a list and in the table', () => {
  const place = fc.integer({ min: 1, max: 30 });
  const by = fc.integer({ min: 1, max: 900 });
  fc.assert(
    fc.property(place, by, fc.constantFrom(...Object.keys(changes)), (number, amount, field) => {
      const { db, ledger } = filled(30);
      const entries = ledger.entries(0, 100);
      const changed = changes[field]!(entries[number - 1]!, amount);
      expect(verifyLedger(entries.with(number - 1, changed))).toMatchObject({ ok: false, number });
      db.exec('DROP TRIGGER ledger_no_update');
      const value = changed[field as keyof LedgerEntry];
      db.prepare(`UPDATE ledger SET ${columns[field] ?? field} = ? WHERE number = ?`).run(value, number);
      expect(verifyLedger(db)).toMatchObject({ ok: false, number });
    }),
  );
});

test('a missing, a repeated and a swapped entry are found where the order breaks', () => {
  const entries = filled(20).ledger.entries(0, 100);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 19 }), (number) => {
      const i = number - 1;
      expect(verifyLedger(entries.toSpliced(i, 1))).toMatchObject({ ok: false, number });
      expect(verifyLedger(entries.toSpliced(i, 0, entries[i]!))).toMatchObject({ ok: false, number: number + 1 });
      const swapped = entries.with(i, entries[i + 1]!).with(i + 1, entries[i]!);
      expect(verifyLedger(swapped)).toMatchObject({ ok: false, number });
    }),
  );
});

test('a forged entry with a fitting hash is found at the entry that follows it', () => {
  const entries = filled(5).ledger.entries(0, 10);
  const forged = { ...entries[2]!, body: '{"i":"forged"}' };
  const list = entries.with(2, { ...forged, hash: entryHash(entries[1]!.hash, forged) });
  expect(verifyLedger(list)).toMatchObject({ ok: false, number: 4 });
});

test('a chain cut at its end is found only against a head noted before, and growth since then is no fault', () => {
  const { ledger } = filled(8);
  const entries = ledger.entries(0, 100);
  const { hash: head } = ledger.head();
  expect(verifyLedger(entries.slice(0, 6))).toMatchObject({ ok: true, entries: 6 });
  expect(verifyLedger(entries.slice(0, 6), { head })).toMatchObject({ ok: false, number: 7 });
  ledger.append({ atMs: 9, kind: 'gap', actor: 'cloud', body: null });
  expect(verifyLedger(ledger.entries(0, 100), { head })).toMatchObject({ ok: true, entries: 9 });
});
