import { describe, expect, test } from 'vitest';
import type { ModelEvent } from '../../engine/types.ts';
import { configOf, firstAt, hear, type Line, readingsOf } from './detector-story.ts';
import { fire } from './fire.ts';

const startMs = 1_700_000_000_000;
const tick = (atS: number): ModelEvent => ({ kind: 'tick', atMs: startMs + atS * 1000 });
const flat = (value: number, endS: number): Line => [
  [0, value],
  [endS, value],
];

/** Readings with a tick every second until `endS`; `lagS` is how far the device's clock runs behind. */
function ticking(readings: readonly ModelEvent[], endS: number, lagS = 0): ModelEvent[] {
  const all: ModelEvent[] = [];
  let next = 0;
  for (let atS = 0; atS <= endS; atS += 1) {
    for (; next < readings.length; next += 1) {
      const event = readings[next]!;
      if (event.kind !== 'reading' || event.takenAtMs > startMs + atS * 1000) break;
      all.push({ ...event, takenAtMs: event.takenAtMs - lagS * 1000 });
    }
    all.push(tick(atS));
  }
  return all;
}

describe('a silent channel', () => {
  const channels = { temperature: flat(21, 600), smoke: flat(0.1, 300), co: flat(1, 600) };

  test.each([1, 10])('is a fault, lowers confidence and not the level (at %i s)', (stepS) => {
    const { words } = hear(ticking(readingsOf(channels, stepS), 600), configOf(['temperature', 'smoke', 'co']));
    const fault = words.find(({ service }) => service === 3)!;
    expect(fault.atS).toBeGreaterThan(300 + 3 * stepS);
    expect(fault.atS).toBeLessThan(300 + 3 * stepS + 20);
    expect(fault.confidence).toBeCloseTo(2 / 3, 9);
    expect(fault.reasons.join()).toMatch(/Smoke has been silent for/);
    expect(firstAt(words, 1)).toBeUndefined();
  });

  test('is a fault without ticks as well, by the clock of the others', () => {
    const { words } = hear(readingsOf(channels, 1), configOf(['temperature', 'smoke', 'co']));
    expect(words.find(({ service }) => service === 3)!.atS).toBeLessThan(320);
  });

  test('keeps the alarm it gave', () => {
    const smoke: Line = [
      [0, 0.1],
      [300, 0.1],
      [300, 15],
      [400, 15],
    ];
    const { words } = hear(readingsOf({ temperature: flat(21, 7200), smoke }, 1), configOf(['temperature', 'smoke']));
    expect(words.at(-1)).toMatchObject({ level: 2, service: 3 });
  });

  test('that comes back is good again', () => {
    const smoke: Line = [
      [0, 0.1],
      [200, 0.1],
      [201, null],
      [400, 0.1],
      [700, 0.1],
    ];
    const { words } = hear(readingsOf({ temperature: flat(21, 700), smoke }, 1), configOf(['temperature', 'smoke']));
    expect(words.some(({ service }) => service === 3)).toBe(true);
    expect(words.at(-1)).toMatchObject({ service: 0, confidence: 1 });
  });

  test('that was never heard is a fault within 200 s', () => {
    const { words } = hear(
      ticking(readingsOf({ temperature: flat(21, 300) }, 1), 300),
      configOf(['temperature', 'smoke']),
    );
    const fault = words.find(({ service }) => service === 3)!;
    expect(fault.atS).toBeGreaterThan(60);
    expect(fault.atS).toBeLessThanOrEqual(200);
    expect(fault.reasons.join()).toMatch(/Smoke was never heard/);
  });

  test('is told also where nothing else speaks, and the level is not repeated as if it were fresh', () => {
    const { words } = hear(ticking([], 300), configOf(['temperature']));
    expect(words).toHaveLength(1);
    expect(words[0]).toMatchObject({ service: 3, confidence: 0 });
    expect(words[0]).not.toHaveProperty('level');
  });
});

test('a device whose clock runs behind is not silent', () => {
  const readings = readingsOf({ temperature: flat(21, 900), smoke: flat(0.1, 900) }, 1);
  const { words } = hear(ticking(readings, 900, 240), configOf(['temperature', 'smoke']));
  expect(words.some(({ service }) => service === 3)).toBe(false);
});

test('an agent that slept does not blame its detectors', () => {
  const config = configOf(['temperature']);
  const early = ticking(readingsOf({ temperature: flat(21, 60) }, 1), 60);
  const { words } = hear([...early, tick(4_000), tick(4_001)], config);
  expect(words.some(({ service }) => service === 3)).toBe(false);
  const { words: later } = hear([...early, tick(4_000), tick(4_001), tick(4_020)], config);
  expect(later.at(-1)).toMatchObject({ service: 3 });
});

test('what warms up is told, and its own signs wait', () => {
  const { words } = hear(
    readingsOf({ temperature: flat(21, 2400), co2: flat(400, 2400) }, 10),
    configOf(['temperature', 'co2']),
  );
  expect(words.find(({ service }) => service === 1)!.reasons.join()).toMatch(/CO2 warms up for another/);
  expect(words.findLast(({ service }) => service === 1)!.atS).toBeLessThanOrEqual(1_800);
  expect(words.at(-1)).toMatchObject({ service: 0 });
});

test('a sensor that was silent for ten minutes warms up again, and takes the air it finds for clean within bounds', () => {
  const smoke: Line = [
    [0, 0.1],
    [1200, 0.1],
    [1201, null],
    [2400, 2.4],
    [3000, 2.4],
  ];
  const { words } = hear(readingsOf({ smoke }, 5), configOf(['smoke']));
  expect(words.findLast(({ service }) => service === 1)!.atS).toBeGreaterThanOrEqual(2_400);
  expect(words.at(-1)).toMatchObject({ level: 0, service: 0 });
  expect(words.at(-1)!.smoke as number).toBeLessThan(0.1);
});

describe('late readings', () => {
  const live = readingsOf({ temperature: flat(21, 600) }, 10);
  const late = readingsOf(
    {
      temperature: [
        [0, 20],
        [300, 80],
      ],
    },
    10,
    startMs - 3_600_000,
  ).map((event) => (event.kind === 'reading' ? { ...event, late: true } : event));

  test('raise in a track of their own and leave the present as it is', () => {
    const config = configOf(['temperature']);
    const { words, state } = hear([...live.slice(0, 30), ...late, ...live.slice(30)], config);
    expect(
      firstAt(
        words.filter(({ atS }) => atS < 0),
        2,
      ),
    ).toBeDefined();
    expect(
      firstAt(
        words.filter(({ atS }) => atS >= 0),
        1,
      ),
    ).toBeUndefined();
    expect(state.live).toEqual(hear(live, config).state.live);
  });
});

test('a state that nothing changed is the same object', () => {
  const config = configOf(['temperature']);
  const { state } = hear(readingsOf({ temperature: flat(21, 60) }, 1), config);
  const old: ModelEvent = { kind: 'reading', input: 0, value: 90, takenAtMs: startMs, late: false };
  const strange: ModelEvent = { ...old, takenAtMs: startMs + 1e6, value: Number.NaN };
  const tracks: ModelEvent = { kind: 'tracks', tracks: [], takenAtMs: startMs + 1e6, late: false };
  for (const event of [old, strange, tracks]) expect(fire.step(state, event, config).state).toBe(state);
  const ticked = fire.step(state, tick(61), config).state;
  expect(fire.step(ticked, tick(62), config).state).toBe(ticked);
});
