import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, type Mode, Receipt } from '@tocsin/contracts';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import { ordersMax } from './order-memory.ts';
import { createPlan } from './plan.ts';
import { orderOf, planOf, play, rulesOf, type StoryActuator, type StoryLine } from './story.ts';
import type { PlanEffect, PlanEvent } from './types.ts';

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

describe('Fault 59: a rule wants 500 cut-offs at once', () => {
  const count = 500;
  const flood = () => {
    const rules = Array.from({ length: count }, (_, n) => ({
      ...rulesOf({
        id: `b${n}`,
        area: n < 400 ? 'east' : 'west',
        expected: { open: 'open', closed: 'closed' },
        rest: 'closed',
        leaseMs: 3_600_000,
      }),
    }));
    const limits = { site: { count: 10, withinMs: 600_000 }, areas: { east: { count: 4, withinMs: 600_000 } } };
    return createPlan({ actuators: rules, responses: new Map(), staleAfterMs: () => 0, limits });
  };
  const wish = (n: number, severity: number, atMs: number): PlanEvent => {
    const about = {
      response: `r${n}`,
      action: 'open',
      coincidence: true,
      alert: 'mill/fire/x',
      text: 'fire',
      late: false,
    };
    return { kind: 'wish', actuator: `b${n}`, severity, ...about, atMs };
  };
  const opened = (effects: PlanEffect[]) =>
    effects.flatMap((effect) =>
      effect.kind === 'command' && effect.command.action === 'open' ? [effect.command.device] : [],
    );
  const told = (effects: PlanEffect[]) =>
    effects.flatMap((effect) =>
      effect.kind === 'trouble' ? [`${effect.active ? '+' : '-'} ${effect.subject}: ${effect.why}`] : [],
    );

  test('only as many as the limits of area and site let pass begin, and the others are counted in two alerts', () => {
    const plan = flood();
    const effects = Array.from({ length: count }, (_, n) => plan.step(wish(n, 3, 1000))).flat();
    expect(opened(effects)).toEqual(['b0', 'b1', 'b2', 'b3', 'b400', 'b401', 'b402', 'b403', 'b404', 'b405']);
    const refused = effects.filter((effect) => effect.kind === 'receipt' && effect.receipt.state === 'refused');
    expect(refused).toHaveLength(490);
    expect(told(effects)).toEqual([]);
    expect(told(plan.step({ kind: 'tick', atMs: 1500 }))).toEqual([
      '+ east: 4 of at most 4 acts of area east within 10 min; 396 more wait',
      '+ mill: 10 of at most 10 acts of site mill within 10 min; 94 more wait',
    ]);
  });

  test('the next stage goes when the window has moved, to the worst first, and a restart in between changes nothing', () => {
    const first = flood();
    for (let n = 0; n < count; n += 1)
      for (const actuator of opened(first.step(wish(n, n === 123 || n === 456 ? 4 : 3, 1000 + n))))
        first.step({ kind: 'readBack', actuator, state: 'open', old: false, atMs: 1000 + n });
    first.step({ kind: 'tick', atMs: 2000 });
    const plan = flood();
    plan.restore(first.takeDirty().map(([key, state]) => [key, JSON.parse(JSON.stringify(state))]));
    expect(opened(plan.step({ kind: 'tick', atMs: 600_999 }))).toEqual([]);
    // Each act makes room for one again ten minutes after it began.
    const stage = plan.step({ kind: 'tick', atMs: 601_003 });
    expect(opened(stage).slice(0, 2)).toEqual(['b123', 'b456']);
    expect(opened(stage)).toHaveLength(4);
    expect(told(stage).join()).toContain('4 of at most 4 acts of area east');
  });
});

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
