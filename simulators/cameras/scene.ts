/**
 * A story in front of a camera as data: actors with paths in metres. The truth at an instant is exact arithmetic on
 * these data; nothing here draws. Paths are straight from waypoint to waypoint, so a speed is constant on each
 * stretch.
 */
export const actorKinds = [
  'adult',
  'child',
  'wheelchair',
  'slow',
  'cyclist',
  'vehicle',
  'flame',
  'smoke',
  'beacon',
  'glint',
  'bin',
  'post',
] as const;
/**
 * `slow` walks with a walker or a stick; `beacon` blinks orange, `glint` is the sun in a pane; `bin` and `post` only
 * stand in the way.
 */
export type ActorKind = (typeof actorKinds)[number];

/** A place and when the actor is there. */
export type Waypoint = { atMs: number; x: number; y: number };

/** What the seed of the looks would otherwise choose. */
export type Look = {
  /** Of coat, shirt or car; sRGB 0…255. */
  colour?: readonly [number, number, number];
  /** What a slow walker leans on. */
  aid?: 'walker' | 'stick';
  isHiVis?: boolean;
};

export type Actor = {
  id: number;
  kind: ActorKind;
  /**
   * Height of the top over the ground: of a person as they are (about 1.36 in a wheelchair), of a flame when it is
   * full-grown.
   */
  heightM: number;
  /** Chooses face, clothes, build, gait and flicker. */
  seed: number;
  /**
   * At least one waypoint, in the order of time. Present from the first to the last; one waypoint alone stands there
   * for ever.
   */
  path: readonly Waypoint[];
  /** Direction faced before the first step and without one, degrees counter-clockwise from +x. */
  facingDeg?: number;
  /** A flame or smoke grows to its full size over this time. */
  growthMs?: number;
  look?: Look;
};

export type Scene = { actors: readonly Actor[] };

/** Where an actor is and how it moves at an instant. */
export type Standing = {
  actor: Actor;
  x: number;
  y: number;
  speedMps: number;
  headingDeg: number;
  /** Walked since the first waypoint, metres: what drives legs and wheels. */
  walkedM: number;
  sinceStartMs: number;
};

const degrees = (radians: number): number => (radians * 180) / Math.PI;

/** Where one actor is; undefined while it is not in the scene. */
export function standingOf(actor: Actor, tMs: number): Standing | undefined {
  const { path } = actor;
  const first = path[0];
  const last = path.at(-1);
  if (first === undefined || last === undefined || tMs < first.atMs) return undefined;
  if (path.length > 1 && tMs > last.atMs) return undefined;
  let walkedM = 0;
  let headingDeg = actor.facingDeg;
  let at = { x: first.x, y: first.y, speedMps: 0 };
  for (let i = 1; i < path.length; i += 1) {
    const [a, b] = [path[i - 1]!, path[i]!];
    const lengthM = Math.hypot(b.x - a.x, b.y - a.y);
    const moves = lengthM > 1e-9;
    // Who waits looks the way they came, and before their first step where they will go.
    if (moves && (tMs >= a.atMs || headingDeg === undefined)) headingDeg = degrees(Math.atan2(b.y - a.y, b.x - a.x));
    if (tMs < a.atMs) {
      if (moves) break;
      continue;
    }
    const share = b.atMs > a.atMs ? Math.min(1, (tMs - a.atMs) / (b.atMs - a.atMs)) : 1;
    const isOver = share === 1 && i < path.length - 1;
    const speedMps = isOver || b.atMs === a.atMs ? 0 : (lengthM * 1000) / (b.atMs - a.atMs);
    at = { x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y), speedMps };
    walkedM += share * lengthM;
  }
  return { actor, ...at, headingDeg: headingDeg ?? 0, walkedM, sinceStartMs: tMs - first.atMs };
}

/** Everybody and everything in the scene at an instant, exactly. */
export function actorsAt(scene: Scene, tMs: number): Standing[] {
  return scene.actors.flatMap((actor) => standingOf(actor, tMs) ?? []);
}
