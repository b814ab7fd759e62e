import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AlertPicture, CameraState, CameraView, PictureReader } from '@tocsin/contracts';

/** Drawn frames of somebody who needs longer to cross; nobody was ever there. */
const drawn = Object.fromEntries(
  (['scene', 'before', 'at', 'after'] as const).map((name) => {
    const jpeg = readFileSync(new URL(`pictures/${name}.jpg`, import.meta.url));
    return [name, { jpeg, sha256: createHash('sha256').update(jpeg).digest('hex') }];
  }),
) as Record<'scene' | 'before' | 'at' | 'after', { jpeg: Buffer; sha256: string }>;

const size = { width: 640, height: 360 } as const;

/** The frames of the crossing's alert in every state a picture can be in. */
export function townPictureNotes(takenAtMs: number): AlertPicture[] {
  const common = { ...size, occurrence: 2, earlier: false, camera: 'kerb-north', blurred: true } as const;
  const here = (['before', 'at', 'after'] as const).map((role, i) => ({
    ...common,
    role,
    state: 'here' as const,
    sha256: drawn[role].sha256,
    takenAtMs: takenAtMs + [-3_000, 0, 4_000][i]!,
  }));
  const awaited = { ...common, role: 'after', state: 'awaited', sha256: 'aa'.repeat(32), takenAtMs: takenAtMs + 8_000 };
  const past = { occurrence: 1, earlier: true, state: 'expired', blurred: false } as const;
  const expired = { ...common, ...past, role: 'at', sha256: 'ee'.repeat(32), takenAtMs: takenAtMs - 40 * 86_400_000 };
  return [...here, awaited as AlertPicture, expired as AlertPicture];
}

/** Two people and a car that go to and fro, as a camera would see them at an instant. */
function viewAt(atMs: number): CameraView {
  const t = (atMs / 1_000) % 16;
  const far = t < 8 ? t / 8 : 2 - t / 8;
  const height = 130 - 70 * far;
  const walker = { x: 215 + 95 * far, y: 190 - 50 * far, width: height * 0.55, height };
  const car = { x: -40 + 40 * t, y: 158, width: 112, height: 66 };
  return {
    v: 1,
    site: 'crossing',
    camera: 'kerb-north',
    atMs,
    picture: size,
    boxes: [
      { kind: 'person', id: 7, ...walker, xM: 1 + far * 6, yM: 2, speedMps: 0.55 },
      { kind: 'person', id: 9, x: 470, y: 246, width: 40, height: 92, speedMps: 0 },
      { kind: 'vehicle', id: 12, ...car },
    ],
    zones: [
      { zone: 'crosswalk', outline: corners(150, 330, 480, 330, 345, 190, 284, 190), people: 1, coverage: 96 },
      { zone: 'kerb-south', outline: corners(500, 322, 636, 322, 636, 356, 470, 356), people: 1, coverage: 100 },
    ],
    troubles: [],
    coverage: 97,
    fps: 9.8,
    scene: drawn.scene.sha256,
  };
}

function corners(...xy: number[]): [number, number][] {
  return Array.from({ length: xy.length / 2 }, (_, i) => [xy[2 * i]!, xy[2 * i + 1]!]);
}

/** Pictures and cameras of the story: one camera lives, one has fallen silent, one is covered and has no still. */
export function townPictures(nowMs: () => number): PictureReader {
  const all = new Map(Object.values(drawn).map(({ sha256, jpeg }) => [sha256, jpeg]));
  return {
    read: async (_site, sha256) => all.get(sha256),
    cameras(site): CameraState[] {
      if (site !== 'crossing') return [];
      const view = viewAt(nowMs());
      const covered = {
        ...view,
        camera: 'mast-east',
        boxes: [],
        coverage: 0,
        fps: 4.1,
        troubles: ['The lens is covered'],
      };
      const { scene: _scene, ...plain } = {
        ...covered,
        zones: view.zones.map(({ people: _unknown, ...zone }) => ({ ...zone, coverage: 0 })),
      };
      return [
        { camera: 'kerb-north', heardAtMs: nowMs(), view, scene: drawn.scene.sha256 },
        { camera: 'kerb-south', heardAtMs: nowMs() - 95_000, scene: drawn.scene.sha256 },
        { camera: 'mast-east', heardAtMs: nowMs(), view: plain },
      ];
    },
    scene: async (site, camera) => (site === 'crossing' && camera !== 'mast-east' ? drawn.scene.jpeg : undefined),
  };
}
