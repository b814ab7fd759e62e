import type { Track } from '@tocsin/contracts';
import type { CrossingConfig } from './config.ts';

/**
 * People in the crossing's own frame: `s` metres along the walk from the first kerb, `across` metres beside its middle line.
 * Identities live as long as a track and are forgotten with it.
 */
export type Walker = {
  id: number;
  /** Samples of the last two seconds as [takenAtMs, s, across], oldest first. */
  path: [number, number, number][];
  /** 1 towards the far kerb, -1 back, once the person has moved clearly; before that, away from the kerb it came from. */
  heading: 1 | -1;
  firstAtMs: number;
};

/** Ground speed needs 1 to 2 s of positions, never frame differences (domain.md §3.6). */
const speedWindowMs = 2000;
const speedSpanMinMs = 1000;
const pathPointsMax = 32;
const walkersMax = 64;
/** Below this a walker's direction is noise. */
const headingFromMps = 0.3;

export type Frame = { lengthM: number; toS(xM: number, yM: number): [s: number, across: number] };

/** The crossing's own frame. */
export function frameOf({ from, to }: CrossingConfig): Frame {
  const dx = to[0] - from[0];
  const dy = to[1] - from[1];
  const lengthM = Math.hypot(dx, dy);
  return {
    lengthM,
    toS(xM, yM) {
      const px = xM - from[0];
      const py = yM - from[1];
      return [(px * dx + py * dy) / lengthM, (py * dx - px * dy) / lengthM];
    },
  };
}

/** Least-squares velocity along (`along`) and speed over ground, in m/s; undefined before a second of path. */
export function velocityOf({ path }: Walker): { along: number; speed: number } | undefined {
  const count = path.length;
  if (count < 3 || path[count - 1]![0] - path[0]![0] < speedSpanMinMs) return undefined;
  const originMs = path[count - 1]![0];
  const mean = [0, 0, 0];
  for (const [t, s, a] of path) {
    mean[0]! += (t - originMs) / count;
    mean[1]! += s / count;
    mean[2]! += a / count;
  }
  let below = 0;
  let alongSum = 0;
  let acrossSum = 0;
  for (const [t, s, a] of path) {
    const dt = t - originMs - mean[0]!;
    below += dt * dt;
    alongSum += dt * (s - mean[1]!);
    acrossSum += dt * (a - mean[2]!);
  }
  const along = (alongSum / below) * 1000;
  return { along, speed: Math.hypot(along, (acrossSum / below) * 1000) };
}

/** The walkers after one more picture; people it does not show are forgotten. */
export function follow(
  walkers: readonly Walker[],
  tracks: readonly Track[],
  takenAtMs: number,
  frame: Frame,
): Walker[] {
  return tracks.slice(0, walkersMax).map(({ id, xM, yM }) => {
    const [s, across] = frame.toS(xM, yM);
    const known = walkers.find((walker) => walker.id === id);
    const path = (known?.path ?? []).filter(([t]) => t >= takenAtMs - speedWindowMs && t < takenAtMs);
    // Denser pictures are thinned evenly: dropping every second keeps the two seconds.
    const kept = path.length < pathPointsMax ? path : path.filter((_, i) => i % 2 === 0);
    const heading = known?.heading ?? (s < frame.lengthM / 2 ? 1 : -1);
    const walker: Walker = {
      id,
      path: [...kept, [takenAtMs, s, across]],
      heading,
      firstAtMs: known?.firstAtMs ?? takenAtMs,
    };
    const along = velocityOf(walker)?.along ?? 0;
    return Math.abs(along) < headingFromMps ? walker : { ...walker, heading: along > 0 ? 1 : -1 };
  });
}
