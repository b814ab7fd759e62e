import { Check } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import type { Heard } from '../mqtt-switch/dialect.ts';
import { orderOf, rulesOf } from '../plan/story.ts';
import { pretendHost } from '../pretend-host.ts';
import { TasmotaActuator } from './config.ts';
import { msOfPulse, pulseMsMax, pulseOf, tasmota, tasmotaDialect } from './tasmota.ts';

/** How Tasmota is understood; how the driver and a device act together is in mqtt-switch/devices.test.ts. */
const site = { id: 'siren', driver: 'tasmota', rest: 'off', onSilence: 'off', topic: 'plug' };
const given = (more: object = {}) => ({ ...rulesOf().actuator, ...site, ...more });
const bytes = (text: string) => new TextEncoder().encode(text);
const hear = (topic: string, text: string, more: object = {}) => tasmotaDialect(given(more)).hear(topic, bytes(text));
const on: Heard = { kind: 'output', on: true };

test('a plain entry fits the schema; a wildcard, a relay 0 and an unknown field do not', () => {
  expect(Check(TasmotaActuator, site)).toBe(true);
  expect(Check(TasmotaActuator, { ...site, fullTopic: '%topic%/%prefix%/', relay: 4, feedback: { input: 2 } })).toBe(
    true,
  );
  for (const wrong of [{ topic: 'a/#' }, { relay: 0 }, { topik: 'a' }, { fullTopic: '%prefix%/' }])
    expect(Check(TasmotaActuator, { ...site, ...wrong }), JSON.stringify(wrong)).toBe(false);
});

test.each([
  [0, 0],
  [500, 5],
  [10_000, 100],
  [11_100, 111],
  [11_101, 112],
  [12_000, 112],
  [12_001, 113],
  [360_000, 460],
  [pulseMsMax, 64_900],
])('%i ms are PulseTime %i, and never shorter', (ms, pulse) => {
  expect(pulseOf(ms)).toBe(pulse);
  expect(msOfPulse(pulse)).toBeGreaterThanOrEqual(ms);
});

test('a lease beyond the longest PulseTime is a mistake', () => {
  expect(tasmota.check?.(given())).toEqual([]);
  expect(tasmota.check?.(given({ leaseMs: pulseMsMax + 1 }))).toHaveLength(1);
});

describe('messages', () => {
  const right: Heard = { kind: 'setting', name: 'PulseTime1' };
  const wrong = (text: string): Heard => expect.objectContaining({ ...right, wrong: text });
  test.each<[string, string, string, Heard[] | undefined]>([
    ['the answer to an order', 'stat/plug/RESULT', '{"POWER":"ON"}', [on]],
    ['with SetOption26', 'stat/plug/RESULT', '{"POWER1":"ON"}', [on]],
    ['of another relay', 'stat/plug/RESULT', '{"POWER2":"ON"}', []],
    ['the plain word', 'stat/plug/POWER', 'ON', [on]],
    ['the periodic state', 'tele/plug/STATE', '{"Time":"2026-01-01T00:00:00","POWER":"ON","Wifi":{"RSSI":70}}', [on]],
    ['the last will', 'tele/plug/LWT', 'Offline', [{ kind: 'online', online: false }]],
    [
      'a running timer',
      'stat/plug/RESULT',
      '{"PulseTime1":{"Set":100,"Remaining":95}}',
      [right, { kind: 'running', leftMs: 9500 }],
    ],
    [
      'a disabled timer',
      'stat/plug/RESULT',
      '{"PulseTime1":{"Set":0,"Remaining":0}}',
      [wrong('its PulseTime1 is 0 and must be 100'), { kind: 'running', leftMs: 0 }],
    ],
    ['the timer of another relay', 'stat/plug/RESULT', '{"PulseTime2":{"Set":0,"Remaining":0}}', []],
    ['the power-on state', 'stat/plug/RESULT', '{"PowerOnState":3}', [{ kind: 'setting', name: 'PowerOnState' }]],
    [
      'a turned timer',
      'stat/plug/RESULT',
      '{"PowerOnState":5}',
      [expect.objectContaining({ wrong: expect.stringMatching(/PowerOnState is 5/) })],
    ],
    ['an unknown command', 'stat/plug/RESULT', '{"Command":"Unknown"}', []],
    ['a power that is neither', 'stat/plug/RESULT', '{"POWER":"BLINK"}', undefined],
    ['no JSON', 'stat/plug/RESULT', 'ON', undefined],
    ['another will', 'tele/plug/LWT', 'offline', undefined],
  ])('%s', (_, topic, text, heard) => {
    expect(hear(topic, text)).toEqual(heard);
  });

  test('an auxiliary contact is read from the sensors, turned round where it is closed at rest', () => {
    const more = { feedback: { input: 2 } };
    expect(hear('tele/plug/SENSOR', '{"Time":"…","Switch2":"ON"}', more)).toEqual([{ kind: 'contact', on: true }]);
    const turned = { feedback: { input: 2, invert: true } };
    const status = '{"StatusSNS":{"Time":"…","Switch1":"OFF","Switch2":"ON"}}';
    expect(hear('stat/plug/STATUS10', status, turned)).toEqual([{ kind: 'contact', on: false }]);
  });

  test('a hold with the output off needs the turned timer, an irreversible act needs none', () => {
    expect(hear('stat/plug/RESULT', '{"PowerOnState":5}', { rest: 'on' })).toEqual([
      { kind: 'setting', name: 'PowerOnState' },
    ]);
    expect(hear('stat/plug/RESULT', '{"PulseTime1":{"Set":0}}', { irreversible: ['on'] })).toEqual([right]);
    expect(tasmotaDialect(given({ irreversible: ['on'] })).settings).toEqual(['PulseTime1']);
  });
});

test('orders and questions go out on the topics of the device, never retained; a wrong timer is put right three times', () => {
  const { host, said } = pretendHost();
  const driver = tasmota.open(given({ relay: 2, fullTopic: 'home/%topic%/%prefix%/' }), host);
  driver.ask();
  const timer = (set: number) =>
    driver.message('home/plug/stat/RESULT', bytes(`{"PulseTime2":{"Set":${set},"Remaining":0}}`));
  for (let answers = 0; answers < 5; answers += 1) timer(0);
  expect(said.troubles.watchdog).toBe('its PulseTime2 is 0 and must be 100');
  expect(() => driver.send(orderOf({}, 0))).toThrow(/on is not armed: its PulseTime2 is 0/);
  timer(100);
  driver.message('home/plug/stat/RESULT', bytes('{"PowerOnState":0}'));
  expect(said.troubles).toEqual({});
  driver.send(orderOf({}, 0));
  const set = { topic: 'home/plug/cmnd/PulseTime2', payload: '100', qos: 1, retain: false };
  expect(said.published.filter(({ payload }) => payload === '100')).toEqual([set, set, set]);
  expect(said.published.at(-1)).toEqual({ topic: 'home/plug/cmnd/POWER2', payload: 'ON', qos: 1, retain: false });
  driver.message('home/plug/tele/LWT', bytes('Online'));
  expect(() => driver.send(orderOf({}, 0)), 'after a restart its settings may be others').toThrow(
    /not told its PulseTime2/,
  );
  void driver.stop?.();
});
