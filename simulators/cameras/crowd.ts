import { chance } from '../chance/chance.ts';
import type { Street } from './drawing/street.ts';
import type { ActorKind, Scene } from './scene.ts';
import { actor } from './story.ts';

/** Usual speeds, metres per second, and the range of heights of each kind of person. */
const people: Partial<Record<ActorKind, { speedMps: number; heightM: readonly [number, number] }>> = {
  adult: { speedMps: 1.4, heightM: [1.58, 1.88] },
  child: { speedMps: 1.2, heightM: [1, 1.3] },
  wheelchair: { speedMps: 0.9, heightM: [1.28, 1.42] },
  slow: { speedMps: 0.55, heightM: [1.55, 1.75] },
  cyclist: { speedMps: 3, heightM: [1.65, 1.85] },
};

/**
 * People of the given kinds anywhere on a crossing, on their way in any direction or standing, as they are at 0 ms
 * (present from -2.5 s to 1 s), with a car behind the stop line: what a detector's recall is measured on.
 */
export function crowd(street: Street, kinds: readonly ActorKind[], seed: number | string): Scene {
  const luck = chance(`crowd ${seed}`);
  const [near, far] = street.kerbsM;
  const { middleM, widthM } = street.crossing;
  const actors = kinds.map((kind, i) => {
    const { speedMps, heightM } = people[kind] ?? { speedMps: 0, heightM: [1, 1] as const };
    const x = near - 1.5 + (far - near + 3) * luck.next();
    const y = middleM + (luck.next() - 0.5) * widthM * 0.8;
    const facingDeg = luck.pick([0, 180, 0, 180, 90, -90, 45]) + 17 * luck.gauss();
    const speed = luck.next() < 0.8 ? speedMps : 0;
    const [dx, dy] = [speed * Math.cos((facingDeg * Math.PI) / 180), speed * Math.sin((facingDeg * Math.PI) / 180)];
    const path = [
      { atMs: -2_500, x: x - 2.5 * dx, y: y - 2.5 * dy },
      { atMs: 1_000, x: x + dx, y: y + dy },
    ];
    const tall = heightM[0] + (heightM[1] - heightM[0]) * luck.next();
    return actor(i + 1, kind, { path, seed: luck.integer(1, 1e6), heightM: tall, facingDeg });
  });
  const lane = luck.next() < 0.5 ? 0.25 : 0.75;
  const y = middleM + widthM / 2 + 2.5 + 4 * luck.next();
  const car = actor(actors.length + 1, 'vehicle', {
    path: [{ atMs: -2_500, x: near + lane * (far - near), y }],
    seed: luck.integer(1, 1e6),
    facingDeg: -90,
  });
  return { actors: [...actors, car] };
}
