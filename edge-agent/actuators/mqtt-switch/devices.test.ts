import type { Command } from '@tocsin/contracts';
import {
  createRelayDevice,
  type RelayDevice,
  type RelayFirmware,
  shellyGen1Firmware,
  shellyGen2Firmware,
  tasmotaFirmware,
  zigbee2mqttFirmware,
} from '@tocsin/simulators';
import { createMemoryBroker, type MemoryBroker } from '@tocsin/simulators/mqtt';
import { type SimClock, simClock } from '@tocsin/simulators/time';
import type { MqttClient } from 'mqtt';
import { afterEach, describe, expect, test } from 'vitest';
import { createPlan, type PlanEffect, type PlanEvent } from '../plan/plan.ts';
import { orderOf, rulesOf } from '../plan/story.ts';
import { pretendHost, type Said } from '../pretend-host.ts';
import { shellyGen1 } from '../shelly-gen1/shelly-gen1.ts';
import { shellyGen2 } from '../shelly-gen2/shelly-gen2.ts';
import { tasmota } from '../tasmota/tasmota.ts';
import type { ActuatorDriver, DriverType } from '../types.ts';
import { zigbee2mqtt } from '../zigbee2mqtt/zigbee2mqtt.ts';

/** Each driver against its simulated device, over a real broker and real MQTT clients; only the clock is simulated. */
const leaseMs = 2000;

type Kind = {
  name: string;
  type: DriverType;
  entry: object;
  firmware: RelayFirmware;
  /** What the device needs besides MQTT: more of the entry, and what to close. */
  open?(): Promise<{ entry: object; close(): Promise<void> }>;
};

const gen1 = (): Kind => {
  const device = shellyGen1Firmware({ device: 'shelly1-1' });
  return {
    name: 'shelly-gen1',
    type: shellyGen1,
    entry: { device: 'shelly1-1' },
    firmware: device.firmware,
    open: async () => ({ entry: { address: await device.listen() }, close: device.close }),
  };
};
const kinds: Record<string, () => Kind> = {
  tasmota: () => ({
    name: 'tasmota',
    type: tasmota,
    entry: { topic: 'plug' },
    firmware: tasmotaFirmware({ topic: 'plug' }),
  }),
  'shelly-gen1': gen1,
  'shelly-gen2': () => ({
    name: 'shelly-gen2',
    type: shellyGen2,
    entry: { device: 'shellyplus1-1' },
    firmware: shellyGen2Firmware({ device: 'shellyplus1-1' }),
  }),
  'zigbee2mqtt on_time': () => ({
    name: 'zigbee2mqtt',
    type: zigbee2mqtt,
    entry: { device: 'plug', timer: 'on_time' },
    firmware: zigbee2mqttFirmware({ device: 'plug' }),
  }),
  'zigbee2mqtt countdown': () => ({
    name: 'zigbee2mqtt',
    type: zigbee2mqtt,
    entry: { device: 'plug', timer: 'countdown' },
    firmware: zigbee2mqttFirmware({ device: 'plug', timer: 'countdown' }),
  }),
};
const all = Object.keys(kinds);
/** Zigbee2MQTT that goes on publishing what was ordered, whatever it is asked. */
kinds['zigbee2mqtt locked'] = () => ({
  name: 'zigbee2mqtt',
  type: zigbee2mqtt,
  entry: { device: 'plug', timer: 'on_time' },
  firmware: zigbee2mqttFirmware({ device: 'plug', locked: true }),
});

type Bench = {
  kind: Kind;
  clock: SimClock;
  broker: MemoryBroker;
  agent: MqttClient;
  device: RelayDevice;
  driver: ActuatorDriver;
  said: Said;
  /** Topics of what the driver published. */
  sent: string[];
  send(action: string, id?: string): void;
  last(): string | undefined;
};

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Waits, without letting simulated time pass, until something is true; five seconds at most. */
async function until(isTrue: () => boolean): Promise<void> {
  const giveUpMs = performance.now() + 5000;
  while (!isTrue()) {
    if (performance.now() > giveUpMs) throw new Error(`waited in vain for ${isTrue}`);
    await turn();
  }
}

/** Lets simulated time pass in small steps, and messages travel in between. */
async function pass({ clock }: Bench, forMs: number, each: () => void = () => {}): Promise<void> {
  for (let passedMs = 0; passedMs < forMs; passedMs += 20) {
    clock.advance(20);
    each();
    for (let turns = 0; turns < 8; turns += 1) await turn();
  }
}

async function open(name: string, more: object = {}, before?: (device: RelayDevice) => void): Promise<Bench> {
  const kind = kinds[name]!();
  const clock = simClock(1_780_000_000_000);
  const broker = await createMemoryBroker();
  closing.push(() => broker.stop());
  const opened = await kind.open?.();
  if (opened !== undefined) closing.push(opened.close);
  const device = createRelayDevice({ connect: (will) => broker.connect(will), clock, firmware: kind.firmware });
  before?.(device);
  await device.start();
  const sent: string[] = [];
  const agent = broker.connect({ clientId: 'agent' });
  const { host, said } = pretendHost({
    clock,
    publish(topic, payload, options) {
      if (!agent.connected) throw new Error('the field broker is away');
      sent.push(topic);
      agent.publish(topic, payload as string, options ?? {});
    },
  });
  const entry = { ...rulesOf({ leaseMs }).actuator, ...kind.entry, ...opened?.entry, ...more };
  expect(kind.type.check?.(entry)).toEqual([]);
  const driver = kind.type.open(entry, host);
  agent.on('message', (topic, payload, packet) => driver.message(topic, payload, packet.retain));
  await agent.subscribeAsync(driver.topics, { qos: 1 });
  driver.start?.();
  driver.ask();
  closing.push(async () => {
    await driver.stop?.().catch(() => {});
    await device.stop();
  });
  let number = 0;
  const nextId = () => {
    number += 1;
    return `order-${number}`;
  };
  const send = (action: string, id = nextId()) =>
    driver.send(orderOf({ id, action, leaseMs: entry.leaseMs } as Partial<Command>, clock.nowMs()));
  return { kind, clock, broker, agent, device, driver, said, sent, send, last: () => said.readBacks.at(-1)?.[0] };
}

/** True when an away order leaves. */
function isArmed({ send }: Bench): boolean {
  try {
    send('on');
    return true;
  } catch {
    return false;
  }
}

/** Opens a bench and waits until the device was read: its state as proof, and its timer. */
async function ready(name: string, more: object = {}): Promise<Bench> {
  const bench = await open(name, more);
  await until(() => bench.said.readBacks.some(([state, old]) => state === 'off' && !old));
  return bench;
}

async function held(name: string, more: object = {}): Promise<Bench> {
  const bench = await ready(name, more);
  await until(() => isArmed(bench));
  await pass(bench, 60);
  await until(() => bench.last() === 'on');
  return bench;
}

describe.each(all)('%s', (name) => {
  test('switches on, is read back, and off again', async () => {
    const bench = await held(name);
    expect(bench.device.contact()).toBe(true);
    expect(bench.said.readBacks.at(-1)).toEqual(['on', false]);
    bench.send('off');
    await pass(bench, 60);
    await until(() => bench.last() === 'off');
    expect(bench.device.contact()).toBe(false);
    expect(bench.said.troubles).toEqual({});
  });

  test('the device ends a hold by itself when the agent falls silent, and says so', async () => {
    const bench = await held(name);
    await pass(bench, leaseMs - 400);
    expect(bench.device.contact()).toBe(true);
    await pass(bench, 600);
    expect(bench.device.contact()).toBe(false);
    await until(() => bench.last() === 'off');
  });

  test('a renewed hold does not end', async () => {
    const bench = await held(name);
    for (let renewals = 0; renewals < 5; renewals += 1) {
      await pass(bench, leaseMs / 2);
      bench.send('on');
      expect(bench.device.contact()).toBe(true);
    }
    expect(bench.said.readBacks.filter(([state, old]) => state === 'off' && !old).length).toBeGreaterThan(0);
    expect(bench.last()).toBe('on');
    expect(bench.said.troubles).toEqual({});
  });

  test('a device that restarts is unreachable, comes back at rest, and can be armed again', async () => {
    const bench = await held(name);
    bench.device.unplug(bench.broker.cut);
    await until(() => bench.said.troubles.unreachable !== undefined);
    const count = bench.sent.length;
    expect(() => bench.send('on')).toThrow(/offline|not running/);
    expect(bench.sent.length, 'an order for a device that is away must not wait in a broker').toBe(count);
    await bench.device.reboot(() => {});
    await until(() => bench.said.troubles.unreachable === undefined && bench.last() === 'off');
    await until(() => isArmed(bench));
  });

  test('a silent device is unreachable after some questions, and no longer once it speaks', async () => {
    const bench = await ready(name);
    bench.device.setFault('silent');
    for (let minute = 0; minute < 4; minute += 1) {
      bench.clock.advance(60_000);
      await turn();
    }
    await until(() => /does not answer/.test(bench.said.troubles.unreachable ?? ''));
    bench.device.setFault('none');
    bench.driver.ask();
    await until(() => bench.said.troubles.unreachable === undefined);
  });

  test('a contact that sticks is not taken for an act', async () => {
    const bench = await ready(name);
    bench.device.setFault('sticks');
    await until(() => isArmed(bench));
    await pass(bench, 800);
    expect(bench.last()).toBe('off');
    expect(bench.said.readBacks.some(([state]) => state === 'on')).toBe(false);
  });

  test('a contact that lags is read back when it arrives and not before', async () => {
    const bench = await ready(name, { leaseMs: 8000 });
    bench.device.setFault('lags');
    await until(() => isArmed(bench));
    await pass(bench, 4900);
    expect(bench.last()).toBe('off');
    await pass(bench, 300);
    expect(bench.device.contact()).toBe(true);
    await until(() => bench.last() === 'on');
  });

  test('without a way to the broker nothing is sent, and that is a trouble until it is back', async () => {
    const bench = await ready(name);
    await until(() => isArmed(bench));
    bench.broker.cut(bench.agent);
    await until(() => !bench.agent.connected);
    expect(() => bench.send('off')).toThrow(/broker is away/);
    bench.driver.ask();
    expect(bench.said.troubles.unreachable).toMatch(/no way to the field broker/);
  });

  test('stopping the driver gives a hold back', async () => {
    const bench = await held(name);
    await bench.driver.stop?.();
    await pass(bench, 60);
    await until(() => !bench.device.contact());
  });

  test('what somebody does by hand is read back', async () => {
    const bench = await ready(name);
    bench.device.byHand(true);
    await pass(bench, 100);
    await until(() => bench.last() === 'on');
  });

  test('an irreversible act has no timer, stays, and is not given back at the stop', async () => {
    const bench = await held(name, { irreversible: ['on'] });
    await pass(bench, 2 * leaseMs);
    await bench.driver.stop?.();
    await pass(bench, 200);
    expect(bench.device.contact()).toBe(true);
    expect(bench.said.troubles).toEqual({});
  });
});

describe('a device whose own timer does not work', () => {
  test.each(['tasmota', 'shelly-gen1'])('%s: it is trouble at once, and nothing is sent', async (name) => {
    const bench = await open(name, {}, (device) => device.setFault('timerless'));
    await until(() => bench.said.troubles.watchdog !== undefined);
    const count = bench.sent.length;
    expect(() => bench.send('on')).toThrow(/not armed/);
    expect(bench.sent.length).toBe(count);
    bench.send('off');
    expect(bench.sent.length, 'the way back to rest stays open').toBe(count + 1);
  });

  test.each(['shelly-gen2', 'zigbee2mqtt countdown'])(
    '%s: the first hold shows it, and no further one is sent',
    async (name) => {
      const bench = await ready(name);
      bench.device.setFault('timerless');
      await until(() => isArmed(bench));
      await pass(bench, 600);
      await until(() => /no timer of its own runs/.test(bench.said.troubles.watchdog ?? ''));
      expect(() => bench.send('on')).toThrow(/not armed/);
    },
  );

  test('zigbee2mqtt on_time: a hold that outlives its lease shows it', async () => {
    const bench = await ready('zigbee2mqtt on_time');
    bench.device.setFault('timerless');
    await until(() => isArmed(bench));
    await pass(bench, leaseMs + 2500);
    bench.driver.ask();
    await until(() => /did not end by itself/.test(bench.said.troubles.watchdog ?? ''));
    expect(() => bench.send('on')).toThrow(/not armed/);
  });
});

describe('a device that reports what was ordered', () => {
  test.each([
    ['tasmota', { feedback: { input: 2 } }],
    ['shelly-gen1', { feedback: { input: 0 } }],
    ['shelly-gen2', { feedback: { input: 1 } }],
  ])('%s: is found out where an auxiliary contact is wired to its input', async (name, more) => {
    const bench = await ready(name, more);
    bench.device.setFault('lies');
    await until(() => isArmed(bench));
    await pass(bench, 800);
    expect(bench.said.readBacks.some(([state]) => state === 'on')).toBe(false);
    bench.device.setFault('none');
    await pass(bench, 100);
    await until(() => bench.last() === 'on');
  });

  test('zigbee2mqtt: an optimistic state is no proof', async () => {
    const bench = await open('zigbee2mqtt locked', {}, (device) => device.setFault('sticks'));
    bench.send('on');
    await until(() => bench.said.readBacks.some(([state]) => state === 'on'));
    await pass(bench, 800);
    expect(bench.said.readBacks.filter(([, old]) => !old)).toEqual([]);
  });
});

test('a state that the broker kept is first knowledge and no proof', async () => {
  const bench = await ready('shelly-gen1');
  const heard: [string, boolean][] = [];
  const { host } = pretendHost({ clock: bench.clock, readBack: (state, old = false) => void heard.push([state, old]) });
  const entry = { ...rulesOf({ leaseMs }).actuator, ...bench.kind.entry, irreversible: ['on'] };
  const other = shellyGen1.open(entry, host);
  const late = bench.broker.connect({ clientId: 'late' });
  late.on('message', (topic, payload, packet) => other.message(topic, payload, packet.retain));
  await late.subscribeAsync(other.topics, { qos: 1 });
  await until(() => heard.length > 0);
  expect(heard).toEqual([['off', true]]);
});

test('an error of the device is a failed order; its answer is an accepted one', async () => {
  const good = await held('shelly-gen2');
  expect(good.said.accepted).toEqual(['order-1']);
  const wrong = await open('shelly-gen2', { channel: 3 });
  await until(() => wrong.said.troubles.watchdog !== undefined);
  expect(wrong.said.troubles.watchdog).toMatch(/not found/);
  wrong.send('off', 'back');
  await until(() => wrong.said.failed.length > 0);
  expect(wrong.said.failed[0]).toEqual(['back', expect.stringMatching(/turned it away.*not found.*-105/)]);
});

describe.each(all)('the command plan, the driver and the device: %s', (name) => {
  test('a hold is renewed while its reason lasts, and ends within its lease when the agent stops', async () => {
    const bench = await ready(name);
    const { entry, type } = bench.kind;
    const rules = rulesOf({ leaseMs, expected: { on: 'on', off: 'off' } });
    const actuator = { ...rules.actuator, ...entry, driver: type.driver };
    const responses = new Map([['warn', { actuator: 'siren', action: 'on' }]]);
    const plan = createPlan({ actuators: [{ ...rules, actuator }], responses, staleAfterMs: () => 6000 });
    const receipts: string[] = [];
    let told = 0;
    const feed = (event: PlanEvent) => plan.step(event).forEach(perform);
    const perform = (effect: PlanEffect) => {
      if (effect.kind === 'receipt') receipts.push(`${effect.receipt.action} ${effect.receipt.state}`);
      if (effect.kind !== 'command') return;
      const sent = { kind: 'sent' as const, actuator: 'siren', commandId: effect.command.id };
      const atMs = bench.clock.nowMs();
      try {
        bench.driver.send(effect.command);
        feed({ ...sent, ok: true, atMs });
      } catch (error) {
        feed({ ...sent, ok: false, why: String(error), atMs });
      }
    };
    const live = () => {
      const atMs = bench.clock.nowMs();
      for (; told < bench.said.readBacks.length; told += 1) {
        const [state, old] = bench.said.readBacks[told]!;
        feed({ kind: 'readBack', actuator: 'siren', state, old, atMs });
      }
      feed({ kind: 'tick', atMs });
    };
    const wish = { actuator: 'siren', response: 'warn', action: 'on', severity: 3, coincidence: false, late: false };
    await until(() => bench.driver !== undefined && bench.said.troubles.watchdog === undefined);
    feed({ kind: 'wish', ...wish, alert: 'mill/slope/upper', text: 'It moves.', atMs: bench.clock.nowMs() });
    await pass(bench, 3 * leaseMs, live);
    expect(bench.device.contact()).toBe(true);
    expect(receipts).toContain('on verified');
    // The agent stops: no tick, no renewal, no farewell.
    let offAfterMs = 0;
    await pass(bench, leaseMs + 1000, () => {
      if (bench.device.contact()) offAfterMs += 20;
    });
    expect(bench.device.contact()).toBe(false);
    expect(offAfterMs).toBeLessThanOrEqual(leaseMs + 100);
  });
});
