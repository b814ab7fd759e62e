import type { Actor, ActorKind, Look, Waypoint } from './scene.ts';

type Place = readonly [x: number, y: number];
/** A stretch of a path: to a place at a speed, or standing for a time. */
export type Stretch = { to: Place; speedMps: number } | { standMs: number };

/** Waypoints from a start and stretches. */
export function path(startMs: number, from: Place, ...stretches: readonly Stretch[]): Waypoint[] {
  const points: Waypoint[] = [{ atMs: startMs, x: from[0], y: from[1] }];
  for (const stretch of stretches) {
    const { atMs, x, y } = points.at(-1)!;
    if ('standMs' in stretch) {
      points.push({ atMs: atMs + stretch.standMs, x, y });
      continue;
    }
    const [toX, toY] = stretch.to;
    const tookMs = (Math.hypot(toX - x, toY - y) / stretch.speedMps) * 1000;
    points.push({ atMs: atMs + tookMs, x: toX, y: toY });
  }
  return points;
}

/** Usual heights; somebody of 1.73 m in a wheelchair reaches 1.36 m. */
export const usualHeightM: Readonly<Record<ActorKind, number>> = {
  adult: 1.72,
  child: 1.15,
  wheelchair: 1.36,
  slow: 1.64,
  cyclist: 1.72,
  vehicle: 1.48,
  flame: 1.4,
  smoke: 3,
  beacon: 1.1,
  glint: 0.5,
  bin: 0.95,
  post: 3.4,
};

/** An actor of a kind with its usual height and a look by its id, unless said otherwise. */
export function actor(
  id: number,
  kind: ActorKind,
  about: {
    path: readonly Waypoint[];
    heightM?: number;
    seed?: number;
    facingDeg?: number;
    growthMs?: number;
    look?: Look;
  },
): Actor {
  return { id, kind, heightM: usualHeightM[kind], seed: id, ...about };
}

/** A vehicle that drives up to a stop line, waits there, and drives on; its path is of its middle. */
export function carThatStops(
  id: number,
  about: { startMs: number; from: Place; stopAt: Place; to: Place; waitMs: number; speedMps: number; look?: Look },
): Actor {
  const { startMs, from, stopAt, to, waitMs, speedMps, look } = about;
  const between = (a: Place, b: Place, share: number): Place => [
    a[0] + share * (b[0] - a[0]),
    a[1] + share * (b[1] - a[1]),
  ];
  // Braking and starting in three steps each, so that the truth stays piecewise linear.
  const slowing: Stretch[] = [
    { to: between(from, stopAt, 0.6), speedMps },
    { to: between(from, stopAt, 0.85), speedMps: speedMps * 0.6 },
    { to: stopAt, speedMps: speedMps * 0.25 },
  ];
  const starting: Stretch[] = [
    { to: between(stopAt, to, 0.1), speedMps: speedMps * 0.3 },
    { to: between(stopAt, to, 0.3), speedMps: speedMps * 0.65 },
    { to, speedMps },
  ];
  const way = path(startMs, from, ...slowing, { standMs: waitMs }, ...starting);
  return actor(id, 'vehicle', { path: way, ...(look && { look }) });
}
