import type { Kind, Seen } from '@tocsin/edge-agent/vision';
import type { CameraConfig } from '../../edge-agent/cameras/camera/config.ts';
import {
  noSight,
  type Sight,
  type SightConfig,
  type SightEvent,
  stepSight,
} from '../../edge-agent/cameras/camera/sight.ts';
import { usualSupervision } from '../../edge-agent/cameras/supervision/supervision.ts';
import type { FollowedFoot } from '../../edge-agent/vision/tracking/tracking.ts';

/** Somebody or something that was followed, from its first sighting to its last. */
export type Path = {
  id: number;
  kind: Kind;
  firstAtMs: number;
  seenAtMs: number;
  /** It went further than a statue may. */
  hasMoved: boolean;
  /** Foot points where they could be known, pixels. */
  feet: { atMs: number; xPx: number; yPx: number }[];
  height: number;
};

/** What the pure chain made of the pictures of one clip. */
export type Run = {
  /** Everybody who counted after each picture. */
  followed: FollowedFoot[][];
  /** Tracks that were begun, and those among them that came to count. */
  begun: number;
  paths: Path[];
  /** Troubles of the camera in words, each once. */
  troubles: string[];
  /** Highest scores of the flame watcher; undefined when it never said anything. */
  flameMax?: number;
  smokeMax?: number;
};

/** A camera without calibration that watches for fire, too. */
function cameraOf(model: string, fps: number): CameraConfig {
  return {
    ...{ id: 'clip', source: { kind: 'video' }, fps, model, flames: true, footOffset: 0.03, zones: [] },
    evidence: { atLeast: 'Minor', beforeMs: 3000, afterMs: 3000, pictures: 5, blurPeople: true },
  };
}

const most = (before: number | undefined, now: number | undefined) =>
  now === undefined ? before : Math.max(before ?? 0, now);

/** Plays what the eyes saw through tracking, supervision and flame watcher as a gateway does, with a tick twice a second. */
export function runChain(seen: readonly Seen[], { model, fps }: { model: string; fps: number }): Run {
  const config: SightConfig = { camera: cameraOf(model, fps), supervision: usualSupervision };
  const run: Run = { followed: [], begun: 0, paths: [], troubles: [] };
  const paths = new Map<number, Path>();
  let sight = noSight(seen[0]!.capturedAtMs);
  let tickAtMs = seen[0]!.capturedAtMs;
  const step = (event: SightEvent) => {
    const { state, events } = stepSight(sight, event, config);
    sight = state;
    for (const told of events)
      if (told.kind === 'trouble' && told.reasons.length > 0)
        run.troubles.push(`${told.name}: ${told.reasons.join(' ')}`);
  };
  for (const one of seen) {
    const nowMs = one.capturedAtMs;
    for (; tickAtMs < nowMs; tickAtMs += 500) step({ kind: 'tick', atMs: tickAtMs, framesPerSecond: fps });
    step({ kind: 'seen', seen: one, nowMs });
    const { followed, fire } = sight.glance!;
    run.followed.push([...followed]);
    note(paths, sight, followed);
    run.flameMax = most(run.flameMax, fire.flame);
    run.smokeMax = most(run.smokeMax, fire.smoke);
  }
  run.begun = sight.tracks.nextId - 1;
  run.paths = [...paths.values()];
  run.troubles = [...new Set(run.troubles)];
  return run;
}

function note(paths: Map<number, Path>, { tracks }: Sight, followed: readonly FollowedFoot[]): void {
  for (const { id, kind, foot, isSeen } of followed) {
    const target = tracks.targets.find((each) => each.id === id)!;
    const path = paths.get(id) ?? {
      id,
      kind,
      firstAtMs: target.firstAtMs,
      seenAtMs: 0,
      hasMoved: false,
      feet: [],
      height: 0,
    };
    path.kind = kind;
    path.seenAtMs = target.seenAtMs;
    path.hasMoved = target.hasMoved;
    path.height = target.height.at;
    if (foot !== undefined && isSeen) path.feet.push({ atMs: tracks.atMs, ...foot });
    paths.set(id, path);
  }
}

/** Begins within so long of an end may be the same thing once more; the tracker itself hands over for half of that. */
const switchMs = 3_000;

/**
 * Ends that are followed by a begin of the same kind within a height of the box and three seconds: what may be switches of identity
 * where nobody knows the truth.
 */
export function switchesOf(paths: readonly Path[]): number {
  return paths.filter(({ id, kind, seenAtMs, feet, height }) =>
    paths.some((next) => {
      const [end, begin] = [feet.at(-1), next.feet[0]];
      if (next.id === id || next.kind !== kind || end === undefined || begin === undefined) return false;
      const pauseMs = next.firstAtMs - seenAtMs;
      return pauseMs >= 0 && pauseMs <= switchMs && Math.hypot(end.xPx - begin.xPx, end.yPx - begin.yPx) <= height;
    }),
  ).length;
}
