import { chance } from '@tocsin/simulators';
import { describe, expect, test } from 'vitest';
import { autoOffMs, createBuilding } from './hands.ts';

/**
 * Goal: no history of fires, lost and doubled messages, deaths and freezes leaves an actuator where it should not be.
 * Method: a storm of faults over a whole simulated building, then a calm, then the verdict. 200 seeds.
 */
const seeds = Array.from({ length: 200 }, (_, n) => n + 1);

/** Longest way from the end of a reason to the device, with every fault at work: lease, watchdog, one freeze, delays. */
const settleMs = 60_000;

function storm(seed: number) {
  const luck = chance(`storm ${seed}`);
  const building = createBuilding(seed);
  const { world } = building;
  building.run(3000);
  Object.assign(building.faults, { loss: 0.15, duplicates: 0.2, delayMsMax: 1500 });
  let coincided = false;
  for (let phase = 0; phase < 12; phase += 1) {
    world.kitchen = luck.pick([0, 0, 9, 9]);
    world.corridor = luck.pick([0, 0, 0, 9]);
    world.floor = luck.pick([0, 0, 2]);
    coincided ||= world.corridor > 6;
    const faultMs = luck.integer(500, 20_000);
    const fault = luck.pick(['none', 'none', 'die', 'freeze'] as const);
    if (fault !== 'none') building[fault](faultMs);
    building.run(luck.integer(4, 80) * 250);
  }
  return { building, coincided };
}

const outcomes = seeds.map((seed) => ({ seed, ...storm(seed) }));

describe('faults 52 and 55 to 57: after a storm', () => {
  test.each(outcomes)(
    'seed $seed: nothing moved twice, wrongly or against its guards, and all is at rest',
    ({ building, coincided }) => {
      const commands = building.effects.flatMap((effect) => (effect.kind === 'command' ? [effect.command] : []));
      expect(new Set(commands.map(({ id }) => id)).size, 'every command has its own id').toBe(commands.length);
      const breaker = commands.filter(({ device }) => device === 'breaker');
      if (!coincided) expect(breaker, 'one detector alone never cuts').toEqual([]);
      expect(
        breaker.every(({ action }) => action === 'open'),
        'nobody asked for power again',
      ).toBe(true);

      const { world, faults } = building;
      Object.assign(faults, { loss: 0, duplicates: 0, delayMsMax: 0 });
      Object.assign(world, { kitchen: 0, corridor: 0, floor: 0 });
      building.run(settleMs);
      expect(building.contact('siren'), 'no reason, no hold').toBe('OFF');
      const before = building.contact('breaker');

      world.kitchen = 9;
      building.run(15_000);
      expect(building.contact('siren'), 'it still does its work').toBe('ON');
      world.kitchen = 0;
      building.run(10_000);
      expect(building.contact('siren'), 'and lets go when the reason ends').toBe('OFF');
      if (before === 'ON') expect(building.contact('breaker'), 'the cut stands').toBe('ON');
      const open = new Map<string, string>();
      for (const effect of building.effects)
        if (effect.kind === 'alert') open.set(effect.transition.key, effect.transition.condition);
      expect(open.get('mill/unverified/siren') ?? 'normal', 'every trouble of the siren is over').toBe('normal');
      expect(open.get('mill/disagreement/siren') ?? 'normal').toBe('normal');
    },
  );

  test('the storms meant something', () => {
    const all = outcomes.flatMap(({ building }) => building.effects);
    const receipts = new Map<string, number>();
    for (const effect of all)
      if (effect.kind === 'receipt') receipts.set(effect.receipt.state, (receipts.get(effect.receipt.state) ?? 0) + 1);
    for (const state of ['verified', 'unverified', 'refused', 'released', 'failed'])
      expect(receipts.get(state) ?? 0, `receipts ${state}`).toBeGreaterThan(100);
    const cuts = outcomes.filter(({ building }) => building.contact('breaker') === 'ON');
    expect(cuts.length, 'breakers opened').toBeGreaterThan(20);
  });
});

test('fault 57: when the agent dies while it holds, the device lets go by its own watchdog', () => {
  const building = createBuilding(1);
  building.world.kitchen = 9;
  building.run(20_000);
  expect(building.contact('siren')).toBe('ON');
  building.die(1_000_000);
  building.run(autoOffMs + 1000);
  expect(building.contact('siren')).toBe('OFF');
});

test('fault 57: an agent that was frozen for longer than its lease does not act on the past', () => {
  const building = createBuilding(2);
  building.world.kitchen = 9;
  building.run(20_000);
  building.freeze(30_000);
  building.run(5000);
  building.world.kitchen = 0;
  building.run(35_000);
  expect(building.contact('siren')).toBe('OFF');
  expect(building.arrived.at(-1)?.command.action).toBe('off');
});
