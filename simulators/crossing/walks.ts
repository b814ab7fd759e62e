import type { Chance } from '../chance/chance.ts';

/**
 * People who walk as they really do, as scripts with a known truth: steadily, slower and slower, with a stop, in a
 * group, or turning back. Each is a list of legs in the crossing's own frame: `s` metres along the walk from the first
 * kerb, `across` metres beside its middle line. What a detector makes of them is a list of pictures with noise, gaps
 * and changed identities.
 */
export type Leg = { forMs: number; speedMps: number };
export type Walk = { id: number; startMs: number; s: number; across: number; legs: readonly Leg[] };

/** Place and speed along the walk at an instant; undefined before the walk begins and after its last leg. */
export function truthOf(walk: Walk, atMs: number): { s: number; across: number; speedMps: number } | undefined {
  let leftMs = atMs - walk.startMs;
  if (leftMs < 0) return undefined;
  let { s } = walk;
  for (const { forMs, speedMps } of walk.legs) {
    if (leftMs < forMs) return { s: s + (speedMps * leftMs) / 1000, across: walk.across, speedMps };
    s += (speedMps * forMs) / 1000;
    leftMs -= forMs;
  }
  return undefined;
}

const reach = (fromM: number, toM: number, speedMps: number): Leg => ({
  forMs: (Math.abs(toM - fromM) / Math.abs(speedMps)) * 1000,
  speedMps: toM > fromM ? Math.abs(speedMps) : -Math.abs(speedMps),
});

/** Who walks from one place to another through others, each stretch at its speed; a speed of 0 stands for `forMs`. */
export function walk(
  about: { id: number; startMs: number; fromM: number; across?: number },
  ...stretches: ({ toM: number; speedMps: number } | { forMs: number })[]
): Walk {
  let at = about.fromM;
  const legs = stretches.map((stretch): Leg => {
    if ('forMs' in stretch) return { forMs: stretch.forMs, speedMps: 0 };
    const leg = reach(at, stretch.toM, stretch.speedMps);
    at = stretch.toM;
    return leg;
  });
  return { id: about.id, startMs: about.startMs, s: about.fromM, across: about.across ?? 0, legs };
}

/**
 * A group that keeps together at the pace of its slowest, 0.4 to 0.6 ft/s slower than one alone (Gates et al. 2006).
 */
export function group(
  count: number,
  about: { id: number; startMs: number; lengthM: number; speedMps: number; luck: Chance },
): Walk[] {
  const { id, startMs, lengthM, speedMps, luck } = about;
  return Array.from({ length: count }, (_, i) =>
    walk(
      { id: id + i, startMs: startMs + Math.round(600 * luck.next()), fromM: -1.5, across: (i % 4) * 0.8 - 1.2 },
      { toM: lengthM + 1.5, speedMps: Math.max(0.3, speedMps - 0.15 + 0.03 * luck.gauss()) },
    ),
  );
}

/** Anybody, at random: most cross steadily, some are slow, some stop or slow down midway, some turn back. */
export function anybody(about: { id: number; startMs: number; lengthM: number; luck: Chance }): Walk {
  const { id, startMs, lengthM, luck } = about;
  const speedMps = luck.pick([1.47 + 0.25 * luck.gauss(), 1.2, 0.97, 0.7, 0.5]);
  const pace = Math.min(2.2, Math.max(0.35, speedMps));
  const midM = lengthM * (0.2 + 0.6 * luck.next());
  const who = { id, startMs, fromM: -1.5, across: 3 * luck.next() - 1.5 };
  const end = { toM: lengthM + 1.5, speedMps: pace };
  const story = luck.pick(['steady', 'steady', 'steady', 'stops', 'slows', 'turns']);
  if (story === 'steady') return walk(who, end);
  if (story === 'turns') return walk(who, { toM: midM, speedMps: pace }, { toM: -1.5, speedMps: pace });
  if (story === 'slows') return walk(who, { toM: midM, speedMps: pace }, { ...end, speedMps: Math.max(0.3, pace / 2) });
  return walk(who, { toM: midM, speedMps: pace }, { forMs: 1000 + Math.round(6000 * luck.next()) }, end);
}

export type Sighting = { id: number; xM: number; yM: number };
export type Picture = { takenAtMs: number; tracks: Sighting[] };

/**
 * What a detector at `fps` pictures a second says of the walks from `fromMs` to `toMs`. `idOf` may change an identity
 * or answer undefined for somebody hidden. `toGround` places the crossing's frame on the ground.
 */
export function pictures(
  walks: readonly Walk[],
  view: {
    fps: number;
    fromMs: number;
    toMs: number;
    noiseM: number;
    luck: Chance;
    idOf?(walk: Walk, atMs: number): number | undefined;
    toGround?(s: number, across: number): [xM: number, yM: number];
  },
): Picture[] {
  const { fps, fromMs, toMs, noiseM, luck, idOf = ({ id }: Walk) => id, toGround = (s, a) => [s, a] } = view;
  const taken: Picture[] = [];
  for (let i = 0; ; i += 1) {
    const takenAtMs = fromMs + Math.round((i * 1000) / fps);
    if (takenAtMs > toMs) return taken;
    const tracks = walks.flatMap((each): Sighting[] => {
      const truth = truthOf(each, takenAtMs);
      const id = truth === undefined ? undefined : idOf(each, takenAtMs);
      if (truth === undefined || id === undefined) return [];
      const [xM, yM] = toGround(truth.s + noiseM * luck.gauss(), truth.across + noiseM * luck.gauss());
      return [{ id, xM, yM }];
    });
    taken.push({ takenAtMs, tracks });
  }
}
