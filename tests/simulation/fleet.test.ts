import { expect, test } from 'vitest';
import { type Disaster, disasters, type FleetResult, runFleet } from './fleet.ts';

/**
 * Goal: whatever the network, the power and the backups do, everything a site committed is stored once, or a gap says that it is lost.
 * Method: the real pipeline, journal, outbox and uplink of two sites with a model of the cloud, a simulated clock and a line that loses,
 * repeats, delays and reorders; seeds choose what goes wrong and when. A storm, a calm, a verdict. A failing seed is run again
 * with FLEET_SEED=<seed> FLEET_DISASTER=<disaster>.
 */
const seedsEach = 40;
const oneSeed = process.env.FLEET_SEED;
const wanted = (process.env.FLEET_DISASTER as Disaster | undefined) ?? undefined;

function expectKept(result: FleetResult, what: string): void {
  for (const { missing, doubled, unknown } of result.verdicts) {
    expect(missing, `${what}: committed, not stored, not declared`).toEqual([]);
    expect(doubled, `${what}: stored twice`).toEqual([]);
    expect(unknown, `${what}: stored, never committed`).toEqual([]);
  }
  for (const queued of result.queued) expect(queued, `${what}: the queue must drain`).toBeLessThan(20);
}

for (const disaster of disasters.filter((name) => wanted === undefined || name === wanted)) {
  test(`${disaster}: everything committed is stored once or declared as a gap, for every seed`, () => {
    const seeds = oneSeed === undefined ? Array.from({ length: seedsEach }, (_, i) => i) : [Number(oneSeed)];
    const total = {
      committed: 0,
      crashes: 0,
      cuts: 0,
      duplicates: 0,
      early: 0,
      epochs: 0,
      gaps: 0,
      conflicts: 0,
      evicted: 0,
      ignored: 0,
    };
    for (const seed of seeds) {
      const what = `FLEET_SEED=${seed} FLEET_DISASTER=${disaster}`;
      let result: FleetResult;
      try {
        result = runFleet(seed, disaster);
      } catch (error) {
        throw new Error(`${what}: ${String(error)}`, { cause: error });
      }
      expectKept(result, what);
      if (disaster !== 'diskRestored') expect(result.conflicts, `${what}: no number is ever used twice`).toBe(0);
      total.gaps += result.verdicts.reduce((sum, { gaps }) => sum + gaps, 0);
      for (const key of Object.keys(total) as (keyof typeof total)[]) if (key !== 'gaps') total[key] += result[key];
    }
    if (oneSeed !== undefined) return;
    // A run that did too little proves nothing.
    expect(total.committed / seeds.length).toBeGreaterThan(700);
    expect(total.crashes).toBeGreaterThan(seeds.length);
    expect(total.cuts).toBeGreaterThan(seeds.length);
    expect(total.duplicates).toBeGreaterThan(seeds.length);
    // A link that keeps order lets nothing come early, and answers nothing late.
    if (disaster !== 'diskRestored') expect(Math.min(total.early, total.ignored)).toBeGreaterThan(seeds.length);
    if (disaster === 'cloudRestored') expect(Math.min(total.epochs, total.gaps)).toBeGreaterThan(seeds.length / 2);
    if (disaster === 'diskRestored') expect(total.epochs).toBeGreaterThan(seeds.length / 3);
    if (disaster === 'smallDisk') expect(Math.min(total.evicted, total.gaps)).toBeGreaterThan(seeds.length);
    if (disaster === 'none' || disaster === 'diskWiped') expect([total.epochs, total.gaps]).toEqual([0, 0]);
  }, 120_000);
}
