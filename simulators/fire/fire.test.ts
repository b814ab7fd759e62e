import { expect, test } from 'vitest';
import { chance } from '../chance/chance.ts';
import { ceilingJet, createDetector, heatReleaseKw } from './fire.ts';

const fast = { ignitionS: 0, alphaKwPerS2: 0.0469, heatMaxKw: 5_000, ambientCel: 20 };

test('a fast t-squared fire reaches 1,055 kW after 150 s (NFPA 92)', () => {
  expect(heatReleaseKw(fast, 150)).toBeCloseTo(1_055, -1);
  expect(heatReleaseKw({ ...fast, ignitionS: undefined }, 150)).toBe(0);
});

test('the ceiling jet is hotter and faster near the plume and with more heat', () => {
  const near = ceilingJet(500, { radiusM: 0.3, ceilingM: 3 });
  const far = ceilingJet(500, { radiusM: 5, ceilingM: 3 });
  expect(near.riseK).toBeGreaterThan(far.riseK);
  expect(near.speedMps).toBeGreaterThan(far.speedMps);
  expect(ceilingJet(1_000, { radiusM: 5, ceilingM: 3 }).riseK).toBeGreaterThan(far.riseK);
});

test('a detector sees smoke first, then heat, and a distant one sees both later', () => {
  const first = (radiusM: number) => {
    const detector = createDetector(fast, { radiusM, ceilingM: 2.8 }, chance(1));
    const seen: { smokeS?: number; heatS?: number } = {};
    for (let tS = 0; tS < 200; tS += 1) {
      const { obscurationPctPerM, temperatureCel } = detector.step(tS, 1);
      if (obscurationPctPerM > 6) seen.smokeS ??= tS;
      if (temperatureCel > 57) seen.heatS ??= tS;
    }
    return seen;
  };
  const near = first(1.5);
  const far = first(7);
  expect(near.smokeS).toBeLessThan(near.heatS!);
  expect(near.smokeS).toBeLessThan(far.smokeS!);
  expect(near.heatS).toBeLessThan(far.heatS!);
});

test('without a fire a detector never leaves its noise', () => {
  const detector = createDetector({ ...fast, ignitionS: undefined }, { radiusM: 2, ceilingM: 3 }, chance(2));
  for (let tS = 0; tS < 5_000; tS += 1) {
    const { temperatureCel, obscurationPctPerM, coPpm } = detector.step(tS, 1);
    expect(Math.abs(temperatureCel - 20)).toBeLessThan(1);
    expect(obscurationPctPerM).toBeLessThan(0.2);
    expect(coPpm).toBeLessThan(5);
  }
});
