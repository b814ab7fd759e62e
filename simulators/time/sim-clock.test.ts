import { expect, test } from 'vitest';
import { chance } from '../chance/chance.ts';
import { simClock } from './sim-clock.ts';

test('Tasks run at their instants, those due together in the order they were set.', () => {
  const clock = simClock(1_000);
  const ran: string[] = [];
  clock.after(20, () => ran.push(`late ${clock.nowMs()}`));
  clock.after(10, () => ran.push(`first ${clock.nowMs()}`));
  clock.after(10, () => ran.push(`second ${clock.nowMs()}`));
  clock.advance(15);
  expect(ran).toEqual(['first 1010', 'second 1010']);
  clock.advance(5);
  expect(ran.at(-1)).toBe('late 1020');
});

test('Any mixture of delays runs in order of time and then of setting.', () => {
  const clock = simClock();
  const dice = chance('clock');
  const ran: [number, number][] = [];
  const set = Array.from({ length: 500 }, (_, i) => [dice.integer(0, 50), i] as const);
  for (const [delayMs, i] of set) clock.after(delayMs, () => ran.push([clock.monotonicMs(), i]));
  clock.advance(50);
  expect(ran).toEqual([...set].sort((a, b) => a[0] - b[0] || a[1] - b[1]));
});

test('A cancelled task does not run, and a task may set another within the same advance.', () => {
  const clock = simClock();
  const ran: number[] = [];
  const cancel = clock.after(5, () => ran.push(-1));
  clock.after(1, () => clock.after(3, () => ran.push(clock.nowMs())));
  cancel();
  clock.advance(10);
  expect(ran).toEqual([4]);
});

test('Setting the wall clock back moves neither monotonic time nor timers.', () => {
  const clock = simClock(5_000);
  const ran: number[] = [];
  clock.after(10, () => ran.push(clock.monotonicMs()));
  clock.jump(-4_000);
  clock.advance(10);
  expect(ran).toEqual([10]);
  expect(clock.nowMs()).toBe(1_010);
});
