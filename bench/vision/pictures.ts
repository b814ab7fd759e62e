import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  actor,
  type ClipOrder,
  fileOf,
  path,
  renderClip,
  type Scene,
  stationStreet,
  stationStreetCamera,
  stationStreetScene,
} from '@tocsin/simulators/cameras';
import { progress } from '../harness/report.ts';

const cache = resolve(import.meta.dirname, '../../.cache/bench-vision');
const fps = 10;

/** 1280 × 720 as most cameras give it, drawn once and kept. */
const order = (scene: Scene, durationMs: number, fromMs = 0): ClipOrder => ({
  ...{ street: stationStreet, camera: stationStreetCamera(1280), weather: { light: 'day' } },
  ...{ scene, fps, durationMs, fromMs },
});

/** A busy crossing: six people of every kind and a car that waits. */
export const busyScene: Scene = stationStreetScene(
  [
    { kind: 'adult', startMs: 0, speedMps: 1.3, direction: 1, y: 1 },
    { kind: 'adult', startMs: 500, speedMps: 1.4, direction: -1, y: 3.4 },
    { kind: 'child', startMs: 800, speedMps: 1.1, direction: -1, y: 2.6 },
    { kind: 'wheelchair', startMs: 0, speedMps: 0.9, direction: 1, y: 4.6 },
    { kind: 'slow', startMs: 0, speedMps: 0.6, direction: 1, y: 0 },
    { kind: 'adult', startMs: 9_000, speedMps: 1.3, direction: 1, y: 3, waitMs: 9_000 },
  ],
  [actor(9, 'vehicle', { path: [{ atMs: 0, x: 2.5, y: 9 }], facingDeg: -90 })],
);
const busy = order(busyScene, 3_000, 2_500);

/** Somebody slow who steps onto the road late in the clearance, and is gone at the end; then the same street without anybody. */
export const lateMs = 4_600;
const late = order(
  { actors: [actor(1, 'slow', { path: path(0, [-1, 1.2], { to: [4, 1.2], speedMps: 0.6 }) })] },
  lateMs,
);
const empty = order({ actors: [] }, 500);

const orders = { busy, late, empty } as const;

/** The JPEGs of a scene in order; drawn when they are not there yet. */
export async function picturesOf(name: keyof typeof orders): Promise<Uint8Array[]> {
  const dir = join(cache, name);
  let tenths = 0;
  const { frames } = await renderClip(orders[name], {
    dir,
    onProgress({ done, of }) {
      if (Math.floor((10 * done) / of) === tenths) return;
      tenths = Math.floor((10 * done) / of);
      if (done < of) progress(`drawing ${name}: ${done} of ${of}`);
    },
  });
  return Array.from({ length: frames }, (_, n) => new Uint8Array(readFileSync(join(dir, fileOf(n)))));
}

/** A picture `n` that goes to and fro over a clip, so that nobody jumps. */
export function toAndFro<T>(pictures: readonly T[], n: number): T {
  const period = 2 * (pictures.length - 1);
  const at = n % period;
  return pictures[Math.min(at, period - at)]!;
}
