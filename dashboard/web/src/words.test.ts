import { expect, test } from 'vitest';
import { townActuator, townSite, townStory } from '../../pretend/town.ts';
import { actuatorWord, ago, duration, siteState, valueText } from './words.ts';

test.each([
  [9, '9 ms'],
  [120, '0.12 s'],
  [4_300, '4.3 s'],
  [62_000, '62 s'],
  [300_000, '5 min'],
  [12_000_000, '3 h 20 min'],
  [200_000_000, '2 d'],
])('%i ms are called %s', (ms, text) => expect(duration(ms)).toBe(text));

test('a moment slightly ahead of our clock is now, never in the future', () => {
  expect(ago(1_500, 1_000)).toBe('now');
  expect(ago(1_000, 6_000)).toBe('5 s ago');
});

const truth = (given: object) => townActuator({ site: 'hillside', actuator: 'siren', changedAtMs: 1_000, ...given });
test.each([
  [truth({}), 'good', 'Confirmed by read-back'],
  [truth({ commanded: 'close', confirmed: 'ON' }), 'good', 'Confirmed by read-back'],
  [truth({ confirmed: undefined }), 'bad', 'NOT CONFIRMED'],
  [truth({ state: 'unverified' }), 'bad', 'NOT CONFIRMED'],
  [truth({ state: 'executed' }), 'wait', 'Done, not yet confirmed'],
  [truth({ state: 'sent' }), 'wait', 'Sent, no answer yet'],
  [truth({ mode: 'shadow' }), 'plain', 'Shadow: nothing is moved'],
])('an actuator is called done only when the device itself says so (%#)', (given, tone, word) => {
  expect(actuatorWord(given)).toEqual({ tone, word });
});

test('a site is online only while it is heard', () => {
  const view = townSite(townStory[0]!, 100_000);
  expect(siteState(view, 101_000)).toBe('online');
  expect(siteState(view, 131_000)).toBe('stale');
  expect(siteState({ ...view, status: { ...view.status!, online: false } }, 101_000)).toBe('offline');
  expect(siteState({ site: 'x' }, 101_000)).toBe('never heard');
});

test.each([
  [0, '0'],
  [140, '140'],
  [129.53, '129.5'],
  [4.236, '4.24'],
  [0.0001234, '1.23e-4'],
  [-15_320.4, '-15320'],
])('%f is written %s', (value, text) => expect(valueText(value)).toBe(text));
