import { expect, test } from 'vitest';
import { slope } from './slope.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** Deterministic noise in -1 … 1. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

type Said = { takenAtMs: number; velocity: number; acceleration?: number };

function play(
  positionMm: (tMs: number) => number,
  { stepMs, runMs, windowMs, late = false }: { stepMs: number; runMs: number; windowMs?: number; late?: boolean },
) {
  const config = { input: 'a/x', windowMs };
  let state = slope.initial(config);
  const said: Said[] = [];
  for (let takenAtMs = 0; takenAtMs <= runMs; takenAtMs += stepMs) {
    const answer = slope.step(
      state,
      { kind: 'reading', input: 0, value: positionMm(takenAtMs), takenAtMs, late },
      config,
    );
    state = answer.state;
    if (answer.outputs) said.push({ takenAtMs, ...(answer.outputs as Omit<Said, 'takenAtMs'>) });
  }
  return { said, state };
}

test('steady creep of 5 mm/d is 5 mm/d from one sample a second to one a day', () => {
  for (const [stepMs, runMs] of [
    [1000, dayMs],
    [10 * minuteMs, 4 * dayMs],
    [dayMs, 20 * dayMs],
    [7 * dayMs, 140 * dayMs],
  ] as const) {
    const last = play((tMs) => (5 * tMs) / dayMs, { stepMs, runMs }).said.at(-1)!;
    expect(last.velocity, `step ${stepMs}`).toBeCloseTo(5, 6);
    if (stepMs > 1000) expect(last.acceleration, `step ${stepMs}`).toBeCloseTo(0, 6);
  }
});

test('it says nothing before it has evidence', () => {
  expect(play(() => 1, { stepMs: dayMs, runMs: 2 * dayMs }).said).toEqual([]);
  expect(play(() => 1, { stepMs: 1000, runMs: 5 * 3_600_000 }).said).toEqual([]);
});

test('noise of 0.3 mm every ten minutes leaves a still slope below 0.5 mm/d', () => {
  const random = noise(1);
  const { said } = play(() => 100 + 0.3 * random(), { stepMs: 10 * minuteMs, runMs: 20 * dayMs });
  const steady = said.filter(({ takenAtMs }) => takenAtMs > dayMs);
  expect(steady.length).toBeGreaterThan(1000);
  expect(Math.max(...steady.map(({ velocity }) => Math.abs(velocity)))).toBeLessThan(0.5);
});

test('a single wild sample does not move the velocity', () => {
  const { said } = play((tMs) => (tMs === 10 * dayMs ? 500 : (2 * tMs) / dayMs), { stepMs: dayMs, runMs: 12 * dayMs });
  expect(Math.abs(said.at(-1)!.velocity - 2)).toBeLessThan(0.5);
});

test('constant acceleration of 0.9 mm/d² is found', () => {
  const { said } = play((tMs) => 0.45 * (tMs / dayMs) ** 2, { stepMs: 3_600_000, runMs: 10 * dayMs });
  expect(said.at(-1)!.acceleration).toBeCloseTo(0.9, 2);
});

test('an explicit window follows a story of seconds', () => {
  const { said } = play((tMs) => (600 * tMs) / dayMs, { stepMs: 1000, runMs: minuteMs, windowMs: 20_000 });
  expect(said[0]!.takenAtMs).toBeLessThanOrEqual(6000);
  expect(said.at(-1)!.velocity).toBeCloseTo(600, 6);
});

test('late samples have a track of their own and leave the present alone', () => {
  const config = { input: 'a/x', windowMs: 20_000 };
  const { state } = play(() => 0, { stepMs: 1000, runMs: minuteMs, windowMs: 20_000 });
  let now = state;
  let spoke = 0;
  for (let i = 0; i < 20; i += 1) {
    const answer = slope.step(now, { kind: 'reading', input: 0, value: i, takenAtMs: i * 1000, late: true }, config);
    now = answer.state;
    if (answer.outputs) spoke += 1;
  }
  expect(spoke).toBeGreaterThan(5);
  expect(now.live).toBe(state.live);
});

test('tilt is deg/d and has no acceleration', () => {
  const made = slope.outputs({ input: 'a/x', unit: 'deg' }, ['deg']);
  expect(made[0]).toEqual({ channel: 'velocity', unit: 'deg/d' });
  expect(made.map(({ channel }) => channel)).not.toContain('acceleration');
});
