import { chance, inMs, type ReadingsStory, type Sampling, slopeReadings } from '@tocsin/simulators';
import { describe, expect, test } from 'vitest';
import type { SlopeConfig } from './config.ts';
import { slope } from './slope.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;
const dayS = 86_400;

type Reading = { takenAtMs: number; mm: number; temperatureCel?: number; reset?: boolean };
type Said = { takenAtMs: number; why: readonly string[]; outputs: Record<string, number> };

/** What the model says of readings, in order. */
function listen(readings: readonly Reading[], more: Partial<SlopeConfig> = {}, late = false) {
  const config: SlopeConfig = { input: 'a/x', unit: 'mm', ...more };
  let state = slope.initial(config);
  const said: Said[] = [];
  for (const { takenAtMs, mm, temperatureCel, reset } of readings) {
    if (config.temperature !== undefined && temperatureCel !== undefined) {
      const event = { kind: 'reading', input: 1, value: temperatureCel, takenAtMs, late } as const;
      state = slope.step(state, event, config).state;
    }
    const answer = slope.step(state, { kind: 'reading', input: 0, value: mm, takenAtMs, late, reset }, config);
    state = answer.state;
    if (answer.outputs) said.push({ takenAtMs, why: answer.reasons ?? [], outputs: answer.outputs });
  }
  return { said, state, config };
}

/** A line of readings from a formula, displacement over time. */
const line = (mmAt: (tMs: number) => number, stepMs: number, runMs: number): Reading[] =>
  Array.from({ length: Math.floor(runMs / stepMs) + 1 }, (_, i) => ({ takenAtMs: i * stepMs, mm: mmAt(i * stepMs) }));

/** An instrument on a slope that creeps 2 mm/d and reads with 0.2 mm of noise. */
const field = (story: Partial<ReadingsStory>, sampling: Sampling, seed: number | string = 1) =>
  inMs(slopeReadings({ creepMmPerS: 2 / dayS, noiseMm: 0.2, ...story }, sampling, chance(seed)), 0);

const velocities = (said: readonly Said[]) =>
  said.flatMap(({ outputs, takenAtMs }) =>
    outputs.velocity === undefined ? [] : [{ takenAtMs, velocity: outputs.velocity }],
  );
const worst = (said: readonly Said[]) => Math.max(...said.map(({ outputs }) => outputs.indication ?? 0));
const daily: Sampling = { untilS: 60 * dayS, stepS: dayS };
const hourly: Sampling = { untilS: 30 * dayS, stepS: 3600 };

test.each([
  ['1 s', 1000, 1.2 * dayMs],
  ['1 min', minuteMs, 4 * dayMs],
  ['10 min', 10 * minuteMs, 6 * dayMs],
  ['1 h', hourMs, 10 * dayMs],
  ['1 d', dayMs, 20 * dayMs],
  ['7 d', 7 * dayMs, 140 * dayMs],
  ['30 d', 30 * dayMs, 600 * dayMs],
])('steady creep of 5 mm/d is 5 mm/d at one sample each %s', (_, stepMs, runMs) => {
  const { said } = listen(line((tMs) => (5 * tMs) / dayMs, stepMs, runMs));
  expect(said.length).toBeGreaterThan(3);
  for (const { velocity } of velocities(said)) expect(velocity).toBeCloseTo(5, 6);
  expect(worst(said)).toBeLessThanOrEqual(1);
  const acceleration = said.at(-1)!.outputs.acceleration;
  if (acceleration !== undefined) expect(acceleration).toBeCloseTo(0, 5);
});

test('it says nothing before it has evidence', () => {
  expect(listen(line(() => 1, dayMs, 2 * dayMs)).said).toEqual([]);
  expect(listen(line(() => 1, 1000, 5 * hourMs)).said).toEqual([]);
});

test('in its first day it speaks of motion that no daily swing can be', () => {
  const { said } = listen(field({ creepMmPerS: 240 / dayS }, { untilS: 6 * 3600, stepS: 600 }));
  expect(said[0]!.takenAtMs).toBeLessThanOrEqual(2 * hourMs);
  expect(said.at(-1)!.outputs.velocity).toBeGreaterThan(220);
});

test('noise of 0.3 mm every ten minutes leaves a still slope below 0.5 mm/d', () => {
  const { said } = listen(field({ creepMmPerS: 0, noiseMm: 0.3 }, { untilS: 20 * dayS, stepS: 600 }));
  expect(said.length).toBeGreaterThan(1000);
  expect(Math.max(...velocities(said).map(({ velocity }) => Math.abs(velocity)))).toBeLessThan(0.5);
});

describe('a single wild sample does not move the velocity', () => {
  test.each([
    ['daily', daily, 50 * 2],
    ['daily, the other way', daily, -50 * 2],
    ['hourly', hourly, 50 * 2],
    ['every ten seconds', { untilS: 60 * 3600, stepS: 10 }, 100],
  ])('%s', (_, sampling, sizeMm) => {
    const clean = listen(field({}, sampling)).said;
    const atS = sampling.untilS * 0.6;
    const { said } = listen(field({ spikes: [{ atS, sizeMm }] }, sampling));
    expect(worst(said)).toBe(0);
    const before = new Map(velocities(clean).map(({ takenAtMs, velocity }) => [takenAtMs, velocity]));
    const heard = velocities(said).filter(({ takenAtMs }) => before.has(takenAtMs));
    expect(heard.length).toBeGreaterThan(20);
    for (const { takenAtMs, velocity } of heard) expect(Math.abs(velocity - before.get(takenAtMs)!)).toBeLessThan(0.3);
  });
});

test.each([
  ['two', [-5, -22]],
  ['two that grow', [4, 30]],
  ['three', [8, 30, 50]],
  ['four', [8, 30, 20, 40]],
])('%s wild readings in a row that go back leave nothing behind and are never red', (_, off) => {
  const clean = field({ noiseMm: 0.15 }, hourly);
  const at = 400;
  const { said } = listen(clean.map((reading, i) => ({ ...reading, mm: reading.mm + (off[i - at] ?? 0) })));
  expect(worst(said)).toBeLessThan(3);
  const before = listen(clean).said;
  const after = velocities(said).filter(({ takenAtMs }) => takenAtMs > (at + off.length + 2) * hourMs);
  expect(after.length).toBeGreaterThan(200);
  for (const { takenAtMs, velocity } of after) {
    const without = velocities(before).findLast((other) => other.takenAtMs <= takenAtMs)!.velocity;
    expect(Math.abs(velocity - without)).toBeLessThan(0.5);
  }
});

test('daily steps of 10, 12, 13, 21 and 55 mm show at once, and the velocity keeps growing with them', () => {
  const steps = [...Array.from({ length: 20 }, (_, i) => 2 + (i % 2) / 10), 3, 4, 6, 8, 10, 12, 13, 21, 55];
  let mm = 0;
  const readings = steps.map((step, i) => {
    mm += step;
    return { takenAtMs: i * dayMs, mm };
  });
  const last = velocities(listen(readings).said).slice(-3);
  expect(last[2]!.velocity).toBeGreaterThan(25);
  expect(last[2]!.velocity).toBeGreaterThan(1.5 * last[1]!.velocity);
  expect(last[1]!.velocity).toBeGreaterThan(last[0]!.velocity);
});

test.each([
  ['every second', 1, 5],
  ['every minute', 60, 5],
  ['every 10 min', 600, 50],
  ['hourly', 3600, 240],
])('a slope that lets go is fast within five samples or five minutes: %s', (_, stepS, withinMin) => {
  const goneS = 2.5 * dayS;
  const readings = field({ noiseMm: 0.1 }, { untilS: goneS + 5 * 3600, stepS }).map((reading) => ({
    ...reading,
    mm: reading.mm + (Math.max(0, reading.tS - goneS) * 480) / dayS,
  }));
  const fast = velocities(listen(readings).said).find(({ velocity }) => velocity > 200);
  expect(fast!.takenAtMs).toBeGreaterThan(goneS * 1000);
  expect(fast!.takenAtMs - goneS * 1000).toBeLessThanOrEqual(withinMin * minuteMs);
});

test('constant acceleration of 0.9 mm/d² is found', () => {
  const { said } = listen(line((tMs) => 0.45 * (tMs / dayMs) ** 2, hourMs, 10 * dayMs));
  expect(said.at(-1)!.outputs.acceleration).toBeCloseTo(0.9, 2);
});

test('an explicit window follows a story of seconds', () => {
  const { said } = listen(
    line((tMs) => (600 * tMs) / dayMs, 1000, minuteMs),
    { windowMs: 20_000 },
  );
  expect(said[0]!.takenAtMs).toBeLessThanOrEqual(6000);
  expect(said.at(-1)!.outputs.velocity).toBeCloseTo(600, 6);
});

test('late samples have a track of their own and leave the present alone', () => {
  const { state, config } = listen(
    line(() => 0, 1000, minuteMs),
    { windowMs: 20_000 },
  );
  let after = state;
  let spoke = 0;
  for (let i = 0; i < 20; i += 1) {
    const event = { kind: 'reading', input: 0, value: i, takenAtMs: i * 1000, late: true } as const;
    const answer = slope.step(after, event, config);
    after = answer.state;
    if (answer.outputs) spoke += 1;
  }
  expect(spoke).toBeGreaterThan(5);
  expect(after.live).toBe(state.live);
});

test('tilt is deg/d and has no acceleration; the unit is that of the input where nobody says', () => {
  const made = slope.outputs({ input: 'a/x', unit: 'deg' }, ['deg']);
  expect(made[0]).toEqual({ channel: 'velocity', unit: 'deg/d' });
  expect(made.map(({ channel }) => channel)).not.toContain('acceleration');
  for (const [unit, wanted] of [
    ['m', 'mm'],
    ['deg', 'deg'],
  ] as const) {
    const site = { unitOf: () => unit, intervalMsOf: () => hourMs };
    expect(slope.prepare!({ input: 'a/x' }, site)).toEqual({ input: 'a/x', unit: wanted, intervalMs: hourMs });
  }
});

test('alone stands before indication, because listeners hear outputs in order', () => {
  const names = Object.keys(listen(field({}, daily)).said.at(-1)!.outputs);
  expect(names.slice(-2)).toEqual(['alone', 'indication']);
});

test('it speaks as often as a sensor, and at most once a minute while the slope is slow', () => {
  for (const [stepS, most] of [
    [1, 1440],
    [59, 1465],
    [600, 144],
  ] as const) {
    const { said } = listen(field({}, { untilS: 2.5 * dayS, stepS }));
    const lastDay = said.filter(({ takenAtMs }) => takenAtMs > 1.5 * dayMs);
    expect(lastDay.length, `${stepS} s`).toBeLessThanOrEqual(most);
    expect(lastDay.length, `${stepS} s`).toBeGreaterThan(0.9 * most);
  }
});

describe('stuck, silent and reset sensors', () => {
  test.each([
    ['daily', daily],
    ['hourly', hourly],
  ])('a stuck sensor is doubted and never red: %s', (_, sampling) => {
    const middleS = sampling.untilS / 2;
    const stuck = [{ fromS: middleS, untilS: middleS + 10 * dayS }];
    const { said } = listen(field({ stuck }, sampling));
    expect(worst(said)).toBe(0);
    const doubted = said.filter(({ outputs }) => outputs.confidence! < 0.25);
    expect(doubted.length).toBeGreaterThan(3);
    expect(doubted[0]!.why).toEqual([expect.stringMatching(/stuck/)]);
    expect(doubted.every(({ outputs }) => outputs.velocity === undefined)).toBe(true);
    expect(said.at(-1)!.outputs.velocity).toBeCloseTo(2, 0);
  });

  test('a gateway that repeats each value sixty times is no stuck sensor, after the first hours', () => {
    const readings = field({ noiseMm: 0.1 }, { untilS: 10 * dayS, stepS: 3600 }).flatMap((reading) =>
      Array.from({ length: 60 }, (_, i) => ({ ...reading, takenAtMs: reading.takenAtMs + i * minuteMs })),
    );
    const { said } = listen(readings);
    const later = said.filter(({ takenAtMs }) => takenAtMs > 6 * hourMs);
    expect(later.filter(({ outputs }) => outputs.confidence === 0.1)).toEqual([]);
    for (const { velocity } of velocities(later)) expect(Math.abs(velocity - 2)).toBeLessThan(1.5);
  });

  test.each([
    ['daily', daily],
    ['hourly', hourly],
  ])('a gap is not bridged: no velocity until there are points after it, %s', (_, sampling) => {
    const fromS = sampling.untilS / 2;
    const gaps = [{ fromS, untilS: fromS + 10 * dayS }];
    const { said } = listen(field({ gaps }, sampling));
    const after = velocities(said).filter(({ takenAtMs }) => takenAtMs > fromS * 1000);
    expect(after[0]!.takenAtMs).toBeGreaterThanOrEqual((fromS + 10 * dayS + 2 * sampling.stepS) * 1000);
    expect(said.find(({ takenAtMs }) => takenAtMs === after[0]!.takenAtMs)!.why.join(' ')).toMatch(/No readings for/);
    expect(worst(said)).toBe(0);
  });

  const jump = (sampling: Sampling, more: object, config: Partial<SlopeConfig> = {}) =>
    listen(field({ resets: [{ atS: sampling.untilS / 2 - sampling.stepS / 2, ...more } as never] }, sampling), config);

  test.each([
    ['daily, up', daily, 50],
    ['daily, down', daily, -50],
    ['hourly, up', hourly, 50],
    ['hourly, small', hourly, 3],
    ['every ten minutes', { untilS: 8 * dayS, stepS: 600 } as Sampling, -40],
  ])(
    'a flagged reset re-zeroes: the velocity does not move and the displacement is continuous, %s',
    (_, sampling, mm) => {
      const { said, state } = jump(sampling, { jumpMm: mm, flagged: true });
      const clean = listen(field({}, sampling));
      const before = new Map(velocities(clean.said).map(({ takenAtMs, velocity }) => [takenAtMs, velocity]));
      const flaggedMs = (sampling.untilS / 2 + 2 * sampling.stepS) * 1000;
      const after = velocities(said).filter(({ takenAtMs }) => takenAtMs >= flaggedMs && before.has(takenAtMs));
      expect(after.length).toBeGreaterThan(10);
      for (const { takenAtMs, velocity } of after)
        expect(Math.abs(velocity - before.get(takenAtMs)!)).toBeLessThan(0.5);
      expect(state.live.motion.level.offset).toBeCloseTo(mm, -0.5);
      expect(state.live.motion.level.slipped).toBeCloseTo(0, 6);
      expect(said.some(({ why }) => why.join(' ').includes('Re-zeroed'))).toBe(true);
      expect(worst(said.filter(({ takenAtMs }) => takenAtMs >= flaggedMs))).toBe(0);
    },
  );

  test.each([
    ['daily', daily],
    ['hourly', hourly],
  ])('a jump that nobody explains is yellow and said, is no velocity, and is not lost: %s', (_, sampling) => {
    const { said, state } = jump(sampling, { jumpMm: 50 });
    expect(worst(said)).toBe(1);
    expect(Math.max(...velocities(said).map(({ velocity }) => velocity))).toBeLessThan(3.5);
    expect(said.some(({ why }) => /A jump of (49|50|51)[.\d]* mm .* stays/.test(why.join(' ')))).toBe(true);
    expect(state.live.motion.level.slipped).toBeGreaterThan(48);
    const known = jump(sampling, { jumpMm: 50 }, { resetJump: 20 });
    expect(worst(known.said)).toBe(0);
    expect(known.state.live.motion.level.slipped).toBe(0);
  });

  test('a second jump the same way within a day makes both movement', () => {
    const resets = [15, 15.4].map((day) => ({ atS: day * dayS + 60, jumpMm: 20 }));
    const { said, state } = listen(field({ resets }, hourly));
    expect(Math.max(...velocities(said).map(({ velocity }) => velocity))).toBeGreaterThan(20);
    expect(state.live.motion.level.offset).toBe(0);
  });

  test('a glitch of several samples that goes back is neither movement nor a jump', () => {
    const resets = [
      { atS: 15 * dayS + 60, jumpMm: 20 },
      { atS: 15 * dayS + 5 * 3600 + 60, jumpMm: -20 },
    ];
    const { said, state } = listen(field({ resets }, hourly));
    expect(Math.max(...velocities(said).map(({ velocity }) => velocity))).toBeLessThan(3.5);
    expect(Math.abs(state.live.motion.level.slipped)).toBeLessThan(1.5);
  });

  test('a slope that jumps and then moves faster is movement from the first sample', () => {
    const goneS = 15 * dayS;
    const readings = field({}, hourly).map((reading) => ({
      ...reading,
      mm: reading.mm + (reading.tS > goneS ? 30 + ((reading.tS - goneS) * 300) / dayS : 0),
    }));
    const { said, state } = listen(readings);
    expect(state.live.motion.level.offset).toBe(0);
    const fast = velocities(said).find(({ velocity }) => velocity > 100);
    expect(fast!.takenAtMs - goneS * 1000).toBeLessThanOrEqual(3 * hourMs);
  });
});

describe('the daily swing of temperature', () => {
  const temperature = { meanCel: 5, dayCel: 10, weatherCel: 3, mmPerK: 0.05 };
  const creepMmPerS = 0.5 / dayS;

  test.each([
    ['hourly', { untilS: 40 * dayS, stepS: 3600 }],
    ['every ten minutes', { untilS: 20 * dayS, stepS: 600 }],
  ])('does not look like acceleration without a temperature: %s', (_, sampling) => {
    const { said } = listen(field({ creepMmPerS, temperature: { ...temperature, weatherCel: 0 } }, sampling));
    expect(said.length).toBeGreaterThan(500);
    for (const { velocity } of velocities(said)) expect(Math.abs(velocity - 0.5)).toBeLessThan(0.7);
    expect(worst(said)).toBe(0);
  });

  test('is taken out where a temperature shows it, and said', () => {
    const readings = field({ creepMmPerS, temperature }, { untilS: 60 * dayS, stepS: 3600 });
    const spread = (list: readonly Said[]) => {
      const sizes = velocities(list.slice(300)).map(({ velocity }) => Math.abs(velocity - 0.5));
      return sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    };
    const blind = listen(readings).said;
    const { said } = listen(readings, { temperature: 'a/t' });
    expect(spread(said)).toBeLessThan(0.7 * spread(blind));
    expect(said.at(-1)!.why.join(' ')).toMatch(/follow the temperature \(0\.05\d* mm\/K, R² 0\.9/);
    expect(said.at(-1)!.outputs.confidence).toBeLessThan(blind.at(-1)!.outputs.confidence!);
  });

  test('hides nothing of a slope that lets go, however warm the day', () => {
    const goneS = 30 * dayS;
    const readings = field({ creepMmPerS, temperature }, { untilS: goneS + dayS, stepS: 3600 }).map((reading) => {
      const moved = (Math.max(0, reading.tS - goneS) * 60) / dayS;
      return { ...reading, mm: reading.mm + moved, temperatureCel: reading.temperatureCel! + moved };
    });
    const { said } = listen(readings, { temperature: 'a/t' });
    expect(said.at(-1)!.outputs.velocity).toBeGreaterThan(45);
  });

  test('a trend of temperature takes out nothing of a trend of displacement', () => {
    const readings = line((tMs) => (3 * tMs) / dayMs, hourMs, 40 * dayMs).map((reading, i) => ({
      ...reading,
      temperatureCel: i / 24,
    }));
    const { said } = listen(readings, { temperature: 'a/t' });
    expect(said.at(-1)!.outputs.velocity).toBeCloseTo(3, 2);
  });
});

describe('the way of danger', () => {
  const falling = field({ creepMmPerS: -3 / dayS }, hourly);
  test.each([
    ['either', 3],
    ['decrease', 3],
    ['increase', -3],
  ] as const)('%s: a sensor that falls 3 mm/d has velocity %d', (danger, wanted) => {
    const { said } = listen(falling, { danger });
    for (const { velocity } of velocities(said)) expect(Math.sign(velocity)).toBe(Math.sign(wanted));
    expect(said.at(-1)!.outputs.velocity).toBeCloseTo(wanted, 0);
  });

  test('either turns round with the slope', () => {
    const readings = line((tMs) => 5 * Math.abs(tMs / dayMs - 20), hourMs, 40 * dayMs);
    const late = velocities(listen(readings).said).filter(({ takenAtMs }) => takenAtMs > 22 * dayMs);
    for (const { velocity } of late) expect(velocity).toBeCloseTo(5, 0);
  });
});
