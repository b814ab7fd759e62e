import type { AlertTransition } from '@tocsin/contracts';
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../engine/types.ts';
import cases from './cases/planes.json' with { type: 'json' };
import { type AlertMemory, type AlertRule, actsOf, hearVerdict, performAct } from './lifecycle.ts';

const about = (latch: boolean): AlertRule => ({
  site: 's',
  origin: 'edge',
  key: 's/r/d',
  subject: 'd',
  rule: { id: 'r', event: 'It happens', latch },
  severities: ['Moderate', 'Severe'],
  version: '1',
});

const says = (level: number, more: Partial<Verdict> = {}): Verdict => ({
  level,
  recovering: false,
  data: 'good',
  reasons: [`level ${level}`],
  takenAtMs: 1000,
  ...more,
});

/** Plays verdicts (numbers, or whole verdicts) and acts, and answers the memory and the transitions. */
function play(latch: boolean, steps: (number | Partial<Verdict> | 'acknowledge' | 'reset')[]) {
  let memory: AlertMemory | undefined;
  const told: AlertTransition[] = [];
  const refused: string[] = [];
  steps.forEach((step, i) => {
    const atMs = i * 120_000;
    if (step === 'acknowledge' || step === 'reset') {
      const acted = performAct(memory, about(latch), { act: step, by: 'duty officer', atMs });
      if ('refused' in acted) refused.push(acted.refused);
      else {
        memory = acted.memory;
        told.push(acted.transition);
      }
      return;
    }
    const verdict = typeof step === 'number' ? says(step) : says(1, step);
    const heard = hearVerdict(memory, about(latch), { verdict, decidedAtMs: atMs, late: false });
    memory = heard.memory;
    if (heard.transition) told.push(heard.transition);
  });
  return { memory: memory!, told, refused };
}

describe('the eight cases of latched, acknowledged and active', () => {
  for (const { latched, acknowledged, active, due } of cases) {
    const words = [latched ? 'latched' : 'not latched', acknowledged ? 'acknowledged' : 'unacknowledged'];
    test(`${words.join(', ')}, ${active ? 'active' : 'normal'}: possible are ${due.join(', ') || 'no acts'}`, () => {
      const { memory } = play(latched, [
        1,
        ...(acknowledged ? (['acknowledge'] as const) : []),
        ...(active ? [] : [0]),
      ]);
      expect(memory).toMatchObject({
        latch: latched ? 'latched' : 'none',
        operator: acknowledged ? 'acknowledged' : 'unacknowledged',
        condition: active ? 'active' : 'normal',
      });
      const can = actsOf(memory);
      expect((['acknowledge', 'reset'] as const).filter((act) => can[act])).toEqual(due);
      for (const act of ['acknowledge', 'reset'] as const) {
        const acted = performAct(memory, about(latched), { act, by: 'duty officer', atMs: 1 });
        expect('refused' in acted).toBe(!due.includes(act));
      }
    });
  }
});

test('an acknowledgement survives a step down and is undone by an escalation', () => {
  const { told } = play(false, [2, 'acknowledge', 1, 2]);
  expect(told.map(({ kind, operator }) => [kind, operator])).toEqual([
    ['raise', 'unacknowledged'],
    ['acknowledge', 'acknowledged'],
    ['stepDown', 'acknowledged'],
    ['escalate', 'unacknowledged'],
  ]);
});

test('a new occurrence after a clear starts unacknowledged and numbers its transitions afresh', () => {
  const { told } = play(false, [1, 'acknowledge', 0, 1]);
  expect(told.map(({ kind, occurrence, number }) => [kind, occurrence, number])).toEqual([
    ['raise', 1, 1],
    ['acknowledge', 1, 2],
    ['clear', 1, 3],
    ['raise', 2, 1],
  ]);
  expect(told.at(-1)?.operator).toBe('unacknowledged');
});

test('a latched alert goes back to normal but stays until a person resets it, which also acknowledges', () => {
  const { told, memory } = play(true, [1, 0, 'reset']);
  expect(told.map(({ kind, condition, latch }) => [kind, condition, latch])).toEqual([
    ['raise', 'active', 'latched'],
    ['clear', 'normal', 'latched'],
    ['reset', 'normal', 'none'],
  ]);
  expect(told.at(-1)).toMatchObject({ by: 'duty officer', operator: 'acknowledged' });
  expect(memory.latch).toBe('none');
});

test('a reset with the cause present or still recovering is refused with the reason', () => {
  const { refused, memory } = play(true, [1, 'reset', { recovering: true }, 'reset']);
  expect(refused).toHaveLength(2);
  expect(refused[0]).toContain('still present');
  expect(memory.latch).toBe('latched');
});

test('stale data never clear or step down, whatever the condition says', () => {
  const { memory, told } = play(false, [2, { level: 0, data: 'stale' }, { level: 1, data: 'noData' }]);
  expect(memory).toMatchObject({ severity: 'Severe', condition: 'active', data: 'noData' });
  expect(told.map(({ kind }) => kind)).toEqual(['raise', 'update', 'update']);
});

test('late data raise and escalate, marked late, and do nothing else', () => {
  const rule = about(false);
  const late = (memory: AlertMemory | undefined, level: number) =>
    hearVerdict(memory, rule, { verdict: says(level), decidedAtMs: 0, late: true });
  const raised = late(undefined, 1);
  expect(raised.transition).toMatchObject({ kind: 'raise', late: true });
  const worse = late(raised.memory, 2);
  expect(worse.transition).toMatchObject({ kind: 'escalate', late: true });
  expect(late(worse.memory, 1).transition).toBeUndefined();
  expect(late(worse.memory, 0).memory).toBe(worse.memory);
});

test('renewed reasons are told at most once a minute, and the same verdict twice is told once', () => {
  const rule = about(false);
  const at = (memory: AlertMemory | undefined, decidedAtMs: number, reason: string) =>
    hearVerdict(memory, rule, { verdict: says(1, { reasons: [reason] }), decidedAtMs, late: false });
  const raised = at(undefined, 0, 'a');
  expect(at(raised.memory, 30_000, 'b').transition).toBeUndefined();
  expect(at(raised.memory, 60_000, 'b').transition).toMatchObject({ kind: 'update', reasons: ['b'], number: 2 });
  expect(at(raised.memory, 90_000, 'a').transition).toBeUndefined();
});

test('an act on an alert that never was is refused', () => {
  expect(performAct(undefined, undefined, { act: 'acknowledge', by: 'x', atMs: 0 })).toEqual({
    refused: 'There is no such alert.',
  });
});

test('an acknowledgement that crossed an escalation on its way is refused, a later one counts', () => {
  const { memory } = play(false, [1, 2]);
  const act = { act: 'acknowledge', by: 'duty officer', atMs: 9 } as const;
  expect(performAct(memory, about(false), { ...act, seenNumber: 1 })).toEqual({
    refused: 'It has got worse since; look again.',
  });
  expect(performAct(memory, about(false), { ...act, seenNumber: 2 })).toMatchObject({
    memory: { operator: 'acknowledged' },
  });
});

test('live data that confirm a late alert are told at once, once', () => {
  const late = hearVerdict(undefined, about(false), { verdict: says(1), decidedAtMs: 1, late: true });
  expect(late.transition).toMatchObject({ kind: 'raise', late: true });
  const blind = hearVerdict(late.memory, about(false), {
    verdict: says(1, { data: 'good' }),
    decidedAtMs: 2,
    late: true,
  });
  expect(blind.transition).toBeUndefined();
  const live = hearVerdict(late.memory, about(false), { verdict: says(1), decidedAtMs: 3, late: false });
  expect(live.transition).toMatchObject({ kind: 'update' });
  expect(live.transition?.late).toBeUndefined();
  expect(live.memory).toMatchObject({ late: false });
  expect(
    hearVerdict(live.memory, about(false), { verdict: says(1), decidedAtMs: 4, late: false }).transition,
  ).toBeUndefined();
});
