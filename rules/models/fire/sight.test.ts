import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ModelEvent } from '../../engine/types.ts';
import { type ChannelKind, checkFire, type FireConfig } from './config.ts';
import { type Channels, configOf, firstAt, hear, readingsOf } from './detector-story.ts';
import { fire } from './fire.ts';

/** What a camera said, in seconds of the story; its clock may be ahead. */
type Sample = { atS: number; kind: 'flame' | 'smokeSeen'; value: number; late?: boolean; aheadS?: number };

const startMs = 1_700_000_000_000;
const withCamera = (kinds: readonly ChannelKind[], more: Partial<FireConfig> = {}) =>
  configOf(kinds, { flame: 'cam/flame', smokeSeen: 'cam/smoke', ...more });

/** The words of the detector and those of its camera, in order of time. */
function together(readings: readonly ModelEvent[], samples: readonly Sample[], channels: number): ModelEvent[] {
  const heard = readings.map((event) => ({ event, atMs: event.kind === 'tick' ? event.atMs : event.takenAtMs }));
  const seen = samples.map(({ atS, kind, value, late = false, aheadS = 0 }) => {
    const input = channels + (kind === 'flame' ? 0 : 1);
    const takenAtMs = startMs + (atS + aheadS) * 1000;
    const event: ModelEvent = { kind: 'reading', input, value, takenAtMs, late };
    return { event, atMs: startMs + atS * 1000 };
  });
  return [...heard, ...seen].sort((a, b) => a.atMs - b.atMs).map(({ event }) => event);
}

/** One second after another at one value. */
const steady = (kind: Sample['kind'], fromS: number, untilS: number, value = 0.8): Sample[] =>
  Array.from({ length: untilS - fromS + 1 }, (_, i) => ({ atS: fromS + i, kind, value }));

const kindsOf = (channels: Channels) =>
  (['temperature', 'smoke', 'co', 'co2'] as const).filter((kind) => channels[kind] !== undefined);

function tell(channels: Channels, samples: readonly Sample[], more: Partial<FireConfig> = {}, stepS = 1) {
  const kinds = kindsOf(channels);
  const readings = readingsOf(channels, stepS, startMs);
  const plain = hear(readings, configOf(kinds, more), startMs);
  const seen = hear(together(readings, samples, kinds.length), withCamera(kinds, more), startMs);
  const levels = seen.words.filter(({ level }) => level !== undefined);
  return { plain: plain.words, levels, optical: seen.words.filter(({ optical }) => optical !== undefined) };
}

const toasted: Channels = {
  smoke: [
    [0, 0],
    [99, 0],
    [100, 8],
    [300, 8],
  ],
};
const halfSmokeThatWarms: Channels = {
  temperature: [
    [0, 21],
    [100, 21],
    [400, 31],
  ],
  smoke: [
    [0, 0],
    [99, 0],
    [100, 3.6],
    [400, 3.6],
  ],
};

describe('what a camera supports', () => {
  test('flames end the verification of smoke that is there; smoke that is seen does not, because it may be the same steam', () => {
    const { plain, levels } = tell(toasted, steady('flame', 90, 300), { verify: true });
    const smoke = tell(toasted, steady('smokeSeen', 90, 300), { verify: true });
    expect(firstAt(plain, 2)! - firstAt(levels, 2)!).toBeGreaterThanOrEqual(25);
    expect(firstAt(levels, 2)).toBeGreaterThanOrEqual(110);
    expect(firstAt(smoke.levels, 2)).toBe(firstAt(plain, 2));
  });

  test('half the smoke needs half the rise, as with CO2, and the reasons begin with the camera', () => {
    const { plain, levels } = tell(halfSmokeThatWarms, steady('smokeSeen', 90, 400));
    expect(firstAt(plain, 2)).toBeUndefined();
    const alarm = levels.find(({ level }) => level === 2)!;
    expect(alarm.own).toBe(1);
    expect(alarm.reasons[0]).toMatch(
      /^A camera sees what looks like smoke for .* \(0.8\), which supports the other signs; without it the level would be 1\.$/,
    );
  });

  test('a quarter of the smoke is a pre-alarm', () => {
    const little: Channels = { smoke: [...toasted.smoke!.slice(0, 2), [100, 2], [200, 2]] };
    const { plain, levels } = tell(little, steady('smokeSeen', 90, 200));
    expect(firstAt(plain, 1)).toBeUndefined();
    expect(firstAt(levels, 1)).toBeGreaterThanOrEqual(110);
    expect(Math.max(...levels.map(({ level }) => level as number))).toBe(1);
  });

  test('it is told where it changed nothing, too', () => {
    const { levels } = tell(toasted, steady('flame', 0, 300));
    expect(levels.findLast(({ level }) => level === 2)!.reasons.join(' ')).toContain('too; it changes nothing.');
  });
});

describe('a camera that does not count', () => {
  test.each<[string, Sample[]]>([
    ['says little', steady('smokeSeen', 0, 400, 0.49)],
    ['says it once', [{ atS: 120, kind: 'smokeSeen', value: 1 }]],
    ['says it for less than the hold', steady('smokeSeen', 120, 128)],
    ['fell silent', steady('smokeSeen', 0, 60)],
    ['speaks once in a minute', Array.from({ length: 7 }, (_, i) => ({ atS: 60 * i, kind: 'smokeSeen', value: 1 }))],
    ['has a clock two minutes ahead', steady('smokeSeen', 0, 400).map((sample) => ({ ...sample, aheadS: 120 }))],
    ['says no number', steady('smokeSeen', 0, 400, Number.NaN)],
    ['was late', steady('smokeSeen', 0, 400).map((sample) => ({ ...sample, late: true }))],
  ])('one that %s', (_, samples) => {
    const { plain, levels } = tell(halfSmokeThatWarms, samples);
    expect(levels.map(({ atS, level, own }) => [atS, level, own])).toEqual(
      plain.map(({ atS, level }) => [atS, level, level]),
    );
    expect(Math.max(...levels.map(({ level }) => level as number))).toBe(1);
  });

  test('one on the device of a channel, or named twice, is refused', () => {
    expect(checkFire({ smoke: 'box/smoke', flame: 'box/flame' })).toEqual([expect.stringContaining('support itself')]);
    expect(checkFire({ smoke: 'box/smoke', flame: 'cam/f', smokeSeen: 'cam/f' })).toHaveLength(1);
    expect(checkFire({ smoke: 'box/smoke', smokeSeen: 'cam/s' })).toEqual([expect.stringContaining('name that too')]);
    expect(checkFire({ flame: 'cam/f' })).toEqual([expect.stringContaining('needs temperature, smoke or co')]);
    expect(checkFire({ smoke: 'box/smoke', flame: 'cam/f', smokeSeen: 'cam/s' })).toEqual([]);
  });
});

test('what is seen alone is told as optical, with words, and ends when it is gone', () => {
  const quiet: Channels = {
    smoke: [
      [0, 0],
      [200, 0],
    ],
  };
  const { levels, optical } = tell(quiet, [...steady('flame', 20, 60), ...steady('flame', 61, 120, 0.1)]);
  expect(optical.map(({ atS, optical: value }) => [atS, value])).toEqual([
    [20, 0],
    [30, 1],
    [71, 0],
  ]);
  expect(optical[1]!.reasons).toEqual([expect.stringContaining('what looks like flames for 10 s (0.8)')]);
  expect(new Set(levels.map(({ level }) => level))).toEqual(new Set([0]));
  expect(Object.keys(levels[0]!)).not.toContain('optical');
});

describe('whatever a camera says', () => {
  const someSamples = fc.array(
    fc.record({
      atS: fc.integer({ min: 0, max: 420 }),
      kind: fc.constantFrom('flame' as const, 'smokeSeen' as const),
      value: fc.oneof(fc.double(), fc.constantFrom(0, 0.4, 0.6, 1)),
      forS: fc.integer({ min: 0, max: 90 }),
      late: fc.boolean(),
    }),
    { maxLength: 12 },
  );
  const spread = (samples: { atS: number; kind: Sample['kind']; value: number; forS: number; late: boolean }[]) =>
    samples.flatMap(({ forS, ...sample }) =>
      Array.from({ length: 1 + forS / 3 }, (_, i) => ({ ...sample, atS: sample.atS + 3 * i })),
    );
  const line = (high: number, base = 0) =>
    fc.array(fc.tuple(fc.integer({ min: 1, max: 420 }), fc.double({ min: base, max: base + high, noNaN: true })), {
      minLength: 1,
      maxLength: 5,
    });
  const lined = (points: [number, number][], base: number) =>
    [
      [0, base] as [number, number],
      ...[...points].sort((a, b) => a[0] - b[0]),
      [420, base] as [number, number],
    ] as const;

  test('the vote of the channels is the same as without it, and no level is lower at any instant', () => {
    let raised = 0;
    fc.assert(
      fc.property(
        line(25, 20),
        line(5),
        line(25),
        someSamples,
        fc.boolean(),
        fc.constantFrom(1, 5, 20),
        (cel, smoke, co, samples, verify, stepS) => {
          const channels = { temperature: lined(cel, 20), smoke: lined(smoke, 0), co: lined(co, 0) };
          const kinds = kindsOf(channels);
          const [without, config] = [configOf(kinds, { verify }), withCamera(kinds, { verify })];
          let plain = fire.initial(without);
          let seen = fire.initial(config);
          let [lowest, level] = [0, 0];
          for (const event of together(readingsOf(channels, stepS, startMs), spread(samples), kinds.length)) {
            if (event.kind === 'reading' && event.input < kinds.length) {
              const answer = fire.step(plain, event, without);
              plain = answer.state;
              lowest = answer.outputs?.level ?? lowest;
            }
            const answer = fire.step(seen, event, config);
            seen = answer.state;
            level = answer.outputs?.level ?? level;
            const { vote, temperature, smoke: obscured, co: gas, nowMs, presence } = seen.live;
            const { live } = plain;
            expect([vote, temperature, obscured, gas, nowMs, presence]).toEqual([
              live.vote,
              live.temperature,
              live.smoke,
              live.co,
              live.nowMs,
              live.presence,
            ]);
            expect(level).toBeGreaterThanOrEqual(lowest);
            if (level > lowest) raised += 1;
          }
          expect(JSON.parse(JSON.stringify(seen))).toEqual(seen);
          expect(JSON.stringify(seen).length).toBeLessThan(6_000);
        },
      ),
      { numRuns: 100, seed: 1 },
    );
    expect(raised, 'Cameras that never raise a level prove nothing.').toBeGreaterThan(50);
  });

  test('with no other sign there is no level', () => {
    let told = 0;
    fc.assert(
      fc.property(line(0.8, 20), line(1.4), line(14), someSamples, fc.boolean(), (cel, smoke, co, samples, verify) => {
        const channels = { temperature: lined(cel, 20), smoke: lined(smoke, 0), co: lined(co, 0) };
        const kinds = kindsOf(channels);
        const events = together(readingsOf(channels, 5, startMs), spread(samples), kinds.length);
        const { words } = hear(events, withCamera(kinds, { verify }), startMs);
        for (const { level = 0, own = 0 } of words) expect([level, own]).toEqual([0, 0]);
        told += words.filter(({ optical }) => optical === 1).length;
      }),
      { numRuns: 60, seed: 2 },
    );
    expect(told, 'Cameras that see nothing prove nothing.').toBeGreaterThan(20);
  });
});
