import { systemClock } from '@tocsin/contracts';
import { describe, expect, test } from 'vitest';
import { ntcip1202 } from '../../edge-agent/actuators/ntcip-1202/ntcip-1202.ts';
import { orderOf, rulesOf } from '../../edge-agent/actuators/plan/story.ts';
import { pretendHost } from '../../edge-agent/actuators/pretend-host.ts';
import { bitOf, type ControllerPlan, serveController } from '../../simulators/controller/index.ts';
import { until } from './until.ts';

/** A crossing in a hurry, so that a cycle fits a test: clearance 2 s, backup time 2 s. */
const plan: ControllerPlan = {
  ring: [
    { number: 4, vehicle: { minGreenMs: 400, yellowMs: 300, redClearMs: 200 } },
    { number: 2, pedestrian: { walkMs: 400, clearanceMs: 2000, extensionMaxMs: 2500, bufferMs: 300 } },
  ],
  backupMs: 2000,
};
const entry = {
  id: 'hold',
  driver: 'ntcip-1202',
  host: '127.0.0.1',
  port: 161,
  readCommunity: { env: 'READ' },
  writeCommunity: { env: 'WRITE' },
  request: 'pedestrian-hold',
  phase: 2,
  conflicting: [4],
  action: 'extend',
  rest: 'none',
  onSilence: 'none after the backup time',
};
const given = (more: object = {}) => ({
  ...rulesOf().actuator,
  ...entry,
  leaseMs: 4000,
  timeoutMs: 250,
  lookMs: 200,
  ...more,
});

type End = (end: () => Promise<void>) => void;

async function controllerOf(onTestFinished: End, its: Partial<ControllerPlan> = {}) {
  const controller = await serveController({ plan: { ...plan, ...its } });
  onTestFinished(() => controller.stop());
  return controller;
}

function opened(onTestFinished: End, port: number, more: object = {}) {
  const { host, said } = pretendHost({
    readSecret: (secret) => ('env' in secret && secret.env === 'WRITE' ? 'private' : 'public'),
  });
  const driver = ntcip1202.open(given({ port, ...more }), host);
  onTestFinished(async () => driver.stop!());
  return { driver, said };
}

const extend = (id = 'o1', more: object = {}) =>
  orderOf({ id, device: 'hold', action: 'extend', leaseMs: 4000, ...more }, 0);
const release = (id = 'o2') => orderOf({ id, device: 'hold', action: 'none' }, 0);

/** A driver whose controller has begun a clearance that the driver saw coming. */
async function inClearance(onTestFinished: End, its: Partial<ControllerPlan> = {}) {
  const controller = await controllerOf(onTestFinished, its);
  const { driver, said } = opened(onTestFinished, controller.port);
  driver.start!();
  await until('the first reading', () => said.readBacks.length > 0 || Object.keys(said.troubles).length > 0);
  controller.tell({ kind: 'press', phase: 2 });
  await until('the clearance', () => controller.state().interval === 'clearance');
  return { controller, driver, said };
}

describe.concurrent('a hold', () => {
  test('extends the clearance, is read back from the controller, and ends with the order to rest', async ({
    onTestFinished,
  }) => {
    const { controller, driver, said } = await inClearance(onTestFinished);
    driver.send(extend());
    await until('the read-back', () => said.readBacks.at(-1)?.[0] === 'extend');
    expect(said.accepted).toEqual(['o1']);
    const since = controller.state().sinceMs;
    await until('an extended clearance', () => controller.state().atMs - since > 2300);
    expect(controller.state().interval).toBe('clearance');
    driver.send(release());
    await until('the release', () => controller.state().registers.hold === 0 && said.accepted.includes('o2'));
    await until('the read-back of rest', () => said.readBacks.at(-1)?.[0] === 'none');
    expect(controller.state().interval).not.toBe('clearance');
    expect(said.failed).toEqual([]);
    expect(controller.shouts()).toEqual([]);
  });

  test.for([
    ['in the vehicle green', 'green', /neither walk nor clearance/],
    ['in the yellow', 'yellow', /neither walk nor clearance/],
  ] as const)('%s is refused before anything is written', async ([_, interval, why], { onTestFinished }) => {
    const controller = await controllerOf(onTestFinished, {
      ring: [{ number: 4, vehicle: { minGreenMs: 400, yellowMs: 1500, redClearMs: 200 } }, plan.ring[1]!],
    });
    const { driver, said } = opened(onTestFinished, controller.port);
    driver.start!();
    await until('the first reading', () => said.readBacks.length > 0);
    await until('the green', () => controller.state().interval === 'green');
    if (interval === 'yellow') controller.tell({ kind: 'press', phase: 2 });
    await until(interval, () => controller.state().interval === interval);
    driver.send(extend());
    await until('the refusal', () => said.failed.length > 0);
    expect(said.failed[0]).toEqual(['o1', expect.stringMatching(why)]);
    expect(controller.state().backup).toBe(true);
    expect(controller.shouts()).toEqual([]);
  });

  test('in a clearance whose beginning was not seen, or that may be over on arrival, is refused', async ({
    onTestFinished,
  }) => {
    const controller = await controllerOf(onTestFinished);
    controller.tell({ kind: 'press', phase: 2 });
    await until('the clearance', () => controller.state().interval === 'clearance');
    const { driver, said } = opened(onTestFinished, controller.port);
    driver.start!();
    driver.send(extend());
    await until('the refusal', () => said.failed.length > 0);
    expect(said.failed[0]![1]).toMatch(/was not seen/);

    await until('the next green', () => controller.state().interval === 'green');
    controller.tell({ kind: 'press', phase: 2 });
    await until('the next clearance', () => controller.state().interval === 'clearance');
    const since = controller.state().sinceMs;
    await until('its end', () => controller.state().atMs - since > 1900);
    driver.send(extend('o3'));
    await until('the second refusal', () => said.failed.length > 1);
    expect(said.failed[1]![1]).toMatch(/may end before|neither walk nor clearance/);
    expect(controller.shouts()).toEqual([]);
  });

  test('ends by itself when its lease is not renewed', async ({ onTestFinished }) => {
    const { controller, driver, said } = await inClearance(onTestFinished);
    driver.send(extend('o1', { leaseMs: 700 }));
    await until('the hold', () => controller.state().registers.hold !== 0);
    await until('its end', () => controller.state().registers.hold === 0, 2000);
    await until('the read-back', () => said.readBacks.at(-1)?.[0] === 'none');
    expect(controller.state().backup).toBe(false);
    expect(controller.shouts()).toEqual([]);
  });

  test('is kept well inside the backup time while its lease lasts, and taken back on stop', async ({
    onTestFinished,
  }) => {
    const { controller, driver } = await inClearance(onTestFinished, {
      backupMs: 2000,
      ring: [
        plan.ring[0]!,
        { number: 2, pedestrian: { walkMs: 400, clearanceMs: 2000, extensionMaxMs: 20_000, bufferMs: 300 } },
      ],
    });
    driver.send(extend('o1', { leaseMs: 8000 }));
    await until('the hold', () => controller.state().registers.hold !== 0);
    const since = controller.state().atMs;
    await until('more than two backup times', () => {
      expect(controller.state().registers.hold).toBe(2);
      return controller.state().atMs - since > 5000;
    });
    await driver.stop!();
    expect(controller.state().registers.hold).toBe(0);
    expect(controller.state().backup).toBe(false);
    expect(controller.shouts()).toEqual([]);
  });

  test('that nobody releases ends by the controller own maximum; the request is taken back and said to be over', async ({
    onTestFinished,
  }) => {
    const { controller, driver, said } = await inClearance(onTestFinished);
    const since = controller.state().sinceMs;
    let asked = 0;
    await until('the end of the clearance', () => {
      if (controller.state().atMs - since > asked * 100) {
        asked += 1;
        driver.send(extend(`o${asked}`));
      }
      return controller.state().interval !== 'clearance';
    });
    expect(controller.state().sinceMs - since).toBe(4500);
    await until('the request taken back', () => controller.state().registers.hold === 0);
    await until('the read-back', () => said.readBacks.at(-1)?.[0] === 'none');
    driver.send(extend('again'));
    await until('the refusal', () => said.failed.some(([id]) => id === 'again'));
    expect(controller.shouts()).toEqual([]);
  });

  test('of an agent that falls silent is dropped by the backup timer of the controller', async ({ onTestFinished }) => {
    const { controller, driver, said } = await inClearance(onTestFinished, {
      ring: [
        plan.ring[0]!,
        { number: 2, pedestrian: { walkMs: 400, clearanceMs: 2000, extensionMaxMs: 20_000, bufferMs: 300 } },
      ],
    });
    driver.send(extend());
    await until('the hold', () => controller.state().registers.hold !== 0);
    controller.fail({ kind: 'silent' });
    await until('the backup mode', () => controller.state().backup, 3000);
    expect(controller.state().registers.hold).toBe(0);
    await until('the trouble', () => said.troubles.unreachable !== undefined);
    controller.fail({ kind: 'none' });
    await until('the way back', () => said.troubles.unreachable === undefined);
    await until('the truth', () => said.readBacks.at(-1)?.[0] === 'none');
    // What lapsed is not raised again of its own accord.
    expect(controller.state().registers.hold).toBe(0);
    expect(controller.shouts()).toEqual([]);
  });
});

describe.concurrent('an agent that stops', () => {
  test('while its controller is silent is done within two seconds, and the backup timer does the rest', async ({
    onTestFinished,
  }) => {
    const { controller, driver } = await inClearance(onTestFinished);
    driver.send(extend());
    await until('the hold', () => controller.state().registers.hold !== 0);
    controller.fail({ kind: 'silent' });
    const sinceMs = systemClock.monotonicMs();
    await driver.stop!();
    expect(systemClock.monotonicMs() - sinceMs).toBeLessThan(2200);
    await until('the release', () => controller.state().registers.hold === 0);
    expect(() => driver.send(extend('late'))).toThrow(/not being spoken to/);
  });
});

describe.concurrent('a call', () => {
  const asking = { id: 'call', request: 'pedestrian-call', action: 'call', conflicting: [] };
  const call = (id = 'c1') => orderOf({ id, device: 'call', action: 'call', leaseMs: 4000 }, 0);

  test('is registered, confirmed by the status group, served, and taken back', async ({ onTestFinished }) => {
    const controller = await controllerOf(onTestFinished);
    const { driver, said } = opened(onTestFinished, controller.port, asking);
    driver.start!();
    await until('the green', () => controller.state().interval === 'green');
    driver.send(call());
    await until('the read-back', () => said.readBacks.at(-1)?.[0] === 'call');
    await until('the walk', () => controller.state().interval === 'walk');
    driver.send(orderOf({ id: 'c2', device: 'call', action: 'none' }, 0));
    await until('the end', () => said.accepted.includes('c2'));
    expect(controller.state().registers.call).toBe(0);
    driver.send(call('c3'));
    await until('the refusal or the clearance', () => said.failed.length > 0 || controller.state().interval !== 'walk');
    expect(controller.shouts()).toEqual([]);
  });

  test('shares the controller with a hold, and neither touches the other or a bit of somebody else', async ({
    onTestFinished,
  }) => {
    const controller = await controllerOf(onTestFinished);
    const clock = systemClock;
    controller.tell({ kind: 'set', register: 'call', mask: bitOf(6) });
    const { host, said } = pretendHost({ clock, readSecret: () => 'private' });
    const secrets = { readCommunity: { env: 'WRITE' } };
    const hold = ntcip1202.open(given({ port: controller.port, ...secrets }), host);
    const caller = ntcip1202.open(given({ port: controller.port, ...secrets, ...asking }), host);
    onTestFinished(async () => void (await Promise.all([hold.stop!(), caller.stop!()])));
    hold.start!();
    caller.start!();
    await until('the green', () => controller.state().interval === 'green' && said.readBacks.length > 1);
    caller.send(call());
    await until('the call', () => (controller.state().registers.call & 2) !== 0);
    expect(controller.state().registers.call).toBe(bitOf(6) | bitOf(2));
    await until('the clearance', () => controller.state().interval === 'clearance');
    hold.send(extend());
    await until('the hold', () => controller.state().registers.hold === 2);
    expect(controller.state().registers.call).toBe(bitOf(6) | bitOf(2));
    hold.send(release());
    await until('the release', () => controller.state().registers.hold === 0);
    expect(controller.state().registers.call).toBe(bitOf(6) | bitOf(2));
    const asked = controller.counts.asked;
    await Promise.all([hold.stop!(), caller.stop!()]);
    expect(controller.state().registers.call).toBe(bitOf(6));
    expect(controller.counts.asked - asked).toBeLessThan(8);
  });
});

describe.concurrent('a controller that would not let go', () => {
  test.for([
    ['has no backup time', { backupMs: 0 }, /backup time is 0/],
    ['keeps a request longer than the lease', { backupMs: 5000 }, /longer than the lease/],
  ] as const)('that %s is a trouble, and nothing is ever written to it', async ([_, its, why], { onTestFinished }) => {
    const { controller, driver, said } = await inClearance(onTestFinished, its);
    expect(said.troubles.watchdog).toMatch(why);
    driver.send(extend());
    await until('the refusal', () => said.failed.length > 0);
    expect(said.failed[0]![1]).toMatch(why);
    expect(controller.state().lastSetMs).toBe(0);
  });

  test('while a hold stands is noticed: the hold is taken back at once', async ({ onTestFinished }) => {
    const { controller, driver, said } = await inClearance(onTestFinished);
    driver.send(extend());
    await until('the hold', () => controller.state().registers.hold !== 0);
    controller.tell({ kind: 'backupTime', ms: 0 });
    await until('the release', () => controller.state().registers.hold === 0, 1500);
    expect(said.troubles.watchdog).toMatch(/backup time is 0/);
  });

  test('that pre-empts takes back a hold', async ({ onTestFinished }) => {
    const { controller, driver } = await inClearance(onTestFinished);
    driver.send(extend());
    await until('the hold', () => controller.state().registers.hold !== 0);
    controller.tell({ kind: 'preempt', on: true });
    await until('the release', () => controller.state().registers.hold === 0, 1500);
    expect(controller.shouts()).toEqual([]);
  });

  test('after a restart of its own knows nothing of a hold, and none is raised anew', async ({ onTestFinished }) => {
    const { controller, driver, said } = await inClearance(onTestFinished);
    driver.send(extend());
    await until('the hold', () => said.readBacks.at(-1)?.[0] === 'extend');
    controller.tell({ kind: 'reboot' });
    await until('the truth', () => said.readBacks.at(-1)?.[0] === 'none');
    expect(controller.state().registers.hold).toBe(0);
    expect(controller.shouts()).toEqual([]);
  });
});

describe.concurrent('a way that cannot be trusted', () => {
  test('an order to a controller that does not answer fails, and the order has not left', async ({
    onTestFinished,
  }) => {
    const controller = await controllerOf(onTestFinished);
    const { driver, said } = opened(onTestFinished, controller.port);
    controller.fail({ kind: 'silent' });
    driver.start!();
    driver.send(extend());
    await until('the failure', () => said.failed.length > 0);
    expect(said.failed[0]![1]).toMatch(/status cannot be read: it does not answer/);
    await until('the trouble', () => said.troubles.unreachable !== undefined);
  });

  test('a request that was done while its answer got lost is not called failed, and is read back', async ({
    onTestFinished,
  }) => {
    const { controller, driver, said } = await inClearance(onTestFinished);
    driver.send(extend());
    // The read is answered, the write is not.
    const asked = controller.counts.asked;
    await until('the read', () => controller.counts.asked > asked);
    controller.fail({ kind: 'mute' });
    await until('the hold', () => controller.state().registers.hold !== 0);
    controller.fail({ kind: 'none' });
    await until('the read-back', () => said.readBacks.at(-1)?.[0] === 'extend');
    expect(said.failed).toEqual([]);
    expect(controller.shouts()).toEqual([]);
  });

  test.for([
    ['come late', { kind: 'late', ms: 900 }],
    ['come from another port', { kind: 'elsewhere' }],
    ['are cut', { kind: 'wrong', change: (answer: Buffer) => answer.subarray(0, 20) }],
    ['are noise', { kind: 'wrong', change: (answer: Buffer) => answer.map((octet) => octet ^ 0x5a) as Buffer }],
    ['are huge', { kind: 'wrong', change: (answer: Buffer) => Buffer.concat([answer, Buffer.alloc(9000)]) }],
  ] as const)('answers that %s are refused, and do no harm', async ([_, fault], { onTestFinished }) => {
    const controller = await controllerOf(onTestFinished);
    const { driver, said } = opened(onTestFinished, controller.port);
    controller.fail(fault);
    driver.start!();
    await until('the trouble', () => said.troubles.unreachable !== undefined);
    expect(said.readBacks).toEqual([]);
    controller.fail({ kind: 'none' });
    await until('the way back', () => said.readBacks.length > 0 && said.troubles.unreachable === undefined);
  });
});
