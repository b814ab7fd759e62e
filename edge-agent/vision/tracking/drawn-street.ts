import type { Box, Detection, Kind } from '../types.ts';

/**
 * A street for tests: people and vehicles that walk by script, seen through a pin-hole camera as boxes, with the
 * misses, jitter and hidings of a detector. Metres: x to the right, y away from the camera, z up. No pictures.
 */
export type PinHole = {
  picture: { width: number; height: number };
  focalPx: number;
  /** Place of the camera, and how far it looks down and (to the left) aside. */
  at: [x: number, y: number, z: number];
  downRad: number;
  leftRad: number;
};

/** A camera 5 m up a pole that looks at a crossing 8 to 25 m away. */
export const poleCamera: PinHole = {
  picture: { width: 1280, height: 720 },
  focalPx: 1000,
  at: [0, 0, 5],
  downRad: 0.3,
  leftRad: 0,
};

/** Where a point of the world is in the picture; undefined behind the camera. */
export function look(camera: PinHole, [x, y, z]: readonly [number, number, number]): [number, number] | undefined {
  const { at, downRad, leftRad, focalPx, picture } = camera;
  const [dx, dy, dz] = [x - at[0], y - at[1], z - at[2]];
  const right = dx * Math.cos(leftRad) + dy * Math.sin(leftRad);
  const ahead = dy * Math.cos(leftRad) - dx * Math.sin(leftRad);
  const depth = ahead * Math.cos(downRad) - dz * Math.sin(downRad);
  const below = -ahead * Math.sin(downRad) - dz * Math.cos(downRad);
  if (depth <= 0.1) return undefined;
  return [picture.width / 2 + (focalPx * right) / depth, picture.height / 2 + (focalPx * below) / depth];
}

/** Somebody or something that moves by script; not there where `at` gives nothing. */
export type Actor = {
  kind?: Kind;
  heightM?: number;
  widthM?: number;
  score?: number;
  at: (tS: number) => [xM: number, yM: number] | undefined;
};

/** Walks from one place to another at a speed from an instant on, and is gone afterwards. */
export function walker(from: [number, number], to: [number, number], { speedMps = 1.3, fromS = 0 } = {}): Actor {
  const lengthM = Math.hypot(to[0] - from[0], to[1] - from[1]);
  return {
    at: (tS) => {
      const share = ((tS - fromS) * speedMps) / lengthM;
      if (share < 0 || share > 1) return undefined;
      return [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
    },
  };
}

/** The box of an actor as it is, not as it is detected. */
export function boxOfActor(camera: PinHole, actor: Actor, tS: number): Box | undefined {
  const place = actor.at(tS);
  const foot = place && look(camera, [...place, 0]);
  const head = place && look(camera, [...place, actor.heightM ?? 1.7]);
  if (!foot || !head || foot[1] - head[1] < 1) return undefined;
  const height = foot[1] - head[1];
  const width = (height * (actor.widthM ?? 0.6)) / (actor.heightM ?? 1.7);
  return { x: foot[0] - width / 2, y: head[1], width, height };
}

/** A detector of modest quality; hidden are people in `hides` (pixels) and behind others. */
export type Eye = { miss: number; jitter: number; hides?: readonly Box[]; luck: { next(): number; gauss(): number } };

function shareBehind(box: Box, front: Box): number {
  const width = Math.min(box.x + box.width, front.x + front.width) - Math.max(box.x, front.x);
  const height = Math.min(box.y + box.height, front.y + front.height) - Math.max(box.y, front.y);
  return width <= 0 || height <= 0 ? 0 : (width * height) / (box.width * box.height);
}

/** What is in front of nobody hides nobody; half hidden is seen less surely, mostly hidden not at all. */
export function detect(boxes: readonly { box: Box; actor: Actor }[], eye: Eye): Detection[] {
  const found: Detection[] = [];
  for (const { box, actor } of boxes) {
    const others = boxes.filter((each) => each.box.y + each.box.height > box.y + box.height).map((each) => each.box);
    const hidden = Math.max(0, ...[...others, ...(eye.hides ?? [])].map((front) => shareBehind(box, front)));
    const { luck } = eye;
    const [isMissed, blur] = [luck.next() < eye.miss || hidden > 0.6, eye.jitter * box.height];
    const score = Math.min(0.95, Math.max(0.05, (actor.score ?? 0.7) - 0.8 * hidden + 0.08 * luck.gauss()));
    const top = box.y + blur * luck.gauss();
    const bottom = box.y + box.height + blur * luck.gauss();
    const left = box.x + 0.6 * blur * luck.gauss();
    const right = box.x + box.width + 0.6 * blur * luck.gauss();
    if (isMissed || right - left < 2 || bottom - top < 2) continue;
    found.push({
      kind: actor.kind ?? 'person',
      score,
      box: { x: left, y: top, width: right - left, height: bottom - top },
    });
  }
  return found;
}
