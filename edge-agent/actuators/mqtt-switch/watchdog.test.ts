import { describe, expect, test } from 'vitest';
import { rulesOf } from '../plan/story.ts';
import { createReach } from './reach.ts';
import { createWatchdog, lapseToleranceMs } from './watchdog.ts';
import { checkWords, secondsUp, wordsOf } from './words.ts';

const entry = (more: object = {}) => ({ ...rulesOf().actuator, ...more });
const watch = (more: object = {}) => createWatchdog(wordsOf(entry(more)), ['timer']);

describe('words', () => {
  test.each([
    ['on is away from rest', {}, { away: 'on', awayOutput: true, lapseMs: 10_000 }],
    ['off is away from rest', { rest: 'on' }, { away: 'off', awayOutput: false, lapseMs: 10_000 }],
    ['turned round', { invert: true }, { away: 'on', awayOutput: false, lapseMs: 10_000 }],
    ['own names', { on: 'cut', off: 'supply', rest: 'supply' }, { away: 'cut', awayOutput: true, lapseMs: 10_000 }],
    ['irreversible', { irreversible: ['on'] }, { away: 'on', awayOutput: true, lapseMs: 0 }],
  ])('%s', (_, more, expected) => {
    expect(wordsOf(entry(more))).toMatchObject(expected);
  });

  test.each([[{}], [{ invert: true }], [{ on: 'cut', off: 'supply', rest: 'supply', invert: true }]])(
    'an output is told by the action that asks for it: %j',
    (more) => {
      const words = wordsOf(entry(more));
      for (const action of words.actions) expect(words.action(words.output(action)!)).toBe(action);
      expect(words.output('constructor')).toBeUndefined();
    },
  );

  test.each([
    ['one name for two actions', { on: 'off' }, /both called off/],
    ['rest is no action', { rest: 'away' }, /no such action/],
    ['irreversible is no action', { irreversible: ['cut'] }, /irreversible names cut/],
    ['rest is irreversible', { irreversible: ['off'] }, /cannot be irreversible/],
  ])('%s is said', (_, more, message) => {
    expect(checkWords(entry(more)).join('\n')).toMatch(message);
  });

  test('seconds are rounded up, so that no device lapses before its lease', () => {
    expect([1, 999, 1000, 1001, 10_000].map(secondsUp)).toEqual([1, 1, 1, 2, 10]);
  });
});

describe('the timer of a device', () => {
  test('is unknown until every setting was told', () => {
    const dog = watch();
    expect(dog.unknown()).toEqual(['timer']);
    dog.setting('another', undefined);
    expect(dog.unknown()).toEqual(['timer']);
    dog.setting('timer', undefined);
    expect(dog.unknown()).toEqual([]);
    dog.setting('timer', 'it is off');
    expect(dog.wrong()).toBe('it is off');
    dog.forget();
    expect(dog.unknown()).toEqual(['timer']);
  });

  test.each([
    ['runs', 9_000, 500, undefined],
    ['does not run', 0, 500, /no timer of its own runs/],
    ['does not run in the second half, when it may just have ended', 0, 5_500, undefined],
    ['runs out before the lease', 5_000, 500, /a renewal does not restart it/],
    ['is told by an answer from before the order', 5_000, 100, undefined],
    ['runs much longer than the lease', 60_000, 500, /long after the lease/],
  ])('%s', (_, leftMs, afterMs, wrong) => {
    const dog = watch();
    dog.sent(true, 1000, 10_000);
    dog.output(true, 1100);
    dog.running(leftMs, 1000 + afterMs);
    if (wrong === undefined) expect(dog.wrong()).toBeUndefined();
    else expect(dog.wrong()).toMatch(wrong);
  });

  test('is not judged by an answer from before the output moved', () => {
    const dog = watch();
    dog.sent(true, 1000, 10_000);
    dog.output(false, 1050);
    dog.running(0, 1060);
    expect(dog.wrong()).toBeUndefined();
    expect(dog.isHeld(), 'an old report does not end the hold').toBe(true);
  });

  test('did not work when the hold outlives its lease, and not before', () => {
    const dog = watch();
    dog.sent(true, 0, 10_000);
    dog.output(true, 10_000 + lapseToleranceMs);
    expect(dog.wrong()).toBeUndefined();
    dog.output(true, 10_001 + lapseToleranceMs);
    expect(dog.wrong()).toMatch(/did not end by itself/);
  });

  test('a renewal lengthens the hold, rest ends it', () => {
    const dog = watch();
    dog.sent(true, 0, 10_000);
    dog.output(true, 100);
    dog.sent(true, 9_000, 10_000);
    dog.output(true, 15_000);
    expect(dog.wrong()).toBeUndefined();
    dog.sent(false, 15_000, 0);
    dog.output(true, 60_000);
    expect(dog.wrong()).toBeUndefined();
    expect(dog.isHeld()).toBe(false);
  });

  test('must not run at all under an act that cannot be taken back', () => {
    const dog = watch({ irreversible: ['on'] });
    dog.sent(true, 0, 0);
    dog.output(true, 100);
    dog.running(8_000, 60_000);
    expect(dog.wrong()).toMatch(/would undo on/);
    expect(dog.isHeld()).toBe(false);
  });
});

describe('the way to a device', () => {
  test('is lost by its last will, by that of its bridge, by silence, and by the broker', () => {
    const reach = createReach('the plug');
    reach.online(false);
    expect(reach.wrong()).toBe('the plug is offline');
    reach.online(false, 'bridge');
    reach.online(true);
    expect(reach.wrong()).toMatch(/bridge/);
    reach.alive();
    expect(reach.wrong()).toBeUndefined();
    for (let questions = 0; questions < 3; questions += 1) reach.asking();
    expect(reach.isGone()).toBe(false);
    expect(reach.wrong()).toBe('the plug does not answer');
    reach.broker('closed');
    expect(reach.wrong()).toBe('no way to the field broker: closed');
  });
});
