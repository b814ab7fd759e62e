import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Command } from '@tocsin/contracts';
import { type ServedPanel, servePanel } from '@tocsin/simulators';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { orderOf } from '../plan/story.ts';
import { pretendHost } from '../pretend-host.ts';
import type { ActuatorDriver } from '../types.ts';
import type { Modbus } from './hand.ts';
import { lineOf, ordersMax } from './line.ts';
import { modbus } from './modbus.ts';
import { breakerAt, holderAt } from './pretend-plan.ts';

/** Whatever a test opened is closed after it, drivers first. */
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function panelOf(options: Parameters<typeof servePanel>[0]): Promise<ServedPanel> {
  const panel = await servePanel(options);
  open.push(() => panel.stop());
  return panel;
}

function driverOf(entry: Modbus, shared: Parameters<typeof pretendHost>[0] = {}) {
  expect(modbus.check!(entry)).toEqual([]);
  const { host, said } = pretendHost(shared);
  const driver: ActuatorDriver = modbus.open(entry, host);
  open.push(() => driver.stop!());
  driver.start!();
  const words = () => said.readBacks.map(([state]) => state);
  return { driver, said, words, state: () => words().at(-1) };
}

const until = (holds: () => unknown, timeout = 3000) =>
  vi.waitFor(() => expect(holds()).toBeTruthy(), { timeout, interval: 5 });
let number = 0;
const order = (action: string, more: Partial<Command> = {}) => {
  number += 1;
  return orderOf({ id: `order-${number}`, device: 'breaker-0', action, ...more }, Date.now());
};
/** Waits until the panel was asked so many times more: what did not happen by then does not happen. */
async function looks(panel: ServedPanel, count: number): Promise<void> {
  const from = panel.frames().length;
  await until(() => panel.frames().length >= from + count);
}
const coils = (panel: ServedPanel) => panel.writes().map(({ address, values }) => [address, values![0]]);

describe.each(['tcp', 'rtu-over-tcp'] as const)('a breaker over %s', (framing) => {
  test('is pulsed, travels, and is believed only when its contacts say so', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt', openMs: 120 }], framing });
    const { driver, said, words, state } = driverOf(breakerAt(panel.port, { framing }));
    await until(() => state() === 'supply');
    const command = order('cut');
    driver.send(command);
    await until(() => state() === 'cut');
    expect(words()).toEqual(expect.arrayContaining(['supply', 'moving', 'cut']));
    expect(said.accepted).toEqual([command.id]);
    await until(() => panel.writes().length === 2);
    expect(coils(panel)).toEqual([
      [0, 1],
      [0, 0],
    ]);
    const [on, off] = panel.writes();
    expect(off!.atMs - on!.atMs).toBeGreaterThan(55);
    expect(panel.moves()).toMatchObject([{ to: 'open', by: 'coil' }]);
    expect([said.failed, said.troubles]).toEqual([[], {}]);
  });

  test('is found again after noise in front of an answer, or after the connection was made anew', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }], framing });
    const { driver, state, said } = driverOf(breakerAt(panel.port, { framing }));
    await until(() => state() === 'supply');
    panel.fault({ kind: 'noise' });
    await looks(panel, 3);
    panel.fault(undefined);
    await until(() => said.troubles.unreachable === undefined && panel.connections().now === 1);
    driver.ask();
    const command = order('cut');
    await until(() => {
      try {
        driver.send(command);
        return true;
      } catch {
        return false;
      }
    });
    await until(() => state() === 'cut');
    expect(panel.moves().length).toBe(1);
  });
});

test('noise in front of serial frames costs no connection', async () => {
  const panel = await panelOf({ ways: [{ kind: 'shunt' }], framing: 'rtu-over-tcp' });
  const { state, said } = driverOf(breakerAt(panel.port, { framing: 'rtu-over-tcp' }));
  panel.fault({ kind: 'noise' });
  await until(() => state() === 'supply');
  await looks(panel, 5);
  expect([panel.connections().ever, said.troubles]).toEqual([1, {}]);
});

describe('registers', () => {
  test('can be the order and the truth', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt', springMs: 10 }] });
    const { driver, state } = driverOf(
      breakerAt(panel.port, {
        actions: { cut: { holding: 200, value: 1 }, supply: { holding: 200, value: 2 } },
        feedback: [{ inputRegister: 200, bit: 0, high: 'cut', low: 'supply' }],
      }),
    );
    await until(() => state() === 'supply');
    driver.send(order('cut'));
    await until(() => state() === 'cut');
    expect(panel.writes()).toMatchObject([{ fn: 6, address: 200, values: [1] }]);
  });
});

describe('feedback that is wrong is reported as it is', () => {
  test.each([
    ['both', 'contradiction'],
    ['neither', 'moving'],
    ['lie', 'cut'],
  ] as const)('contacts that show %s are %s', async (kind, word) => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    const { state } = driverOf(breakerAt(panel.port));
    await until(() => state() === 'supply');
    panel.feedback(0, { kind });
    await until(() => state() === word);
  });

  test('contacts that bounce are reported at every change', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    const { words } = driverOf(breakerAt(panel.port));
    panel.feedback(0, { kind: 'bounce', everyMs: 130 });
    await until(() => words().length >= 4);
    expect(new Set(words())).toEqual(new Set(['supply', 'cut']));
  });

  test('a contact that sticks confirms nothing', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    const { driver, words, state } = driverOf(breakerAt(panel.port));
    await until(() => state() === 'supply');
    panel.feedback(0, { kind: 'stick' });
    driver.send(order('cut'));
    await until(() => panel.place(0) === 'open');
    await looks(panel, 10);
    expect(words()).not.toContain('cut');
  });

  test('a contact that lags confirms later', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    const { driver, state } = driverOf(breakerAt(panel.port));
    await until(() => state() === 'supply');
    panel.feedback(0, { kind: 'lag', byMs: 250 });
    driver.send(order('cut'));
    await until(() => panel.place(0) === 'open');
    expect(state()).toBe('supply');
    await until(() => state() === 'cut');
  });
});

describe('an echo', () => {
  test('shows acceptance and is never read back', async () => {
    const panel = await panelOf({ ways: [{ kind: 'contactor' }] });
    const echo = { echo: 'accepted', feedback: [{ coil: 0, high: 'on', low: 'off' }] };
    const { driver, said } = driverOf(holderAt(panel.port, echo));
    await until(() => panel.frames().length > 0);
    const command = order('on');
    driver.send(command);
    await until(() => said.accepted.length === 1);
    await looks(panel, 4);
    expect([said.accepted, said.readBacks]).toEqual([[command.id], []]);
  });
});

describe('the device declines or fails', () => {
  test.each([
    [1, /does not know this function/],
    [2, /no such address/],
    [3, /does not take this value/],
    [6, /busy/],
    [10, /no way to it/],
  ])('exception %d means that the order failed, in words', async (code, words) => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    const { driver, said, state } = driverOf(breakerAt(panel.port));
    await until(() => state() === 'supply');
    panel.fault({ kind: 'exception', code }, 'writes');
    const command = order('cut');
    driver.send(command);
    await until(() => said.failed.length === 1);
    expect(said.failed[0]).toEqual([command.id, expect.stringMatching(words)]);
    expect([said.accepted, panel.moves()]).toEqual([[], []]);
  });

  test.each([4, 8, 11, 99])('exception %d leaves open whether it moved: not failed, not accepted', async (code) => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    const { driver, said, state } = driverOf(breakerAt(panel.port));
    await until(() => state() === 'supply');
    panel.fault({ kind: 'exception', code }, 'writes');
    driver.send(order('cut'));
    await looks(panel, 3);
    expect([said.failed, said.accepted]).toEqual([[], []]);
    panel.fault(undefined);
  });

  test('exception 5 means that it was taken', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    const { driver, said, state } = driverOf(breakerAt(panel.port));
    await until(() => state() === 'supply');
    panel.fault({ kind: 'exception', code: 5 }, 'writes');
    driver.send(order('cut'));
    await until(() => said.accepted.length === 1);
    panel.fault(undefined);
  });

  test('contacts that cannot be read are a trouble, and the state is told afresh when they can be again', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    const { said, words } = driverOf(breakerAt(panel.port));
    await until(() => words().length === 1);
    panel.fault({ kind: 'exception', code: 2 }, 'reads');
    await until(() => said.troubles.unreachable?.includes('no such address'));
    panel.fault(undefined);
    await until(() => said.troubles.unreachable === undefined && words().length === 2);
  });

  test('silence after a write is no failure, because it moved; what it did is seen after the connection was made anew', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    const { driver, said, state } = driverOf(breakerAt(panel.port));
    await until(() => state() === 'supply');
    panel.fault({ kind: 'silent' }, 'writes');
    driver.send(order('cut'));
    await until(() => said.troubles.unreachable?.includes('no answer within 100 ms'));
    panel.fault(undefined);
    await until(() => state() === 'cut' && said.troubles.unreachable === undefined);
    expect([said.failed, said.accepted, panel.connections().ever]).toEqual([[], [], 2]);
    // The trip coil must not stay energised: its pulse is ended on the new connection.
    await until(() => panel.writes().length === 2);
    expect(coils(panel)[1]).toEqual([0, 0]);
  });

  test.each(['otherTransaction', 'garbage', 'otherValue', 'badCrc'] as const)(
    '%s in answer to a write is no acceptance',
    async (kind) => {
      const framing = kind === 'badCrc' ? 'rtu-over-tcp' : 'tcp';
      const panel = await panelOf({ ways: [{ kind: 'shunt' }], framing });
      const { driver, said, state } = driverOf(breakerAt(panel.port, { framing }));
      await until(() => state() === 'supply');
      panel.fault({ kind }, 'writes');
      driver.send(order('cut'));
      await until(() => said.troubles.unreachable);
      panel.fault(undefined);
      await until(() => state() === 'cut');
      expect([said.failed, said.accepted, panel.moves().length]).toEqual([[], [], 1]);
    },
  );

  test.each(['before', 'after'] as const)('a cut %s the act is no failure either', async (when) => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    const { driver, said, state } = driverOf(breakerAt(panel.port));
    await until(() => state() === 'supply');
    panel.fault({ kind: 'cut', when }, 'writes');
    driver.send(order('cut'));
    await until(() => said.troubles.unreachable);
    panel.fault(undefined);
    await until(() => state() === (when === 'after' ? 'cut' : 'supply') && said.troubles.unreachable === undefined);
    expect([said.failed, said.accepted]).toEqual([[], []]);
  });
});

describe('the way to the device', () => {
  test('an order without a connection is refused at once and never sent later', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    panel.fault({ kind: 'refuse' });
    const { driver, said, state } = driverOf(breakerAt(panel.port));
    await until(() => said.troubles.unreachable);
    expect(() => driver.send(order('cut'))).toThrow(/cannot be reached/);
    panel.fault(undefined);
    await until(() => state() === 'supply');
    await looks(panel, 5);
    expect(panel.writes()).toEqual([]);
  });

  test('a device that was killed and comes back on the same port is found again', async () => {
    const first = await servePanel({ ways: [{ kind: 'shunt' }] });
    const { driver, said, state } = driverOf(breakerAt(first.port));
    await until(() => state() === 'supply');
    await first.stop();
    await until(() => said.troubles.unreachable?.includes('refuses the connection'));
    const second = await panelOf({ ways: [{ kind: 'shunt' }], port: first.port });
    await until(() => said.troubles.unreachable === undefined);
    driver.send(order('cut'));
    await until(() => state() === 'cut');
    expect(second.moves().length).toBe(1);
  });

  test('orders that wait for a stalled device grow out of date and are not sent', async () => {
    const panel = await panelOf({ ways: [{ kind: 'contactor' }, { kind: 'contactor' }] });
    const publish = () => {};
    const slow = { timeoutMs: 900 };
    const one = driverOf(holderAt(panel.port, slow, 0), { publish });
    const two = driverOf(holderAt(panel.port, slow, 1), { publish });
    await until(() => one.state() === 'off' && two.state() === 'off');
    panel.fault({ kind: 'slow', byMs: 700 }, 'writes');
    one.driver.send(order('on'));
    const late = order('on');
    two.driver.send(late);
    const superseded = order('on');
    two.driver.send(superseded);
    expect(two.said.failed).toEqual([[late.id, expect.stringMatching(/newer order/)]]);
    await until(() => two.said.failed.length === 2);
    expect(two.said.failed[1]).toEqual([superseded.id, expect.stringMatching(/was not sent/)]);
    expect(coils(panel)).toEqual([[0, 1]]);
  });

  test('nothing arrives after a partition: what the network still holds dies with the connection', async () => {
    const panel = await panelOf({ ways: [{ kind: 'contactor' }] });
    const cable = await cableTo(panel.port);
    const { driver, said, state } = driverOf(holderAt(cable.port));
    await until(() => state() === 'off');
    cable.break();
    const beganMs = performance.now();
    try {
      driver.send(order('on'));
    } catch {
      // A look was found missing first; then the order was refused.
    }
    // Longer than the order lives.
    await until(() => said.troubles.unreachable && performance.now() - beganMs > 450);
    cable.mend();
    await until(() => said.troubles.unreachable === undefined);
    await looks(panel, 5);
    expect([panel.writes(), panel.moves()]).toEqual([[], []]);
  });
});

describe('actuators on one device', () => {
  test('share one connection, and their requests go one after another', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }, { kind: 'shunt' }] });
    const publish = () => {};
    const drivers = [0, 1].map((way) => driverOf(breakerAt(panel.port, {}, way), { publish }));
    await until(() => drivers.every(({ state }) => state() === 'supply'));
    panel.fault({ kind: 'slow', byMs: 20 });
    const from = panel.frames().length;
    drivers[0]!.driver.send(order('cut'));
    drivers[1]!.driver.send(order('cut'));
    await until(() => drivers.every(({ state }) => state() === 'cut') && panel.frames().length > from + 8);
    expect(panel.connections().ever).toBe(1);
    const times = panel.frames().map(({ atMs }) => atMs);
    // The first one may still have been answered at once.
    const gaps = times.slice(from + 2).map((atMs, i) => atMs - times[from + 1 + i]!);
    expect(gaps.length).toBeGreaterThan(4);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(19);
    // The connection stays until the last one stops.
    await drivers[0]!.driver.stop!();
    await looks(panel, 3);
    await drivers[1]!.driver.stop!();
    await until(() => panel.connections().now === 0);
  });

  test('must not write the same address, nor differ in framing', () => {
    const publish = () => {};
    const { host } = pretendHost({ publish });
    modbus.open(breakerAt(1), host);
    expect(() => modbus.open(breakerAt(1, { id: 'other' }), host)).toThrow(/both write unit 1, coil 0/);
    expect(() => modbus.open(breakerAt(1, { id: 'third', framing: 'rtu-over-tcp' }, 3), host)).toThrow(/differ/);
    modbus.open(breakerAt(1, { id: 'fourth', unit: 2 }), host);
    const actions = { on: { holding: 100, value: 1 }, off: { holding: 100, value: 0 } };
    modbus.open(holderAt(1, { id: 'fifth', actions }, 5), host);
    const watchdog = { holding: 100, everyMs: 500, armed: { input: 50_000 } };
    expect(() => modbus.open(holderAt(1, { id: 'sixth', watchdog }, 6), host)).toThrow(/watchdog and fifth both write/);
  });

  test('have a bounded queue: more orders are refused, and those that waited are told when the connection goes', async () => {
    const panel = await panelOf({ ways: [{ kind: 'contactor' }] });
    panel.fault({ kind: 'stall' });
    const { host } = pretendHost();
    const line = lineOf(host, { host: '127.0.0.1', port: panel.port, framing: 'tcp', timeoutMs: 200 });
    const member = { opened() {}, lost() {} };
    line.join(member);
    await until(() => line.problem() === undefined);
    const outcomes: string[] = [];
    const push = (value: number) =>
      line.push({
        request: { unit: 1, table: 'coil', address: 0, value },
        rank: 'order',
        heard: ({ kind }) => outcomes.push(kind),
      });
    // One is under way, the others wait.
    for (let n = 0; n <= ordersMax; n += 1) expect(push(1)).toBeUndefined();
    expect(push(1)).toMatch(/too many requests/);
    await until(() => outcomes.length === ordersMax + 1);
    expect(outcomes.filter((kind) => kind === 'nothing').length).toBe(1);
    expect(new Set(outcomes)).toEqual(new Set(['nothing', 'unsent']));
    line.leave(member);
  });
});

describe('the watchdog of the device', () => {
  const watchdog = { holding: 100, everyMs: 100, armed: { input: 50_000 } };

  test('gets its heartbeat as long as the agent lives, and releases when it does not', async () => {
    const panel = await panelOf({ ways: [{ kind: 'contactor' }], watchdogMs: 400, onSilence: 'release' });
    const { driver, state } = driverOf(holderAt(panel.port, { watchdog }));
    const beats = () => panel.writes().filter(({ address, fn }) => fn === 6 && address === 100);
    await until(() => beats().length > 2 && state() === 'off');
    driver.send(order('on'));
    await until(() => state() === 'on' && beats().length > 8);
    expect(panel.place(0)).toBe('closed');
    const values = beats().map((beat) => beat.values![0]!);
    expect(values.every((value, i) => i === 0 || value === values[i - 1]! + 1)).toBe(true);
    // The agent falls silent: here the server loses its requests, which the panel cannot tell from a dead agent.
    panel.fault({ kind: 'stall' });
    await until(() => panel.place(0) === 'open');
  });

  test('switched off it is a trouble, the risky direction is refused, and rest is not', async () => {
    const panel = await panelOf({ ways: [{ kind: 'contactor' }] });
    const { driver, said, state } = driverOf(holderAt(panel.port, { watchdog }));
    expect(() => driver.send(order('on'))).toThrow(/cannot be reached/);
    await until(() => said.troubles.watchdog?.includes('switched off') && state() === 'off');
    expect(() => driver.send(order('on'))).toThrow(/^watchdog: /);
    driver.send(order('off'));
    await until(() => said.accepted.length === 1);
    panel.set('holding', 101, 20);
    await until(() => said.troubles.watchdog === undefined);
    driver.send(order('on'));
    await until(() => state() === 'on');
  });

  test('a device that does not take the heartbeat is a trouble', async () => {
    const panel = await panelOf({ ways: [{ kind: 'contactor' }], watchdogMs: 5000 });
    panel.fault({ kind: 'exception', code: 2 }, 'writes');
    const { said } = driverOf(holderAt(panel.port, { watchdog }));
    await until(() => said.troubles.watchdog?.includes('does not take the heartbeat'));
  });
});

describe('the end', () => {
  test('a reversible action is written back to rest, and the connection is closed', async () => {
    const panel = await panelOf({ ways: [{ kind: 'contactor' }] });
    const { driver, state } = driverOf(holderAt(panel.port));
    await until(() => state() === 'off');
    driver.send(order('on'));
    await until(() => state() === 'on');
    await driver.stop!();
    await until(() => panel.place(0) === 'open' && panel.connections().now === 0);
    expect(() => driver.send(order('on'))).toThrow(/stops/);
  });

  test('what is under way while the agent stops is taken back too', async () => {
    const panel = await panelOf({ ways: [{ kind: 'contactor' }] });
    const { driver, state } = driverOf(holderAt(panel.port));
    await until(() => state() === 'off');
    panel.fault({ kind: 'slow', byMs: 60 }, 'writes');
    driver.send(order('on'));
    await until(() => panel.writes().length === 1);
    await driver.stop!();
    expect(coils(panel)).toEqual([
      [0, 1],
      [0, 0],
    ]);
  });

  test('an irreversible one stays, and the pulse under way is ended first', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    const { driver, state, said } = driverOf(breakerAt(panel.port));
    await until(() => state() === 'supply');
    driver.send(order('cut'));
    await until(() => said.accepted.length === 1);
    await driver.stop!();
    expect(coils(panel)).toEqual([
      [0, 1],
      [0, 0],
    ]);
    expect(panel.place(0)).toBe('open');
  });

  test('what the agent did not order itself is left alone', async () => {
    const panel = await panelOf({ ways: [{ kind: 'contactor' }] });
    const { driver, state } = driverOf(holderAt(panel.port));
    panel.set('coil', 0, 1);
    await until(() => state() === 'on');
    await driver.stop!();
    expect([panel.writes(), panel.place(0)]).toEqual([[], 'closed']);
  });

  test('it ends in time when the device says nothing', async () => {
    const panel = await panelOf({ ways: [{ kind: 'contactor' }] });
    const { driver, state } = driverOf(holderAt(panel.port, { timeoutMs: 5000 }));
    await until(() => state() === 'off');
    driver.send(order('on'));
    await until(() => state() === 'on');
    panel.fault({ kind: 'stall' });
    const beganMs = performance.now();
    await driver.stop!();
    expect(performance.now() - beganMs).toBeLessThan(2000);
  });

  test('a pulse that an agent left standing when it died is ended by the next one', async () => {
    const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
    panel.set('coil', 0, 1);
    const { state } = driverOf(breakerAt(panel.port));
    await until(() => panel.writes().length === 1 && state() === 'cut');
    expect(coils(panel)).toEqual([[0, 0]]);
  });
});

test('a pulsed hold is renewed by looking, and what somebody at the panel moved is not moved back', async () => {
  const panel = await panelOf({ ways: [{ kind: 'shunt' }] });
  const { driver, state, said } = driverOf(breakerAt(panel.port, { irreversible: [] }));
  await until(() => state() === 'supply');
  driver.send(order('cut'));
  await until(() => state() === 'cut' && panel.writes().length === 2);
  driver.send(order('cut'));
  const reported = said.readBacks.length;
  await until(() => said.readBacks.length > reported);
  expect([said.accepted.length, panel.writes().length]).toEqual([1, 2]);
  panel.touch(0, { kind: 'hand', to: 'closed' });
  await until(() => state() === 'supply');
  expect(() => driver.send(order('cut'))).toThrow(/moved on site/);
  await looks(panel, 3);
  expect(panel.writes().length).toBe(2);
  expect(panel.moves()).toMatchObject([
    { to: 'open', by: 'coil' },
    { to: 'closed', by: 'hand' },
  ]);
});

/** A cable between the agent and the panel that can be broken: what was under way then is held back until it is mended. */
async function cableTo(port: number) {
  let broken = false;
  const pairs: { near: Socket; far: Socket; held: Buffer[] }[] = [];
  const server: Server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    const pair = { near, far, held: [] as Buffer[] };
    pairs.push(pair);
    near.on('data', (bytes) => (broken ? pair.held.push(bytes) : far.write(bytes)));
    far.on('data', (bytes) => broken || near.write(bytes));
    for (const [here, there] of [
      [near, far],
      [far, near],
    ] as const) {
      here.on('error', () => {});
      here.on('close', () => {
        pair.held.length = 0;
        there.destroy();
      });
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  open.push(async () => {
    for (const { near } of pairs) near.destroy();
    await new Promise<void>((done) => server.close(() => done()));
  });
  return {
    port: (server.address() as { port: number }).port,
    break() {
      broken = true;
    },
    mend() {
      broken = false;
      for (const { far, held } of pairs) for (const bytes of held.splice(0)) far.write(bytes);
    },
  };
}
