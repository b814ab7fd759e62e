import type { Remark } from '@tocsin/rules/engine';
import { expect, test } from 'vitest';
import type { LedgerDraft } from '../outbox/journal.ts';
import type { Recorder } from '../outbox/recorder.ts';
import { record } from './books.ts';

const remark = (what: Remark['what']): Remark => ({
  what,
  why: 'Vehicles have yellow.',
  numbers: { neededS: 4.5 },
  people: [{ id: 3, speedMps: 0.6 }],
});

test('what a model refuses to ask for stands in the ledger, soon; what it asks for shows in its commands', () => {
  const entries: LedgerDraft[] = [];
  const within: number[] = [];
  const recorder = {
    entry: (entry: LedgerDraft) => entries.push(entry),
    within: (delayMs: number) => within.push(delayMs),
  } as unknown as Recorder;
  const books = {
    site: 'street',
    counts: { readings: 0, alerts: 0, commands: 0, receipts: 0 },
    recorder,
    refusals: { note() {} } as never,
  };
  const said = { kind: 'remark', model: 'crossing', takenAtMs: 1_000, late: false, atMs: 1_200 } as const;
  for (const what of ['request', 'extension', 'release'] as const) record(books, { ...said, remark: remark(what) });
  expect(entries).toEqual([]);
  record(books, { ...said, remark: remark('refusal') });
  expect(entries).toEqual([
    {
      atMs: 1_200,
      kind: 'refusal',
      actor: 'edge:street',
      body: { model: 'crossing', ...remark('refusal'), takenAtMs: 1_000, late: false },
    },
  ]);
  expect(within).toHaveLength(1);
});
