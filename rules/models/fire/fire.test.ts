import { describe, expect, test } from 'vitest';
import places from './cases/places.json' with { type: 'json' };
import { type ChannelKind, checkFire, type FireConfig } from './config.ts';
import { type Channels, configOf, firstAt, hear, readingsOf } from './detector-story.ts';
import { fire } from './fire.ts';

type Case = {
  case: string;
  config?: Partial<FireConfig>;
  everyS: number[];
  channels: Channels;
  expect: {
    /** When the alarm comes, both ends included; `graceSteps` are samples after the later end. */
    alarmS?: [number, number];
    graceSteps?: number;
    /** The highest level it may reach, the one it must reach, and the one it ends with. */
    highest?: number;
    reaches?: number;
    endsAt?: number;
    heat?: number;
    /** Somewhere in its reasons. */
    reason?: string;
  };
};

describe.each(places as unknown as Case[])('$case', ({ config, everyS, channels, expect: wanted }) => {
  test.each(everyS)('at one sample every %i s', (stepS) => {
    const kinds = Object.keys(channels) as ChannelKind[];
    const order = (['temperature', 'smoke', 'co', 'co2'] as const).filter((kind) => kinds.includes(kind));
    const { words } = hear(readingsOf(channels, stepS), configOf(order, config));
    const highest = Math.max(...words.map(({ level }) => level as number));
    const { alarmS, graceSteps = 0 } = wanted;
    if (alarmS !== undefined) {
      expect(firstAt(words, 2)).toBeGreaterThanOrEqual(alarmS[0]);
      expect(firstAt(words, 2)).toBeLessThanOrEqual(alarmS[1] + graceSteps * stepS);
    } else expect(wanted.highest).toBeLessThan(2);
    if (wanted.highest !== undefined) expect(highest).toBeLessThanOrEqual(wanted.highest);
    if (wanted.reaches !== undefined) expect(highest).toBe(wanted.reaches);
    if (wanted.endsAt !== undefined) expect(words.at(-1)!.level).toBe(wanted.endsAt);
    if (wanted.heat !== undefined) expect(Math.max(...words.map(({ heat }) => heat as number))).toBe(wanted.heat);
    if (wanted.reason !== undefined)
      expect(words.flatMap(({ reasons }) => reasons).join('\n')).toMatch(new RegExp(wanted.reason));
  });
});

test('outputs are those of the channels that are there, and heat is heard before level', () => {
  const names = (kinds: ChannelKind[], more = {}) =>
    fire.outputs(configOf(kinds, more), []).map(({ channel }) => channel);
  expect(names(['temperature'])).toEqual(['rise', 'service', 'confidence', 'heat', 'level']);
  expect(names(['smoke'])).toEqual(['smoke', 'drift', 'service', 'confidence', 'level']);
  expect(names(['smoke'], { verify: true })).toContain('verifying');
  expect(names(['temperature'], { verify: true })).not.toContain('verifying');
  expect(names(['co', 'co2'])).toEqual(['co', 'dose', 'service', 'confidence', 'level']);
  const all = ['temperature', 'smoke', 'co'] as const;
  const { words } = hear(
    readingsOf(
      {
        temperature: [
          [0, 20],
          [9, 20],
        ],
      },
      1,
    ),
    configOf(all),
  );
  const said = Object.keys(words[0]!).filter((name) => name !== 'atS' && name !== 'reasons');
  expect(said).toEqual(fire.outputs(configOf(all), []).map(({ channel }) => channel));
});

test('a place needs temperature, smoke or CO, a stream for each, and smoke in a unit of smoke', () => {
  expect(checkFire({ co2: 'a/co2' })).toEqual([expect.stringContaining('temperature, smoke or co')]);
  expect(checkFire({ temperature: 'a/b', co: 'a/b' })).toEqual([expect.stringContaining('named for two')]);
  expect(checkFire(configOf(['smoke'], {}, { unitOf: () => 'lx' }))).toEqual([expect.stringContaining('is in lx')]);
  expect(checkFire(configOf(['smoke'], {}, { unitOf: () => 'dB/m' }))).toEqual([]);
});

test('quiet is not repeated more than every two minutes, danger every ten seconds at most', () => {
  const quiet = hear(
    readingsOf(
      {
        smoke: [
          [0, 0.1],
          [3600, 0.1],
        ],
      },
      1,
    ),
    configOf(['smoke']),
  );
  expect(quiet.words.length).toBeLessThan(35);
  const rising = hear(
    readingsOf(
      {
        smoke: [
          [0, 0.1],
          [600, 40],
        ],
      },
      1,
    ),
    configOf(['smoke']),
  );
  expect(rising.words.length).toBeLessThan(66);
  expect(rising.words.length).toBeGreaterThan(30);
});
