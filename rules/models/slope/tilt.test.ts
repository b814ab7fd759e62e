import { chance } from '@tocsin/simulators';
import { expect, test } from 'vitest';
import { slope } from './slope.ts';

/** A surface tiltmeter with 0.003° of noise (domain.md §1.7), read once an hour, through the whole model. */
const hourMs = 3_600_000;
const site = { unitOf: () => 'deg', intervalMsOf: () => hourMs, devicesOf: () => [] };
const config = slope.prepare!({ input: 'tilt/x' }, site as never);

/** The hours at which the sensor indicated red, for a tilt in degrees after so many hours. */
function redHours(tiltDeg: (hours: number) => number, hours: number, seed: number): number[] {
  const luck = chance(`tilt/${seed}`);
  let state = slope.initial(config);
  const red: number[] = [];
  for (let hour = 0; hour < hours; hour += 1) {
    const value = tiltDeg(hour) + 0.003 * luck.gauss();
    const answer = slope.step(
      state,
      { kind: 'reading', input: 0, value, takenAtMs: hour * hourMs, late: false },
      config,
    );
    state = answer.state;
    if (answer.outputs?.indication === 3) red.push(hour);
  }
  return red;
}

const rate = 0.02 / 24;

test.each([1, 2, 3, 4, 5])(
  'a tilt of 0.02°/d that fails within eight days is red hours before it does, seed %i',
  (seed) => {
    const [onset, failure] = [480, 672];
    const lean = (hour: number) => rate * (failure - onset) * Math.log((failure - onset) / (failure - hour));
    const red = redHours((hour) => (hour <= onset ? rate * hour : rate * onset + lean(hour)), failure, seed);
    expect(red.length).toBeGreaterThan(1);
    expect(failure - red[0]!).toBeGreaterThanOrEqual(4);
    expect(failure - red[0]!).toBeLessThan(168);
  },
);

test.each([1, 2, 3, 4, 5, 6, 7, 8])('a step that begins smoothly and ends is never red, seed %i', (seed) => {
  const lengthH = 6 * seed;
  const stepped = (hour: number) => 1 - Math.exp(-hour / lengthH) * (1 + hour / lengthH);
  expect(redHours((hour) => rate * hour + (hour > 480 ? 0.6 * stepped(hour - 480) : 0), 1000, seed)).toEqual([]);
});

test.each([1, 2, 3, 4, 5])('a push of the same size that dies down is never red, seed %i', (seed) => {
  const pushed = (hour: number) => 0.02 * (1 - Math.exp(-hour / 72));
  const burst = (hour: number) => rate * hour + (hour > 480 ? 40 * pushed(hour - 480) : 0);
  expect(redHours(burst, 1000, seed)).toEqual([]);
});
