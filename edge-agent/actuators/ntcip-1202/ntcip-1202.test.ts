import { Check } from 'typebox/value';
import { afterEach, describe, expect, test } from 'vitest';
import { rulesOf } from '../plan/story.ts';
import { pretendHost } from '../pretend-host.ts';
import { NtcipActuator } from './config.ts';
import { ntcip1202 } from './ntcip-1202.ts';

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
  timeoutMs: 120,
  lookMs: 200,
  ...more,
});

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe('configuration', () => {
  test('a plain entry fits the schema; another request, a phase 0 and an unknown field do not', () => {
    expect(Check(NtcipActuator, entry)).toBe(true);
    expect(Check(NtcipActuator, { ...entry, request: 'force-off' })).toBe(false);
    expect(Check(NtcipActuator, { ...entry, phase: 0 })).toBe(false);
    expect(Check(NtcipActuator, { ...entry, fase: 2 })).toBe(false);
  });

  test.each([
    ['the host is a name', { host: 'controller.example' }, /no IP address/],
    ['action and rest are one', { rest: 'extend' }, /both extend/],
    ['a word is taken', { rest: 'asked' }, /choose another name/],
    ['it is called irreversible', { irreversible: ['extend'] }, /never irreversible/],
    ['the lease is too short', { leaseMs: 400 }, /four times/],
    ['the phase conflicts with itself', { conflicting: [2] }, /conflict with itself/],
  ])('it says so when %s', (_, more, message) => {
    expect(ntcip1202.check!(given(more)).join('\n')).toMatch(message);
  });

  test('a right entry has no mistake, and names its actions and what confirms them', () => {
    expect(ntcip1202.check!(given())).toEqual([]);
    expect(ntcip1202.actions(given())).toEqual(['extend', 'none']);
    expect(ntcip1202.expected(given(), 'extend')).toBe('extend');
  });

  test('two actuators of one controller with different settings are refused', () => {
    const { host } = pretendHost();
    const first = ntcip1202.open(given(), host);
    ends.push(async () => first.stop?.());
    expect(() => ntcip1202.open(given({ id: 'call', timeoutMs: 300 }), host)).toThrow(/differ in driver/);
  });
});
