import { expect, test } from 'vitest';
import { deskAfter } from './desk-after.ts';
import { type Disaster, disasters, type FleetResult, runFleet } from './fleet.ts';

/**
 * Goal: whatever the network, the power and the backups do, everything a site committed is stored once, or a gap says that it is lost.
 * An alert that stood before an epoch changed is still shown after it.
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

/** A latched fire that nobody has reset is on the desk, whatever became of outbox and cloud; answers how many were told anew or forgotten. */
async function expectFires({ sites }: FleetResult, what: string): Promise<{ fires: number; changed: number }> {
  let fires = 0;
  let changed = 0;
  for (const { name, stored, burned } of sites) {
    if (!burned) continue;
    fires += 1;
    const fire = (await deskAfter(stored)).find(({ key }) => key === `${name}/fire/room`);
    expect(fire, `${what}: the fire of ${name} is gone`).toMatchObject({ latch: 'latched', severity: 'Extreme' });
    changed += Number(new Set(stored.map(({ epoch }) => epoch)).size > 1);
  }
  return { fires, changed };
}

for (const disaster of disasters.filter((name) => wanted === undefined || name === wanted)) {
  test(`${disaster}: everything committed is stored once or declared as a gap, for every seed`, async () => {
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
    const burned = { fires: 0, changed: 0 };
    for (const seed of seeds) {
      const what = `FLEET_SEED=${seed} FLEET_DISASTER=${disaster}`;
      let result: FleetResult;
      try {
        result = runFleet(seed, disaster);
      } catch (error) {
        throw new Error(`${what}: ${String(error)}`, { cause: error });
      }
      expectKept(result, what);
      const { fires, changed } = await expectFires(result, what);
      burned.fires += fires;
      burned.changed += changed;
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
    expect(burned.fires).toBeGreaterThan(seeds.length);
    if (disaster.startsWith('disk') || disaster === 'cloudRestored')
      expect(burned.changed).toBeGreaterThan(seeds.length / 4);
    if (disaster === 'none' || disaster === 'diskWiped') expect([total.epochs, total.gaps]).toEqual([0, 0]);
  }, 120_000);
}
