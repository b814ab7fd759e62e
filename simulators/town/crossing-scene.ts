import type { Scene } from '../cameras/scene.ts';
import { stationStreetScene } from '../cameras/station-street.ts';
import { carThatStops } from '../cameras/story.ts';
import { story } from './story.ts';

/**
 * Who crosses Station Street in one round of the story: at the first walk somebody with a walker who needs longer, at the second a child
 * and somebody in a wheelchair who are in time, at the third somebody slow the other way. Cars come to the stop line and wait.
 */
export function crossingScene(): Scene {
  const [first, second, third] = story.crossing.walksS.map((s) => s * 1000) as [number, number, number];
  const { slowSpeedMps } = story.crossing;
  const cars = [
    { startMs: first + 3_000, from: [2.6, -34], stopAt: [2.6, -6], to: [2.6, 34], waitMs: 21_000 },
    { startMs: second + 2_000, from: [7.4, 36], stopAt: [7.4, 10], to: [7.4, -34], waitMs: 14_000 },
    { startMs: third - 10_000, from: [2.6, -34], stopAt: [2.6, -6], to: [2.6, 34], waitMs: 29_000 },
  ] as const;
  return stationStreetScene(
    [
      { kind: 'slow', startMs: first + 1_000, speedMps: slowSpeedMps, direction: 1, y: 1.2, waitMs: 6_000 },
      { kind: 'adult', startMs: first + 700, speedMps: 1.4, direction: -1, y: 3.6 },
      { kind: 'adult', startMs: first + 2_200, speedMps: 1.25, direction: 1, y: 4.6, waitMs: 1_500 },
      { kind: 'wheelchair', startMs: second + 800, speedMps: 0.95, direction: 1, y: 2.2, waitMs: 5_000 },
      { kind: 'child', startMs: second + 1_200, speedMps: 1.1, direction: -1, y: 0.4 },
      { kind: 'adult', startMs: second + 1_200, speedMps: 1.1, direction: -1, y: 1.4 },
      { kind: 'slow', startMs: third + 1_500, speedMps: 0.62, direction: -1, y: 2.6, waitMs: 4_000 },
      { kind: 'adult', startMs: third + 900, speedMps: 1.5, direction: 1, y: 4.2 },
    ],
    cars.map((car, i) => carThatStops(100 + i, { ...car, speedMps: 9 })),
  );
}
