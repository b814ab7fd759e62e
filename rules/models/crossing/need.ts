import type { CrossingPlan } from './plan.ts';
import { placeOf, speedFloorMps, type Walker } from './walkers.ts';

/** Assumed of somebody whose speed is not known yet: 3.0 ft/s, the cross-check speed of MUTCD 2009 4E.06. */
const speedUnknownMps = 0.91;
/**
 * Nobody is counted on to go on running: the median of the ETH walkers and two standard deviations (1.47 ± 0.25 m/s).
 */
const speedCapMps = 2;
/** Who walks beside the way, not along it, is taken to turn and keep at least this share of the pace. */
const turningShare = 0.5;

/** With more time left than this a speed is waited for: 2 s for it (domain.md §3.6) and one for the controller. */
const speedWaitsS = 3;

/** One person on the road: distance left to the kerb ahead, the speed counted on, and the time that takes. */
export type Need = { id: number; leftM: number; speedMps: number; needS: number };

/**
 * What one person on the road needs: distance left / speed now, at least 0.3 m/s (domain.md §3.2). Who it is does not
 * matter.
 */
export function needOf(walker: Walker, atMs: number, plan: CrossingPlan): Need {
  const { along, ground, heading, id } = walker;
  const s = Math.min(plan.frame.lengthM, Math.max(0, placeOf(walker, atMs)));
  const leftM = heading === 1 ? plan.frame.lengthM - s : s;
  const walks = along === null || ground === null ? speedUnknownMps : Math.max(Math.abs(along), turningShare * ground);
  const speedMps = Math.min(speedCapMps, Math.max(speedFloorMps, walks));
  return { id, leftM, speedMps, needS: leftM / speedMps };
}

/**
 * Everybody on the road and what they need, the longest first. Who stepped out less than a second ago is judged once
 * there is a speed, unless the time left (`leftS`) is too short to wait for one.
 */
export function needsOf(walkers: readonly Walker[], leftS: number, atMs: number, plan: CrossingPlan): Need[] {
  const needs: Need[] = [];
  for (const walker of walkers)
    if (walker.role === 'road' && (walker.along !== null || leftS < speedWaitsS))
      needs.push(needOf(walker, atMs, plan));
  return needs.length < 2 ? needs : needs.sort((a, b) => b.needS - a.needS || a.leftM - b.leftM);
}

/**
 * How many wait, are on the road, leave it and have stopped on it, and the slowest on the road; -1 while no speed is
 * known.
 */
export function countOf(walkers: readonly Walker[], atMs: number, { stoppedAfterMs }: CrossingPlan) {
  let waiting = 0;
  let onCrossing = 0;
  let leaving = 0;
  let stopped = 0;
  let atKerb = 0;
  let slowest = Number.POSITIVE_INFINITY;
  for (const { role, ground, slowSinceMs } of walkers) {
    if (role === 'waiting') waiting += 1;
    else if (role === 'leaving') leaving += 1;
    if (role !== 'road') {
      atKerb += 1;
      continue;
    }
    onCrossing += 1;
    if (ground !== null) slowest = Math.min(slowest, ground);
    if (slowSinceMs >= 0 && atMs - slowSinceMs >= stoppedAfterMs) stopped += 1;
  }
  return {
    waiting,
    onCrossing,
    leaving,
    stopped,
    atKerb,
    slowest: slowest === Number.POSITIVE_INFINITY ? -1 : slowest,
  };
}
export type Count = ReturnType<typeof countOf>;
