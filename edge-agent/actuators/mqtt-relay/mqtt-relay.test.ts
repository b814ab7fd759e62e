import type { Command } from '@tocsin/contracts';
import { createMemoryBroker } from '@tocsin/simulators/mqtt';
import { Check } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { orderOf, rulesOf } from '../plan/story.ts';
import { pretendHost } from '../pretend-host.ts';
import { MqttRelayActuator } from './config.ts';
import { mqttRelay, readState, reportBytesMax } from './mqtt-relay.ts';

const entry = {
  id: 'siren',
  driver: 'mqtt-relay',
  rest: 'off',
  onSilence: 'off',
  commandTopic: 'field/siren/set',
  stateTopic: 'field/siren/state',
  actions: { on: { send: 'ON {leaseS} {id}', state: 'ON' }, off: { send: 'OFF', state: 'OFF' } },
};
const given = (more: object = {}) => ({ ...rulesOf().actuator, ...entry, ...more });
const bytes = (text: string) => new TextEncoder().encode(text);

function opened(more: object = {}) {
  const published: unknown[][] = [];
  const heard: unknown[][] = [];
  const { host } = pretendHost({
    publish: (...message) => void published.push(message),
    readBack: (...said) => void heard.push(said),
  });
  const driver = mqttRelay.open(given(more), host);
  return { driver, published, heard };
}

describe('configuration', () => {
  test('a plain relay fits the schema, a wildcard topic and an unknown field do not', () => {
    expect(Check(MqttRelayActuator, entry)).toBe(true);
    expect(Check(MqttRelayActuator, { ...entry, stateTopic: 'field/+/state' })).toBe(false);
    expect(Check(MqttRelayActuator, { ...entry, stateTopik: 'field/siren/state' })).toBe(false);
  });

  test.each([
    ['rest is no action', { rest: 'away' }, /no such action/],
    ['an irreversible action is none', { irreversible: ['cut'] }, /irreversible names cut/],
    ['rest is irreversible', { irreversible: ['off'] }, /rest \(off\) cannot be irreversible/],
    ['an irreversible payload has a lease', { irreversible: ['on'] }, /has no lease/],
    ['orders and reports share a topic', { stateTopic: 'field/siren/set' }, /must differ/],
    [
      'two actions look the same afterwards',
      { actions: { on: { send: 'ON', state: 'OK' }, off: { send: 'OFF', state: 'OK' } } },
      /confirmed by the same state/,
    ],
  ])('it says so when %s', (_, more, message) => {
    expect(mqttRelay.check!(given(more)).join('\n')).toMatch(message);
  });

  test('a right entry has no mistake, and names its actions and what confirms them', () => {
    expect(mqttRelay.check!(given())).toEqual([]);
    expect(mqttRelay.actions(given())).toEqual(['on', 'off']);
    expect(mqttRelay.expected(given(), 'on')).toBe('on');
  });
});

describe('orders', () => {
  const order = (more: Partial<Command> = {}) => orderOf({ id: 'mill.siren.1', leaseMs: 8100, ...more }, 0);

  test('placeholders are filled in, seconds rounded up, and nothing is retained', () => {
    const { driver, published } = opened();
    driver.send(order());
    expect(published).toEqual([['field/siren/set', 'ON 9 mill.siren.1', { qos: 1, retain: false }]]);
  });

  test('an action it does not have is a bug, also when every object has a property of that name', () => {
    expect(() => opened().driver.send(order({ action: 'constructor' }))).toThrow(/does not have/);
  });

  test('it asks where it can be asked', () => {
    const mute = opened();
    mute.driver.ask();
    expect(mute.published).toEqual([]);
    const asked = opened({ askTopic: 'field/siren/get', askPayload: '?' });
    asked.driver.ask();
    expect(asked.published).toEqual([['field/siren/get', '?', { qos: 1, retain: false }]]);
  });
});

describe('reports', () => {
  test('a report is passed on in the words of the site file, retained ones marked old, other topics ignored', () => {
    const { driver, heard } = opened();
    driver.message('field/siren/state', bytes(' ON\n'));
    driver.message('field/siren/state', bytes('OFF'), true);
    driver.message('field/else', bytes('ON'));
    expect(heard).toEqual([
      ['on', false],
      ['off', true],
    ]);
  });

  test('the path picks the state out of a JSON report', () => {
    const { driver, heard } = opened({ statePath: '$.relays[0].output' });
    driver.message('field/siren/state', bytes('{"relays":[{"output":true}]}'));
    expect(heard).toEqual([['true', false]]);
  });

  test.each([
    ['not JSON', '{"output":'],
    ['nothing at the path', '{"other":1}'],
    ['an object at the path', '{"output":{}}'],
    ['an inherited property', '{"__proto__":{"output":"ON"}}'],
    ['a text too long for a state', JSON.stringify({ output: 'x'.repeat(65) })],
    ['a report beyond the limit', JSON.stringify({ output: 'ON', pad: 'x'.repeat(reportBytesMax) })],
  ])('%s says nothing', (_, payload) => {
    const { driver, heard } = opened({ statePath: '$.output' });
    driver.message('field/siren/state', bytes(payload));
    expect(heard).toEqual([]);
  });

  test('an empty word says nothing', () => {
    expect(readState(bytes('  '), undefined)).toBeUndefined();
  });
});

test('over a real broker the order arrives, the report comes back, and a report kept by the broker counts as old', async () => {
  const broker = await createMemoryBroker();
  try {
    const device = broker.connect({ clientId: 'device' });
    await device.subscribeAsync('field/siren/set', { qos: 1 });
    device.on('message', (_, payload) => {
      if (String(payload).startsWith('ON')) device.publish('field/siren/state', 'ON', { qos: 1, retain: true });
    });
    await device.publishAsync('field/siren/state', 'OFF', { qos: 1, retain: true });

    const client = broker.connect({ clientId: 'agent' });
    const heard: [string, boolean | undefined][] = [];
    const { host } = pretendHost({
      publish: (topic, payload, options) => void client.publish(topic, payload as string, options ?? {}),
      readBack: (...said) => void heard.push(said as [string, boolean]),
    });
    const driver = mqttRelay.open(given(), host);
    client.on('message', (topic, payload, packet) => driver.message(topic, payload, packet.retain));
    const arrival = () => new Promise((resolve) => client.once('message', resolve));
    const first = arrival();
    await client.subscribeAsync(driver.topics, { qos: 1 });
    await first;
    const second = arrival();
    driver.send(orderOf({}, 0));
    await second;
    expect(heard).toEqual([
      ['off', true],
      ['on', false],
    ]);
  } finally {
    await broker.stop();
  }
});
