import assert from 'node:assert';
import { ntcipDialect, type PhaseAsk } from '../../../edge-agent/actuators/ntcip-1202/dialect.ts';
import { createPlan, type Plan, type PlanEffect, type PlanEvent } from '../../../edge-agent/actuators/plan/plan.ts';
import { rulesOf } from '../../../edge-agent/actuators/plan/story.ts';
import { createDesk } from '../../../edge-agent/actuators/snmp/desk.ts';
import type { Answer, ReadObject, WriteObject } from '../../../edge-agent/actuators/snmp/line.ts';
import type { Desk, DeskEffect } from '../../../edge-agent/actuators/snmp/types.ts';
import { type Chance, chance } from '../../../simulators/chance/chance.ts';
import {
  type ControllerPlan,
  type ControllerState,
  createController,
  type Register,
  type Shout,
  type Status,
  statusOf,
} from '../../../simulators/controller/index.ts';
import { type SimClock, simClock } from '../../../simulators/time/sim-clock.ts';

/**
 * An hour of a crossing in one process and on simulated time: a controller under its conflict monitor, the command plan, the very
 * desk and dialect that the driver uses, and between them a network that delays and loses. Wishes and orders come at any moment, no
 * interlock looks at the signal, buttons are pressed, the controller is pre-empted and restarts, the agent dies and comes back.
 */
export type Hour = {
  shouts: readonly Shout[];
  /** What was seen, so that a silent monitor means something. */
  holds: number;
  calls: number;
  extended: number;
  refused: number;
  /** Longest time a hold stood although nobody had wanted it any more. */
  unwantedMs: number;
  backupMs: number;
};

const asc = '1.3.6.1.4.1.1206.4.2.1';
const columnNames: Readonly<Record<number, keyof Status>> = {
  2: 'reds',
  3: 'yellows',
  4: 'greens',
  5: 'dontWalks',
  6: 'pedClears',
  7: 'walks',
  9: 'pedCalls',
  10: 'ons',
};
const timeoutMs = 500;
const hourMs = 3_600_000;
const leaseMs = 8000;

function planOf(luck: Chance): ControllerPlan {
  const second = (low: number, high: number) => 1000 * luck.integer(low, high);
  return {
    ring: [
      { number: 4, vehicle: { minGreenMs: second(5, 15), yellowMs: 3000, redClearMs: second(1, 3) } },
      {
        number: 2,
        pedestrian: {
          walkMs: second(4, 10),
          clearanceMs: second(4, 20),
          extensionMaxMs: second(4, 13),
          bufferMs: 3000,
        },
      },
    ],
    backupMs: second(3, 8),
    ...(luck.next() < 0.3 ? { coordination: { cycleMs: 60_000, yieldMs: 5000 } } : {}),
  };
}

type Reader = (state: ControllerState, status: Status) => number;

/** Reads an object of NTCIP 1202 from a controller. */
function readerOf({ oid }: ReadObject, plan: ControllerPlan): Reader {
  if (!oid.startsWith(asc)) return ({ atMs, upSinceMs }) => Math.floor((atMs - upSinceMs) / 10);
  const [node, table, , column] = oid
    .slice(asc.length + 1)
    .split('.')
    .map(Number);
  if (node === 3) return ({ backupMs, preemptSinceMs }) => (table === 3 ? backupMs / 1000 : preemptSinceMs ? 8 : 2);
  if (table === 2) return () => plan.ring[1]!.pedestrian!.clearanceMs / 1000;
  if (table === 5) return ({ registers }) => registers[column === 4 ? 'hold' : 'call'];
  const name = columnNames[column!];
  assert(table === 4 && name, `There is no object ${oid}.`);
  return (_, status) => status[name];
}

const asks: PhaseAsk[] = [
  { actuator: 'hold', action: 'extend', rest: 'none', leaseMs, register: 'hold', phase: 2, conflicting: [4] },
  { actuator: 'call', action: 'call', rest: 'none', leaseMs, register: 'call', phase: 2, conflicting: [4] },
];
const responses = new Map([
  ['hold', { actuator: 'hold', action: 'extend' }],
  ['call', { actuator: 'call', action: 'call' }],
]);

function newPlan(): Plan {
  const rules = asks.map(({ actuator: id, action }) =>
    rulesOf({
      id,
      rest: 'none',
      leaseMs,
      holdMaxMs: 60_000,
      restMinMs: 500,
      expected: { [action]: action, none: 'none' },
    }),
  );
  return createPlan({ actuators: rules, responses, staleAfterMs: () => 5000 });
}

/** Plays an hour of a seed. A `reckless` driver asks whatever the signal shows, to see that the monitor is awake. */
export function playHour(seed: number, { reckless = false } = {}): Hour {
  const luck = chance(`controller ${seed}`);
  const world = createWorld(luck, reckless);
  const { clock } = world;
  world.start();
  happen(world, luck);
  clock.advance(hourMs);
  return world.result();
}

type World = ReturnType<typeof createWorld>;

/** Sets everything going that nobody plans. */
function happen(world: World, luck: Chance): void {
  const { clock } = world;
  const again = (meanMs: number, task: () => void) => {
    const next = () =>
      void clock.after(luck.wait(meanMs), () => {
        task();
        next();
      });
    next();
  };
  const endless = luck.next() < 0.05;
  for (const what of ['hold', 'call'] as const) {
    const meanMs = endless ? 5000 : what === 'hold' ? 60_000 : 120_000;
    again(meanMs, () => {
      world.wish(what, true);
      clock.after(endless ? 50_000 : luck.wait(6000), () => world.wish(what, false));
    });
  }
  again(60_000, () => world.press());
  again(900_000, () => {
    world.preempt(true);
    clock.after(luck.wait(20_000), () => world.preempt(false));
  });
  again(1_800_000, () => world.reboot());
  again(600_000, () => {
    world.cut(true);
    clock.after(luck.wait(8000), () => world.cut(false));
  });
  again(900_000, () => {
    world.die();
    clock.after(1000 + luck.wait(5000), () => world.wake());
  });
}

function createWorld(luck: Chance, reckless: boolean) {
  const clock: SimClock = simClock();
  const plan = planOf(luck);
  const controller = createController(plan);
  const disk = new Map<string, string>();
  const lossRate = luck.pick([0, 0.01, 0.1]);
  let commands = newPlan();
  let desk: Desk | undefined;
  let life = 0;
  let wake = () => {};
  let cutOff = false;
  const wished = { hold: 0, call: 0 };
  const seen = { holds: 0, calls: 0, extended: 0, refused: 0, unwantedMs: 0 };
  let unwantedSinceMs: number | undefined;
  let extendedSinceMs = Number.NaN;

  const now = () => clock.monotonicMs();
  const look = () => {
    controller.step({ kind: 'tick', atMs: Math.ceil(now()) });
    const { interval, sinceMs, registers, atMs } = controller.state();
    const longer = interval === 'clearance' && atMs > sinceMs + plan.ring[1]!.pedestrian!.clearanceMs;
    if (longer && extendedSinceMs !== sinceMs) {
      seen.extended += 1;
      extendedSinceMs = sinceMs;
    }
    const unwanted = registers.hold !== 0 && wished.hold === 0;
    unwantedSinceMs = unwanted ? (unwantedSinceMs ?? atMs) : undefined;
    seen.unwantedMs = Math.max(seen.unwantedMs, atMs - (unwantedSinceMs ?? atMs));
  };

  function feed(event: PlanEvent): void {
    const effects: PlanEffect[] = commands.step(event);
    for (const effect of effects) if (effect.kind === 'command') send(effect.command);
  }

  function send({
    id,
    device,
    action,
    leaseMs: forMs = leaseMs,
  }: Extract<PlanEffect, { kind: 'command' }>['command']): void {
    if (desk === undefined) return;
    const order = { actuator: device, commandId: id, away: action !== 'none', leaseMs: forMs };
    const effects = desk.order(order, now());
    feed({ kind: 'sent', actuator: device, commandId: id, ok: true, atMs: now() });
    perform(effects);
    wake();
  }

  function perform(effects: readonly DeskEffect[]): void {
    for (const effect of effects) {
      const about = { actuator: effect.actuator, atMs: now() };
      if (effect.kind === 'readBack') feed({ kind: 'readBack', state: effect.state, old: false, ...about });
      else if (effect.kind === 'accepted') feed({ kind: 'accepted', commandId: effect.commandId, ...about });
      else if (effect.kind === 'failed') {
        seen.refused += 1;
        feed({ kind: 'sent', commandId: effect.commandId, ok: false, why: effect.why, ...about });
      }
    }
  }

  /** One try on the way there and back; each way takes less than half the time an answer is waited for, or is lost. */
  function exchange(tries: number, deed: () => Answer, done: (answer: Answer) => void): void {
    const wayMs = () => (luck.next() < 0.9 ? 10 + luck.wait(15) : luck.next() * 0.49 * timeoutMs) % (0.49 * timeoutMs);
    const lost = () => cutOff || luck.next() < lossRate;
    let answered = false;
    if (!lost())
      clock.after(wayMs(), () => {
        const answer = deed();
        if (!lost())
          clock.after(wayMs(), () => {
            answered = true;
            done(answer);
          });
      });
    clock.after(timeoutMs, () => {
      if (answered) return;
      if (tries > 1) exchange(tries - 1, deed, done);
      else done({ ok: false, sure: false, why: 'it does not answer' });
    });
  }

  function turns(): void {
    const own = life;
    const careful = ntcipDialect(asks);
    const sight = (ask: PhaseAsk, atMs: number) => ({
      ...careful.sight(ask, atMs),
      refusal: undefined,
      withdraw: undefined,
    });
    const dialect = reckless ? { ...careful, sight } : careful;
    const mine = createDesk(asks, dialect, { timeoutMs, lookMs: 2000 });
    const readers = dialect.reads.map((object) => readerOf(object, plan));
    desk = mine;
    const rest = () => {
      let over = false;
      const go = () => {
        if (over || own !== life) return;
        over = true;
        turn();
      };
      clock.after(mine.waitMs(now()), go);
      wake = () => void clock.after(0, go);
    };
    const turn = () => {
      wake = () => {};
      const askedAtMs = now();
      const sample = (): Answer => {
        look();
        const state = controller.state();
        const status = statusOf(plan, state);
        return { ok: true, values: readers.map((read) => read(state, status)) };
      };
      exchange(2, sample, (answer) => {
        if (own !== life) return;
        const { effects, write } = mine.saw(answer, { askedAtMs, atMs: now() });
        perform(effects);
        if (write === undefined) return rest();
        const sentAtMs = now();
        exchange(
          write.once ? 1 : 2,
          () => obey(write.objects),
          (done) => {
            if (own !== life) return;
            perform(mine.wrote(done, { askedAtMs: sentAtMs, atMs: now() }));
            rest();
          },
        );
      });
    };
    turn();
  }

  function obey(objects: readonly WriteObject[]): Answer {
    for (const { oid, value } of objects) {
      const register: Register = oid === `${asc}.1.5.1.4.1` ? 'hold' : oid === `${asc}.1.5.1.7.1` ? 'call' : 'forceOff';
      look();
      const before = controller.state().registers[register];
      controller.step({ kind: 'set', register, mask: value as number, atMs: Math.ceil(now()) });
      if (before === 0 && value !== 0) seen[register === 'hold' ? 'holds' : 'calls'] += 1;
    }
    return { ok: true, values: [] };
  }

  const tick = () => {
    look();
    if (desk !== undefined) feed({ kind: 'tick', atMs: now() });
    clock.after(2000, tick);
  };
  const tell = (event: { kind: 'press'; phase: number } | { kind: 'preempt'; on: boolean } | { kind: 'reboot' }) => {
    look();
    controller.step({ ...event, atMs: Math.ceil(now()) });
  };

  return {
    clock,
    start() {
      turns();
      tick();
    },
    press: () => tell({ kind: 'press', phase: 2 }),
    preempt: (on: boolean) => tell({ kind: 'preempt', on }),
    reboot: () => tell({ kind: 'reboot' }),
    cut(off: boolean) {
      cutOff = off;
    },
    wish(what: 'hold' | 'call', on: boolean) {
      wished[what] += on ? 1 : -1;
      if (desk === undefined) return;
      const about = { actuator: what, response: what, atMs: now() };
      const wish = {
        action: what === 'hold' ? 'extend' : 'call',
        severity: 2,
        coincidence: false,
        alert: 'a',
        text: 'slow',
      };
      if (on) feed({ kind: 'wish', ...about, ...wish, late: false });
      else if (wished[what] === 0) feed({ kind: 'wishEnd', ...about });
    },
    die() {
      life += 1;
      desk = undefined;
      for (const [key, state] of commands.takeDirty()) disk.set(key, JSON.stringify(state));
    },
    wake() {
      if (desk !== undefined) return;
      commands = newPlan();
      commands.restore([...disk].map(([key, text]): [string, unknown] => [key, JSON.parse(text)]));
      turns();
      feed({ kind: 'restarted', atMs: now() });
      for (const what of ['hold', 'call'] as const)
        if (wished[what] === 0) feed({ kind: 'wishEnd', actuator: what, response: what, atMs: now() });
    },
    result: (): Hour => ({ ...seen, shouts: controller.shouts(), backupMs: plan.backupMs }),
  };
}
