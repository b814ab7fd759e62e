import type { Command } from '@tocsin/contracts';
import { createPipeline, type PipelineEffect } from '@tocsin/edge-agent/pipeline';
import { checkSite } from '@tocsin/edge-agent/site';
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
  expect(street.nowMs() - clearAtMs).toBeLessThanOrEqual(1_000);
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

  const site = () => {
    const checked = checkSite(
      `
site: corner
name: Corner
mode: live
devices:
  - { id: camera, format: json-path, topic: t, intervalMs: 200, channels: [], tracks: { path: $.p, id: $.id, x: $.x, y: $.y } }
  - id: signal
    format: hires-log
    topic: s
    intervalMs: 60000
    phase: 2
    vehiclePhase: 4
    channels:
      - { id: phase, signal: phase, unit: '{state}' }
      - { id: vehicle, signal: vehicle, unit: '{state}' }
      - { id: preempt, signal: preempt, unit: '{state}' }
packs:
  - { pack: crossing, id: walk, tracks: camera, phase: signal/phase, vehicle: signal/vehicle, preempt: signal/preempt,
      from: [0, 0], to: [10, 0], widthM: 4, clearanceMs: 9000 }
actuators:
  - { id: hold, driver: mqtt-relay, commandTopic: h/set, stateTopic: h/state, rest: 'off', onSilence: 'off',
      actions: { 'on': { send: 'ON', state: 'ON' }, 'off': { send: 'OFF', state: 'OFF' } } }
responses:
  - { id: hold, when: { rule: walk-time, atLeast: Minor }, actuator: hold, action: 'on' }
`,
      'corner.yaml',
      '0'.repeat(64),
    );
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
    return checked.site;
  };

  /** Somebody at 0.5 m/s is on the road for ten seconds while the signal shows these states. */
  function decided(states: Record<string, number>): PipelineEffect[] {
    const pipeline = createPipeline(site());
    const effects: PipelineEffect[] = [];
    for (const [channel, value] of Object.entries(states))
      effects.push(...pipeline.step({ kind: 'reading', device: 'signal', channel, value, atMs: t0, receivedAtMs: t0 }));
    for (let atMs = t0; atMs < t0 + 10_000; atMs += 200) {
      const tracks = [{ id: 1, xM: 1 + ((atMs - t0) / 1000) * 0.5, yM: 0 }];
      effects.push(...pipeline.step({ kind: 'tracks', device: 'camera', tracks, atMs, receivedAtMs: atMs }));
      if ((atMs - t0) % 1000 === 0) effects.push(...pipeline.step({ kind: 'tick', atMs }));
    }
    return effects;
  }
  const kinds = (effects: readonly PipelineEffect[]) => ({
    commands: effects.flatMap((effect) => (effect.kind === 'command' ? [effect.command.action] : [])),
    refusals: effects.flatMap((effect) =>
      effect.kind === 'remark' && effect.remark.what === 'refusal' ? [effect.remark.why] : [],
    ),
  });

  test.each<[string, Record<string, number>, RegExp]>([
    ['don’t walk', { phase: 0, vehicle: 1, preempt: 0 }, /don’t walk/],
    ['vehicle yellow', { phase: 2, vehicle: 2, preempt: 0 }, /yellow/],
    ['vehicle red clearance', { phase: 2, vehicle: 3, preempt: 0 }, /red clearance/],
    ['vehicle green', { phase: 2, vehicle: 1, preempt: 0 }, /green/],
    ['a pre-emption', { phase: 2, vehicle: 0, preempt: 1 }, /pre-emption/],
    ['an unknown phase', { vehicle: 0, preempt: 0 }, /not known/],
  ])('%s: the need is refused with its reason, and no command leaves', (_name, states, why) => {
    const { commands, refusals } = kinds(decided(states));
    expect(commands).toEqual([]);
    expect(refusals.join('\n')).toMatch(why);
  });

  test('in the clearance with red vehicles the same person is given time', () => {
    const { commands } = kinds(decided({ phase: 2, vehicle: 0, preempt: 0 }));
    expect(commands[0]).toBe('on');
  });
});
