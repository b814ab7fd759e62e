import { type Chance, chance } from '@tocsin/simulators';
import { expect, test } from 'vitest';
import { firstMotion, type MotionConfig, move } from '../motion.ts';
import { emptyForecast, type Judgement, judge } from './forecast.ts';

/**
 * Families of slopes, told by a seed: failures by Voight's law with alpha 1.5–2.2 (domain.md §1.2) at samplings from a minute to a
 * day, and slides that do not fail: steady, seasonal, in steps, in bursts. What is measured is stated as it is, misses included.
 */
const dayMs = 86_400_000;
const hourMs = 3_600_000;
const minuteMs = 60_000;
const epochMs = Date.UTC(2031, 0, 1);
const many = process.env.TOCSIN_LONG === '1' ? 10 : 1;
const config: MotionConfig = { pointsMin: 4, danger: 'either' };

type Reading = [tMs: number, mm: number];
type Said = { atMs: number; judgement: Judgement };

function play(readings: readonly Reading[]): Said[] {
  let motionState = firstMotion(config);
  let state = emptyForecast;
  const said: Said[] = [];
  for (const [takenAtMs, value] of readings) {
    const moved = move(motionState, { value, takenAtMs }, config);
    motionState = moved.state;
    if (!moved.motion?.fresh) continue;
    const answer = judge(state, moved.motion, {});
    state = answer.state;
    said.push({ atMs: moved.motion.atMs, judgement: answer.judgement });
  }
  return said;
}

/** First time at which two of three evaluations, or one that may speak alone, reach a level (domain.md §1.8). */
function reached(said: readonly Said[], level: number): number | undefined {
  const at = said.findIndex(({ judgement }, i) => {
    if (judgement.indication < level) return false;
    const earlier = said.slice(Math.max(0, i - 2), i).some((other) => other.judgement.indication >= level);
    return earlier || (level === 3 && judgement.alone);
  });
  return said[at]?.atMs;
}

/** How often a level begins that two of three evaluations show, when it lasts for two more days each time (domain.md §1.8: dwell). */
function episodes(said: readonly Said[], level: number): number {
  let count = 0;
  let untilMs = Number.NEGATIVE_INFINITY;
  for (let i = 1; i < said.length; i += 1) {
    const shown = said.slice(Math.max(0, i - 2), i + 1).filter(({ judgement }) => judgement.indication >= level).length;
    if (shown < 2 || said[i]!.judgement.indication < level) continue;
    if (said[i]!.atMs > untilMs) count += 1;
    untilMs = Math.max(said[i]!.atMs + 2 * dayMs, said[i + 1]?.atMs ?? 0);
  }
  return count;
}

/** A number between two, equally likely in every decade. */
function between(luck: Chance, low: number, high: number): number {
  return low * (high / low) ** luck.next();
}

function readingsOf(
  luck: Chance,
  { stepMs, lengthMs, noise }: { stepMs: number; lengthMs: number; noise: number },
  mm: (tMs: number) => number,
) {
  const readings: Reading[] = [];
  for (let tMs = 0; tMs < lengthMs; tMs += stepMs)
    readings.push([epochMs + tMs, Math.round((mm(tMs) + luck.gauss() * noise) * 100) / 100]);
  return readings;
}

const failures = [
  { name: 'daily', stepMs: dayMs, days: [20, 90], mmPerD: [15, 200], share: 0.7 },
  { name: 'hourly', stepMs: hourMs, days: [2, 30], mmPerD: [15, 300], share: 0.85 },
  { name: 'ten minutes', stepMs: 10 * minuteMs, days: [0.5, 5], mmPerD: [30, 1000], share: 0.8 },
  { name: 'a minute', stepMs: 2 * minuteMs, days: [0.2, 1], mmPerD: [100, 5000], share: 0.8 },
] as const;

/** Acceleration for `spanMs` after a uniform stage; the velocity a fourteenth of it before failure is drawn, v0 follows. */
function failing(family: (typeof failures)[number], seed: number) {
  const luck = chance(`${family.name}/${seed}`);
  const spanMs = between(luck, family.days[0], family.days[1]) * dayMs;
  const power = 1 / (0.5 + 0.7 * luck.next());
  const v0 = between(luck, family.mmPerD[0], family.mmPerD[1]) / 14 ** power;
  const steadyMs = Math.max(spanMs * (0.3 + 1.7 * luck.next()), 12 * family.stepMs, 8 * hourMs);
  const noise = Math.min(3, Math.max(0.02, (v0 * spanMs) / dayMs / between(luck, 20, 300)));
  const mm = (tMs: number) => {
    if (tMs <= steadyMs) return (v0 * tMs) / dayMs;
    const left = 1 - (tMs - steadyMs) / spanMs;
    const gained = Math.abs(power - 1) < 1e-6 ? -Math.log(left) : (left ** (1 - power) - 1) / (power - 1);
    return (v0 * (steadyMs + spanMs * gained)) / dayMs;
  };
  const lengthMs = steadyMs + spanMs * 0.995;
  const failureMs = epochMs + steadyMs + spanMs;
  return { spanMs, failureMs, readings: readingsOf(luck, { stepMs: family.stepMs, lengthMs, noise }, mm) };
}

test.each(failures)('$name readings: failures are red in time and not too early', (family) => {
  const count = 30 * many;
  let inTime = 0;
  let early = 0;
  let orange = 0;
  for (let seed = 0; seed < count; seed += 1) {
    const { spanMs, failureMs, readings } = failing(family, seed);
    const said = play(readings);
    // Oracle S5 (24 h to 7 d) scaled to the story: a fourteenth to a half of the acceleration.
    const leadMin = Math.min(dayMs, spanMs / 14);
    const leadMax = Math.min(7 * dayMs, spanMs / 2);
    const lead = failureMs - (reached(said, 3) ?? failureMs);
    if (lead > leadMax) early += 1;
    else if (lead >= leadMin) inTime += 1;
    if (failureMs - (reached(said, 2) ?? failureMs) >= leadMin) orange += 1;
  }
  if (process.env.TOCSIN_SHOW) console.log(family.name, { count, inTime, early, orange });
  expect(inTime / count).toBeGreaterThanOrEqual(family.share);
  expect(early / count).toBeLessThanOrEqual(0.15);
  expect(orange / count).toBeGreaterThanOrEqual(0.9);
});

type Quiet = { stepMs: number; days: number; noise: number; mm: (tMs: number) => number };

/** Displacement of steps of the reservoir kind: 1 − e^−x (1 + x), x in units of the step's length. */
function stepsMm(steps: readonly { atMs: number; sizeMm: number; lengthMs: number }[], tMs: number): number {
  let mm = 0;
  for (const { atMs, sizeMm, lengthMs } of steps) {
    const x = (tMs - atMs) / lengthMs;
    if (x > 0) mm += sizeMm * (1 - Math.exp(-x) * (1 + x));
  }
  return mm;
}

/** `reds` is the share of series with a red, `oranges` the most orange episodes per sensor-year (oracle S6: 0 and 1). */
const quiet: { name: string; count: number; reds: number; oranges: number; story: (luck: Chance) => Quiet }[] = [
  {
    name: 'steady creep, hourly for three months',
    count: 12,
    reds: 0,
    oranges: 1,
    story: (luck) => {
      const v = between(luck, 0.05, 20);
      return { stepMs: hourMs, days: 90, noise: between(luck, 0.02, 1), mm: (tMs) => (v * tMs) / dayMs };
    },
  },
  {
    name: 'monthly surveys of a reservoir slide with a step a year',
    count: 40,
    reds: 0,
    oranges: 1,
    story: (luck) => {
      const v = between(luck, 0.03, 0.6);
      const steps = Array.from({ length: 8 }, (_, year) => ({
        atMs: (year + 0.4 + 0.15 * luck.next()) * 365 * dayMs,
        sizeMm: between(luck, 50, 500),
        lengthMs: between(luck, 8, 30) * dayMs,
      }));
      return {
        stepMs: 30.4 * dayMs,
        days: 2920,
        noise: between(luck, 1, 4),
        mm: (tMs) => (v * tMs) / dayMs + stepsMm(steps, tMs),
      };
    },
  },
  {
    name: 'a daily extensometer that moves in steps every one or two weeks',
    count: 20,
    reds: 0.05,
    oranges: 1.2,
    story: (luck) => {
      const v = between(luck, 0.1, 2);
      const usual = between(luck, 3, 40);
      const steps: { atMs: number; sizeMm: number; lengthMs: number }[] = [];
      for (let atMs = 20 * dayMs; atMs < 365 * dayMs; atMs += (4 + luck.wait(8)) * dayMs)
        steps.push({ atMs, sizeMm: usual * between(luck, 0.5, 2), lengthMs: between(luck, 0.3, 3) * dayMs });
      return {
        stepMs: dayMs,
        days: 365,
        noise: between(luck, 0.05, 1),
        mm: (tMs) => (v * tMs) / dayMs + stepsMm(steps, tMs),
      };
    },
  },
  {
    name: 'daily GNSS of a slide whose velocity follows the year',
    count: 15,
    reds: 0,
    oranges: 1,
    story: (luck) => {
      const v = between(luck, 0.3, 20);
      const swing = 0.8 * luck.next();
      const year = 365 / (2 * Math.PI);
      const mm = (tMs: number) => v * (tMs / dayMs - swing * year * Math.cos(tMs / dayMs / year));
      return { stepMs: dayMs, days: 730, noise: between(luck, 0.05, 2), mm };
    },
  },
  {
    name: 'rain bursts that speed a slope up to three to ten times and die down, hourly',
    count: 12,
    reds: 0.1,
    oranges: 5,
    story: (luck) => {
      const v = between(luck, 0.2, 3);
      const bursts: { atMs: number; factor: number; riseMs: number; decayMs: number }[] = [];
      for (let atMs = 15 * dayMs; atMs < 90 * dayMs; atMs += (8 + luck.wait(10)) * dayMs)
        bursts.push({
          atMs,
          factor: between(luck, 2, 9),
          riseMs: between(luck, 3, 48) * hourMs,
          decayMs: between(luck, 0.5, 8) * dayMs,
        });
      const mm = (tMs: number) => {
        let days = tMs / dayMs;
        for (const { atMs, factor, riseMs, decayMs } of bursts) {
          const since = tMs - atMs;
          if (since <= 0) continue;
          const rising = Math.min(since, riseMs);
          const falling = Math.max(0, since - riseMs);
          days += (factor * (rising ** 2 / (2 * riseMs) + decayMs * (1 - Math.exp(-falling / decayMs)))) / dayMs;
        }
        return v * days;
      };
      return { stepMs: hourMs, days: 90, noise: between(luck, 0.02, 0.5), mm };
    },
  },
];

test.each(quiet)('no failure is seen in $name', ({ name, count, reds, oranges, story }) => {
  const total = count * many;
  let red = 0;
  let orange = 0;
  let years = 0;
  for (let seed = 0; seed < total; seed += 1) {
    const luck = chance(`${name}/${seed}`);
    const { mm, ...sampling } = story(luck);
    const said = play(readingsOf(luck, { ...sampling, lengthMs: sampling.days * dayMs }, mm));
    if (reached(said, 3) !== undefined) red += 1;
    orange += episodes(said, 2);
    years += sampling.days / 365;
  }
  if (process.env.TOCSIN_SHOW) console.log(name, { total, red, orangePerYear: orange / years });
  expect(red / total).toBeLessThanOrEqual(reds);
  expect(orange / years).toBeLessThanOrEqual(oranges);
});
