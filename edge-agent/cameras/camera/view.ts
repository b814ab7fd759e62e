import type { CameraView } from '@tocsin/contracts';
import type { Sight } from './sight-state.ts';
import { trust } from './sight-state.ts';
import { isWithin, troublesOf } from './tell.ts';

const boxesMax = 64;
const troublesMax = 12;
/** A glance is shown as now for this long. */
const freshMs = 2_000;
const whole = Math.round;
const tenth = (value: number) => Math.round(value * 10) / 10;

type About = { site: string; camera: string; atMs: number; scene?: string };

/** What a camera sees now, without the picture: boxes, zones and what is wrong. */
export function viewOf(sight: Sight, { atMs, ...about }: About): CameraView {
  const { glance, place } = sight;
  const factor = trust(sight);
  const isFresh = glance !== undefined && isWithin(freshMs, glance.atMs, atMs);
  const spots = new Map((isFresh ? glance.placed : []).map((spot) => [spot.id, spot]));
  const boxes = (isFresh ? glance.followed : []).slice(0, boxesMax).map(({ id, kind, box }) => {
    const spot = spots.get(id);
    const speed = spot?.vxMps === undefined ? undefined : Math.hypot(spot.vxMps, spot.vyMps ?? 0);
    return {
      ...{ kind, id, x: whole(box.x), y: whole(box.y), width: whole(box.width), height: whole(box.height) },
      ...(spot === undefined ? {} : { xM: tenth(spot.xM), yM: tenth(spot.yM) }),
      ...(speed === undefined ? {} : { speedMps: tenth(speed) }),
    };
  });
  const zones = (place?.outlines ?? []).map(({ name, outline }) => {
    const seen = isFresh ? glance.zones.find((zone) => zone.name === name) : undefined;
    return {
      zone: name,
      outline: outline.map(([x, y]): [number, number] => [whole(x), whole(y)]),
      ...(seen?.counts === undefined ? {} : { people: seen.counts.person + seen.counts.bicycle }),
      coverage: whole((seen?.coverage ?? 0) * 100),
    };
  });
  return {
    v: 1,
    ...about,
    atMs: isFresh ? glance.atMs : atMs,
    picture: glance?.picture ?? { width: 640, height: 360 },
    boxes,
    zones,
    troubles: [...troublesOf(sight, atMs).values()].slice(0, troublesMax).map((text) => text.slice(0, 160)),
    coverage: isFresh && sight.unplaced === undefined ? whole(factor * 100) : 0,
    fps: tenth(sight.framesPerSecond),
  };
}
