import { describe, expect, test } from 'vitest';
import { createDesk, watchdogTrouble } from './desk.ts';
import type { Answer } from './line.ts';
import type { Ask, DeskEffect, Dialect } from './types.ts';

const hold: Ask = { actuator: 'hold', action: 'extend', rest: 'none', leaseMs: 8000 };
const call: Ask = { ...hold, actuator: 'call', action: 'call' };
const fine: Answer = { ok: true, values: [] };
const lost: Answer = { ok: false, sure: false, why: 'it does not answer' };
const refused: Answer = { ok: false, sure: true, why: 'it answers BadValue' };

/** A desk whose dialect reads a device that a test sets by hand. */
function made(asks: Ask[] = [hold]) {
  const device = {
    watchdogMs: 6000,
    stands: new Set<string>(),
    refusal: undefined as string | undefined,
    withdraw: undefined as string | undefined,
  };
  const dialect: Dialect<Ask> = {
    reads: [],
    take: () => ({ watchdogMs: device.watchdogMs, rebooted: false }),
    sight: ({ actuator, action, rest }) => {
      const stands = device.stands.has(actuator);
      return { stands, state: stands ? action : rest, refusal: device.refusal, withdraw: device.withdraw };
    },
    writes: (_, wanted) => [...wanted].map((actuator) => ({ oid: actuator, value: 1 })),
  };
  const desk = createDesk(asks, dialect, { timeoutMs: 500, lookMs: 1000 });
  const told: string[] = [];
  const hear = (effects: DeskEffect[]) => {
    for (const effect of effects) {
      if (effect.kind === 'readBack') told.push(`${effect.actuator} is ${effect.state}`);
      else if (effect.kind !== 'trouble') told.push(`${effect.commandId} ${effect.kind}`);
    }
  };
  return {
    desk,
    device,
    told,
    order(actuator: string, commandId: string, away: boolean, atMs: number) {
      hear(desk.order({ actuator, commandId, away, leaseMs: 8000 }, atMs));
    },
    /** Reads; answers what is to be written, or undefined. */
    read(atMs: number, answer = fine, askedAtMs = atMs - 20) {
      const { effects, write } = desk.saw(answer, { askedAtMs, atMs });
      hear(effects);
      return write && { wanted: write.objects.map(({ oid }) => oid), once: write.once };
    },
    wrote(atMs: number, answer = fine) {
      hear(desk.wrote(answer, { askedAtMs: atMs - 20, atMs }));
    },
  };
}

/** A desk whose hold stands since 1 s. */
function held() {
  const all = made();
  all.read(100);
  all.order('hold', 'o1', true, 900);
  all.read(980);
  all.device.stands.add('hold');
  all.wrote(1020);
  all.told.length = 0;
  return all;
}

describe('an order', () => {
  test('waits for a reading that was asked for after it, and is sent once', () => {
    const { read, order, told, wrote, desk } = made();
    order('hold', 'o1', true, 1000);
    expect(read(1010, fine, 990)).toBeUndefined();
    expect(desk.waitMs(1010)).toBe(0);
    expect(read(1060, fine, 1020)).toEqual({ wanted: ['hold'], once: true });
    wrote(1100);
    expect(told).toEqual(['hold is none', 'o1 accepted']);
  });

  test('that the reading forbids fails, and nothing is written', () => {
    const { read, order, told, device } = made();
    device.refusal = 'yellow';
    order('hold', 'o1', true, 1000);
    expect(read(1060)).toBeUndefined();
    expect(told).toEqual(['o1 failed', 'hold is none']);
  });

  test('whose write is not answered is neither accepted nor failed', () => {
    const { read, order, told, wrote, device } = made();
    order('hold', 'o1', true, 1000);
    read(1060);
    wrote(1600, lost);
    device.stands.add('hold');
    read(1700);
    expect(told).toEqual(['hold is none', 'hold is extend']);
  });

  test('that the device refuses fails, and is not asked for again', () => {
    const { read, order, told, wrote } = made();
    order('hold', 'o1', true, 1000);
    read(1060);
    wrote(1100, refused);
    expect(read(1200)).toBeUndefined();
    expect(told).toEqual(['hold is none', 'o1 failed', 'hold is none']);
  });

  test('to rest that comes while the request is being written is not called done by that write', () => {
    const { read, order, told, wrote, device } = made();
    order('hold', 'o1', true, 1000);
    read(1060);
    order('hold', 'o2', false, 1070);
    wrote(1100);
    device.stands.add('hold');
    expect(told).toEqual(['hold is none', 'o1 accepted']);
    expect(read(1150)).toEqual({ wanted: [], once: false });
    wrote(1190);
    expect(told.at(-1)).toBe('o2 accepted');
  });

  test('whose lease is over before the controller answers is not asked for', () => {
    const { read, order, told } = made();
    order('hold', 'o1', true, 1000);
    expect(read(9100)).toBeUndefined();
    expect(told).toContain('o1 failed');
  });
});

describe('a request that stands', () => {
  test('is renewed at a third of the backup time, and let go when its lease is over', () => {
    const { read, wrote, told } = held();
    expect(read(2500)).toBeUndefined();
    expect(read(3010)).toEqual({ wanted: ['hold'], once: false });
    wrote(3040);
    read(5100);
    wrote(5140);
    read(7200);
    wrote(7240);
    expect(read(8900)).toEqual({ wanted: [], once: false });
    expect(told).toContain('o1 lapsed');
  });

  test('is renewed while it only could not be raised, and judged anew once it may have lapsed', () => {
    const { read, device } = held();
    device.refusal = 'the clearance may end';
    expect(read(3010)).toEqual({ wanted: ['hold'], once: false });
    // The renewal was never answered, so it counts from the first write.
    expect(read(6100)).toEqual({ wanted: [], once: false });
  });

  test.each([
    ['its phase is over', { withdraw: 'neither walk nor clearance' }],
    ['the watchdog is off', { watchdogMs: 0 }],
    ['the watchdog is too long', { watchdogMs: 9000 }],
  ])('is taken back at once when %s', (_, change) => {
    const { read, device } = held();
    Object.assign(device, change);
    expect(read(1300)).toEqual({ wanted: [], once: false });
  });

  test('and was dropped by the device is not raised again without an order', () => {
    const { read, device, told } = held();
    device.stands.clear();
    expect(read(1300)).toBeUndefined();
    expect(read(9000)).toBeUndefined();
    expect(told).toContain('hold is none');
  });

  test('from before this agent is left for an order to claim, and then taken back', () => {
    const { read, order, device, wrote } = made();
    device.stands.add('hold');
    expect(read(1000)).toBeUndefined();
    expect(read(3900)).toBeUndefined();
    expect(read(4100)).toEqual({ wanted: [], once: false });
    const other = made();
    other.device.stands.add('hold');
    other.read(1000);
    other.order('hold', 'o1', true, 1500);
    expect(other.read(1600)).toEqual({ wanted: ['hold'], once: true });
    wrote(4200);
    order('hold', 'o2', false, 4300);
  });

  test('of one actuator is kept while the other is let go', () => {
    const { read, order, wrote, device } = made([hold, call]);
    order('hold', 'o1', true, 1000);
    order('call', 'o2', true, 1000);
    expect(read(1060)).toEqual({ wanted: ['hold', 'call'], once: true });
    device.stands.add('hold').add('call');
    wrote(1100);
    order('call', 'o3', false, 1200);
    expect(read(1260)).toEqual({ wanted: ['hold'], once: false });
  });
});

test('a controller that does not answer is asked ever more rarely, at least each half minute', () => {
  const { desk, read } = made();
  const waits: number[] = [];
  for (let i = 0; i < 8; i += 1) {
    read(1000 * i, lost);
    waits.push(desk.waitMs(1000 * i));
  }
  expect(waits).toEqual([2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000]);
});

test('the watchdog must be there and shorter than the lease', () => {
  expect(watchdogTrouble(0, 8000)).toMatch(/is 0/);
  expect(watchdogTrouble(9000, 8000)).toMatch(/longer than the lease/);
  expect(watchdogTrouble(8000, 8000)).toBeUndefined();
});
