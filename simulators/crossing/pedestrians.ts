import type { Chance } from '../chance/chance.ts';

/**
 * People at a crossing on the ground plane. x runs across the road from kerb (0) to kerb (`lengthM`), y along the kerb.
 * People arrive by chance, wait 1 m behind the kerb for the walk sign, cross at their own speed and leave 2 m beyond.
 * Speeds: adults 1.47 ± 0.25 m/s (median of the ETH walkers), people over 65 0.97 m/s at the 15th percentile
 * (Knoblauch 1996), with a cane or walker about 0.6–0.8 m/s (Arango and Montufar 2008).
 */
export type Person = { id: number; xM: number; yM: number; speedMps: number; direction: 1 | -1; crossing: boolean };
export type Street = { people: Person[]; nextId: number; nextArrivalMs: number };

export type StreetStory = { lengthM: number; meanArrivalMs: number };

/** An empty street whose first walker comes soon. */
export const emptyStreet: Street = { people: [], nextId: 1, nextArrivalMs: 0 };

/** Puts one person at the kerb, waiting. */
export function arrive(
  street: Street,
  story: StreetStory,
  person: { speedMps: number; direction: 1 | -1; yM: number },
): Street {
  const xM = person.direction === 1 ? -1 : story.lengthM + 1;
  return {
    ...street,
    nextId: street.nextId + 1,
    people: [...street.people, { id: street.nextId, xM, crossing: false, ...person }],
  };
}

/** Moves everybody on by `dtMs`; people start only on walk, and finish once they have started. */
export function stepStreet(
  street: Street,
  story: StreetStory,
  { nowMs, dtMs, walk, luck }: { nowMs: number; dtMs: number; walk: boolean; luck: Chance },
): Street {
  let next = street;
  if (nowMs >= street.nextArrivalMs) {
    const speedMps = Math.max(0.9, 1.47 + 0.25 * luck.gauss());
    next = arrive(next, story, {
      speedMps,
      direction: luck.next() < 0.5 ? 1 : -1,
      yM: Number((luck.next() * 3).toFixed(2)),
    });
    next = { ...next, nextArrivalMs: nowMs + luck.wait(story.meanArrivalMs) };
  }
  const people: Person[] = [];
  for (const person of next.people) {
    const crossing = person.crossing || walk;
    const xM = crossing ? person.xM + (person.direction * person.speedMps * dtMs) / 1000 : person.xM;
    if (xM > -2.5 && xM < story.lengthM + 2.5) people.push({ ...person, crossing, xM });
  }
  return { ...next, people };
}

/** What a perfect camera or lidar would report: position with noise and velocity, metres and metres per second. */
export function tracksOf(street: Street, luck: Chance, noiseM = 0.05) {
  return street.people.map((person) => ({
    id: person.id,
    xM: Number((person.xM + noiseM * luck.gauss()).toFixed(3)),
    yM: Number((person.yM + noiseM * luck.gauss()).toFixed(3)),
    vxMps: person.crossing ? person.direction * person.speedMps : 0,
    vyMps: 0,
  }));
}
