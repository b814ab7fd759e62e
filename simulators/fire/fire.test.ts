import { expect, test } from 'vitest';
import { chance } from '../chance/chance.ts';
import { ceilingJet, createDetector, heatReleaseKw } from './fire.ts';
import { disturbance, nuisanceKinds } from './nuisance.ts';
import { createQuietPlace } from './quiet.ts';

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

test('smouldering gives smoke and CO long before heat', () => {
  const smoulder = { fromS: 0, growthS: 3_600, opticalDensityPerM: 0.1, coPpm: 200 };
  const detector = createDetector({ ...fast, ignitionS: undefined, smoulder }, { radiusM: 2, ceilingM: 3 }, chance(3));
  let last = { temperatureCel: 0, obscurationPctPerM: 0, coPpm: 0 };
  for (let tS = 0; tS <= 3_600; tS += 1) last = detector.step(tS, 1);
  expect(last.obscurationPctPerM).toBeGreaterThan(18);
  expect(last.coPpm).toBeGreaterThan(190);
  expect(last.temperatureCel).toBeLessThan(21);
});

test.each(nuisanceKinds)('%s smokes for a while and is over', (kind) => {
  const at = (tS: number) => disturbance([{ kind, fromS: 100 }], tS).obscurationPctPerM;
  const most = Math.max(...Array.from({ length: 2_000 }, (_, tS) => at(tS)));
  expect([at(100), at(99)]).toEqual([0, 0]);
  expect(most).toBeGreaterThanOrEqual(3);
  expect(at(3_600)).toBeLessThan(0.01);
});

test('a quiet place keeps its habits, jumps at times and falls silent at times', () => {
  const place = createQuietPlace(chance('quiet'));
  let silent = 0;
  let hottest = -100;
  let coldest = 100;
  for (let minute = 0; minute < 525_600; minute += 1) {
    if (!place.step()) silent += 1;
    hottest = Math.max(hottest, place.values.temperature);
    coldest = Math.min(coldest, place.values.temperature);
  }
  expect(silent).toBeGreaterThan(0);
  expect(hottest).toBeLessThan(54);
  expect(hottest - coldest).toBeGreaterThan(15);
});
