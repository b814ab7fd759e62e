import { Check } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import type { Heard } from '../mqtt-switch/dialect.ts';
import { rulesOf } from '../plan/story.ts';
import { Zigbee2MqttActuator } from './config.ts';
import { zigbee2mqtt, zigbee2mqttDialect } from './zigbee2mqtt.ts';

/** How Zigbee2MQTT is understood; how driver and device act together is in mqtt-switch/devices.test.ts. */
const site = {
  id: 'siren',
  driver: 'zigbee2mqtt',
  rest: 'off',
  onSilence: 'off',
  device: 'mill/plug',
  timer: 'on_time',
};
const given = (more: object = {}) => ({ ...rulesOf().actuator, ...site, ...more });
const hear = (topic: string, text: string, more: object = {}) =>
  zigbee2mqttDialect(given(more)).hear(`zigbee2mqtt/${topic}`, new TextEncoder().encode(text));
const on: Heard = { kind: 'output', on: true };

test('a plain entry fits the schema; an unknown timer and a wildcard do not', () => {
  expect(Check(Zigbee2MqttActuator, site)).toBe(true);
  expect(Check(Zigbee2MqttActuator, { ...site, timer: 'none' })).toBe(false);
  expect(Check(Zigbee2MqttActuator, { ...site, device: '#' })).toBe(false);
});

test.each([
  ['a hold with the output off', { rest: 'on' }, /no timer that switches on/],
  ['a lease beyond the timer', { leaseMs: 7_000_000 }, /longest on_time of 6553 s/],
  ['a lease beyond the countdown', { leaseMs: 50_000_000, timer: 'countdown' }, /longest countdown/],
])('%s is a mistake', (_, more, message) => {
  expect(zigbee2mqtt.check?.(given()), 'a right entry has none').toEqual([]);
  expect(zigbee2mqtt.check?.(given(more)).join()).toMatch(message);
});

test('what must last may have its output off, and has no timer', () => {
  const more = { rest: 'on', irreversible: ['off'] };
  expect(zigbee2mqtt.check?.(given(more))).toEqual([]);
  const { payload } = zigbee2mqttDialect(given(more)).order(false, { number: 1, lapseMs: 0 });
  expect(payload).toBe('{"state":"OFF"}');
});

test.each([
  ['a timed on', {}, true, '{"state":"ON","on_time":9}'],
  [
    'a countdown of one of several switches',
    { timer: 'countdown', endpoint: 'l2' },
    true,
    '{"state_l2":"ON","countdown_l2":9}',
  ],
  ['off', {}, false, '{"state":"OFF"}'],
])('an order: %s', (_, more, output, payload) => {
  const order = zigbee2mqttDialect(given(more)).order(output, { number: 1, lapseMs: 8100 });
  expect(order).toEqual({ topic: 'zigbee2mqtt/mill/plug/set', payload });
});

describe('messages', () => {
  const options = (to: object, more: object = {}) =>
    JSON.stringify({ data: { from: {}, to, id: 'mill/plug' }, status: 'ok', transaction: 'tocsin-siren', ...more });
  test.each<[string, string, string, Heard[] | undefined]>([
    ['a state', 'mill/plug', '{"state":"ON","linkquality":120,"power":3.1,"energy":0.2}', [on]],
    ['a report without a state', 'mill/plug', '{"linkquality":120}', []],
    ['a state not known yet', 'mill/plug', '{"state":null}', []],
    ['a state that is neither', 'mill/plug', '{"state":"LOCK"}', undefined],
    ['gone', 'mill/plug/availability', '{"state":"offline"}', [{ kind: 'online', online: false }]],
    ['gone, before version 2', 'mill/plug/availability', 'offline', [{ kind: 'online', online: false }]],
    ['the bridge gone', 'bridge/state', '{"state":"offline"}', [{ kind: 'online', online: false, who: 'bridge' }]],
    [
      'not optimistic',
      'bridge/response/device/options',
      options({ optimistic: false }),
      [{ kind: 'honest', honest: true }],
    ],
    [
      'still optimistic',
      'bridge/response/device/options',
      options({ retain: false }),
      [{ kind: 'honest', honest: false }],
    ],
    [
      'refused',
      'bridge/response/device/options',
      options({ optimistic: false }, { status: 'error' }),
      [{ kind: 'honest', honest: false }],
    ],
    [
      'somebody else’s answer',
      'bridge/response/device/options',
      options({ optimistic: false }, { transaction: 1 }),
      [],
    ],
  ])('%s', (_, topic, text, heard) => {
    expect(hear(topic, text)).toEqual(heard);
  });

  test('a countdown is the timer that runs', () => {
    expect(hear('mill/plug', '{"state":"ON","countdown":8}', { timer: 'countdown' })).toEqual([
      on,
      { kind: 'setting', name: 'countdown' },
      { kind: 'running', leftMs: 8000 },
    ]);
  });

  test('one of several switches has its own state', () => {
    expect(hear('mill/plug', '{"state_l1":"OFF","state_l2":"ON"}', { endpoint: 'l2' })).toEqual([on]);
  });
});

test('it asks for the state, and for honest reports', () => {
  const asked = zigbee2mqttDialect(given()).ask(1);
  expect(asked.map(({ topic }) => topic)).toEqual([
    'zigbee2mqtt/bridge/request/device/options',
    'zigbee2mqtt/mill/plug/get',
  ]);
  expect(JSON.parse(asked[0]!.payload)).toEqual({
    id: 'mill/plug',
    options: { optimistic: false },
    transaction: 'tocsin-siren',
  });
});
