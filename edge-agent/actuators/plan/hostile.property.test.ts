import type { Command, Receipt } from '@tocsin/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPlan, type Plan } from './plan.ts';
import { orderOf, rulesOf } from './story.ts';
import type { PlanEffect, PlanEvent } from './types.ts';

/**
 * Goal: no history of orders (repeated, overtaken, late, with forged numbers), losses, lies, restarts, pauses and clock jumps makes an
 * actuator move twice for one order, move late, move while it may not, or stay held past its lease.
 * Method: three actuators of one area are played against an oracle that keeps its own book of orders, ends and acts. Beside the clock of
 * the gateway, which jumps, the test keeps real time, by which devices let go.
 */
const leaseMs = 4000;
const area = { count: 2, withinMs: 20_000 };
const secondWithinMs = 15_000;
const devices = ['siren', 'horn', 'breaker'] as const;
const [cut, joined] = ['open', 'closed'];

function newPlan(): Plan {
  const usual = { leaseMs, readBackWithinMs: 1000, area: 'east' };
  const breaker = {
    ...{ id: 'breaker', expected: { [cut]: cut, [joined]: joined }, rest: joined, irreversible: [cut] },
    twoPersons: { actions: [cut, joined], withinMs: secondWithinMs },
  };
  return createPlan({
    actuators: [
      rulesOf({ ...usual, id: 'siren', expected: { on: 'on', off: 'off' }, holdMaxMs: 9000, restMinMs: 1000 }),
      rulesOf({ ...usual, id: 'horn', expected: { on: 'on', off: 'off' } }),
      rulesOf({ ...usual, ...breaker }),
    ],
    responses: new Map(devices.map((actuator) => [actuator, { actuator, action: awayOf(actuator) }])),
    staleAfterMs: () => 8000,
    limits: { areas: { east: area } },
  });
}
const awayOf = (device: string) => (device === 'breaker' ? cut : 'on');
const restOf = (device: string) => (device === 'breaker' ? joined : 'off');

const device = fc.constantFrom(...devices);
const happening = fc.oneof(
  { weight: 8, arbitrary: fc.record({ what: fc.constant('tick' as const) }) },
  { weight: 5, arbitrary: fc.record({ what: fc.constant('wish' as const), device, sure: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('end' as const), device }) },
  {
    weight: 7,
    arbitrary: fc.record({
      what: fc.constant('order' as const),
      device,
      id: fc.nat({ max: 9 }),
      number: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
      by: fc.constantFrom('ann', 'ann', 'ben', 'ben', 'edge:mill'),
      action: fc.constantFrom('away', 'away', 'rest', 'disarm', 'arm', 'bypass', 'return-to-service'),
      ageMs: fc.integer({ min: -500, max: 4000 }),
      endsInMs: fc.integer({ min: 1000, max: 30_000 }),
      reason: fc.constantFrom('because', 'because', ' '),
    }),
  },
  { weight: 6, arbitrary: fc.record({ what: fc.constant('obeys' as const), device }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('lies' as const), device, state: fc.constantFrom('on', cut, '?') }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('sent' as const), device, ok: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('watchdog' as const), device, broken: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('restart' as const), lost: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('pause' as const), ms: fc.integer({ min: 2000, max: 60_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('jump' as const), ms: fc.integer({ min: -60_000, max: 60_000 }) }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('believed' as const) }) },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;
const history = fc.array(fc.tuple(fc.integer({ min: 0, max: 1500 }), happening), { minLength: 20, maxLength: 120 });

const clock0 = 1_000_000;
type Lasting = { untilMs: number; spanMs: number };

/** What the oracle knows of one device. */
type Page = {
  last: { action: string; id: string; live: boolean; realLeaseUntilMs: number };
  number: number;
  wished: boolean;
  watchdog: boolean;
  disarmed?: Lasting | undefined;
  bypass?: Lasting | undefined;
  /** Orders that waited for a second person. */
  waited: { by: string; action: string; untilMs: number }[];
  restarted: boolean;
};

function createOracle() {
  const pages = new Map<string, Page>(
    devices.map((id) => [
      id,
      {
        last: { action: restOf(id), id: '', live: false, realLeaseUntilMs: 0 },
        ...{ number: 0, wished: false, watchdog: false, restarted: false, waited: [] },
      },
    ]),
  );
  const orders = new Map<string, Command>();
  const ids = new Set<string>();
  const told = new Set<string>();
  let acts: number[] = [];
  let count = 0;
  let jumpedAtMs = Number.NaN;
  return {
    pages,
    orders,
    count: () => count,
    doubted: false,
    jumped: (realMs: number) => (jumpedAtMs = realMs),
    /** Time passes on the gateway's clock, perhaps backwards: nothing then lasts longer than it was meant to. */
    pass(atMs: number) {
      acts = acts.map((at) => Math.min(at, atMs));
      for (const page of pages.values()) {
        for (const one of page.waited) one.untilMs = Math.min(one.untilMs, atMs + secondWithinMs);
        for (const lasting of [page.disarmed, page.bypass])
          if (lasting) lasting.untilMs = Math.min(lasting.untilMs, atMs + lasting.spanMs);
        if (this.doubted) continue;
        if (page.disarmed && atMs >= page.disarmed.untilMs) page.disarmed = undefined;
        if (page.bypass && atMs >= page.bypass.untilMs) page.bypass = undefined;
      }
    },
    hear(effect: PlanEffect, atMs: number, realMs: number) {
      if (effect.kind === 'receipt') this.note(effect.receipt, atMs);
      if (effect.kind !== 'command') return;
      const { command } = effect;
      const { device: id, action, mode, leaseMs: heldMs } = command;
      const page = pages.get(id)!;
      expect(ids.has(command.id), `${command.id} moves once`).toBe(false);
      ids.add(command.id);
      if (mode !== 'live') return;
      count += 1;
      const order = orders.get(command.id);
      if (order) expect(atMs, 'not after its end').toBeLessThan(order.expiresAtMs);
      if (heldMs !== undefined) expect(heldMs, 'no longer than a lease').toBeLessThanOrEqual(leaseMs);
      if (action !== restOf(id)) this.away(page, command, atMs, realMs);
      else if (page.last.action === cut) {
        expect(order?.reason.trim(), 'only a person with a reason restores').toBeTruthy();
        this.second(page, order!, atMs);
        expect(page.wished, 'not while the cause lasts').toBe(false);
        expect(this.doubted, 'not on a doubted clock').toBe(false);
      }
      const realLeaseUntilMs = heldMs === undefined ? Number.POSITIVE_INFINITY : realMs + heldMs;
      page.last = { action, id: command.id, live: true, realLeaseUntilMs };
    },
    away(page: Page, { id, device: at, action, reason, issuer }: Command, atMs: number, realMs: number) {
      expect(page.disarmed, `${at} is disarmed`).toBeUndefined();
      expect(page.watchdog, `${at} would not let go`).toBe(false);
      const order = orders.get(id);
      if (order) expect(this.doubted, 'no order on a doubted clock').toBe(false);
      if (/^(Renews|Repeats) /.test(reason)) {
        // At the very instant of a jump what is left of a lease is not known, and a lasting reason renews it.
        if (!page.restarted && realMs !== jumpedAtMs && reason.startsWith('Renews'))
          expect(realMs, 'a lease that ran out is not renewed').toBeLessThanOrEqual(page.last.realLeaseUntilMs);
        return;
      }
      page.restarted = false;
      if (issuer.startsWith('edge:')) {
        expect(page.bypass, `${at} is bypassed`).toBeUndefined();
        const within = acts.filter((one) => atMs - one < area.withinMs);
        expect(within.length, 'acts of rules within the limit').toBeLessThan(area.count);
        if (action === cut && !order) expect(page.wished, 'no cut without a wish').toBe(true);
      } else if (action === cut) this.second(page, order!, atMs);
      acts.push(atMs);
    },
    /** Somebody else asked for the same act, not long ago. */
    second(page: Page, { issuer, action }: Command, atMs: number) {
      const others = page.waited.filter((one) => one.by !== issuer && one.action === action && atMs < one.untilMs);
      expect(others.length, `a second person for ${action}`).toBeGreaterThan(0);
    },
    /** Follows what became of an order; a repeat is told the first receipt again. */
    note({ commandId: id, state, why = '' }: Receipt, atMs: number) {
      const order = orders.get(id);
      if (order === undefined || told.has(`${id} ${state}`)) return;
      told.add(`${id} ${state}`);
      const { number, issuer: by, action, value = 0 } = order;
      const page = pages.get(order.device)!;
      if (state === 'requested' && why.startsWith('it waits'))
        page.waited.push({ by, action, untilMs: atMs + secondWithinMs });
      if ((state !== 'authorised' && state !== 'executed') || why.startsWith('confirmed by')) return;
      if (number !== undefined) {
        expect(number, 'no overtaken order').toBeGreaterThan(page.number);
        page.number = number;
      }
      const lasting = { untilMs: value, spanMs: value - atMs };
      if (action === 'disarm') page.disarmed = lasting;
      if (action === 'arm') page.disarmed = undefined;
      if (action === 'bypass') page.bypass = lasting;
      if (action === 'return-to-service') page.bypass = undefined;
    },
  };
}

function eventOf(happens: Happening, atMs: number, oracle: ReturnType<typeof createOracle>): PlanEvent | undefined {
  switch (happens.what) {
    case 'wish': {
      const { device: actuator, sure: coincidence } = happens;
      const wish = { response: actuator, action: awayOf(actuator), severity: 3, coincidence, alert: 'mill/fire/a' };
      return { kind: 'wish', actuator, ...wish, text: 'fire', late: false, atMs };
    }
    case 'end':
      return { kind: 'wishEnd', actuator: happens.device, response: happens.device, atMs };
    case 'order': {
      const { device: at, number, by, reason, ageMs, endsInMs } = happens;
      const id = `${at}-${happens.id}`;
      const action = happens.action === 'away' ? awayOf(at) : happens.action === 'rest' ? restOf(at) : happens.action;
      const notBeforeMs = Math.max(0, atMs - ageMs);
      const times = { notBeforeMs, expiresAtMs: notBeforeMs + 3000, leaseMs: 3000 };
      const fresh = { id, device: at, action, issuer: by, reason, value: atMs + endsInMs, ...times };
      const command = oracle.orders.get(id) ?? orderOf({ ...fresh, ...(number === undefined ? {} : { number }) }, atMs);
      oracle.orders.set(id, command);
      return { kind: 'order', command, atMs };
    }
    case 'obeys':
    case 'lies': {
      const state = happens.what === 'lies' ? happens.state : oracle.pages.get(happens.device)!.last.action;
      return { kind: 'readBack', actuator: happens.device, state, old: false, atMs };
    }
    case 'sent': {
      const commandId = oracle.pages.get(happens.device)!.last.id;
      return { kind: 'sent', actuator: happens.device, commandId, ok: happens.ok, atMs };
    }
    case 'watchdog':
      return {
        ...{ kind: 'device' as const, actuator: happens.device, trouble: 'watchdog' as const, atMs },
        ...(happens.broken ? { why: 'disabled' } : {}),
      };
    case 'believed':
      return { kind: 'clock', atMs };
    default:
      return { kind: 'tick', atMs };
  }
}

function run(steps: readonly [number, Happening][]): number {
  let plan = newPlan();
  const disk = new Map<string, string>();
  const oracle = createOracle();
  let atMs = clock0;
  let realMs = 0;
  const feed = (event: PlanEvent, lost = false) => {
    const effects = plan.step(event);
    // An intent is on the disk before the act; an agent that dies in between has not acted.
    for (const [key, state] of plan.takeDirty()) disk.set(key, JSON.stringify(state));
    for (const effect of lost ? [] : effects) oracle.hear(effect, atMs, realMs);
  };
  const pass = (ms: number) => {
    atMs += ms;
    realMs += ms;
    oracle.pass(atMs);
  };
  for (const [laterMs, happens] of steps) {
    pass(happens.what === 'pause' ? happens.ms : laterMs);
    if (happens.what === 'wish' && happens.sure) oracle.pages.get(happens.device)!.wished = true;
    if (happens.what === 'end') oracle.pages.get(happens.device)!.wished = false;
    if (happens.what === 'watchdog') oracle.pages.get(happens.device)!.watchdog = happens.broken;
    if (happens.what === 'believed') {
      oracle.doubted = false;
      oracle.pass(atMs);
    }
    if (happens.what === 'jump') {
      atMs = Math.max(0, atMs + happens.ms);
      oracle.doubted = true;
      oracle.jumped(realMs);
      oracle.pass(atMs);
      feed({ kind: 'clock', why: 'it jumped', atMs });
    } else if (happens.what === 'restart') {
      if (happens.lost) feed({ kind: 'tick', atMs }, true);
      plan = newPlan();
      plan.restore([...disk].map(([key, text]) => [key, JSON.parse(text)]));
      for (const page of oracle.pages.values()) page.restarted = true;
      feed({ kind: 'restarted', atMs });
    } else feed(eventOf(happens, atMs, oracle)!);
    feed({ kind: 'tick', atMs });
  }
  // Calm: every reason ends, and whatever can let go has let go within a lease and a read-back.
  oracle.doubted = false;
  oracle.pass(atMs);
  feed({ kind: 'clock', atMs });
  for (const at of devices) feed({ kind: 'wishEnd', actuator: at, response: at, atMs });
  for (let s = 0; s < 70; s += 1) {
    pass(1000);
    feed({ kind: 'tick', atMs });
  }
  for (const at of ['siren', 'horn']) {
    const { action, realLeaseUntilMs } = oracle.pages.get(at)!.last;
    expect(action === 'off' || realMs >= realLeaseUntilMs, `${at} lets go`).toBe(true);
  }
  return oracle.count();
}

test('faults 52–61: no history of orders, losses, lies, restarts, pauses and clock jumps moves an actuator twice, late, or while it may not', () => {
  let moves = 0;
  fc.assert(
    fc.property(history, (steps) => {
      moves += run(steps);
    }),
    { numRuns: 250 },
  );
  expect(moves, 'The histories must move actuators to mean something.').toBeGreaterThan(1000);
});

test('a plan restored at any instant of such a history goes on exactly as one that never stopped', () => {
  fc.assert(
    fc.property(history, fc.nat(), (steps, cutAt) => {
      const straight = newPlan();
      let stopped = newPlan();
      const disk = new Map<string, string>();
      const oracle = createOracle();
      let atMs = clock0;
      steps.forEach(([laterMs, happens], index) => {
        atMs = Math.max(0, atMs + (happens.what === 'pause' || happens.what === 'jump' ? happens.ms : laterMs));
        const event: PlanEvent =
          happens.what === 'jump' ? { kind: 'clock', why: 'it jumped', atMs } : eventOf(happens, atMs, oracle)!;
        expect(JSON.stringify(stopped.step(event))).toBe(JSON.stringify(straight.step(event)));
        for (const [key, state] of stopped.takeDirty()) disk.set(key, JSON.stringify(state));
        if (index !== cutAt % steps.length) return;
        stopped = newPlan();
        stopped.restore([...disk].map(([key, text]) => [key, JSON.parse(text)]));
      });
    }),
    { numRuns: 150 },
  );
});
