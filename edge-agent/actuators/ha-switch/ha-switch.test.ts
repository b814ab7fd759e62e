import { createMemoryBroker } from '@tocsin/simulators/mqtt';
import { simClock } from '@tocsin/simulators/time';
import { Check } from 'typebox/value';
import { describe, expect, test, vi } from 'vitest';
import { orderOf, rulesOf } from '../plan/story.ts';
import { pretendHost } from '../pretend-host.ts';
import { HaSwitchActuator } from './config.ts';
import { haSwitch, haSwitchDialect } from './ha-switch.ts';

const site = {
  id: 'siren',
  driver: 'ha-switch',
  rest: 'off',
  onSilence: 'off after 15 s',
  commandTopic: 'esp/siren/set',
  stateTopic: 'esp/siren/state',
  availabilityTopic: 'esp/status',
  autoOffS: 15,
};
const given = (more: object = {}) => ({ ...rulesOf().actuator, ...site, ...more });
const bytes = (text: string) => new TextEncoder().encode(text);

describe('configuration', () => {
  test('a plain entry fits the schema; a switch without a state topic does not', () => {
    expect(Check(HaSwitchActuator, site)).toBe(true);
    const { stateTopic: _, ...optimistic } = site;
    expect(Check(HaSwitchActuator, optimistic)).toBe(false);
  });

  test.each([
    ['no timer of its own', { autoOffS: undefined }, /give the device a timer of its own/],
    ['a timer shorter than the lease', { autoOffS: 5 }, /too early/],
    ['a timer that would undo an irreversible act', { irreversible: ['on'] }, /autoOffS would undo it/],
    ['orders and reports on one topic', { stateTopic: 'esp/siren/set' }, /confirm its own orders/],
    ['one word for two states', { stateOff: 'ON' }, /same payload or state/],
    ['availability on the state topic', { availabilityTopic: 'esp/siren/state' }, /availabilityTopic must differ/],
  ])('it says so when there is %s', (_, more, message) => {
    expect(haSwitch.check?.(given()), 'a right entry has no mistake').toEqual([]);
    expect(haSwitch.check?.(given(more)).join()).toMatch(message);
  });
});

test.each([
  ['a state', {}, 'ON', [{ kind: 'output', on: true }]],
  ['a state of its own', { stateOn: 'running', stateOff: 'idle' }, 'idle', [{ kind: 'output', on: false }]],
  ['a state in JSON', { statePath: '$.POWER' }, '{"POWER":"ON"}', [{ kind: 'output', on: true }]],
  [
    'a truth value in JSON',
    { statePath: '$.on', stateOn: 'true', stateOff: 'false' },
    '{"on":true}',
    [{ kind: 'output', on: true }],
  ],
  ['a state taken back', {}, 'None', []],
  ['another word', {}, 'on', undefined],
  ['an object', { statePath: '$.POWER' }, '{"POWER":{}}', undefined],
])('%s', (_, more, text, heard) => {
  expect(haSwitchDialect(given(more)).hear('esp/siren/state', bytes(text))).toEqual(heard);
});

test('over a real broker: order, report, a kept report that is old, and no order while it is unavailable', async () => {
  const broker = await createMemoryBroker();
  try {
    const device = broker.connect({ clientId: 'device' });
    await device.subscribeAsync('esp/siren/set', { qos: 1 });
    const got: string[] = [];
    device.on('message', (_, payload) => {
      got.push(String(payload));
      device.publish('esp/siren/state', payload, { qos: 1, retain: true });
    });
    await device.publishAsync('esp/siren/state', 'OFF', { qos: 1, retain: true });
    const agent = broker.connect({ clientId: 'agent' });
    const { host, said } = pretendHost({
      clock: simClock(),
      publish: (topic, payload, options) => void agent.publish(topic, payload as string, options ?? {}),
    });
    const driver = haSwitch.open(given(), host);
    agent.on('message', (topic, payload, packet) => driver.message(topic, payload, packet.retain));
    await agent.subscribeAsync(driver.topics, { qos: 1 });
    driver.send(orderOf({}, 0));
    await vi.waitFor(() =>
      expect(said.readBacks).toEqual([
        ['off', true],
        ['on', false],
      ]),
    );
    await device.publishAsync('esp/status', 'offline', { qos: 1, retain: true });
    await vi.waitFor(() => expect(said.troubles.unreachable).toMatch(/offline/));
    expect(() => driver.send(orderOf({ action: 'off' }, 0))).toThrow(/offline/);
    expect(got).toEqual(['ON']);
  } finally {
    await broker.stop();
  }
});

test('a hold that outlives the timer the site file promises is found out at its next report', () => {
  const clock = simClock();
  const { host, said } = pretendHost({ clock });
  const driver = haSwitch.open(given(), host);
  driver.send(orderOf({}, 0));
  for (let reports = 0; reports < 3; reports += 1) {
    clock.advance(6_000);
    driver.message('esp/siren/state', bytes('ON'));
    if (reports < 2) expect(said.troubles.watchdog, 'its timer is longer than the lease').toBeUndefined();
  }
  expect(said.troubles.watchdog).toMatch(/did not end by itself/);
  expect(() => driver.send(orderOf({}, 0))).toThrow(/not armed/);
  expect(() => driver.send(orderOf({ action: 'off' }, 0))).not.toThrow();
  expect(said.troubles.unreachable, 'it cannot be asked, so its silence says nothing').toBeUndefined();
});
