import { type CameraState, CameraView, type Clock, Fault, viewBytesMax } from '@tocsin/contracts';
import { Compile } from 'typebox/compile';
import { readJson } from '../sites/json.ts';

/** A view older than this is no view: what moved has moved on. */
export const liveMs = 10_000;
/** A camera that has been silent for a day is forgotten. */
const rememberedMs = 86_400_000;
/** As many cameras as a site file may have (contracts/site.ts). */
const camerasMax = 16;

const check = Compile(CameraView);
type Entry = { heardAtMs: number; monotonicMs: number; view?: CameraView; scene?: string };

/** What cameras see now: the newest view of each, in memory only, and only for as long as it can be called live. */
export function createViews(clock: Clock) {
  const sites = new Map<string, Map<string, Entry>>();

  function forget(cameras: Map<string, Entry>): void {
    const nowMs = clock.monotonicMs();
    for (const [camera, entry] of cameras) {
      const silentMs = nowMs - entry.monotonicMs;
      if (silentMs > liveMs) delete entry.view;
      if (silentMs > rememberedMs) cameras.delete(camera);
    }
  }

  return {
    /** Takes a view a site sent; throws an input Fault and changes nothing when it does not fit. */
    take(site: string, payload: Uint8Array): void {
      if (payload.byteLength > viewBytesMax)
        throw new Fault('PAYLOAD_TOO_LARGE', `A view of ${payload.byteLength} bytes, at most ${viewBytesMax}.`);
      const view = readJson(payload);
      if (!check.Check(view)) {
        const [error] = check.Errors(view);
        throw new Fault('CONTRACT_BROKEN', `View${error?.instancePath ?? ''} ${error?.message ?? 'does not fit'}.`);
      }
      if (view.site !== site) throw new Fault('SITE_MISMATCH', `A view names ${view.site}, its topic ${site}.`);
      const cameras = sites.get(site) ?? new Map<string, Entry>();
      forget(cameras);
      if (!cameras.has(view.camera) && cameras.size >= camerasMax)
        throw new Fault('TOO_MANY_REQUESTS', `${camerasMax} cameras are known of this site already.`);
      const { scene } = view;
      const entry = { heardAtMs: clock.nowMs(), monotonicMs: clock.monotonicMs(), view };
      cameras.set(view.camera, scene === undefined ? entry : { ...entry, scene });
      sites.set(site, cameras);
    },
    /** The cameras of a site by name; `hasScene` says which stills can be fetched. */
    of(site: string, hasScene: (sha256: string) => boolean): CameraState[] {
      const cameras = sites.get(site);
      if (cameras === undefined) return [];
      forget(cameras);
      return [...cameras]
        .map(([camera, { heardAtMs, view, scene }]) => ({
          camera,
          heardAtMs,
          ...(view === undefined ? {} : { view }),
          ...(scene !== undefined && hasScene(scene) ? { scene } : {}),
        }))
        .sort((a, b) => (a.camera < b.camera ? -1 : 1));
    },
    /** The hashes of the stills that the cameras of a site name. */
    scenes: (site: string): string[] => [...(sites.get(site)?.values() ?? [])].flatMap(({ scene }) => scene ?? []),
    sceneOf: (site: string, camera: string): string | undefined => sites.get(site)?.get(camera)?.scene,
    tidy(): void {
      for (const [site, cameras] of sites) {
        forget(cameras);
        if (cameras.size === 0) sites.delete(site);
      }
    },
  };
}

export type Views = ReturnType<typeof createViews>;
