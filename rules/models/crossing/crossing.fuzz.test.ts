import { type Chance, chance } from '@tocsin/simulators';
import { describe, expect, test } from 'vitest';
import type { ModelEvent } from '../../engine/types.ts';
import type { CrossingConfig } from './config.ts';
import { crossing } from './crossing.ts';
import { usualSite } from './scene.ts';

const long = process.env.TOCSIN_LONG === '1';
const config: CrossingConfig = {
  ...usualSite,
  vehicle: 'signal/vehicle',
  preempt: 'signal/preempt',
  left: 'signal/left',
  buttons: ['pole/button'],
  taps: [{ input: 'pole/card', extensionS: 8 }],
  phaseStaleMs: 20_000,
};

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

/**
 * Anything that may happen, plausible or not: leaps in time and space, unknown phases, crowds, repeated and late
 * events.
 */
function happens(luck: Chance, nowMs: number): { event: ModelEvent; nowMs: number } {
  const atMs = nowMs + luck.pick([0, 0, 40, 100, 100, 100, 400, 1200, 30_000, -500]);
  const late = luck.next() < 0.02;
  const kind = luck.next();
  if (kind < 0.1) return { event: { kind: 'tick', atMs }, nowMs: atMs };
  if (kind < 0.2) {
    const input = luck.integer(0, 6);
    // Mostly no pre-emption and red vehicles, so that time is asked for now and then.
    const calm = (input === 1 || input === 2) && luck.next() < 0.8;
    const value = calm ? 0 : luck.pick([0, 1, 2, 3, 1, 2, 12.5, -1, 255]);
    return { event: { kind: 'reading', input, value, takenAtMs: atMs, late }, nowMs: atMs };
  }
  const count = luck.pick([0, 1, 3, 10, 100]);
  const tracks = Array.from({ length: count }, (_, i) => ({
    id: luck.next() < 0.9 ? i : luck.integer(0, 1000),
    xM: (((atMs / 1000) * (0.3 + 0.1 * (i % 13)) + i) % 16) - 2 + 0.2 * luck.gauss() + (luck.next() < 0.01 ? 1e9 : 0),
    yM: 1.5 * luck.gauss(),
  }));
  return { event: { kind: 'tracks', tracks, takenAtMs: atMs, late }, nowMs: atMs };
}

describe('whatever happens', () => {
  test.each([1, 2, 3, 4])(
    'it answers finite values within limits from a bounded state that it never mutates (%i)',
    (seed) => {
      const luck = chance(`fuzz ${seed}`);
      let state = freeze(crossing.initial(config));
      let nowMs = 1_700_000_000_000;
      let biggest = 0;
      for (let i = 0; i < (long ? 20_000 : 2000); i += 1) {
        const next = happens(luck, nowMs);
        nowMs = next.nowMs;
        const answer = crossing.step(state, freeze(next.event), config);
        const { outputs = {}, remarks = [] } = answer;
        for (const value of Object.values(outputs)) expect(Number.isFinite(value)).toBe(true);
        expect(outputs.extension ?? 0).toBeLessThanOrEqual(13);
        expect(outputs.extension ?? 0).toBeGreaterThanOrEqual(0);
        for (const { numbers, people = [] } of remarks)
          for (const value of [numbers, ...people].flatMap((row) => Object.values(row))) expect(value).not.toBeNaN();
        expect(answer.state.walkers.length).toBeLessThanOrEqual(64);
        if (i % 20 === 0) {
          const text = JSON.stringify(answer.state);
          biggest = Math.max(biggest, text.length);
          expect(JSON.parse(text)).toEqual(answer.state);
        }
        state = freeze(answer.state);
      }
      expect(biggest).toBeGreaterThan(10_000);
      expect(biggest).toBeLessThan(150_000);
    },
  );

  test('nothing is ever asked in don’t walk, in vehicle yellow or red clearance, or during a pre-emption', () => {
    const luck = chance('legal');
    let state = crossing.initial(config);
    let nowMs = 1_700_000_000_000;
    let asked = 0;
    for (let i = 0; i < (long ? 200_000 : 20_000); i += 1) {
      const next = happens(luck, nowMs);
      nowMs = next.nowMs;
      state = crossing.step(state, next.event, config).state;
      const { ask, signal } = state;
      if (ask.valueS === 0) continue;
      asked += 1;
      expect([1, 2]).toContain(signal.phase);
      expect(signal.preempt).toBe(false);
      expect([0, null]).toContain(signal.vehicle);
    }
    expect(asked).toBeGreaterThan(20);
  });

  test('late pictures and readings are history and change nothing', () => {
    const luck = chance('late');
    let state = crossing.initial(config);
    let nowMs = 1_700_000_000_000;
    for (let i = 0; i < 300; i += 1) {
      const next = happens(luck, nowMs);
      nowMs = next.nowMs;
      state = crossing.step(state, next.event, config).state;
      const { event } = happens(luck, nowMs);
      if (event.kind === 'tick') continue;
      const answer = crossing.step(state, { ...event, late: true }, config);
      expect(answer.state).toBe(state);
      expect(answer.outputs).toBeUndefined();
    }
  });

  test('what changes nothing answers the same state: a tick while pictures come, a picture that came before', () => {
    let state = crossing.initial(config);
    const look = (takenAtMs: number): ModelEvent => ({ kind: 'tracks', tracks: [], takenAtMs, late: false });
    for (const takenAtMs of [0, 100, 200]) state = crossing.step(state, look(takenAtMs), config).state;
    expect(crossing.step(state, look(200), config).state).toBe(state);
    expect(crossing.step(state, look(100), config).state).toBe(state);
    expect(crossing.step(state, { kind: 'tick', atMs: 300 }, config).state).toBe(state);
  });
});
