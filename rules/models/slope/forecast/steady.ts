/**
 * The steady rate v0 of the uniform stage: five or more evaluations with a small coefficient of variation that do not accelerate
 * (domain.md §1.4), frozen from then on, so that slow acceleration cannot carry it upwards. What changes it:
 * - a steady stretch of ten points at a clearly lower rate: the uniform stage is the lowest steady stretch known;
 * - thirty steady points at a higher rate after the velocity came down to it: a regressive phase that settled;
 * - nothing else: a slope that speeds up in stairs keeps the v0 from which it started.
 * A record that begins in acceleration has no steady stretch; then the slowest five of its first points stand in, unsure.
 */
export type Steady = {
  /** Mean velocity of the uniform stage, its noise, and the coefficient of variation there; `points` is 0 before it is known. */
  rate: number;
  sigma: number;
  variation: number;
  points: number;
  /** False where the slowest stretch stands in for a steady one. */
  sure: boolean;
  /** Sums over the present steady run: count, v, v², index · v, sigma. */
  run: [count: number, sum: number, squares: number, moments: number, sigmas: number];
  /** Newest four velocities, the lowest mean of five, points heard, and the highest velocity since v0 was found. */
  recent: number[];
  lowest: number;
  heard: number;
  highest: number;
};

export const unknownSteady: Steady = {
  rate: 0,
  sigma: 0,
  variation: 0,
  points: 0,
  sure: false,
  run: [0, 0, 0, 0, 0],
  recent: [],
  lowest: 0,
  heard: 0,
  highest: 0,
};

/** Points of a first steady stretch (domain.md §1.4), of a lower one, and of a settled one (a month of days). */
const pointsFirst = 5;
const pointsLower = 10;
const pointsSettled = 30;
/** Longest run that is looked at as one. */
const pointsRun = 60;
/** A record that shows no steady stretch in so many points begins in acceleration: twice the short average beyond five. */
const pointsPatience = 8;
/** Largest coefficient of variation and change over a stretch that is still called uniform, as shares of its mean. */
const variationMax = 0.25;
const changeMax = 0.15;
/** A point further from the mean of the run begins another one. */
const strayMax = 0.5;
/** Lower by a fifth, and higher by half before it settled, are changes and no scatter. */
const lowerShare = 0.8;
const settledShare = 1.5;

/** Learns from one more point; velocity `v` and its `sigma` per day, `shared` points that say the same. */
export function learnSteady(steady: Steady, v: number, sigma: number, shared: number): Steady {
  const run = extend(steady.run, v, sigma);
  const next = { ...steady, run, heard: Math.min(steady.heard + 1, 1000), highest: Math.max(steady.highest, v) };
  if (steady.points === 0) slowest(next, steady, v);
  const found = uniform(run, shared);
  if (found === undefined) {
    // What was long and is not uniform lets go of its past, so that a phase that settles is seen from where it settled.
    if (run[0] >= pointsLower) next.run = extend([0, 0, 0, 0, 0], v, sigma);
    return standIn(next, sigma, shared);
  }
  const count = run[0];
  const clearly = 3 * Math.hypot(found.sigma, steady.sigma);
  const first = steady.points === 0 && count >= pointsFirst;
  const lower =
    steady.points > 0 &&
    count >= (steady.sure ? pointsLower : pointsFirst) &&
    found.rate < Math.min(steady.rate * lowerShare, steady.rate - clearly);
  const settled =
    count >= pointsSettled && found.rate > steady.rate + clearly && steady.highest > settledShare * found.rate;
  if (first || lower || settled) return { ...next, ...found, sure: true, points: count, highest: v };
  return next;
}

function extend(run: Steady['run'], v: number, sigma: number): Steady['run'] {
  const [count, sum, squares, moments, sigmas] = run;
  const stray = count > 0 && Math.abs(v - sum / count) > Math.max((strayMax * Math.abs(sum)) / count, 3 * sigma);
  if (stray || count >= pointsRun) return [1, v, v * v, 0, sigma];
  return [count + 1, sum + v, squares + v * v, moments + count * v, sigmas + sigma];
}

/** Mean of a run that is uniform; undefined where it scatters, speeds up or is too short. */
function uniform(run: Steady['run'], shared: number) {
  const [count, sum, squares, moments, sigmas] = run;
  if (count < pointsFirst) return undefined;
  const rate = sum / count;
  const noise = sigmas / count;
  const scatter = Math.sqrt(Math.max(0, squares / count - rate * rate));
  if (scatter > Math.max(variationMax * Math.abs(rate), 1.5 * noise)) return undefined;
  const change = (12 * (moments - ((count - 1) / 2) * sum)) / (count * (count + 1));
  const changeNoise = Math.max(noise, scatter) * Math.sqrt((12 * (count - 1) * shared) / (count * (count + 1)));
  if (Math.abs(change) > Math.max(changeMax * Math.abs(rate), 2 * Math.min(changeNoise, noise * 2))) return undefined;
  const sigma = Math.max(noise, scatter) * Math.sqrt(Math.min(1, shared / count));
  const variation = rate > 0 ? Math.max(noise, scatter) / rate : 0;
  return { rate, sigma, variation };
}

/** Follows, in place, the lowest mean of five points in a row. */
function slowest(next: Steady, { recent, lowest, heard }: Steady, v: number): void {
  if (recent.length >= pointsFirst - 1) {
    const mean = recent.reduce((sum, x) => sum + x, v) / pointsFirst;
    next.lowest = heard < pointsFirst ? mean : Math.min(lowest, mean);
  }
  next.recent = [...recent.slice(-(pointsFirst - 2)), v];
}

function standIn(next: Steady, sigma: number, shared: number): Steady {
  if (next.points > 0 || next.heard < pointsPatience) return next;
  const noise = sigma * Math.sqrt(Math.min(1, shared / pointsFirst));
  return {
    ...next,
    rate: next.lowest,
    sigma: noise,
    variation: 1,
    points: pointsFirst,
    sure: false,
    highest: next.lowest,
  };
}
