import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chance } from '../simulators/chance/chance.ts';
import { createDetector, type FireStory } from '../simulators/fire/fire.ts';

/**
 * The simulated recording behind docs/fire.md: a kitchen and the corridor outside, every ten seconds for an hour.
 * Somebody cooks; later a pan is left on the stove, smoulders and bursts into flames. Rewrite with `node docs/write-fire.ts`.
 */
const minuteS = 60;
const stepS = 10;
const untilS = 64 * minuteS;
const startMs = Date.UTC(2025, 0, 15, 17);
const flamesS = 58 * minuteS;

const fire: FireStory = {
  ambientCel: 21,
  smoulder: { fromS: 48 * minuteS, growthS: 12 * minuteS, opticalDensityPerM: 0.04, coPpm: 60 },
  ignitionS: flamesS,
  alphaKwPerS2: 0.01172,
  heatMaxKw: 300,
};

/** The lift is called down when the alarm recalls it, and takes half a minute. */
function liftFloor(tS: number): number {
  const share = (tS - (flamesS - 90)) / 60;
  return Number((3 * (1 - Math.max(0, Math.min(1, share)))).toFixed(1));
}

/** The table of the recording: both places, the call point and the lift. */
export function fireExample(): string {
  const luck = chance('docs/fire');
  const cooked = { ...fire, nuisances: [{ kind: 'cooking' as const, fromS: 12 * minuteS }] };
  const kitchen = createDetector(cooked, { radiusM: 2.5, ceilingM: 2.6 }, luck.fork('kitchen'));
  // Little of what smoulders in the kitchen reaches the corridor before the flames drive it there.
  const corridor = createDetector(
    { ...fire, smoulder: undefined },
    { radiusM: 8, ceilingM: 2.6 },
    luck.fork('corridor'),
  );
  const rows: string[] = [];
  for (let tS = 0; tS <= untilS; tS += 1) {
    const near = kitchen.step(tS, 1);
    const far = corridor.step(tS, 1);
    if (tS % stepS !== 0) continue;
    const { temperatureCel, obscurationPctPerM, coPpm } = near;
    const time = new Date(startMs + tS * 1000).toISOString();
    rows.push([time, temperatureCel, obscurationPctPerM, coPpm, far.obscurationPctPerM, 0, liftFloor(tS)].join(','));
  }
  return ['time,kitchen_cel,kitchen_smoke,kitchen_co,corridor_smoke,exit_pressed,lift_floor', ...rows, ''].join('\n');
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'examples', 'fire.csv'), fireExample());
