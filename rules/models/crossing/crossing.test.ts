import type { Track } from '@tocsin/contracts';
import { expect, test } from 'vitest';
import { crossing } from './crossing.ts';

/** A crossing 12 m long along y, 4 m wide, with 10 s of clearance; margin 1.5 s, at most 13 s of extension. */
const config = {
  tracks: 'camera',
  phase: 'signal/phase',
  from: [3, 0] as [number, number],
  to: [3, 12] as [number, number],
  widthM: 4,
  clearanceMs: 10_000,
};

type Person = { id: number; yM(tS: number): number; xM?: number };

function scene() {
  let state = crossing.initial(config);
  const shown: Record<string, number> = {};
  return {
    shown,
    phase(value: number, takenAtMs: number) {
      state = crossing.step(state, { kind: 'reading', input: 0, value, takenAtMs, late: false }, config).state;
    },
    look(people: Person[], fromMs: number, toMs: number) {
      for (let takenAtMs = fromMs; takenAtMs <= toMs; takenAtMs += 100) {
        const tracks: Track[] = people.map(({ id, yM, xM = 3 }) => ({ id, xM, yM: yM(takenAtMs / 1000) }));
        const answer = crossing.step(state, { kind: 'tracks', tracks, takenAtMs, late: false }, config);
        state = answer.state;
        Object.assign(shown, answer.outputs);
      }
    },
    tick(atMs: number) {
      const answer = crossing.step(state, { kind: 'tick', atMs }, config);
      state = answer.state;
      Object.assign(shown, answer.outputs);
    },
    size: () => JSON.stringify(state).length,
  };
}

test('the extension is the time the slowest still needs, plus the margin, minus what is left (C1)', () => {
  const { look, phase, shown } = scene();
  phase(2, 0);
  look([{ id: 1, yM: (t) => 0.5 * t }], 0, 4000);
  // At 4 s: 2 m walked, 10 m left at 0.5 m/s = 20 s; 6 s of clearance left.
  expect(shown.extension).toBeCloseTo(13, 5);
  const quick = scene();
  quick.phase(2, 0);
  quick.look([{ id: 1, yM: (t) => 0.9 * t }], 0, 4000);
  expect(Math.abs(quick.shown.extension! - (8.4 / 0.9 + 1.5 - 6))).toBeLessThan(0.3);
  expect(quick.shown.slowest).toBeCloseTo(0.9, 2);
  expect(quick.shown.onCrossing).toBe(1);
});

test('a brisk walker needs no extension', () => {
  const { look, phase, shown } = scene();
  phase(2, 0);
  look([{ id: 1, yM: (t) => 1.6 * t }], 0, 4000);
  expect(shown.extension).toBe(0);
});

test('somebody who walks the other way has the other kerb to reach', () => {
  const { look, phase, shown } = scene();
  phase(2, 0);
  look([{ id: 1, yM: (t) => 12 - 0.8 * t }], 100, 5000);
  expect(Math.abs(shown.extension! - (8 / 0.8 + 1.5 - 5))).toBeLessThan(0.3);
});

test('somebody who has stopped never asks for more than the maximum', () => {
  const { look, phase, shown } = scene();
  phase(2, 0);
  look([{ id: 1, yM: () => 6 }], 0, 12_000);
  expect(shown.extension).toBe(13);
  expect(shown.slowest).toBeLessThan(0.3);
});

test('nobody on the road means no extension, whoever waits (C2)', () => {
  const { look, phase, shown } = scene();
  phase(2, 0);
  look(
    [
      { id: 1, yM: () => -1 },
      { id: 2, yM: () => 13 },
      { id: 3, yM: () => -1, xM: 9 },
    ],
    0,
    3000,
  );
  expect(shown).toMatchObject({ extension: 0, waiting: 2, onCrossing: 0 });
});

test('it is withdrawn at once when the road is clear, in don’t walk, and when the camera goes blind', () => {
  const clear = scene();
  clear.phase(2, 0);
  clear.look([{ id: 1, yM: (t) => 7 + 0.5 * t }], 0, 9900);
  expect(clear.shown.extension).toBeGreaterThan(0);
  clear.look([{ id: 1, yM: (t) => 7 + 0.5 * t }], 10_000, 10_100);
  expect(clear.shown.extension).toBe(0);
  const blind = scene();
  blind.phase(2, 0);
  blind.look([{ id: 1, yM: (t) => 0.5 * t }], 0, 3000);
  blind.tick(3900);
  expect(blind.shown.extension).toBeGreaterThan(0);
  blind.tick(4100);
  expect(blind.shown.extension).toBe(0);
  const stop = scene();
  stop.look([{ id: 1, yM: (t) => 0.5 * t }], 0, 3000);
  expect(stop.shown.extension).toBe(0);
});

test('a person passing behind the kerb for less than a second does not wait', () => {
  const { look, shown } = scene();
  look([{ id: 1, yM: () => -1 }], 0, 800);
  expect(shown.waiting).toBe(0);
});

test('a crowd with ever new tracks keeps the state bounded', () => {
  const { look, size } = scene();
  for (let second = 0; second < 30; second += 1) {
    const crowd = Array.from({ length: 256 }, (_, k) => ({
      id: second * 256 + k,
      yM: (t: number) => (k / 20 + t) % 12,
    }));
    look(crowd, second * 1000, second * 1000 + 900);
  }
  expect(size()).toBeLessThan(150_000);
});
