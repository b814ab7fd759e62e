import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chance } from '../simulators/chance/chance.ts';
import { arrive, emptyStreet, stepStreet, tracksOf } from '../simulators/crossing/pedestrians.ts';

/**
 * The simulated recording behind docs/crossing.md: a crossing of 10 m, three cycles of a controller's log, people who walk as most do,
 * in the second cycle somebody at 0.55 m/s, and in the third somebody who stops on the road. Rewrite with `node docs/write-crossing.ts`.
 */
const startMs = Date.UTC(2026, 4, 4, 10);
const cycleMs = 60_000;
const cycles = 3;
const walkMs = 7_000;
const clearanceMs = 10_000;
const stepMs = 200;
const story = { lengthM: 10, meanArrivalMs: 20_000 };
const slowAtMs = cycleMs - 8_000;
const stopsAtMs = 2 * cycleMs + 4_000;
const goesOnAtMs = stopsAtMs + 25_000;

const iso = (ms: number) => new Date(startMs + ms).toISOString();

/** The table of the recording: time, id, x and y in metres. */
export function crossingTracks(): string {
  const luck = { people: chance('docs/crossing people'), noise: chance('docs/crossing noise') };
  let street = emptyStreet;
  let slowCame = false;
  let stopper: { id: number; xM: number } | undefined;
  const rows: string[] = [];
  for (let nowMs = 0; nowMs < cycles * cycleMs; nowMs += stepMs) {
    if (nowMs >= slowAtMs && !slowCame) {
      street = arrive(street, story, { speedMps: 0.55, direction: 1, yM: 1.5 });
      slowCame = true;
    }
    street = stepStreet(street, story, { nowMs, dtMs: stepMs, walk: nowMs % cycleMs < walkMs, luck: luck.people });
    if (nowMs >= stopsAtMs && stopper === undefined)
      stopper = street.people.find(({ xM }) => xM > 2 && xM < story.lengthM - 2);
    if (stopper !== undefined && nowMs < goesOnAtMs) {
      const { id, xM } = stopper;
      street = { ...street, people: street.people.map((person) => (person.id === id ? { ...person, xM } : person)) };
    }
    for (const { id, xM, yM } of tracksOf(street, luck.noise)) rows.push([iso(nowMs), id, xM, yM].join(','));
  }
  return ['time,id,x,y', ...rows, ''].join('\n');
}

/** The controller's event log: pedestrian phase 2, vehicles of phase 4. */
export function crossingLog(): string {
  const rows: [atMs: number, event: number, parameter: number][] = [[-8_000, 1, 4]];
  for (let atMs = 0; atMs < cycles * cycleMs; atMs += cycleMs) {
    rows.push([atMs - 5_000, 8, 4], [atMs - 2_000, 9, 4], [atMs - 2_000, 10, 4], [atMs, 11, 4], [atMs, 12, 4]);
    rows.push([atMs, 21, 2], [atMs + walkMs, 22, 2], [atMs + walkMs + clearanceMs, 23, 2]);
    rows.push([atMs + walkMs + clearanceMs + 3_000, 1, 4]);
  }
  const lines = rows.map(([atMs, event, parameter]) => `${iso(atMs)},17,${event},${parameter}`);
  return ['TimeStamp,DeviceId,EventId,Parameter', ...lines, ''].join('\n');
}

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, 'examples', 'crossing.csv'), crossingTracks());
  writeFileSync(join(import.meta.dirname, 'examples', 'crossing-log.csv'), crossingLog());
}
