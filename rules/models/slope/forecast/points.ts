import type { Motion } from '../motion-types.ts';

/**
 * Velocities of the recent past, one each quarter of a velocity window, oldest first: neighbours share at most three quarters of
 * their readings, so that five points are a trend and not one reading seen five times. Arrays of the same length.
 */
export type Points = {
  /** Middle of the velocity window, to which a mean velocity belongs. */
  tMs: number[];
  /** Velocity and its sigma, per day. */
  v: number[];
  s: number[];
  /** Instant and displacement at the newest end of the window. */
  atMs: number[];
  x: number[];
};

export const noPoints: Points = { tMs: [], v: [], s: [], atMs: [], x: [] };

/** As many points as a fit looks at: six long averages of 7 (Carlà et al. 2017, domain.md §1.2). */
export const pointsMax = 42;
const sharePerPoint = 4;

/** A quick velocity this many sigma above the one over the whole window shows that the window lags behind. */
const lagSigmas = 5;
/** Evaluations within the shortest window: three readings span two steps, and dense readings are looked at four times in it. */
const quickSteps = 3;

/**
 * The motion with a velocity that keeps up: where the newest part is clearly faster than the whole window, the newest part
 * alone, for a slope in its last days leaves every long window behind. Its window is about three steps.
 */
export function keepingUp(motion: Motion): Motion {
  const { velocity, velocitySigma, quick, quickSigma, stepMs, windowMs } = motion;
  const quickMs = quickSteps * stepMs;
  if (quickMs >= windowMs || quick - velocity <= lagSigmas * Math.hypot(velocitySigma, quickSigma)) return motion;
  return { ...motion, velocity: quick, velocitySigma: quickSigma, windowMs: quickMs };
}

/** Distance of points, ms. */
export function pointGapMs(motion: Motion): number {
  return Math.max(0.75 * motion.stepMs, motion.windowMs / sharePerPoint);
}

/** How many neighbouring points say the same because their windows overlap. */
export function overlap(points: Points, windowMs: number): number {
  const last = points.atMs.length - 1;
  if (last < 1) return 1;
  const gapMs = points.atMs[last]! - points.atMs[last - 1]!;
  return Math.max(1, Math.min(sharePerPoint, windowMs / gapMs / 2));
}

/** The points and one more; a full list joins its older half in pairs. */
export function addPoint(points: Points, motion: Motion): Points {
  const next = points.atMs.length >= pointsMax ? joinOlder(points) : from(points, 0);
  const last = next.tMs.length - 1;
  const middleMs = motion.atMs - motion.windowMs / 2;
  // A window that grows could put its middle before the one before; time must run forwards in a fit.
  next.tMs.push(last >= 0 ? Math.max(middleMs, next.tMs[last]! + (motion.atMs - next.atMs[last]!) / 8) : middleMs);
  next.v.push(motion.velocity);
  next.s.push(motion.velocitySigma);
  next.atMs.push(motion.atMs);
  next.x.push(motion.displacement);
  return next;
}

/** A copy from an index on. */
export function from({ tMs, v, s, atMs, x }: Points, index: number): Points {
  return { tMs: tMs.slice(index), v: v.slice(index), s: s.slice(index), atMs: atMs.slice(index), x: x.slice(index) };
}

function joinOlder(points: Points): Points {
  const half = pointsMax / 2;
  const mean = (list: number[]) => join(list, half, (a, b) => (a + b) / 2);
  const newer = (list: number[]) => join(list, half, (_, b) => b);
  return { tMs: mean(points.tMs), v: mean(points.v), s: mean(points.s), atMs: newer(points.atMs), x: newer(points.x) };
}

function join(list: number[], count: number, of: (a: number, b: number) => number): number[] {
  const joined: number[] = [];
  for (let i = 0; i + 1 < count; i += 2) joined.push(of(list[i]!, list[i + 1]!));
  for (let i = count - (count % 2); i < list.length; i += 1) joined.push(list[i]!);
  return joined;
}
