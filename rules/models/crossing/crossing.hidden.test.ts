import { anybody, chance, pictures, truthOf, walk } from '@tocsin/simulators';
import { describe, expect, test } from 'vitest';
import { scene } from './scene.ts';

const walks = { id: 1, s: (t: number) => 0.6 * t };

describe('people who are hidden for a while', () => {
  test('somebody whose track vanishes on the road is kept, walking on, for a second and a half and no longer', () => {
    const stage = scene();
    stage.phase(2, 0);
    stage.watch([walks], 100, 8000);
    const before = stage.shown.extension!;
    stage.watch([], 8100, 9500);
    expect(stage.shown.onCrossing).toBe(1);
    expect(Math.abs(stage.shown.extension! - before)).toBeLessThan(0.3);
    stage.watch([], 9600, 9700);
    expect(stage.shown).toMatchObject({ onCrossing: 0, extension: 0 });
  });

  test('who comes back under the same identity is the same person', () => {
    const stage = scene();
    stage.phase(2, 0);
    stage.watch([walks], 100, 8000);
    stage.watch([], 8100, 9200);
    stage.watch([walks], 9300, 10_000);
    expect(stage.shown.onCrossing).toBe(1);
    expect(Math.abs(stage.shown.slowest! - 0.6)).toBeLessThan(0.1);
    expect(stage.said('release')).toEqual([]);
  });

  test('who must have reached the kerb meanwhile is not kept', () => {
    const stage = scene();
    stage.phase(2, 0);
    const near = { id: 1, s: (t: number) => 6 + 0.6 * t };
    stage.watch([near], 100, 9500);
    expect(stage.shown.onCrossing).toBe(1);
    stage.watch([], 9600, 10_100);
    expect(stage.shown).toMatchObject({ onCrossing: 0, extension: 0 });
  });

  test('a false detection of one or two pictures is not kept', () => {
    const stage = scene();
    stage.phase(2, 0);
    stage.watch([{ id: 1, s: () => 6 }], 9000, 9100);
    stage.watch([], 9200, 9200);
    expect(stage.shown.onCrossing).toBe(0);
  });

  test('a new identity close to where one vanished continues it, with its pace', () => {
    const stage = scene();
    stage.phase(2, 0);
    stage.watch([walks], 100, 8000);
    stage.watch([], 8100, 8400);
    stage.watch([{ id: 2, s: (t) => 0.6 * t + 0.3 }], 8500, 8500);
    expect(stage.shown.onCrossing).toBe(1);
    const [person] = stage.state().walkers;
    expect(person).toMatchObject({ id: 2, role: 'road' });
    expect(Math.abs(person!.along! - 0.6)).toBeLessThan(0.02);
    expect(stage.said('release')).toEqual([]);
  });

  test('a new identity elsewhere is another person', () => {
    const stage = scene();
    stage.phase(2, 0);
    stage.watch([walks], 100, 8000);
    stage.watch([{ id: 2, s: (t) => 10 - 0.1 * t }], 8100, 8500);
    expect(stage.shown.onCrossing).toBe(2);
  });

  test('an identity that leaps across the road is another person', () => {
    const stage = scene();
    stage.phase(2, 0);
    stage.watch([walks], 100, 6000);
    stage.watch([{ id: 1, s: () => 10.5 }], 6100, 6200);
    expect(stage.state().walkers).toMatchObject([{ id: 1, along: null, firstAtMs: 6100 }]);
  });

  test('who is hidden for a second here and there, and renamed each time, is asked for without a break', () => {
    for (const seed of ['a', 'b', 'c', 'd']) {
      const luck = chance(`hidden ${seed}`);
      const person = walk({ id: 1, startMs: 0, fromM: 0.5 }, { toM: 14, speedMps: 0.6 });
      const gapsMs = [3500, 6500, 9500, 12_500].map((ms) => ms + Math.round(1000 * luck.next()));
      const idOf = (_: unknown, atMs: number) => {
        const gap = gapsMs.findLastIndex((ms) => atMs >= ms);
        return gap >= 0 && atMs < gapsMs[gap]! + 1000 ? undefined : gap + 2;
      };
      const stage = scene();
      stage.phase(2, 0);
      for (const { takenAtMs, tracks } of pictures([person], {
        fps: 10,
        fromMs: 0,
        toMs: 18_500,
        noiseM: 0.08,
        luck,
        idOf,
      }))
        stage.look(tracks, takenAtMs);
      expect(stage.said('release')).toEqual([]);
      const truth = truthOf(person, 18_500)!;
      expect(Math.abs(stage.shown.extension! - ((12 - truth.s) / 0.6 + 1.5 + 8.5))).toBeLessThan(1);
    }
  });

  test('a crowd of anybody is counted as it is, whatever the detector hides for a moment', () => {
    const luck = chance('crowd');
    const crowd = Array.from({ length: 12 }, (_, id) => anybody({ id, startMs: 800 * id, lengthM: 12, luck }));
    const stage = scene();
    stage.phase(1, 0);
    let wrong = 0;
    let count = 0;
    for (const { takenAtMs, tracks } of pictures(crowd, {
      fps: 10,
      fromMs: 0,
      toMs: 20_000,
      noiseM: 0.08,
      luck,
      idOf: ({ id }, atMs) => ((atMs + 700 * id) % 5000 < 600 ? undefined : id),
    })) {
      stage.look(tracks, takenAtMs);
      const truly = crowd.filter((each) => {
        const truth = truthOf(each, takenAtMs);
        return truth !== undefined && truth.s > 0.4 && truth.s < 12;
      }).length;
      count += 1;
      if (Math.abs(stage.state().walkers.filter(({ role }) => role === 'road').length - truly) > 1) wrong += 1;
    }
    expect(wrong / count).toBeLessThan(0.03);
  });
});
