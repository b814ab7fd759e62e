import type { Command } from '@tocsin/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPlan, type Plan } from './plan.ts';
import { orderOf, rulesOf } from './story.ts';
import type { PlanEffect, PlanEvent } from './types.ts';

/**
 * Goal: whatever happens, the actuator is not moved twice by one order, not late, not against an interlock, and not left away from rest.
 * Method: random histories of wishes, orders, losses, lies, repeats and restarts are played against an oracle that keeps its own,
 * much simpler book of who wants what and what the interlocks say.
 */
const expected = { on: 'ON', cut: 'CUT', off: 'OFF' };
const given = {
  expected,
  irreversible: ['cut'],
  leaseMs: 4000,
  readBackWithinMs: 1000,
  holdMaxMs: 9000,
  restMinMs: 2000,
};
const guards = [
  { refuse: ['on', 'cut'], when: { actuator: 'fan', isNot: 'RUN' }, why: 'fan' },
  { refuse: ['on', 'cut'], when: { stream: 'lift/floor', outside: [-0.5, 0.5] as [number, number] }, why: 'lift' },
];
const staleAfterMs = 8000;
const responses = new Map(['a', 'b', 'c'].map((id) => [id, { actuator: 'siren', action: id < 'c' ? 'on' : 'cut' }]));

function newPlan(): Plan {
  const siren = rulesOf({ ...given, interlocks: guards });
  const fan = rulesOf({ id: 'fan', expected: { run: 'RUN', stop: 'STOP' }, rest: 'stop' });
  return createPlan({ actuators: [siren, fan], responses, staleAfterMs: () => staleAfterMs });
}

const happening = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant('tick' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('wish' as const),
      response: fc.constantFrom('a', 'a', 'b', 'c'),
      coincidence: fc.boolean(),
      late: fc.boolean(),
      severity: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('end' as const), response: fc.constantFrom('a', 'b', 'c') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('order' as const),
      id: fc.constantFrom('o1', 'o2', 'o3', 'o4', 'o5'),
      action: fc.constantFrom('on', 'off', 'cut', 'off'),
      ageMs: fc.integer({ min: -500, max: 4000 }),
      validMs: fc.integer({ min: 500, max: 4000 }),
      leaseMs: fc.integer({ min: 500, max: 12_000 }),
      person: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant('says' as const), state: fc.constantFrom('ON', 'OFF', 'CUT', '?') }),
  },
  { weight: 5, arbitrary: fc.record({ what: fc.constant('obeys' as const) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('sent' as const), ok: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('fan' as const),
      state: fc.constantFrom('RUN', 'RUN', 'RUN', 'STOP'),
      old: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('lift' as const), floor: fc.constantFrom(0, 0, 0, 2) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('restart' as const) }) },
);
const history = fc.array(fc.tuple(fc.integer({ min: 0, max: 1500 }), happening), { minLength: 20, maxLength: 120 });
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** The oracle's book and the checks on every effect. */
function watch() {
  const wishes = new Map<string, { action: string; coincidence: boolean }>();
  const orders = new Map<string, Command>();
  const ids = new Set<string>();
  let fan = { state: '', fresh: false };
  let lift = { floor: Number.NaN, atMs: Number.NEGATIVE_INFINITY };
  let last = { action: 'off', id: '' };
  let ordered: { untilMs: number } | undefined;
  let acts = 0;
  let said = '';
  let unknown = false;
  const allowed = (atMs: number) =>
    fan.fresh && fan.state === 'RUN' && Math.abs(lift.floor) <= 0.5 && atMs - lift.atMs <= staleAfterMs;

  return {
    wishes,
    orders,
    acts: () => acts,
    says(state: string) {
      said = state;
      // A device that says after a restart that it is at rest went there by itself; it needs no order.
      if (unknown && state === 'OFF') last = { action: 'off', id: last.id };
      unknown = false;
    },
    lastId: () => last.id,
    lastAction: () => last.action,
    fan: (state: string, old: boolean) => {
      if (!old) fan = { state, fresh: true };
      else if (fan.state === '') fan = { state, fresh: false };
    },
    lift: (floor: number, atMs: number) => (lift = { floor, atMs }),
    restarted() {
      fan = { ...fan, fresh: false };
      unknown = true;
    },
    hear(effect: PlanEffect, atMs: number) {
      if (effect.kind !== 'command') return;
      const { command } = effect;
      acts += 1;
      expect(ids.has(command.id), `${command.id} acts once`).toBe(false);
      ids.add(command.id);
      const order = orders.get(command.id);
      if (order) {
        expect(atMs, 'no act after the order expired').toBeLessThan(order.expiresAtMs);
        expect(atMs, 'no act before its time').toBeGreaterThanOrEqual(order.notBeforeMs);
        ordered = command.action === 'off' ? undefined : { untilMs: atMs + order.leaseMs! };
      }
      expect(command.expiresAtMs).toBeGreaterThan(atMs);
      if (command.action !== 'off') expect(allowed(atMs), `${command.action} while an interlock forbids`).toBe(true);
      if (command.action === 'off' && last.action === 'cut')
        expect(order && !order.issuer.startsWith('edge:') && order.reason, 'only a person ends a cut').toBeTruthy();
      if (command.action === 'cut' && !order) {
        const confirmed = [...wishes.values()].some((wish) => wish.action === 'cut' && wish.coincidence);
        const repeats = command.reason.startsWith('Repeats');
        expect(confirmed || repeats, 'one detector alone never cuts').toBe(true);
      }
      this.follow(command);
    },
    follow: (command: Command) => (last = { action: command.action, id: command.id }),
    /** After time has passed: away from rest only while somebody wants it. */
    settle(atMs: number, awaitingUntilMs: number) {
      const reason = [...wishes.values()].some(({ action }) => action === 'on') || (ordered?.untilMs ?? 0) > atMs;
      // What a device reports as irreversible is not undone by the edge, also where it ordered something else.
      if (said === 'CUT') return;
      if (last.action === 'on' && !reason && atMs >= awaitingUntilMs) expect(last.action, 'released').toBe('off');
    },
  };
}

function eventOf(happens: Happening, atMs: number, book: ReturnType<typeof watch>): PlanEvent | undefined {
  const actuator = 'siren';
  switch (happens.what) {
    case 'wish': {
      const { what: _, ...wish } = happens;
      return { kind: 'wish', ...responses.get(wish.response)!, ...wish, alert: 'mill/fire/house', text: 'fire', atMs };
    }
    case 'end':
      return { kind: 'wishEnd', actuator, response: happens.response, atMs };
    case 'order': {
      const notBeforeMs = Math.max(0, atMs - happens.ageMs);
      const { id, action, leaseMs, validMs, person } = happens;
      const fresh = { notBeforeMs, expiresAtMs: notBeforeMs + validMs, issuer: person ? 'dispatcher' : 'edge:mill' };
      const command = book.orders.get(id) ?? orderOf({ id, action, leaseMs, ...fresh }, atMs);
      book.orders.set(id, command);
      return { kind: 'order', command, atMs };
    }
    case 'says':
      book.says(happens.state);
      return { kind: 'readBack', actuator, state: happens.state, old: false, atMs };
    case 'obeys': {
      const state = expected[book.lastAction() as 'on'];
      book.says(state);
      return { kind: 'readBack', actuator, state, old: false, atMs };
    }
    case 'sent':
      return { kind: 'sent', actuator, commandId: book.lastId(), ok: happens.ok, atMs };
    case 'fan':
      book.fan(happens.state, happens.old);
      return { kind: 'readBack', actuator: 'fan', state: happens.state, old: happens.old, atMs };
    case 'lift':
      book.lift(happens.floor, atMs);
      return { kind: 'value', stream: 'lift/floor', value: happens.floor, takenAtMs: atMs, atMs };
    case 'tick':
      return { kind: 'tick', atMs };
    default:
      return undefined;
  }
}

test('no history moves an actuator twice, late, against an interlock, or leaves it away from rest without a reason', () => {
  let acts = 0;
  const run = (steps: [number, Happening][]) => {
    let plan = newPlan();
    const disk = new Map<string, string>();
    const book = watch();
    let atMs = 0;
    let awaitingUntilMs = 0;
    const feed = (event: PlanEvent) => {
      for (const effect of plan.step(event)) book.hear(effect, atMs);
      for (const [key, state] of plan.takeDirty()) disk.set(key, JSON.stringify(state));
    };
    for (const [laterMs, happens] of steps) {
      atMs += laterMs;
      if (happens.what === 'restart') {
        plan = newPlan();
        plan.restore([...disk].map(([key, text]) => [key, JSON.parse(text)]));
        book.restarted();
        awaitingUntilMs = atMs + given.readBackWithinMs;
        feed({ kind: 'restarted', atMs });
        continue;
      }
      if (happens.what === 'wish' && !happens.late && !book.wishes.has(happens.response))
        book.wishes.set(happens.response, { ...happens, ...responses.get(happens.response)! });
      if (happens.what === 'end') book.wishes.delete(happens.response);
      feed(eventOf(happens, atMs, book)!);
      feed({ kind: 'tick', atMs });
      book.settle(atMs, awaitingUntilMs);
    }
    acts += book.acts();
  };
  fc.assert(fc.property(history, run), { numRuns: 400 });
  expect(acts, 'The histories must move the actuator to mean something.').toBeGreaterThan(400);
});

test('a plan restored at any instant goes on exactly as one that never stopped', () => {
  fc.assert(
    fc.property(history, fc.nat(), (steps, cutAt) => {
      const straight = newPlan();
      let stopped = newPlan();
      const disk = new Map<string, string>();
      const book = watch();
      let atMs = 0;
      steps.forEach(([laterMs, happens], index) => {
        atMs += laterMs;
        const event = happens.what === 'restart' ? { kind: 'restarted' as const, atMs } : eventOf(happens, atMs, book)!;
        const wanted = JSON.stringify(straight.step(event));
        const effects = stopped.step(event);
        for (const effect of effects)
          if (effect.kind === 'command') book.hear({ ...effect, kind: 'trouble' } as never, atMs);
        expect(JSON.stringify(effects)).toBe(wanted);
        for (const [key, state] of stopped.takeDirty()) disk.set(key, JSON.stringify(state));
        if (index === cutAt % steps.length) {
          stopped = newPlan();
          stopped.restore([...disk].map(([key, text]) => [key, JSON.parse(text)]));
        }
      });
    }),
    { numRuns: 200 },
  );
});
