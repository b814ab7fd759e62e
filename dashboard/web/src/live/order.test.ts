import type { AlertView } from '@tocsin/contracts';
import { expect, test } from 'vitest';
import { pretendAlert } from '../../../pretend/alerts.ts';
import { arrange } from './order.ts';

const alert = (subject: string, more: Partial<AlertView> = {}): AlertView => ({
  ...pretendAlert({ takenAtMs: 1_000, subject }).alert,
  ...more,
});
const subjects = (rows: readonly AlertView[]) => rows.map(({ subject }) => subject);

test('rows stand in the order of the desk: unacknowledged, class, severity, oldest', () => {
  const all = [
    alert('acked', { operator: 'acknowledged', severity: 'Extreme' }),
    alert('trouble', { class: 'trouble', severity: 'Extreme' }),
    alert('minor', { severity: 'Minor' }),
    alert('late', { raisedAtMs: 2_000 }),
    alert('early'),
  ];
  const { rows, held } = arrange(all, { shown: [], frozen: false, find: () => undefined });
  expect(subjects(rows)).toEqual(['early', 'late', 'minor', 'trouble', 'acked']);
  expect(held).toEqual([]);
});

test('while somebody is in the list no row moves or goes, and what is new waits', () => {
  const before = [alert('one'), alert('two', { severity: 'Minor' })];
  const ended = alert('one', { condition: 'normal', operator: 'acknowledged' });
  const worse = alert('three', { severity: 'Extreme' });
  const all = new Map([ended, before[1]!, worse].map((row) => [row.key, row]));
  const shown = before.map(({ key }) => key);
  const { rows, held } = arrange([worse, before[1]!], { shown, frozen: true, find: (key) => all.get(key) });
  expect(subjects(rows)).toEqual(['one', 'two']);
  expect(rows[0]?.condition).toBe('normal');
  expect(subjects(held)).toEqual(['three']);
});
