import type { Track } from '@tocsin/contracts';
import type { CrossingPlan } from './plan.ts';
import { extendPath, type Motion, motionOf, movePath } from './speed.ts';

/**
 * People at the crossing, in its own frame. `passing` by or just arrived at a kerb, `waiting` there, on the `road`, or
 * `leaving` it: past the far kerb or turned back. Identities live as long as a track and are forgotten with it.
 */
export type Walker = {
  id: number;
  role: 'passing' | 'waiting' | 'road' | 'leaving';
  /** Since when it has had this role. */
  sinceMs: number;
  firstAtMs: number;
  seenAtMs: number;
  /** Pictures that showed it, counted to three. */
  sightings: number;
  /** Fitted place when last seen: metres from the first kerb and beside the middle line. */
  s: number;
  across: number;
  /** m/s along the walk and over ground; null before a second of path. */
  along: number | null;
  ground: number | null;
  /** 1 towards the far kerb, -1 back; before it moved clearly, away from the nearer kerb. */
  heading: 1 | -1;
  /** Since when it has been slower than the floor on the road, or -1. */
  slowSinceMs: number;
  path: number[];
};

/** Slowest speed a prediction uses; below it somebody has stopped (domain.md §3.2). */
export const speedFloorMps = 0.3;
const walkersMax = 64;
/**
 * Survey error of a camera's ground points, 1 sigma (domain.md §3.6); who stands this close to the kerb line has
 * arrived.
 */
const surveyM = 0.2;
/** One is on the road this far beyond the kerb line. */
const kerbM = 2 * surveyM;
/** Somebody who strays this far beside the crossing is still on the road. */
const strayM = 1;
/** Somebody waits after standing in the area for this long (DfT TAL 5/05 confirms a call by presence). */
const waitsAfterMs = 1000;
/** Who came off the road and still stands there after the longest cancel delay (domain.md §3.3) waits. */
const leavesWithinMs = 4000;
/** Faster than this at the kerb one passes by; the slowest walkers with a cane reach 0.6 m/s (domain.md §3.1). */
const standsBelowMps = 0.5;
/** Trackers confirm a person by three pictures (SORT min_hits, domain.md §3.7). */
const confirmedBy = 3;
/** A fitted place may differ from the seen one by two standard errors of a position (domain.md §3.6). */
const fitAllowsM = 0.3;
/** Nobody covers more: a sprint and a second's worth of error; a track that does is somebody else. */
const jumpM = 1;
const sprintMps = 5;

/**
 * A new track this close to where a hidden person must be is that person: a body's width, and a change of pace since.
 */
const sameWithinM = 1;
const paceChangeMps = 1;

type Sight = { id: number; s: number; across: number };

/** Who matters in a picture: people on the crossing, close beside it, and in the waiting areas; each identity once. */
function sightsOf(tracks: readonly Track[], { frame, widthM, waitingM }: CrossingPlan): Sight[] {
  const { lengthM } = frame;
  const sights: Sight[] = [];
  const ids = new Set<number>();
  for (const { id, xM, yM } of tracks) {
    const [s, across] = frame.toS(xM, yM);
    const near = s >= -waitingM && s <= lengthM + waitingM && Math.abs(across) <= widthM / 2 + strayM;
    if (!near || ids.has(id)) continue;
    ids.add(id);
    sights.push({ id, s, across });
  }
  return sights;
}

function arrived({ id, s, across }: Sight, takenAtMs: number, { lengthM }: { lengthM: number }): Walker {
  const heading = s < lengthM / 2 ? 1 : -1;
  const at = { sinceMs: takenAtMs, firstAtMs: takenAtMs, seenAtMs: -1, slowSinceMs: -1 };
  return { id, role: 'passing', ...at, sightings: 0, s, across, along: null, ground: null, heading, path: [] };
}

function jumped({ s, across, seenAtMs }: Walker, sight: Sight, takenAtMs: number): boolean {
  const reachM = jumpM + (sprintMps * (takenAtMs - seenAtMs)) / 1000;
  return Math.abs(sight.s - s) > reachM || Math.abs(sight.across - across) > reachM;
}

function roleOf(walker: Walker, sight: Sight, motion: Motion | null, takenAtMs: number, plan: CrossingPlan) {
  const { role, sinceMs } = walker;
  const { s, across } = sight;
  const { lengthM } = plan.frame;
  if (role === 'road') {
    const edgeM = motion !== null && motion.ground < speedFloorMps ? surveyM : 0;
    return s <= edgeM || s >= lengthM - edgeM ? 'leaving' : role;
  }
  const beside = Math.abs(across) > plan.widthM / 2;
  if (!beside && s > kerbM && s < lengthM - kerbM) return 'road';
  // Without a pace yet, twice the time of a pace tells who stays.
  const stands = motion === null ? takenAtMs - sinceMs >= 2 * waitsAfterMs : motion.ground < standsBelowMps;
  if (role === 'passing' && !beside && stands && takenAtMs - sinceMs >= waitsAfterMs) return 'waiting';
  if (role === 'leaving' && !beside && stands && takenAtMs - sinceMs >= leavesWithinMs) return 'waiting';
  return role === 'waiting' && beside ? 'passing' : role;
}

function seen(walker: Walker, sight: Sight, takenAtMs: number, plan: CrossingPlan): Walker {
  let path = extendPath(walker.path, takenAtMs, sight.s, sight.across, walker.firstAtMs);
  let motion = motionOf(path, takenAtMs);
  const fitted = motion === null ? sight.s : motion.s;
  const s = Math.min(sight.s + fitAllowsM, Math.max(sight.s - fitAllowsM, fitted));
  const role = roleOf(walker, { id: sight.id, s, across: sight.across }, motion, takenAtMs, plan);
  if (role === 'road' && (walker.role === 'waiting' || walker.role === 'leaving')) {
    // Standing at the kerb before is no walking: the pace on the road is measured on the road.
    path = extendPath([], takenAtMs, sight.s, sight.across, walker.firstAtMs);
    motion = null;
  }
  const along = motion === null ? null : motion.along;
  const ground = motion === null ? null : motion.ground;
  const slow = role === 'road' && ground !== null && ground < speedFloorMps;
  return {
    id: sight.id,
    role,
    sinceMs: role === walker.role ? walker.sinceMs : takenAtMs,
    firstAtMs: walker.firstAtMs,
    seenAtMs: takenAtMs,
    sightings: Math.min(confirmedBy, walker.sightings + 1),
    s,
    across: sight.across,
    along,
    ground,
    heading: along === null || Math.abs(along) < speedFloorMps ? walker.heading : along > 0 ? 1 : -1,
    slowSinceMs: slow ? (walker.slowSinceMs < 0 ? takenAtMs : walker.slowSinceMs) : -1,
    path,
  };
}

/**
 * Metres from the first kerb at an instant: where it was seen, or while it is hidden where it must have walked on to.
 */
export function placeOf({ s, along, seenAtMs }: Walker, atMs: number): number {
  return atMs > seenAtMs && along !== null ? s + (along * (atMs - seenAtMs)) / 1000 : s;
}

/** True for somebody whose track vanished on the road, until walked off it or hidden for too long. */
function hides(walker: Walker, takenAtMs: number, plan: CrossingPlan): boolean {
  if (walker.role !== 'road' || walker.sightings < confirmedBy) return false;
  const s = placeOf(walker, takenAtMs);
  return takenAtMs - walker.seenAtMs <= plan.occlusionMs && s > 0 && s < plan.frame.lengthM;
}

/**
 * Gives each new track on the road the nearest hidden person it can be, nearest pair first; both lists lose the pairs.
 */
function reunite(fresh: Sight[], lost: Walker[], takenAtMs: number, plan: CrossingPlan): Walker[] {
  const pairs: { sight: Sight; walker: Walker; m: number }[] = [];
  for (const sight of fresh) {
    if (sight.s <= kerbM || sight.s >= plan.frame.lengthM - kerbM) continue;
    for (const walker of lost) {
      const m = Math.hypot(sight.s - placeOf(walker, takenAtMs), sight.across - walker.across);
      const gapS = (takenAtMs - walker.seenAtMs) / 1000;
      if (m <= sameWithinM + paceChangeMps * gapS) pairs.push({ sight, walker, m });
    }
  }
  pairs.sort((a, b) => a.m - b.m);
  const found: Walker[] = [];
  for (const { sight, walker } of pairs) {
    const [at, from] = [fresh.indexOf(sight), lost.indexOf(walker)];
    if (at < 0 || from < 0) continue;
    fresh.splice(at, 1);
    lost.splice(from, 1);
    // The step from one detection to the next was no walking: the pace stays that of the path.
    const path = movePath(walker.path, sight.s - placeOf(walker, takenAtMs), sight.across - walker.across);
    found.push(seen({ ...walker, path }, sight, takenAtMs, plan));
  }
  return found;
}

/** At most 64 people: those on the road first, then the nearest to it; the same whatever their order. */
function bounded(walkers: Walker[], { lengthM }: { lengthM: number }): Walker[] {
  if (walkers.length <= walkersMax) return walkers;
  const rank = ({ role, s }: Walker) => (role === 'road' ? lengthM : 0) + Math.min(s, lengthM - s);
  return walkers.sort((a, b) => rank(b) - rank(a) || a.across - b.across).slice(0, walkersMax);
}

/**
 * The people after one more picture. Who is hidden on the road is kept for a while, and a new track close by continues
 * it.
 */
export function follow(
  walkers: readonly Walker[],
  tracks: readonly Track[],
  takenAtMs: number,
  plan: CrossingPlan,
): Walker[] {
  const next: Walker[] = [];
  const fresh: Sight[] = [];
  const found = walkers.map(() => false);
  let hint = 0;
  for (const sight of sightsOf(tracks, plan)) {
    // Trackers keep their order from picture to picture, so the next one is usually the right one.
    const at = walkers[hint]?.id === sight.id ? hint : walkers.findIndex(({ id }) => id === sight.id);
    const walker = walkers[at];
    if (walker !== undefined) {
      found[at] = true;
      hint = at + 1;
    }
    if (walker !== undefined && !jumped(walker, sight, takenAtMs)) next.push(seen(walker, sight, takenAtMs, plan));
    else fresh.push(sight);
  }
  const out = walkers.filter((walker, i) => !found[i] && hides(walker, takenAtMs, plan));
  if (fresh.length > 0 && out.length > 0) next.push(...reunite(fresh, out, takenAtMs, plan));
  for (const sight of fresh) next.push(seen(arrived(sight, takenAtMs, plan.frame), sight, takenAtMs, plan));
  return bounded(out.length > 0 ? next.concat(out) : next, plan.frame);
}
