import type { Site } from '@tocsin/edge-agent/site';
import { expect, test } from 'vitest';
import { type Building, createBuilding } from './hands.ts';

/** Faults 52, 53 and 56 to 61 of the fault plan, each injected into a whole simulated building with its own relays. */
const minute = 60_000;
const hour = 60 * minute;

/** The building with more said of one of its actuators. */
const withActuator = (actuator: 'siren' | 'breaker', more: object) => (site: Site) => ({
  ...site,
  actuators: site.actuators.map((one) => (one.id === actuator ? { ...one, ...more } : one)),
});

/** Orders that reached a device. */
const arrived = ({ arrived: all }: Building, device: string, action: string) =>
  all.filter(({ command }) => command.device === device && command.action === action);

/** What became of an order, newest last. */
const fateOf = ({ effects }: Building, id: string) =>
  effects.flatMap((effect) =>
    effect.kind === 'receipt' && effect.receipt.commandId === id ? [[effect.receipt.state, effect.receipt.why]] : [],
  );

/** Alerts that stand, as `rule/subject` with their newest reason. */
function standing({ effects }: Building): Record<string, string> {
  const alerts: Record<string, string> = {};
  for (const effect of effects) {
    if (effect.kind !== 'alert') continue;
    const { rule, subject, condition, reasons } = effect.transition;
    if (condition === 'normal') delete alerts[`${rule}/${subject}`];
    else alerts[`${rule}/${subject}`] = reasons[0]!;
  }
  return alerts;
}

test('fault 52: an order that comes a hundred times moves the device once, and an overtaken one not at all', () => {
  const building = createBuilding(1);
  building.run(3000);
  for (let n = 0; n < 100; n += 1) {
    building.order({ id: 'second', number: 8, leaseMs: 3000 });
    if (n % 10 === 0) building.run(250);
  }
  building.order({ id: 'first', number: 7, action: 'off', issuer: 'ben' });
  building.run(1000);
  expect(arrived(building, 'siren', 'on')).toHaveLength(1);
  expect(fateOf(building, 'first')).toEqual([['refused', 'it has number 7, and 8 was carried out']]);
  building.run(10_000);
  expect(building.contact('siren')).toBe('OFF');
});

test('fault 52: two persons at once: each order is answered, and the device ends where the last one wanted it', () => {
  const building = createBuilding(2);
  building.run(3000);
  building.order({ id: 'a', number: 1, issuer: 'ann' });
  building.order({ id: 'b', number: 2, issuer: 'ben', action: 'off' });
  building.run(2000);
  expect(building.contact('siren')).toBe('OFF');
  expect([fateOf(building, 'a').at(-1)?.[0], fateOf(building, 'b').at(-1)?.[0]]).toEqual(['unverified', 'verified']);
});

test('fault 53: an order that a partition held for ten minutes is expired, and a clock set back does not revive it', () => {
  const building = createBuilding(3);
  building.run(3000);
  const given = { notBeforeMs: building.nowMs(), expiresAtMs: building.nowMs() + 30_000 };
  building.run(10 * minute);
  building.order({ id: 'late', ...given });
  building.run(1000);
  expect(fateOf(building, 'late').at(-1)).toEqual(['expired', 'it came after its end']);
  building.setClock(-10 * minute);
  building.run(1000);
  building.order({ id: 'later', ...given });
  building.run(1000);
  expect(fateOf(building, 'later').at(-1)?.[1]).toMatch(/^the clock is doubted/);
  expect(arrived(building, 'siren', 'on')).toEqual([]);
});

test('fault 53: while the clock is doubted a siren still sounds for a real alarm, and lets go', () => {
  const building = createBuilding(4);
  building.run(3000);
  building.setClock(-4 * minute);
  building.run(1000);
  building.world.kitchen = 9;
  building.run(10_000);
  expect(building.contact('siren')).toBe('ON');
  building.world.kitchen = 0;
  building.run(20_000);
  expect(building.contact('siren')).toBe('OFF');
});

test.each([-4 * minute, -5000, 4 * minute])(
  'fault 57: a clock that jumps by %i ms leaves nothing held and nothing dropped for long',
  (jumpMs) => {
    const building = createBuilding(5);
    building.world.kitchen = 9;
    building.run(20_000);
    expect(building.contact('siren')).toBe('ON');
    building.setClock(jumpMs);
    building.run(20_000);
    expect(building.contact('siren')).toBe('ON');
    building.world.kitchen = 0;
    building.run(20_000);
    expect(building.contact('siren')).toBe('OFF');
  },
);

test('fault 58: an act that is asked for again and again is capped per cycle and per half hour, with one alert that counts', () => {
  const cap = [
    { count: 1, withinMs: 90_000 },
    { count: 10, withinMs: hour / 2 },
  ];
  const building = createBuilding(6, withActuator('siren', { actsMax: cap }));
  building.run(3000);
  for (let n = 0; n < 340; n += 1) {
    building.world.kitchen = n % 2 === 0 ? 9 : 0;
    building.run(5000);
  }
  const acts = arrived(building, 'siren', 'on').filter(({ command }) => !/^(Renews|Repeats)/.test(command.reason));
  expect(acts.length).toBeLessThanOrEqual(10);
  expect(acts.length).toBeGreaterThan(8);
  for (const [i, { atMs }] of acts.entries())
    if (i > 0) expect(atMs - acts[i - 1]!.atMs).toBeGreaterThanOrEqual(90_000);
  building.world.kitchen = 9;
  building.run(2000);
  expect(standing(building)['act-limit/siren']).toMatch(/^10 of at most 10 acts of siren within 30 min; 1 more waits$/);
});

test('fault 59: acts of an area go in stages, and those that wait are told in one alert', () => {
  const building = createBuilding(7, (site) => ({
    ...site,
    actuators: site.actuators.map((one) => ({ ...one, area: 'east' })),
    limits: { areas: { east: { count: 1, withinMs: minute } } },
  }));
  building.run(3000);
  Object.assign(building.world, { kitchen: 9, corridor: 9 });
  building.run(5000);
  expect([building.contact('siren'), building.contact('breaker')]).toEqual(['ON', 'OFF']);
  expect(standing(building)['act-limit/east']).toBe('1 of at most 1 acts of area east within 1 min; 1 more waits');
  building.run(minute);
  expect(building.contact('breaker')).toBe('ON');
  expect(standing(building)).not.toHaveProperty('act-limit/east');
});

test('fault 60: power is restored only when the alarm is over, by a person with a reason, and by no restart', () => {
  const building = createBuilding(8);
  Object.assign(building.world, { kitchen: 9, corridor: 9 });
  building.run(5000);
  expect(building.contact('breaker')).toBe('ON');
  building.order({ id: 'live', device: 'breaker', action: 'closed' });
  building.run(1000);
  expect(fateOf(building, 'live').at(-1)?.[1]).toMatch(/^its cause lasts: Fire/);
  building.die(10_000);
  building.run(20_000);
  expect(building.contact('breaker'), 'a restart restores nothing').toBe('ON');
  Object.assign(building.world, { kitchen: 0, corridor: 0 });
  building.run(2 * minute);
  building.order({ id: 'reset', device: 'alerts', action: 'reset', alert: 'mill/fire/mill' });
  building.order({ id: 'edge', device: 'breaker', action: 'closed', issuer: 'edge:mill' });
  building.order({ id: 'mute', device: 'breaker', action: 'closed', reason: ' ' });
  building.run(1000);
  expect(fateOf(building, 'edge').at(-1)?.[0]).toBe('refused');
  expect(fateOf(building, 'mute').at(-1)?.[0]).toBe('refused');
  expect(building.contact('breaker')).toBe('ON');
  building.order({ id: 'good', device: 'breaker', action: 'closed', reason: 'inspected on site' });
  building.run(2000);
  expect(building.contact('breaker')).toBe('OFF');
  expect(fateOf(building, 'good').at(-1)?.[0]).toBe('verified');
});

test('fault 61: an overdue proof test and a bypass are alerts; the bypass keeps rules away and ends by itself', () => {
  const building = createBuilding(9, withActuator('siren', { proofTest: { everyDays: 1 } }));
  building.run(3000);
  expect(standing(building)['proof-test/siren']).toMatch(/^no proof test is on record/);
  building.order({ id: 'proof', action: 'proof-test', value: 1, reason: 'on 90 ms, off 80 ms' });
  building.order({ id: 'out', action: 'bypass', value: building.nowMs() + 10 * minute, reason: 'new horn' });
  building.run(1000);
  expect(standing(building)).not.toHaveProperty('proof-test/siren');
  expect(standing(building)['bypass/siren']).toMatch(/^bypassed by ann until 2023-.* UTC: new horn$/);
  building.world.kitchen = 9;
  building.run(5 * minute);
  expect(arrived(building, 'siren', 'on')).toEqual([]);
  building.die(20_000);
  building.run(minute);
  expect(arrived(building, 'siren', 'on'), 'a restart ends no bypass').toEqual([]);
  building.run(5 * minute);
  expect(building.contact('siren'), 'the bypass is over, the alarm is not').toBe('ON');
  expect(standing(building)).not.toHaveProperty('bypass/siren');
  building.world.kitchen = 0;
  building.setClock(25 * hour);
  building.run(minute);
  expect(standing(building), 'a clock that jumped proves nothing').not.toHaveProperty('proof-test/siren');
  building.run(11 * minute);
  expect(standing(building)['proof-test/siren']).toMatch(/^the last proof test was on 2023-/);
});

test('a disarmed site decides, records and moves nothing, also over a restart', () => {
  const building = createBuilding(10);
  building.run(3000);
  building.order({ id: 'out', action: 'disarm', value: building.nowMs() + 5 * minute, reason: 'drill' });
  building.run(1000);
  building.world.kitchen = 9;
  building.run(5000);
  building.die(5000);
  building.run(30_000);
  expect(building.arrived.filter(({ command }) => command.mode === 'live')).toEqual([]);
  expect(building.contact('siren')).toBe('OFF');
  expect(standing(building)['disarmed/siren']).toMatch(/^disarmed by ann until .*: drill$/);
  building.run(5 * minute);
  expect(building.contact('siren')).toBe('ON');
});
