import { DatabaseSync } from 'node:sqlite';
import { decodeBatch, type Lane, silentLogger } from '@tocsin/contracts';
import { simClock } from '@tocsin/simulators/time';
import { expect, test } from 'vitest';
import type { Row } from './draft.ts';
import { journalOn } from './journal.ts';
import { createRecorder } from './recorder.ts';

/** A recorder over a journal in memory; `disk.broken` makes commits fail, `rows` are those handed on. */
function setUp(options: { liveOpen?: boolean; alone?: boolean; db?: DatabaseSync } = {}) {
  const clock = simClock(1_000_000);
  const disk = { broken: false };
  const journal = journalOn(options.db ?? new DatabaseSync(':memory:'), {
    site: 'mill',
    path: ':memory:',
    bytesMax: 1e9,
    nowMs: () => clock.nowMs(),
    beforeCommit() {
      if (disk.broken) throw Object.assign(new Error('full'), { errcode: 13 });
    },
  });
  const rows: Row[] = [];
  const dirty = new Map<string, unknown>();
  const recorder = createRecorder({
    site: 'mill',
    journal,
    clock,
    logger: silentLogger,
    commitEveryMs: 100,
    takeStates() {
      const taken = [...dirty];
      dirty.clear();
      return taken;
    },
  });
  const next = (lane: Lane) => journal.lengths()[lane].queued + 1;
  if (!options.alone)
    recorder.onward({
      epoch: () => journal.load().epoch,
      next: () => ({ urgent: next('urgent'), live: next('live'), backlog: next('backlog') }),
      liveOpen: () => options.liveOpen ?? true,
      appended: (more) => void rows.push(...more),
    });
  let second = 0;
  const read = (count = 1, late = false) => {
    for (let i = 0; i < count; i += 1) {
      second += 1;
      recorder.reading({ device: 'd', channel: 'c', value: second, takenAtMs: second * 1000, quality: 0 }, 'Cel', late);
    }
  };
  const batches = () => rows.map(({ body }) => decodeBatch(body).batch);
  return { clock, disk, journal, recorder, rows, dirty, read, batches };
}

const noteOf = (text: string) => ({ kind: 'note' as const, code: 'N', text, atMs: 5 });

test('readings are committed together after the set time, with the states they changed', () => {
  const one = setUp();
  one.dirty.set('stream:d/c', { last: 3 });
  one.read(3);
  one.clock.advance(99);
  expect(one.rows).toHaveLength(0);
  one.clock.advance(1);
  expect(one.batches().map(({ lane, columns }) => [lane, [...columns.value]])).toEqual([['live', [1, 2, 3]]]);
  expect(one.journal.load().states).toEqual([['stream:d/c', { last: 3 }]]);
});

test('five thousand readings do not wait for the time to pass', () => {
  const one = setUp();
  one.read(5_000);
  expect(one.rows.map(({ readings }) => readings)).toEqual([5_000]);
});

test('an alert commits what waits with it, and a late reading or a closed lane means backlog', () => {
  const one = setUp();
  one.read(1);
  one.read(1, true);
  one.recorder.event(noteOf('now'));
  expect(one.recorder.commit()).toBe(true);
  expect(one.batches().map(({ lane, columns }) => [lane, [...columns.quality]])).toEqual([
    ['urgent', []],
    ['live', [0]],
    ['backlog', [64]],
  ]);
  const closed = setUp({ liveOpen: false });
  closed.read(1);
  closed.clock.advance(100);
  expect(closed.batches().map(({ lane }) => lane)).toEqual(['backlog']);
});

test('what a failed commit held is stored by the next one that succeeds, once', () => {
  const one = setUp();
  one.disk.broken = true;
  one.dirty.set('a', 1);
  one.read(2);
  one.recorder.event(noteOf('kept'));
  expect(one.recorder.commit()).toBe(false);
  expect(one.recorder.problem()).toContain('STORE_FULL');
  one.read(1);
  one.disk.broken = false;
  one.clock.advance(1_000);
  expect(one.recorder.problem()).toBeUndefined();
  expect(one.batches().flatMap(({ columns }) => [...columns.value])).toEqual([1, 2, 3]);
  expect(one.batches().flatMap(({ events }) => events)).toEqual([noteOf('kept')]);
  expect(one.journal.load().states).toEqual([['a', 1]]);
});

test('memory is bounded while the journal fails: the oldest readings go first and are declared, events stay', () => {
  const one = setUp();
  one.disk.broken = true;
  one.recorder.event(noteOf('kept'));
  one.read(120_000);
  const { readingsDropped } = one.recorder.counters();
  expect(readingsDropped).toBeGreaterThanOrEqual(20_000);
  one.disk.broken = false;
  one.recorder.commit();
  const values = one.batches().flatMap(({ columns }) => [...columns.value]);
  expect(values).toEqual(Array.from({ length: 120_000 - readingsDropped }, (_, i) => readingsDropped + i + 1));
  const gap = { kind: 'gap', readings: readingsDropped, fromMs: 1_000, toMs: readingsDropped * 1000 };
  expect(one.batches().flatMap(({ events }) => events)).toEqual([noteOf('kept'), expect.objectContaining(gap)]);
});

test('events too large for one frame become several rows, in order', () => {
  const one = setUp();
  for (let i = 0; i < 200; i += 1) one.recorder.event(noteOf(`${i}`.padEnd(400, '.')));
  one.recorder.commit();
  expect(one.rows.length).toBeGreaterThan(3);
  expect(one.rows.map(({ seq }) => seq)).toEqual(one.rows.map((_, i) => i + 1));
  const texts = one
    .batches()
    .flatMap(({ events }) => events.map((event) => (event.kind === 'note' ? Number.parseInt(event.text, 10) : -1)));
  expect(texts).toEqual(Array.from({ length: 200 }, (_, i) => i));
});

test('a gateway that stands alone keeps states and the ledger, and no readings', () => {
  const one = setUp({ alone: true });
  one.dirty.set('a', 1);
  one.read(10);
  one.recorder.event(noteOf('x'), { entry: { atMs: 1, kind: 'alert', actor: 'edge:mill', body: {} } });
  one.clock.advance(200);
  expect([one.rows.length, one.journal.lengths().live.queued]).toEqual([0, 0]);
  expect(one.journal.load().states).toEqual([['a', 1]]);
});

const entryOf = (act: string) => ({ atMs: 5, kind: 'operator' as const, actor: 'p', body: { act } });

test('what is secured is durable before the books are written, and is in them once, with or without a crash in between', () => {
  for (const crash of [false, true]) {
    const db = new DatabaseSync(':memory:');
    const one = setUp({ db });
    one.dirty.set('plan:siren', { wanted: 'on' });
    one.read(2);
    one.recorder.event(noteOf('alarm'), { entry: entryOf('raise') });
    expect(one.recorder.secure()).toBe(true);
    expect(one.rows, 'An order does not wait for the books.').toHaveLength(0);
    expect(one.journal.load().states.find(([key]) => key === 'plan:siren')).toEqual(['plan:siren', { wanted: 'on' }]);
    const heir = crash ? setUp({ db }) : one;
    if (crash) heir.recorder.resume(heir.journal.load().states);
    heir.recorder.event(noteOf('receipt'));
    heir.recorder.commit();
    const notes = heir
      .batches()
      .flatMap(({ events }) => events.map((event) => (event.kind === 'note' ? event.text : '')));
    expect(notes, `crash: ${crash}`).toEqual(['alarm', 'receipt']);
    expect(heir.batches().flatMap(({ columns }) => [...columns.value])).toEqual([1, 2]);
    expect(db.prepare('SELECT count(*) AS n FROM ledger').get()).toEqual({ n: 1 });
    const later = setUp({ db });
    later.recorder.resume(later.journal.load().states);
    later.recorder.commit();
    expect(later.rows, 'Nothing is put into the books twice.').toHaveLength(0);
  }
});

test('a disk that refuses to secure keeps everything in memory and says so', () => {
  const one = setUp();
  one.disk.broken = true;
  one.recorder.event(noteOf('alarm'));
  expect(one.recorder.secure()).toBe(false);
  expect(one.recorder.problem()).toBeDefined();
  one.disk.broken = false;
  one.clock.advance(1_000);
  expect(one.batches().flatMap(({ events }) => events)).toEqual([noteOf('alarm')]);
});
