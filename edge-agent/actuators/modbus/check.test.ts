import { readFileSync } from 'node:fs';
import { Check } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { checkSite } from '../../site/load.ts';
import { ModbusActuator } from './config.ts';
import { modbus } from './modbus.ts';
import { breakerAt, holderAt } from './pretend-plan.ts';

const coil = (address: number, value: boolean, pulseMs?: number) => ({
  ...{ coil: address, value },
  ...(pulseMs === undefined ? {} : { pulseMs }),
});
const armed = { input: 800 };

describe('an entry', () => {
  test('of a breaker and of a contactor fits the schema and has no mistake', () => {
    for (const entry of [breakerAt(502), holderAt(502)]) {
      expect(Check(ModbusActuator, entry)).toBe(true);
      expect(modbus.check!(entry)).toEqual([]);
      expect(modbus.expected(entry, 'cut')).toBe('cut');
    }
    expect(modbus.actions(breakerAt(502))).toEqual(['cut', 'supply']);
  });

  test.each([
    ['a pulse longer than a driver has to stop', { actions: { cut: coil(0, true, 1001), supply: coil(1, true) } }],
    ['an address that the wire cannot carry', { actions: { cut: coil(65_536, true), supply: coil(1, true) } }],
    ['a coil and a register in one write', { actions: { cut: { coil: 0, holding: 1, value: true } } }],
    ['no feedback', { feedback: [] }],
    ['an unknown framing', { framing: 'ascii' }],
  ])('with %s does not fit', (_, more) => {
    expect(Check(ModbusActuator, breakerAt(502, more))).toBe(false);
  });

  test.each<[string, object, RegExp]>([
    ['rest is no action', { rest: 'away' }, /no such action/],
    ['an irreversible action is none', { irreversible: ['break'] }, /irreversible names break/],
    ['rest is irreversible', { irreversible: ['supply'] }, /cannot be irreversible/],
    [
      'an action is called as the contacts speak',
      { actions: { moving: coil(0, true), supply: coil(1, true) } },
      /no action/,
    ],
    ['two actions write the same', { actions: { cut: coil(0, true), supply: coil(0, true) } }, /write the same/],
    [
      'a pulsed coil is shared',
      { actions: { cut: coil(0, true, 60), supply: coil(0, false) } },
      /end of a pulse would be an order/,
    ],
    [
      'a pulse ends with its own value',
      { actions: { cut: { holding: 200, value: 1, pulseMs: 60, idle: 1 }, supply: coil(1, true) } },
      /value that its pulse ends with/,
    ],
    [
      'the heartbeat is an order',
      {
        actions: { cut: { holding: 100, value: 1 }, supply: coil(1, true) },
        watchdog: { holding: 100, everyMs: 500, armed },
      },
      /same register/,
    ],
    [
      'the watchdog confirms its own heartbeat',
      { watchdog: { holding: 100, everyMs: 500, armed: { holding: 100 } } },
      /confirm its own words/,
    ],
    [
      'the feedback is the written coil',
      {
        feedback: [
          { coil: 0, high: 'cut' },
          { input: 1, high: 'supply' },
        ],
      },
      /an echo proves nothing/,
    ],
    ['an echo is declared and is none', { echo: 'accepted' }, /no echo/],
    ['a single contact speaks once', { feedback: [{ input: 0, high: 'cut' }] }, /guessed/],
    ['a contact says nothing', { feedback: [{ input: 0 }, { input: 1, high: 'supply' }] }, /says nothing/],
    ['an action has no contact', { feedback: [{ input: 0, high: 'cut' }, { input: 1 }] }, /never be confirmed/],
    [
      'one of two contacts speaks twice',
      {
        feedback: [
          { input: 0, high: 'cut', low: 'supply' },
          { input: 1, high: 'supply' },
        ],
      },
      /each says one state/,
    ],
    ['a contact says what is no action', { feedback: [{ input: 0, high: 'gone', low: 'supply' }] }, /no action/],
    [
      'a register is judged twice',
      { feedback: [{ inputRegister: 200, bit: 1, equals: 2, high: 'cut', low: 'supply' }] },
      /both bit and equals/,
    ],
  ])('is refused when %s', (_, more, message) => {
    expect(modbus.check!(breakerAt(502, more as Record<string, unknown>)).join('\n')).toMatch(message);
  });

  test('whose feedback is declared an echo is taken', () => {
    const echo = { echo: 'accepted', feedback: [{ coil: 0, high: 'on', low: 'off' }] };
    expect(modbus.check!(holderAt(502, echo))).toEqual([]);
  });
});

test('a site file with a breaker loads, its defaults are filled in, and a mistake names its place', () => {
  const text = (feedback: string) => `
site: mill
name: Mill
mode: live
devices: []
actuators:
  - id: mains
    driver: modbus
    host: 192.0.2.20
    rest: supply
    irreversible: [cut]
    onSilence: no change
    actions:
      cut: { coil: 0, value: true, pulseMs: 300 }
      supply: { coil: 1, value: true, pulseMs: 300 }
    feedback: ${feedback}
    watchdog: { holding: 100, everyMs: 1000, armed: { input: 800 } }
`;
  const right = checkSite(text('[{ input: 0, high: cut }, { input: 1, high: supply }]'), 'mill.yaml', 'h'.repeat(64));
  expect(right.ok && right.site.actuators[0]).toMatchObject({ port: 502, unit: 1, framing: 'tcp', lookMs: 500 });
  const wrong = checkSite(text('[{ coil: 0, high: cut }, { input: 1, high: supply }]'), 'mill.yaml', 'h'.repeat(64));
  expect(JSON.stringify(wrong)).toContain('an echo proves nothing');
});

test('the example of the README loads', () => {
  const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');
  const example = /```yaml\n([\s\S]*?)```/.exec(readme)![1]!;
  const site = `site: mill\nname: Mill\nmode: live\ndevices: []\nactuators:\n${example.replaceAll(/^/gm, '  ')}`;
  const checked = checkSite(site, 'mill.yaml', 'h'.repeat(64));
  expect(checked.ok ? [] : checked.problems).toEqual([]);
});
