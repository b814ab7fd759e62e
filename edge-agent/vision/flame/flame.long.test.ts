import { chance } from '@tocsin/simulators';
import { expect, test } from 'vitest';
import { quiet } from './acts.ts';
import { corroborates, initialFlame, stepFlame } from './flame.ts';
import { film } from './scenes.ts';

/** Many seeds of every scene without a fire, at three rates; prints how often a score corroborated, which it hardly ever may. */
const seeds = 8;
const rates = [5, 10, 25];

test('false alarms over many quiet scenes stay within one in two hundred', { timeout: 1_800_000 }, () => {
  const fooled: string[] = [];
  let scenes = 0;
  for (const [name, scene] of Object.entries(quiet))
    for (const perS of rates)
      for (let seed = 0; seed < seeds; seed += 1) {
        const luck = chance(`${name}/${perS}/${seed}`);
        let state = initialFlame;
        let [flame, smoke] = [0, 0];
        for (const { grid, atMs } of film(scene.acts(luck), { luck, perS, forS: 45, dark: scene.dark })) {
          const answer = stepFlame(state, { grid, atMs }, {});
          state = answer.state;
          flame = Math.max(flame, answer.flame ?? 0);
          smoke = Math.max(smoke, answer.smoke ?? 0);
        }
        scenes += 1;
        if (Math.max(flame, smoke) >= corroborates)
          fooled.push(`${name}, ${perS}/s, seed ${seed}: flame ${flame.toFixed(2)}, smoke ${smoke.toFixed(2)}`);
      }
  expect(scenes).toBeGreaterThan(500);
  expect(fooled.length, fooled.join('\n')).toBeLessThanOrEqual(scenes / 200);
});
