/** The truth of a clip in the shapes that evaluation tools read: COCO annotations and MOTChallenge lines. */
import type { ActorTruth } from './drawing/frame.ts';
import type { ActorKind } from './scene.ts';

export type ClipTruth = {
  width: number;
  height: number;
  fps: number;
  frames: { file: string; tMs: number; actors: ActorTruth[] }[];
};

/**
 * The category each kind of actor is found as; person, bicycle and car carry COCO's own numbers, others start at 101.
 */
const categories: Readonly<Record<ActorKind, { id: number; name: string } | undefined>> = {
  adult: { id: 1, name: 'person' },
  child: { id: 1, name: 'person' },
  wheelchair: { id: 1, name: 'person' },
  slow: { id: 1, name: 'person' },
  cyclist: { id: 1, name: 'person' },
  vehicle: { id: 3, name: 'car' },
  flame: { id: 101, name: 'flame' },
  smoke: { id: 102, name: 'smoke' },
  beacon: undefined,
  glint: undefined,
  bin: undefined,
  post: undefined,
};

export type CocoTruth = {
  images: { id: number; file_name: string; width: number; height: number; t_ms: number }[];
  categories: { id: number; name: string }[];
  annotations: {
    id: number;
    image_id: number;
    category_id: number;
    bbox: [x: number, y: number, width: number, height: number];
    area: number;
    iscrowd: 0;
    track_id: number;
    kind: ActorKind;
    visible_share: number;
    foot_m: readonly [number, number];
    speed_mps: number;
  }[];
};

/**
 * A clip's truth as COCO (boxes in pixels from the top left; of a person without wheelchair, walker or bicycle), with
 * track, kind, visibility, foot point and speed as extra fields.
 */
export function truthAsCoco(truth: ClipTruth): CocoTruth {
  const { width, height, frames } = truth;
  const annotations: CocoTruth['annotations'] = [];
  frames.forEach(({ actors }, frame) => {
    for (const { id, kind, box: whole, bodyBox: box = whole, visibleShare, foot, speedMps } of actors) {
      const category = categories[kind];
      if (category === undefined || box === undefined) continue;
      annotations.push({
        id: annotations.length + 1,
        image_id: frame + 1,
        category_id: category.id,
        bbox: [box.x, box.y, box.width, box.height],
        area: box.width * box.height,
        iscrowd: 0,
        track_id: id,
        kind,
        visible_share: visibleShare,
        foot_m: foot,
        speed_mps: speedMps,
      });
    }
  });
  const named = Object.values(categories).flatMap((category) => category ?? []);
  return {
    images: frames.map(({ file, tMs }, i) => ({ id: i + 1, file_name: file, width, height, t_ms: tMs })),
    categories: [...new Map(named.map((category) => [category.id, category])).values()],
    annotations,
  };
}

/**
 * A clip's truth as MOTChallenge ground truth: frame from 1, id, left, top, width, height, 1, class 1 person or 3 car,
 * visibility.
 */
export function truthAsMot({ frames }: ClipTruth): string {
  const lines = frames.flatMap(({ actors }, frame) =>
    actors.flatMap(({ id, kind, box: whole, bodyBox: box = whole, visibleShare }) => {
      const category = categories[kind]?.id;
      if (box === undefined || category === undefined || category > 100) return [];
      const { x, y, width, height } = box;
      return [[frame + 1, id, x, y, width, height, 1, category, visibleShare.toFixed(3)].join(',')];
    }),
  );
  return lines.map((line) => `${line}\n`).join('');
}
