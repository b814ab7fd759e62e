import type { Box } from '../types.ts';
import { clip, iou } from './boxes.ts';
import { type Actor, boxOfActor, detect, type Eye, type PinHole, poleCamera } from './drawn-street.ts';
import { type FollowedFoot, noTracks, stepTracks, type TrackingState, usualTracking } from './tracking.ts';

/** What came of following a scripted street: shares of the pictures of visible people, and counts. */
export type Outcome = { coverage: number; switches: number; ids: number; state: TrackingState; last: FollowedFoot[] };
export type Drive = { fps: number; seconds: number; eye: Eye; camera?: PinHole; everyPicture?: (shown: Shown) => void };
/** One picture of a scripted street: what was followed, and where each visible actor was. */
export type Shown = { tS: number; atMs: number; followed: FollowedFoot[]; truth: { actor: Actor; box: Box }[] };

/** The scripted street seen through the detector, for `seconds`, and who was followed; for tests. */
export function drive(
  actors: readonly Actor[],
  { fps, seconds, eye, camera = poleCamera, everyPicture }: Drive,
): Outcome {
  let state = noTracks;
  let last: FollowedFoot[] = [];
  const idOf = new Map<Actor, number>();
  const ids = new Set<number>();
  const counts = { present: 0, covered: 0, switches: 0 };
  for (let i = 0; i < seconds * fps; i += 1) {
    const tS = i / fps;
    const truth = actors.flatMap((actor) => {
      const box = boxOfActor(camera, actor, tS);
      const inside = box && clip(box, camera.picture);
      return box && inside && inside.width * inside.height > 0.5 * box.width * box.height ? [{ actor, box }] : [];
    });
    const atMs = 1000 + Math.round(1000 * tS);
    const stepped = stepTracks(state, { detections: detect(truth, eye), picture: camera.picture, atMs }, usualTracking);
    state = stepped.state;
    last = stepped.followed;
    score(truth, last, { counts, idOf, ids });
    everyPicture?.({ tS, atMs, followed: last, truth });
  }
  const { present, covered, switches } = counts;
  return { coverage: covered / Math.max(1, present), switches, ids: ids.size, state, last };
}

type Tally = {
  counts: { present: number; covered: number; switches: number };
  idOf: Map<Actor, number>;
  ids: Set<number>;
};

function score(truth: Shown['truth'], followed: readonly FollowedFoot[], { counts, idOf, ids }: Tally): void {
  const used = new Set<number>();
  for (const { box, actor } of truth) {
    counts.present += 1;
    const free = followed.filter(({ id }) => !used.has(id));
    const best = free.sort((a, b) => iou(b.box, box) - iou(a.box, box))[0];
    if (best === undefined || iou(best.box, box) < 0.4) continue;
    counts.covered += 1;
    used.add(best.id);
    ids.add(best.id);
    if (idOf.has(actor) && idOf.get(actor) !== best.id) counts.switches += 1;
    idOf.set(actor, best.id);
  }
}
