import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, type Mode, Receipt } from '@tocsin/contracts';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import { ordersMax } from './order-memory.ts';
import { createPlan } from './plan.ts';
import { orderOf, planOf, play, rulesOf, type StoryActuator, type StoryLine } from './story.ts';

type Case = {
  name: string;
  actuator?: StoryActuator;
  mode?: Mode;
  tickMs?: number;
  story: StoryLine[];
  expect: string[];
};

const folder = join(import.meta.dirname, 'cases');
for (const file of readdirSync(folder)) {
  describe(file.replace('.json', ''), () => {
    const cases = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case[];
    test.each(cases)('$name', ({ actuator, mode, tickMs, story, expect: expected }) => {
      expect(play(planOf(actuator, mode), story, tickMs)).toEqual(expected);
    });
  });
}

describe('limits', () => {
  const order = (id: string, atMs: number, expiresAtMs: number) =>
    ({ kind: 'order', command: orderOf({ id, expiresAtMs, notBeforeMs: 0 }, atMs), atMs }) as const;

  test('an order is never forgotten while it could still act, so a flood of orders is refused', () => {
    const plan = planOf();
    for (let n = 0; n < ordersMax; n += 1) plan.step(order(`flood-${n}`, n, 100_000));
    const [late] = plan.step(order('one-more', 1000, 100_000));
    expect(late).toMatchObject({ receipt: { state: 'refused', why: expect.stringContaining('still valid') } });
  });

  test('a forgotten order cannot come back, even when the clock was set back behind its end', () => {
    const plan = planOf();
    for (let n = 0; n < ordersMax; n += 1) plan.step(order(`early-${n}`, n, 10_000));
    const later = plan.step(order('later', 20_000, 50_000));
    expect(later.some((effect) => effect.kind === 'command' && effect.command.id === 'later')).toBe(true);
    expect(plan.step(order('early-3', 5000, 10_000))).toMatchObject([{ receipt: { state: 'refused' } }]);
  });

  test('ids fit the contract for the longest names, and differ between actuators and after a loss of memory', () => {
    const id = (actuator: string, atMs: number) => {
      const site = 's'.repeat(64);
      const rules = { ...rulesOf({ id: actuator }), site };
      const plan = createPlan({ actuators: [rules], responses: new Map(), staleAfterMs: () => 0 });
      const wish = {
        response: 'r',
        action: 'on',
        severity: 1,
        coincidence: false,
        alert: 'a/b/c',
        text: 'x',
        late: false,
      };
      const effects = plan.step({ kind: 'wish', actuator, ...wish, atMs });
      for (const effect of effects) {
        if (effect.kind === 'command') expect(Compile(Command).Check(effect.command)).toBe(true);
        if (effect.kind === 'receipt') expect(Compile(Receipt).Check(effect.receipt)).toBe(true);
      }
      return effects.find((effect) => effect.kind === 'command')!.command.id;
    };
    const ids = [id(`${'a'.repeat(63)}1`, 1e12), id(`${'a'.repeat(63)}2`, 1e12), id(`${'a'.repeat(63)}1`, 1e12 + 1)];
    expect(new Set(ids).size).toBe(3);
  });
});
