import { Check } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import type { Heard } from '../mqtt-switch/dialect.ts';
import { rulesOf } from '../plan/story.ts';
import { ShellyGen2Actuator } from './config.ts';
import { shellyGen2, shellyGen2Dialect } from './shelly-gen2.ts';

/** How a Shelly of the second generation is understood; how driver and device act together is in mqtt-switch/devices.test.ts. */
const device = 'shellyplus1-a8032ab636ec';
const site = { id: 'siren', driver: 'shelly-gen2', rest: 'off', onSilence: 'off', device };
const given = (more: object = {}) => ({ ...rulesOf().actuator, ...site, ...more });
const hear = (topic: string, report: unknown, more: object = {}) =>
  shellyGen2Dialect(given(more)).hear(topic, new TextEncoder().encode(JSON.stringify(report)));
const answers = 'tocsin-siren/rpc';
const answer = (id: number, result: object) => ({ id, src: device, dst: 'tocsin-siren', result });
const on: Heard = { kind: 'output', on: true };

test('a plain entry fits the schema; a wildcard and an unknown field do not', () => {
  expect(Check(ShellyGen2Actuator, site)).toBe(true);
  expect(Check(ShellyGen2Actuator, { ...site, device: '+' })).toBe(false);
  expect(Check(ShellyGen2Actuator, { ...site, relay: 0 })).toBe(false);
  expect(shellyGen2.check?.(given())).toEqual([]);
});

test.each([
  ['a hold carries its lease in whole seconds', {}, true, 8100, { id: 0, on: true, toggle_after: 9 }],
  ['rest has no timer', {}, false, 8100, { id: 0, on: false }],
  ['a hold with the output off flips back on', { rest: 'on' }, false, 8100, { id: 0, on: false, toggle_after: 9 }],
  ['an irreversible act has no timer', { irreversible: ['on'] }, true, 0, { id: 0, on: true }],
  ['of another channel', { channel: 2 }, true, 1000, { id: 2, on: true, toggle_after: 1 }],
])('an order: %s', (_, more, output, lapseMs, params) => {
  const { topic, payload } = shellyGen2Dialect(given(more)).order(output, { number: 7, lapseMs });
  expect(topic).toBe(`${device}/rpc`);
  expect(JSON.parse(payload)).toEqual({ id: 71, src: 'tocsin-siren', method: 'Switch.Set', params });
});

describe('messages', () => {
  const notify = (params: object) => ({ src: device, dst: `${device}/events`, method: 'NotifyStatus', params });
  const setting: Heard = { kind: 'setting', name: 'configuration' };
  test.each<[string, string, unknown, Heard[] | undefined]>([
    ['a change', `${device}/events/rpc`, notify({ ts: 1, 'switch:0': { id: 0, output: true, source: 'MQTT' } }), [on]],
    ['a change of power only', `${device}/events/rpc`, notify({ ts: 1, 'switch:0': { id: 0, apower: 8.9 } }), []],
    ['a change of another switch', `${device}/events/rpc`, notify({ ts: 1, 'switch:1': { id: 1, output: true } }), []],
    ['an event', `${device}/events/rpc`, { method: 'NotifyEvent', params: { ts: 1, events: [] } }, []],
    [
      'a whole status',
      `${device}/status/switch:0`,
      { id: 0, output: true, timer_started_at: 1, timer_duration: 10 },
      [on, { kind: 'running', leftMs: 10_000 }],
    ],
    ['its answer to an order', answers, answer(71, { was_on: false }), [{ kind: 'answer', number: 7 }]],
    ['its answer to a question', answers, answer(72, { id: 0, output: true }), [on, { kind: 'running', leftMs: 0 }]],
    ['its configuration', answers, answer(73, { id: 0, auto_off: true, auto_off_delay: 5 }), [setting]],
    [
      'its refusal of an order',
      answers,
      { id: 71, error: { code: -103, message: 'Invalid' } },
      [{ kind: 'answer', number: 7, error: 'Invalid (-103)' }],
    ],
    [
      'a switch it does not have',
      answers,
      { id: 73, error: { code: -105, message: 'not found' } },
      [{ ...setting, wrong: 'not found (-105)' }],
    ],
    ['an answer without anything', answers, { id: 71 }, undefined],
    ['an answer without a number', answers, { id: '71', result: {} }, undefined],
    ['its last will', `${device}/online`, false, [{ kind: 'online', online: false }]],
  ])('%s', (_, topic, report, heard) => {
    expect(hear(topic, report)).toEqual(heard);
  });

  test('what was there before says nothing of the state now', () => {
    expect(hear(answers, answer(71, { was_on: true }))?.some(({ kind }) => kind === 'output')).toBe(false);
  });

  test('a timer of the device that would undo an irreversible act is wrong', () => {
    const heard = hear(answers, answer(73, { id: 0, auto_off: true }), { irreversible: ['on'] });
    expect(heard).toEqual([{ ...setting, wrong: 'its auto_off would undo on' }]);
  });

  test('an auxiliary contact is read from its input', () => {
    const more = { feedback: { input: 1, invert: true } };
    expect(hear(answers, answer(74, { id: 1, state: true }), more)).toEqual([{ kind: 'contact', on: false }]);
  });
});
