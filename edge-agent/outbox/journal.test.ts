import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { decodeBatch, type Lane, type SiteEvent } from '@tocsin/contracts';
import { verifyLedger } from '@tocsin/rules/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeRow, type Row } from './draft.ts';
import { type Journal, type JournalOptions, openJournal } from './journal.ts';
import { checkSqliteVersion } from './journal-file.ts';

let directory: string;
let path: string;
const opened: Journal[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tocsin-journal-'));
  path = join(directory, 'journal.db');
});
afterEach(() => {
  for (const journal of opened.splice(0)) journal.close();
  rmSync(directory, { recursive: true, force: true });
});

function open(more: Partial<JournalOptions> = {}): Journal {
  const journal = openJournal({ site: 'mill', path, bytesMax: 1e9, nowMs: () => 1_000_000, ...more });
  opened.push(journal);
  return journal;
}

function rowOf(journal: Journal, lane: Lane, fill = 100): Row {
  const { storedThrough, queued } = journal.lengths()[lane];
  const seq = storedThrough + queued + 1;
  const events: SiteEvent[] = [{ kind: 'note', code: 'N', text: 'x'.repeat(fill), atMs: seq * 1000 }];
  return encodeRow({ site: 'mill', epoch: journal.load().epoch, seq, sentAtMs: seq }, { lane, events });
}

const add = (journal: Journal, lane: Lane, fill?: number) => journal.commit({ rows: [rowOf(journal, lane, fill)] });
const none = { urgent: 0, live: 0, backlog: 0 };

test('what was committed is there again after the file was opened anew: rows, states, intents, ledger, epoch', () => {
  const first = open();
  expect(first.origin).toEqual({ kind: 'new' });
  const entries = [{ atMs: 1, kind: 'alert' as const, actor: 'edge:mill', body: { a: 1 } }];
  first.commit({ rows: [rowOf(first, 'urgent')], states: [['rule/hot', '{"level":2}']], entries });
  const { epoch } = first.load();
  const second = open();
  expect(second.origin).toEqual({ kind: 'kept' });
  expect(second.load()).toEqual({
    epoch,
    lanes: {
      urgent: { storedThrough: 0, queued: 1 },
      live: { storedThrough: 0, queued: 0 },
      backlog: { storedThrough: 0, queued: 0 },
    },
    states: [['rule/hot', { level: 2 }]],
  });
  expect(epoch).toMatch(/^[0-9a-f]{16}$/);
  expect(verifyLedger(new DatabaseSync(path, { readOnly: true }))).toMatchObject({ ok: true, entries: 1 });
});

test('the file is read back as durable, and a SQLite that can damage its files is refused', () => {
  open();
  const db = new DatabaseSync(path, { readOnly: true });
  expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  db.close();
  for (const version of ['3.51.2', '3.7.0', '2.9.9'])
    expect(() => checkSqliteVersion(version), version).toThrow('SQLite');
  for (const version of ['3.51.3', '3.53.4', '4.0.0']) checkSqliteVersion(version);
});

test('rows go when they are acknowledged, and the next row has the next number', () => {
  const journal = open();
  for (let i = 0; i < 5; i += 1) add(journal, 'live');
  journal.acked('live', 3);
  expect(decodeBatch(journal.row('live', 4)!.body!).batch.seq).toBe(4);
  journal.flush();
  expect(journal.lengths().live).toEqual({ storedThrough: 3, queued: 2 });
  expect([journal.row('live', 3), journal.row('live', 6)]).toEqual([undefined, undefined]);
  expect(decodeBatch(journal.row('live', 5)!.body!).batch.seq).toBe(5);
  expect(open().lengths().live).toEqual({ storedThrough: 3, queued: 2 });
});

test('every row can be reached in a queue far longer than what is under way', () => {
  const journal = open();
  const rows = Array.from({ length: 1_000 }, (_, i) => ({ ...rowOf(journal, 'backlog'), seq: i + 1 }));
  journal.commit({ rows });
  for (let seq = 1; seq <= 1_000; seq += 1) {
    expect(journal.row('backlog', seq)?.seq).toBe(seq);
    journal.acked('backlog', seq);
  }
  journal.flush();
  expect(journal.queuedBytes()).toBe(0);
});

test('a commit that fails stores nothing, and its repeat stores everything once', () => {
  let fail = true;
  const journal = open({
    beforeCommit() {
      if (fail) throw Object.assign(new Error('disk I/O error'), { errcode: 10 });
    },
  });
  const rows = [rowOf(journal, 'urgent')];
  expect(() => journal.commit({ rows, states: [['a', '1']] })).toThrow('I/O');
  expect(journal.load().states).toEqual([]);
  expect(journal.lengths().urgent.queued).toBe(0);
  fail = false;
  journal.commit({ rows, states: [['a', '1']] });
  expect(open().lengths().urgent.queued).toBe(1);
});

test('a commit that reached the disk although an error was reported counts as done', () => {
  let fail = true;
  const journal = open({
    afterCommit() {
      if (fail) throw Object.assign(new Error('disk I/O error'), { errcode: 10 });
    },
  });
  add(journal, 'urgent');
  fail = false;
  add(journal, 'urgent');
  expect(journal.lengths().urgent.queued).toBe(2);
  expect(open().lengths().urgent.queued).toBe(2);
});

test('a full disk is told as STORE_FULL, changes nothing, and is over when there is space', () => {
  open();
  const journal = open({ pagesMax: 32 });
  let stored = 0;
  const fill = () => {
    for (; stored < 200; stored += 1) add(journal, 'live', 490);
  };
  expect(fill).toThrow(expect.objectContaining({ code: 'STORE_FULL' }));
  expect(stored).toBeGreaterThan(10);
  expect(journal.lengths().live.queued).toBe(stored);
  expect(() => add(journal, 'live', 490)).toThrow('full');
  const roomy = open();
  add(roomy, 'live');
  expect(roomy.lengths().live).toEqual({ storedThrough: 0, queued: stored + 1 });
});

test('over its budget the oldest readings never sent become one gap; alerts and what may have been sent stay', () => {
  const journal = open({ bytesMax: 20_000 });
  for (let i = 0; i < 60; i += 1) {
    add(journal, 'urgent', 200);
    add(journal, 'backlog', 400);
    add(journal, 'live', 400);
  }
  const rows = (lane: Lane) => journal.lengths()[lane].queued;
  for (let i = 0; i < 5; i += 1) journal.shrink({ ...none, backlog: 8 });
  expect(rows('urgent')).toBe(60);
  expect(rows('backlog')).toBe(9);
  expect(journal.queuedBytes()).toBeLessThan(30_000);
  const gap = journal.row('backlog', 9)!;
  const [event] = decodeBatch(gap.body!).batch.events;
  expect(event).toMatchObject({ kind: 'gap', fromMs: 9_000, toMs: 60_000 });
  expect(decodeBatch(journal.row('backlog', 8)!.body!).batch.seq).toBe(8);
  expect(open({ bytesMax: 20_000 }).queuedBytes()).toBe(journal.queuedBytes());
});

test('a new epoch numbers what is left from 1 and says how much was lost', () => {
  const journal = open();
  for (let i = 0; i < 10; i += 1) add(journal, 'live');
  journal.acked('live', 7);
  journal.flush();
  const before = journal.load().epoch;
  let told: unknown;
  const epoch = journal.renew([{ lane: 'live', from: 4, to: 7 }], (_epoch, lost) => {
    told = lost;
    return [];
  });
  expect(told).toEqual([{ batches: 4, readings: 0, fromMs: 1_000, toMs: 7_000 }]);
  expect(epoch).not.toBe(before);
  expect(open().load()).toMatchObject({ epoch, lanes: { live: { storedThrough: 0, queued: 3 } } });
  expect(journal.row('live', 1)).toMatchObject({ epoch: before, seq: 8 });
});

test('a row that no longer fits its checksum is never handed out as good', () => {
  const journal = open();
  add(journal, 'live');
  const db = new DatabaseSync(path);
  db.exec(`UPDATE outbox SET body = zeroblob(length(body))`);
  db.close();
  expect(journal.row('live', 1)).toMatchObject({ readings: 0, body: undefined });
});

test.each([
  ['its head is overwritten', (file: Buffer) => file.fill(0xa5, 0, 64)],
  ['a page in the middle is overwritten', (file: Buffer) => file.fill(0xa5, 4096 * 3, 4096 * 3 + 64)],
  ['it is cut short', (file: Buffer) => file.subarray(0, file.length >> 1)],
])('a file is set aside and a new one with a new epoch begun when %s', (_what, damage) => {
  const first = open();
  const states = Array.from({ length: 400 }, (_, i) => [`rule/${i}`, JSON.stringify({ i })] as const);
  first.commit({ rows: [rowOf(first, 'urgent')], states });
  const { epoch } = first.load();
  first.close();
  opened.length = 0;
  writeFileSync(path, damage(readFileSync(path)));
  const second = open({ nowMs: () => Date.UTC(2026, 10, 23) });
  expect(second.origin).toMatchObject({ kind: 'damaged', toMs: Date.UTC(2026, 10, 23) });
  expect(second.load().epoch).not.toBe(epoch);
  expect(readdirSync(directory)).toContain('journal.db.damaged-2026-11-23T000000.000Z');
  add(second, 'urgent');
  expect(open().load().lanes.urgent.queued).toBe(1);
});

test('a file of a later version is refused and left as it is', () => {
  open().close();
  opened.length = 0;
  const db = new DatabaseSync(path);
  db.exec('PRAGMA user_version = 99');
  db.close();
  const { size } = statSync(path);
  expect(() => open()).toThrow('version 99');
  expect([readdirSync(directory).some((name) => name.includes('damaged')), statSync(path).size]).toEqual([false, size]);
});

test('killed in the middle, again and again, the file holds exactly what it said it had', {
  timeout: 60_000,
}, async () => {
  let said = 0;
  for (let round = 0; round < 6; round += 1) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'cases/crash-child.ts'), path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const before = said;
    await new Promise<void>((resolve) => {
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk;
        said = Math.max(said, Number(text.split('\n').at(-2) ?? 0));
        if (said >= before + 10 + round * 7) child.kill('SIGKILL');
      });
      child.once('close', () => resolve());
    });
    const journal = open();
    expect(journal.origin).toEqual({ kind: 'kept' });
    const { queued } = journal.lengths().live;
    // One commit may have returned without its number having been read.
    expect(queued).toBeGreaterThanOrEqual(said);
    expect(queued).toBeLessThanOrEqual(said + 2_000);
    expect(journal.load().states).toEqual([['last', queued]]);
    expect(decodeBatch(journal.row('live', 1)!.body!).batch.seq).toBe(1);
    journal.close();
    opened.length = 0;
    expect(verifyLedger(new DatabaseSync(path))).toMatchObject({ ok: true, entries: queued });
    said = queued;
  }
  expect(said).toBeGreaterThan(100);
});
