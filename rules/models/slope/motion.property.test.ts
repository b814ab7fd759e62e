import { chance, inMs, type ReadingsStory, slopeReadings } from '@tocsin/simulators';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstMotion, type MotionConfig, type MotionState, move } from './motion.ts';
import type { Motion } from './motion-types.ts';

const dayS = 86_400;
const runs = process.env.TOCSIN_LONG === '1' ? 400 : 40;

type Reading = { takenAtMs: number; mm: number; reset?: boolean };

function follow(readings: readonly Reading[], config: MotionConfig = {}, before?: MotionState) {
  let state = before ?? firstMotion(config);
  const motions: Motion[] = [];
  for (const { takenAtMs, mm, reset } of readings) {
    const answer = move(state, { value: mm, takenAtMs, reset }, config);
    state = answer.state;
    if (answer.motion) motions.push(answer.motion);
  }
  return { state, motions };
}

/** Steps of sampling from a second to a month. */
const step = fc.constantFrom(1, 10, 60, 600, 3600, 6 * 3600, dayS, 7 * dayS, 30 * dayS);
const seed = fc.integer({ min: 1, max: 1_000_000 });
/** Mostly quiet stories with everything that instruments do, 150 readings each (a day and a half of the densest). */
const story = fc.record({
  stepS: step,
  seed,
  creepMmPerD: fc.double({ min: -5, max: 20, noNaN: true }),
  noiseMm: fc.constantFrom(0, 0.05, 0.3, 2),
  jitterShare: fc.constantFrom(0, 0.3),
  broken: fc.constantFrom('nothing', 'spike', 'gap', 'stuck', 'reset', 'flagged'),
});
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

function read({ stepS, creepMmPerD, noiseMm, jitterShare, broken, seed: from }: Story): Reading[] {
  const base = Math.max(1, Math.floor(stepS / 10));
  const atS = 80 * stepS;
  const long = { fromS: atS, untilS: atS + 20 * stepS };
  const told: ReadingsStory = {
    creepMmPerS: creepMmPerD / dayS,
    noiseMm,
    spikes: broken === 'spike' ? [{ atS, sizeMm: 80 }] : [],
    gaps: broken === 'gap' ? [long] : [],
    stuck: broken === 'stuck' ? [long] : [],
    resets: broken === 'reset' || broken === 'flagged' ? [{ atS, jumpMm: -60, flagged: broken === 'flagged' }] : [],
  };
  const readings = slopeReadings(
    told,
    { untilS: 150 * stepS, stepS, jitterShare: base > 1 ? jitterShare : 0 },
    chance(from),
  );
  return inMs(readings, 40 * dayS * 1000);
}

const config: MotionConfig = {};
/** Windows of seconds for the densest sampling, where 150 readings are no day. */
const configOf = ({ stepS }: Story): MotionConfig => (stepS < 600 ? { windowMs: stepS * 60_000 } : config);

test('time shift: the same readings at another time give the same motion, to the bit', () => {
  const shift = fc.integer({ min: 0, max: 2_000_000_000_000 });
  fc.assert(
    fc.property(story, shift, (it, shiftMs) => {
      const here = follow(read(it), configOf(it)).motions;
      const there = follow(
        read(it).map((reading) => ({ ...reading, takenAtMs: reading.takenAtMs + shiftMs })),
        configOf(it),
      ).motions;
      expect(there).toEqual(here.map((motion) => ({ ...motion, atMs: motion.atMs + shiftMs })));
    }),
    { numRuns: runs },
  );
});

test('duplicates and readings out of order change nothing, to the bit', () => {
  fc.assert(
    fc.property(story, fc.integer({ min: 1, max: 5 }), (it, back) => {
      const readings = read(it);
      const again = readings.flatMap((reading, i) => [reading, reading, ...readings.slice(Math.max(0, i - back), i)]);
      expect(follow(again, configOf(it))).toEqual(follow(readings, configOf(it)));
    }),
    { numRuns: runs },
  );
});

test('a state is not mutated, and goes on the same after a restart', () => {
  fc.assert(
    fc.property(story, fc.integer({ min: 1, max: 149 }), (it, cut) => {
      const readings = read(it);
      const first = follow(readings.slice(0, cut), configOf(it));
      const saved = JSON.stringify(first.state);
      const whole = follow(readings.slice(cut), configOf(it), first.state);
      expect(JSON.stringify(first.state)).toBe(saved);
      expect(follow(readings.slice(cut), configOf(it), JSON.parse(saved))).toEqual(whole);
    }),
    { numRuns: runs },
  );
});

test('every number is finite, every sigma is not negative, and quick is newer than velocity', () => {
  let spoke = 0;
  fc.assert(
    fc.property(story, (it) => {
      for (const motion of follow(read(it), configOf(it)).motions) {
        spoke += 1;
        for (const value of Object.values(motion)) expect(Number.isFinite(Number(value))).toBe(true);
        expect(Math.min(motion.velocitySigma, motion.quickSigma, motion.noise, motion.windowMs)).toBeGreaterThanOrEqual(
          0,
        );
        expect(motion.stepMs).toBeGreaterThan(0);
      }
    }),
    { numRuns: runs },
  );
  expect(spoke).toBeGreaterThan(runs * 20);
});

test('a reading each so often or each second so often is the same velocity within its error', () => {
  fc.assert(
    fc.property(
      seed,
      fc.constantFrom(60, 600, 3600),
      fc.double({ min: 0, max: 20, noNaN: true }),
      (from, stepS, mmPerD) => {
        const told = { creepMmPerS: mmPerD / dayS, noiseMm: 0.2 };
        const dense = inMs(slopeReadings(told, { untilS: 4 * dayS, stepS }, chance(from)), 0);
        const all = follow(dense, config).motions.at(-1)!;
        const half = follow(
          dense.filter((_, i) => i % 2 === 0),
          config,
        ).motions.at(-1)!;
        const sigma = Math.hypot(all.velocitySigma, half.velocitySigma);
        expect(Math.abs(all.velocity - half.velocity)).toBeLessThan(5 * sigma + 1e-6);
        expect(Math.abs(all.velocity - mmPerD)).toBeLessThan(5 * all.velocitySigma + 1e-6);
      },
    ),
    { numRuns: runs },
  );
});

test('metres converted to millimetres are the same motion', () => {
  fc.assert(
    fc.property(story, (it) => {
      const readings = read(it);
      const inMetres = readings.map((reading) => ({ ...reading, mm: (reading.mm / 1000) * 1000 }));
      const mm = follow(readings, configOf(it)).motions.at(-1);
      const m = follow(inMetres, configOf(it)).motions.at(-1);
      if (mm === undefined || m === undefined) return;
      expect(Math.abs(m.velocity - mm.velocity)).toBeLessThan(0.01 * mm.velocitySigma + 1e-4);
    }),
    { numRuns: runs },
  );
});

test('a slope that moves more is never slower: extra movement to the end adds to the velocity', () => {
  fc.assert(
    fc.property(
      seed,
      fc.constantFrom(600, 3600, dayS),
      fc.double({ min: 5, max: 500, noNaN: true }),
      (from, stepS, extraMmPerD) => {
        const told = { creepMmPerS: 1 / dayS, noiseMm: 0.2, temperature: { meanCel: 0, dayCel: 5, mmPerK: 0.03 } };
        const quiet = inMs(slopeReadings(told, { untilS: 200 * stepS + 6 * dayS, stepS }, chance(from)), 0);
        const sinceS = 190 * stepS + 6 * dayS;
        const moved = quiet.map((reading) => ({
          ...reading,
          mm: reading.mm + (Math.max(0, reading.tS - sinceS) * extraMmPerD) / dayS,
        }));
        const before = follow(quiet, { danger: 'increase' }).motions.at(-1)!;
        const after = follow(moved, { danger: 'increase' }).motions.at(-1)!;
        expect(after.velocity).toBeGreaterThan(before.velocity - 3 * before.velocitySigma);
        expect(after.quick).toBeGreaterThan(before.quick - 3 * before.quickSigma);
      },
    ),
    { numRuns: runs },
  );
});

test('noise alone: velocity is rarely beyond three sigma and never beyond seven, also where it is quick', () => {
  let looks = 0;
  let beyond = 0;
  for (let from = 1; from <= (runs > 40 ? 60 : 6); from += 1) {
    const readings = inMs(
      slopeReadings({ creepMmPerS: 0, noiseMm: 0.3 }, { untilS: 120 * dayS, stepS: 3600 }, chance(from)),
      0,
    );
    for (const { velocity, velocitySigma, quick, quickSigma } of follow(readings, { danger: 'increase' }).motions) {
      looks += 1;
      if (Math.abs(velocity) > 3 * velocitySigma) beyond += 1;
      expect(Math.abs(velocity) / velocitySigma).toBeLessThan(7);
      expect(Math.abs(quick) / quickSigma).toBeLessThan(8.5);
    }
  }
  expect(looks).toBeGreaterThan(15_000);
  expect(beyond / looks).toBeLessThan(0.01);
});

test('the state is as large after forty thousand readings as after four thousand', () => {
  for (const stepS of [1, 600, 3600, dayS]) {
    const told = { creepMmPerS: 2 / dayS, noiseMm: 0.2 };
    const readings = inMs(slopeReadings(told, { untilS: 40_000 * stepS, stepS }, chance(1)), 0);
    const early = follow(readings.slice(0, 4000), config).state;
    const late = follow(readings.slice(4000), config, early).state;
    expect(JSON.stringify(late).length).toBeLessThan(4500);
    if (stepS > 1) expect(JSON.stringify(late).length).toBeLessThan(1.2 * JSON.stringify(early).length);
    expect(late.pace.series.tMs.length).toBeLessThanOrEqual(48);
  }
});

test('a stretch of calm noise does not make the next noise a jump (seed 684964)', () => {
  const told = { creepMmPerS: 0, noiseMm: 0.2 };
  const { state, motions } = follow(inMs(slopeReadings(told, { untilS: 4 * dayS, stepS: 60 }, chance(684_964)), 0));
  expect(state.level.offset).toBe(0);
  expect(Math.abs(motions.at(-1)!.velocity)).toBeLessThan(0.1);
});
