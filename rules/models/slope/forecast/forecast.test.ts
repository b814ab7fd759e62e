import { chance } from '@tocsin/simulators';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Motion } from '../motion-types.ts';
import { emptyForecast, type Forecast, type Judgement, judge } from './forecast.ts';
import type { ForecastConfig } from './forecast-config.ts';
import { lifeDrift } from './life.ts';
import { saitoTertiaryMs } from './saito.ts';
import { tangentDeg } from './tangent.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const epochMs = Date.UTC(2031, 0, 1);

/** Evaluations of a sensor whose velocity is known: one a step, windows that do not overlap. */
function motions(
  velocities: readonly number[],
  { stepMs = dayMs, share = 0.001, noise = 0.01, fromMs = epochMs } = {},
): Motion[] {
  let displacement = 0;
  return velocities.map((velocity, i) => {
    displacement += (velocity * stepMs) / dayMs;
    const sigma = Math.max(share * Math.abs(velocity), 1e-6);
    return {
      atMs: fromMs + (i + 1) * stepMs,
      displacement,
      velocity,
      velocitySigma: sigma,
      quick: velocity,
      quickSigma: sigma,
      noise,
      windowMs: stepMs,
      stepMs,
      fresh: true,
    };
  });
}

function play(heard: readonly Motion[], config: ForecastConfig = {}): { said: Judgement[]; state: Forecast } {
  let state = emptyForecast;
  const said = heard.map((motion) => {
    const answer = judge(state, motion, config);
    state = answer.state;
    return answer.judgement;
  });
  return { said, state };
}

const times = (count: number, velocity: number) => Array.from({ length: count }, () => velocity);

/** Mean velocities of steps of 1/v exactly linear: v0 until the onset, failure `life` steps after it. */
function linear(v0: number, steady: number, life: number, count: number): number[] {
  return [...times(steady, v0), ...Array.from({ length: count }, (_, i) => (v0 * life) / (life - (i + 0.5)))];
}

test('oracle S1: with 1/v exactly linear the failure time is right within one per cent of the lead', () => {
  for (const [v0, life, stepMs] of [
    [1, 40, dayMs],
    [0.5, 25, dayMs],
    [20, 30, 10 * 60_000],
    [3, 60, hourMs],
  ] as const) {
    const { said } = play(motions(linear(v0, 10, life, life - 2), { stepMs }));
    let checked = 0;
    said.forEach((judgement, i) => {
      const leadMs = (10 + life - (i + 1)) * stepMs;
      if (judgement.failureInMs === undefined || judgement.trend !== 1) return;
      checked += 1;
      expect(Math.abs(judgement.failureInMs - leadMs) / leadMs, `life ${life}, step ${i}`).toBeLessThan(0.01);
    });
    expect(checked, `life ${life}`).toBeGreaterThan(life / 4);
  }
});

test('oracle S2: with a tenth of noise and 20 points the failure window holds the failure in 80 % of seeds', () => {
  const errors: number[] = [];
  let held = 0;
  for (let seed = 0; seed < 200; seed += 1) {
    const luck = chance(`s2/${seed}`);
    const clean = linear(2, 10, 26, 20);
    const { said } = play(
      motions(
        clean.map((v) => v * (1 + 0.1 * luck.gauss())),
        { share: 0.1 },
      ),
    );
    const {
      failureInMs,
      failureFromMs = 0,
      failureToMs = 0,
    } = [...said].reverse().find((j) => j.failureInMs !== undefined)!;
    const at = said.length - 1 - [...said].reverse().findIndex((j) => j.failureInMs !== undefined);
    const leadMs = (36 - (at + 1)) * dayMs;
    errors.push(Math.abs(failureInMs! - leadMs) / leadMs);
    if (failureFromMs <= leadMs && leadMs <= failureToMs) held += 1;
  }
  errors.sort((a, b) => a - b);
  expect(errors[100]).toBeLessThan(0.15);
  expect(held).toBeGreaterThanOrEqual(160);
});

test.each([
  [5.6, 1],
  [5.8, 2],
  [11.3, 2],
  [11.5, 3],
])('oracle S3: %s times the steady rate held for three samples is level %s', (ratio, level) => {
  for (const v0 of [0.5, 1, 10]) {
    const alone = play(motions([...times(10, v0), ...times(3, ratio * v0)])).said;
    expect(alone.at(-1)!.indication, `jump from ${v0}`).toBe(level);
    const stairs = [5.6, 5.8, 11.3, 11.5].filter((step) => step <= ratio).flatMap((step) => times(3, step * v0));
    expect(play(motions([...times(10, v0), ...stairs])).said.at(-1)!.indication, `stairs from ${v0}`).toBe(level);
  }
});

test('80 and 85 degrees are 5.67 and 11.43 times the steady rate', () => {
  expect(tangentDeg(5.671, 1)).toBeCloseTo(80, 2);
  expect(tangentDeg(11.43, 1)).toBeCloseTo(85, 2);
  expect(tangentDeg(-3, 1)).toBe(0);
});

test('a failure that comes is yellow, then orange, then red before it, with reasons that carry numbers', () => {
  const { said } = play(motions(linear(1, 15, 40, 39)));
  const first = (level: number) => said.findIndex(({ indication }) => indication >= level);
  expect(first(1)).toBeGreaterThan(15);
  expect(first(1)).toBeLessThanOrEqual(first(2));
  expect(first(2)).toBeLessThan(first(3));
  const leadDays = 15 + 40 - (first(3) + 1);
  expect(leadDays).toBeGreaterThanOrEqual(1);
  expect(leadDays).toBeLessThanOrEqual(7);
  expect(said.at(-1)!.reasons.join(' ')).toMatch(/tangent angle [\d.]+°.*failure in .* to .*R²/);
  expect(said.at(-1)!.confidence).toBeGreaterThan(said[3]!.confidence);
});

test('a burst that speeds the slope up and dies down is not red while it falls, says why, and predicts nothing', () => {
  const burst = Array.from({ length: 30 }, (_, i) => 1 + 14 * (i < 3 ? (i + 1) / 3 : Math.exp(-(i - 2) / 6)));
  const { said } = play(motions([...times(15, 1), ...burst]));
  const falling = said.slice(15 + 4);
  for (const { indication, failureInMs, alone } of falling) {
    expect(indication).toBeLessThan(3);
    expect(failureInMs).toBeUndefined();
    expect(alone).toBe(false);
  }
  expect(falling[0]!.trend).toBe(-1);
  expect(falling[0]!.reasons.join(' ')).toContain('regressive');
  expect(said.at(-1)!.indication).toBe(0);
});

test('a step no faster than those before is not even orange', () => {
  const step = [2, 8, 14, 15, 9, 3, 1.2];
  const { said } = play(motions(times(4, 0).flatMap(() => [...times(12, 1), ...step])));
  const lastStep = said.slice(-step.length);
  expect(Math.max(...lastStep.map(({ indication }) => indication))).toBe(1);
  expect(lastStep.flatMap(({ reasons }) => reasons).join(' ')).toContain('came back from');
});

test.each([0.24, 0.4])('a slope of %s mm/d is not red at ten times its rate, because that is harmless', (v0) => {
  const { said } = play(motions([...times(20, v0), ...times(4, 0.9 * v0), ...times(6, 10 * v0)]));
  expect(Math.max(...said.map(({ indication }) => indication))).toBeLessThan(3);
});

test('monthly readings never carry a red by ratio', () => {
  const months = { stepMs: 30 * dayMs };
  const { said } = play(motions([...times(10, 0.2), 1, 4, 8, 10, 3, 0.5, ...times(8, 0.2)], months));
  expect(Math.max(...said.map(({ indication }) => indication))).toBe(2);
});

test('without a steady rate above its noise there is no angle, never 45 degrees', () => {
  const luck = chance('no v0');
  const quiet = motions(times(20, 0).map(() => 0.2 * luck.gauss())).map((motion) => ({
    ...motion,
    velocitySigma: 0.2,
    quickSigma: 0.2,
  }));
  for (const { angleDeg, steady } of play(quiet).said) {
    expect(angleDeg).toBeUndefined();
    expect(steady).toBeUndefined();
  }
  // What is faster than anything hidden in the noise is still seen: the ratio has a lower bound.
  const rises = motions(
    [1, 2, 4, 8, 16].map((v) => v),
    { fromMs: quiet.at(-1)!.atMs },
  );
  const { said } = play([...quiet, ...rises]);
  expect(said.at(-1)!.indication).toBeGreaterThanOrEqual(2);
  expect(said.at(-1)!.reasons[0]).toContain('at least');
});

test('slow acceleration does not carry the steady rate with it', () => {
  const { said } = play(motions([...times(8, 1), ...Array.from({ length: 150 }, (_, i) => 1.02 ** i)]));
  expect(said.at(-1)!.steady).toBeCloseTo(1, 1);
});

test('a regressive phase that settles at another rate is learned after thirty points', () => {
  const settling = Array.from({ length: 20 }, (_, i) => 3 + 10 * Math.exp(-i / 4));
  const { said } = play(motions([...times(10, 1), ...settling, ...times(45, 3)]));
  expect(said[35]!.steady).toBeCloseTo(1, 6);
  expect(said.at(-1)!.steady).toBeCloseTo(3, 0);
  expect(said.at(-1)!.indication).toBe(0);
});

test('a record that begins in acceleration takes its slowest stretch, with less confidence', () => {
  const growing = play(motions(Array.from({ length: 14 }, (_, i) => 2 * 1.25 ** i))).said.at(-1)!;
  const known = play(motions([...times(10, 2), ...Array.from({ length: 14 }, (_, i) => 2 * 1.25 ** i)])).said.at(-1)!;
  expect(growing.steady).toBeGreaterThan(2);
  expect(growing.steady).toBeLessThan(2 * 1.25 ** 3);
  expect(growing.confidence).toBeLessThan(known.confidence);
});

test('tilt has its own levels: 0.01 and 0.1 degrees per hour', () => {
  const tilt = (v: number) =>
    play(motions([...times(8, 0.22), ...times(3, v)]), { unit: 'deg' }).said.at(-1)!.indication;
  expect([0.22, 0.235, 0.25, 2.45].map(tilt)).toEqual([0, 0, 1, 2]);
});

test('the site may say the steady rate, the floor and the time it needs', () => {
  const run = motions(times(6, 12));
  expect(play(run, { steadyRate: 2 }).said.at(-1)!).toMatchObject({ steady: 2, indication: 2 });
  expect(play(run, { steadyRate: 1 }).said.at(-1)!.indication).toBe(3);
  expect(play(run, { steadyRate: 1, redFloor: 20 }).said.at(-1)!.indication).toBeLessThan(3);
});

test('Saito: three equal displacement steps give the time that is left', () => {
  // x = ln(1 / (tf − t)) has equal steps at tf − t = 8, 4, 2: the third is 2 before failure; the formula says 8 · 4 / 2 …
  expect(saitoTertiaryMs(4, 6)! + 6).toBeCloseTo(8, 6);
  expect(saitoTertiaryMs(3, 6)).toBeUndefined();
  expect(saitoTertiaryMs(2, 6)).toBeUndefined();
});

test('life expectancy that falls 1:1 has no drift, exponential growth drifts with time', () => {
  const atMs = [0, 1, 2, 3, 4];
  expect(lifeDrift({ atMs, tfMs: atMs.map(() => 10) })).toBeCloseTo(0, 9);
  expect(lifeDrift({ atMs, tfMs: atMs.map((t) => t + 3) })).toBeCloseTo(1, 9);
});

test('an evaluation within the step of the one before repeats its judgement and keeps the state', () => {
  const [first, ...rest] = motions(linear(1, 10, 30, 28));
  const { state } = play([first!, ...rest]);
  const again = judge(state, { ...rest.at(-1)!, atMs: rest.at(-1)!.atMs + 1000, fresh: false }, {});
  expect(again.state).toBe(state);
  expect(again.judgement).toBe(state.last);
});

test('the state is plain, bounded JSON whatever the length of history', () => {
  const luck = chance('long');
  const { state } = play(motions(times(3000, 1).map(() => Math.exp(luck.gauss()))));
  expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  expect(JSON.stringify(state).length).toBeLessThan(8000);
});

const story = fc.array(fc.double({ min: 0.2, max: 60, noNaN: true }), { minLength: 12, maxLength: 40 });

test('shifting all times shifts nothing else', () => {
  fc.assert(
    fc.property(story, fc.integer({ min: -1e10, max: 1e10 }), (velocities, shift) => {
      const here = play(motions(velocities)).said;
      const there = play(motions(velocities, { fromMs: epochMs + shift })).said;
      expect(there.map(({ indication, trend }) => [indication, trend])).toEqual(
        here.map(({ indication, trend }) => [indication, trend]),
      );
    }),
    { numRuns: 60, seed: 11 },
  );
});

/**
 * The order that is promised: against the same steady rate, a rise told k ≥ 1 times faster by an instrument whose noise is in
 * proportion is never judged milder, at any of its evaluations. A v0 that is learned scales with the story, and what a sensor came
 * back from does too: that memory may judge the second of two equal bursts milder, which is its purpose.
 */
test('a faster rise is never judged milder against the same steady rate', () => {
  fc.assert(
    fc.property(story, fc.double({ min: 1, max: 20, noNaN: true }), (velocities, factor) => {
      const rise = [...velocities].sort((a, b) => a - b);
      const slow = play(motions(rise), { steadyRate: 1 }).said;
      const fast = play(motions(rise.map((v) => v * factor)), { steadyRate: 1 }).said;
      slow.forEach(({ indication }, i) => {
        expect(fast[i]!.indication, `evaluation ${i}`).toBeGreaterThanOrEqual(indication);
      });
    }),
    { numRuns: 300, seed: 12 },
  );
});

test('red stays as long as the velocity does not fall, whatever the fit makes of a jump', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 1, max: 9, noNaN: true }), { minLength: 1, maxLength: 6 }), (jumps) => {
      const rise = linear(1, 15, 40, 38);
      for (const jump of jumps) rise.push(rise.at(-1)! * jump);
      const { said } = play(motions(rise));
      const first = said.findIndex(({ indication }) => indication === 3);
      expect(first).toBeGreaterThan(0);
      for (const { indication } of said.slice(first)) expect(indication).toBe(3);
    }),
    { numRuns: 60, seed: 13 },
  );
});
