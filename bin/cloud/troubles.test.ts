import type { Clock } from '@tocsin/contracts';
import { expect, test } from 'vitest';
import { createTroubles } from './troubles.ts';

function open() {
  const notes: { site: string; code: string; text: string }[] = [];
  let tasks: { atMs: number; task: () => void }[] = [];
  let nowMs = 1_790_000_000_000;
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, task) {
      const entry = { atMs: nowMs + delayMs, task };
      tasks.push(entry);
      return () => {
        tasks = tasks.filter((one) => one !== entry);
      };
    },
  };
  const pass = (ms: number) => {
    nowMs += ms;
    const due = tasks.filter(({ atMs }) => atMs <= nowMs);
    tasks = tasks.filter(({ atMs }) => atMs > nowMs);
    for (const { task } of due) task();
  };
  return { notes, pass, troubles: createTroubles({ clock, noted: (note) => notes.push(note) }) };
}
const sound = { recovered: () => undefined };

test('what is found before the desk listens is told when it does', () => {
  const { notes, pass, troubles } = open();
  troubles.say('STORE_DAMAGED', 'One.');
  pass(60_000);
  expect(notes).toEqual([]);
  troubles.begin(sound);
  pass(1_000);
  expect(notes).toEqual([{ site: 'cloud', code: 'STORE_DAMAGED', text: 'One.' }]);
  troubles.stop();
});

test('a hundred damaged batches of a site are one trouble that names the first and counts the rest', () => {
  const { notes, pass, troubles } = open();
  troubles.begin(sound);
  for (let seq = 1; seq <= 100; seq += 1) troubles.damaged(seq, { site: 'hill', lane: 'live', seq });
  pass(1_000);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatchObject({ site: 'hill', code: 'STORE_DAMAGED' });
  expect(notes[0]!.text).toMatch(/Batch live\/1 .*Batch live\/8 .*And 92 more\.$/);
});

test('a full disk is told since when, and its end from when to when', () => {
  const { notes, pass, troubles } = open();
  troubles.begin(sound);
  const at = (minute: number) => Date.UTC(2026, 10, 20, 12, minute);
  troubles.health({ status: 'degraded', sinceMs: at(1), why: 'STORE_FULL: full.' });
  pass(1_000);
  troubles.health({ status: 'ok', sinceMs: at(9) });
  pass(1_000);
  expect(notes[0]).toMatchObject({ code: 'STORE_FULL', text: expect.stringContaining('since 2026-11-20T12:01') });
  expect(notes[1]!.text).toMatch(/from 2026-11-20T12:01.* to 2026-11-20T12:09/);
});

test('a reader whose place was trimmed away is told of once, one at the beginning or in time never', () => {
  const { notes, pass, troubles } = open();
  troubles.begin(sound);
  const log = troubles.watched({ read: () => [], trimmedThrough: () => 50 });
  for (const after of [0, 50, 60]) log.read(after, 1);
  pass(1_000);
  expect(notes).toEqual([]);
  log.read(20, 1);
  log.read(20, 1);
  pass(1_000);
  expect(notes).toMatchObject([{ code: 'LOG_GAP' }]);
});
