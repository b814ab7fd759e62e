import type { Command } from '@tocsin/contracts';
import { describe, expect, test } from 'vitest';
import { backupMs, createStreet, type Street, t0 } from './street.ts';

/**
 * Goal: the oracles C1 to C4 of domain.md §4 hold for the whole loop: people, edge, relay with its own watchdog, and the controller,
 * which keeps the last word. Method: the demonstration's own site file on simulated time.
 */
const commandsOf = ({ effects }: Street) =>
  effects.flatMap(({ atMs, effect }) => (effect.kind === 'command' ? [{ atMs, ...effect.command }] : []));
const receiptsOf = ({ effects }: Street, id: string) =>
  effects.flatMap(({ effect }) =>
    effect.kind === 'receipt' && effect.receipt.commandId === id ? [effect.receipt] : [],
  );

/** Somebody too slow for the clearance is on the road, and the clearance is held. */
function heldStreet(): Street {
  const street = createStreet();
  street.arrive(0.55);
  street.runUntil('the clearance began', () => street.phase() === 2);
  street.runUntil('the clearance was held', () => street.contact() === 'ON');
  return street;
}

test('C1: somebody slow reaches the far kerb before the clearance ends, and the hold ends within a second of it', () => {
  const street = heldStreet();
  const clearedFrom = street.phases.at(-1)!.atMs;
  street.runUntil('the road was clear', () => street.onRoad() === 0);
  expect(street.phase(), 'still clearance').toBe(2);
  expect(street.nowMs() - clearedFrom, 'longer than the plan').toBeGreaterThan(street.clearanceMs);
  const clearAtMs = street.nowMs();
  street.runUntil('the hold ended', () => street.contact() === 'OFF');
  expect(street.nowMs() - clearAtMs).toBeLessThanOrEqual(2_000);
});

test('C2: nobody on the road, or somebody who only stands at the kerb after walk, holds nothing', () => {
  const street = createStreet();
  street.arrive(1.6);
  street.runUntil('people walked', () => street.onRoad() > 0);
  street.runUntil('the road was clear', () => street.onRoad() === 0);
  street.runUntil('the clearance began', () => street.phase() === 2);
  street.run(1_000);
  const before = commandsOf(street).length;
  street.arrive(0.4);
  street.runUntil('the clearance ended', () => street.phase() === 0);
  expect(street.nowMs() - street.phases.at(-2)!.atMs).toBe(street.clearanceMs);
  expect(commandsOf(street).slice(before)).toEqual([]);
});

describe('C3: the requester dies during a hold', () => {
  test('the relay lets go by its own watchdog, and the controller goes on', () => {
    const street = heldStreet();
    street.die();
    const diedAtMs = street.nowMs();
    street.runUntil('the relay let go', () => street.contact() === 'OFF');
    expect(street.nowMs() - diedAtMs).toBeLessThanOrEqual(backupMs);
    street.runUntil('vehicles had green again', () => street.phase() === 0, 20_000);
  });

  test('when it comes back it asks for nothing on old grounds', () => {
    const street = heldStreet();
    street.die();
    street.runUntil('vehicles had green again', () => street.phase() === 0, 20_000);
    const before = commandsOf(street).length;
    street.wake();
    street.run(5_000);
    const later = commandsOf(street).slice(before);
    expect(later.filter(({ action }) => action === 'on')).toEqual([]);
    expect(street.contact()).toBe('OFF');
  });
});

describe('C4: a request in the wrong phase', () => {
  const order = (street: Street): Command => ({
    v: 1,
    id: `order-${street.nowMs()}`,
    site: 'station-street',
    device: 'hold',
    action: 'on',
    leaseMs: 4_000,
    notBeforeMs: t0 + street.nowMs(),
    expiresAtMs: t0 + street.nowMs() + 10_000,
    issuer: 'operator',
    reason: 'Somebody on the telephone asks for it.',
    mode: 'live',
  });

  test('is refused with its reason and moves nothing, whoever asks', () => {
    const street = createStreet();
    street.run(3_000);
    expect(street.phase()).toBe(0);
    const command = order(street);
    street.order(command);
    expect(receiptsOf(street, command.id).slice(-1)).toMatchObject([
      { state: 'refused', why: expect.stringContaining('nothing to hold') },
    ]);
    street.run(5_000);
    expect(commandsOf(street)).toEqual([]);
    expect(street.contact()).toBe('OFF');
  });
});
