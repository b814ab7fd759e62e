import { chance } from '@tocsin/simulators';
import { expect, test } from 'vitest';
import type { VectorConfig } from './config.ts';
import { vector } from './vector.ts';

const dayMs = 86_400_000;
const base = { east: 'g/east', north: 'g/north', up: 'g/up' } as VectorConfig;

/** Displacements said for positions east, north, up in mm, one a day. */
function play(positions: number[][], config = base, order = [0, 1, 2]) {
  let state = vector.initial(config);
  const said: number[] = [];
  positions.forEach((position, day) => {
    for (const input of order.slice(0, position.length)) {
      const event = {
        kind: 'reading',
        input,
        value: position[input]!,
        takenAtMs: (day + 1) * dayMs,
        late: false,
      } as const;
      const answer = vector.step(state, event, config);
      state = answer.state;
      if (answer.outputs) said.push(answer.outputs.displacement!);
    }
  });
  return { said, state };
}

const walk = (days: number, way: readonly number[], mmPerD: number, noiseMm: number, seed = 'v') => {
  const luck = chance(seed);
  return Array.from({ length: days }, (_, day) => way.map((part) => part * mmPerD * day + noiseMm * luck.gauss()));
};
const way = [0.6, -0.64, -0.48];

test('steady movement in any direction is that length along its own way, whatever order the components come in', () => {
  for (const order of [
    [0, 1, 2],
    [2, 0, 1],
  ]) {
    const { said } = play(walk(60, way, 2, 0), base, order);
    expect(said).toHaveLength(55);
    expect(said.at(-1)! - said.at(-11)!).toBeCloseTo(20, 6);
  }
});

test('noise has no length: a point that stands still goes nowhere on average', () => {
  const { said } = play(walk(2000, way, 0, 3));
  expect(Math.abs(said.reduce((sum, x) => sum + x, 0) / said.length)).toBeLessThan(2);
});

test('a creep of 1 mm/d under 3 mm of noise shows its rate from the first month on', () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const { said } = play(walk(120, way, 1, 3, `creep/${seed}`));
    expect(said[50]! - said[20]!).toBeGreaterThan(10);
    expect(said[110]! - said[50]!).toBeGreaterThan(45);
    expect(said[110]! - said[50]!).toBeLessThan(75);
  }
});

test('a known way is taken as it is', () => {
  const { said } = play(walk(30, [0, -1, 0], 2, 0), { ...base, azimuthDeg: 180 });
  expect(said.at(-1)).toBeCloseTo(2 * 29 - 2 * 2, 6);
});

test('a position with a component missing says nothing, and repeats change nothing', () => {
  const { said, state } = play([...walk(20, way, 2, 0), [500, 500]]);
  expect(said).toHaveLength(15);
  const repeat = { kind: 'reading', input: 0, value: 7, takenAtMs: dayMs, late: false } as const;
  expect(vector.step(state, repeat, base).state).toBe(state);
  expect(JSON.stringify(state).length).toBeLessThan(800);
});

test('a plunge without an azimuth is a mistake', () => {
  expect(vector.check!({ ...base, plungeDeg: 30 })).toHaveLength(1);
});
