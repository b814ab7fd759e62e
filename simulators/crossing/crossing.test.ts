import { expect, test } from 'vitest';
import { chance } from '../chance/chance.ts';
import { arrive, emptyStreet, stepStreet } from './pedestrians.ts';
import { clearanceLeftMs, type SignalState, signalPlan, signalStart, stepSignal } from './signal.ts';

/** Runs the signal for `ms` with a constant call and hold and lists every change of phase with its time. */
function run(ms: number, { call, hold }: { call: boolean; hold: boolean }) {
  let state: SignalState = signalStart;
  const changes: [number, number][] = [];
  for (let nowMs = 100; nowMs <= ms; nowMs += 100) {
    const next = stepSignal(state, { nowMs, dtMs: 100, hold, call });
    if (next.phase !== state.phase) changes.push([nowMs, next.phase]);
    state = next;
  }
  return changes;
}

test('without a call the vehicles keep their green', () => {
  expect(run(60_000, { call: false, hold: true })).toEqual([]);
});

test('a call is served after the minimum vehicle green, and a clearance ends on time without a hold', () => {
  expect(run(30_000, { call: true, hold: false })).toEqual([
    [12_000, 1],
    [19_000, 2],
    [28_000, 0],
  ]);
});

test('a hold stretches the clearance, but never beyond the controller’s own limit', () => {
  const changes = run(60_000, { call: true, hold: true });
  expect(changes[2]).toEqual([19_000 + signalPlan.clearanceMs + signalPlan.extensionMaxMs, 0]);
});

test('the clearance left counts down to zero and is zero in other phases', () => {
  expect(clearanceLeftMs({ phase: 2, sinceMs: 1_000, extendedMs: 0, called: false }, 4_000)).toBe(6_000);
  expect(clearanceLeftMs({ phase: 1, sinceMs: 1_000, extendedMs: 0, called: false }, 4_000)).toBe(0);
});

test('people wait for walk, cross at their own speed and then leave the street', () => {
  const story = { lengthM: 10, meanArrivalMs: 1e12 };
  const luck = chance(3);
  let street = arrive({ ...emptyStreet, nextArrivalMs: 1e12 }, story, { speedMps: 1, direction: 1, yM: 1 });
  const step = (walk: boolean, count: number) => {
    for (let i = 0; i < count; i += 1) street = stepStreet(street, story, { nowMs: i * 100, dtMs: 100, walk, luck });
  };
  step(false, 100);
  expect(street.people[0]?.xM).toBe(-1);
  step(true, 50);
  expect(street.people[0]?.xM).toBeCloseTo(4, 5);
  step(false, 200);
  expect(street.people).toEqual([]);
});
