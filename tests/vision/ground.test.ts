import { crossingClip } from '@tocsin/simulators';
import { stationStreetScene } from '@tocsin/simulators/cameras';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noSight, stepSight } from '../../edge-agent/cameras/camera/sight.ts';
import { draw, lookAt, openEyes, sightOf, stationStreet, tidy } from './street.ts';

/** How far from where they stand drawn people are placed, by the model that ships, its tracker and a calibration. */
let eyes: Awaited<ReturnType<typeof openEyes>>;
beforeAll(async () => {
  eyes = await openEyes();
});
afterAll(async () => {
  await eyes?.stop();
  tidy();
});

/** Largest RMS error on the ground that a crossing can be served with (domain.md §3.6). */
const rmsMaxM = 0.2;
/** Whoever is nearest to a truth within this is taken for it; further off is somebody else, or a miss. */
const reachM = 1;

test('people are placed within 0.2 m RMS of where they stand, and nearly always', { timeout: 240_000 }, async () => {
  const clip = await draw({
    ...crossingClip,
    scene: stationStreetScene([
      { kind: 'adult', startMs: 1_000, speedMps: 1.4, direction: 1, y: 0.5 },
      { kind: 'slow', startMs: 1_000, speedMps: 0.6, direction: -1, y: 5 },
      { kind: 'child', startMs: 2_000, speedMps: 1.1, direction: 1, y: 3 },
      { kind: 'adult', startMs: 3_500, speedMps: 1.2, direction: -1, y: 2 },
    ]),
    durationMs: 12_000,
  });
  const seen = await lookAt(eyes, clip);
  const config = sightOf(stationStreet());
  let sight = noSight(0);
  const errors: Record<string, number[]> = {};
  let missed = 0;
  let all = 0;
  for (const [i, one] of seen.entries()) {
    sight = stepSight(sight, { kind: 'seen', seen: one, nowMs: one.capturedAtMs }, config).state;
    for (const { kind, foot, visibleShare, box } of clip.truth.frames[i]!.actors) {
      const [x, y] = foot;
      // At the edges of the picture, and in the first pictures of somebody, nobody is followed yet.
      if (box === undefined || visibleShare < 0.9 || x < -1 || x > 11 || one.capturedAtMs < 1_000) continue;
      all += 1;
      const offM = (sight.glance?.placed ?? []).map(({ xM, yM }) => Math.hypot(xM - x, yM - y));
      const error = Math.min(...offM);
      if (error > reachM) missed += 1;
      else errors[kind] = [...(errors[kind] ?? []), error];
    }
  }
  const rms = (values: readonly number[]) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
  expect(all).toBeGreaterThan(200);
  expect(missed / all).toBeLessThan(0.05);
  expect(rms(Object.values(errors).flat())).toBeLessThanOrEqual(rmsMaxM);
  for (const [kind, values] of Object.entries(errors)) expect(rms(values), kind).toBeLessThanOrEqual(1.25 * rmsMaxM);
});
