import { type Camera, resized } from './camera.ts';
import type { Street } from './drawing/street.ts';
import type { Actor, Scene } from './scene.ts';
import { actor, path } from './story.ts';

/** The demo's crossing on the ground: kerbs at x = 0 and x = 10, middle line y = 2, 8 m wide, as in the site file. */
export const stationStreet: Street = {
  kerbsM: [0, 10],
  crossing: { middleM: 2, widthM: 8 },
  pavementM: 4.5,
  seed: 'station-street',
};

/**
 * On a mast across the corner, 6 m high: sees both kerbs with 2 m of waiting area; somebody of 1.7 m is 62 px tall at
 * the far waiting area and 120 px at the near one in a 640 px wide input (computed, see the test).
 */
export function stationStreetCamera(width = 960): Camera {
  const camera: Camera = {
    position: [-12, -6],
    heightM: 6,
    headingDeg: 29.2,
    pitchDeg: 19,
    focalPx: 969,
    width: 640,
    height: 360,
  };
  return resized(camera, width);
}

/** Somebody who crosses Station Street. */
export type Walker = {
  kind: 'adult' | 'child' | 'wheelchair' | 'slow' | 'cyclist';
  /** Starts to walk then. */
  startMs: number;
  speedMps: number;
  /** 1 from x = 0 to x = 10, -1 back. */
  direction: 1 | -1;
  /** Place along the kerb. */
  y: number;
  /** Waits 1 m behind the kerb for so long before; 3 s unless said. */
  waitMs?: number;
  heightM?: number;
  seed?: number;
};

/**
 * A scene from a list of walkers; each waits, crosses, and goes on for 2 m beyond the other kerb. Others may be added.
 */
export function stationStreetScene(walkers: readonly Walker[], others: readonly Actor[] = []): Scene {
  const [near, far] = stationStreet.kerbsM;
  const people = walkers.map((walker, i) => {
    const { kind, startMs, speedMps, direction, y, waitMs = 3_000, heightM, seed = i + 1 } = walker;
    const [from, to] = direction === 1 ? [near - 1, far + 2] : [far + 1, near - 2];
    const way = path(startMs - waitMs, [from, y], { standMs: waitMs }, { to: [to, y], speedMps });
    return actor(i + 1, kind, { path: way, seed, ...(heightM !== undefined && { heightM }) });
  });
  return { actors: [...people, ...others] };
}
