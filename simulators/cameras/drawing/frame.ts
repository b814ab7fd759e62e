/**
 * One picture of a scene with its truth: a function of the backdrop, the scene and the instant, and of nothing else.
 */
import { chance } from '../../chance/chance.ts';
import { type Camera, project } from '../camera.ts';
import { type ActorKind, actorsAt, type Scene, type Standing } from '../scene.ts';
import { type Area, around, type Canvas, createCanvas, drawShapes, fine, nothing, wipe } from './canvas.ts';
import type { Light } from './light.ts';
import { cyclistShapes, type Person, slowShapes, walkerShapes, wheelchairShapes } from './people.ts';
import { addNoise, addRain } from './sensor.ts';
import { type Footprint, layShadows } from './shadow.ts';
import type { Shape } from './shapes.ts';
import { paintFlame, paintGlint, paintSmoke } from './sprites.ts';
import type { Backdrop } from './street.ts';
import { beaconShapes, binShapes, carShapes, postShapes } from './things.ts';

/** What is really there: everything a detector, a tracker or a calibration can be held against. */
export type ActorTruth = {
  id: number;
  kind: ActorKind;
  /** Middle of the feet on the ground, metres. */
  foot: readonly [xM: number, yM: number];
  speedMps: number;
  headingDeg: number;
  /**
   * Tight around the whole actor as far as it lies in the picture, parts hidden by others included. Absent outside the
   * picture.
   */
  box?: { x: number; y: number; width: number; height: number };
  /**
   * As `box`, around the person alone, without what they push, sit in or ride: what an annotator of COCO would draw.
   */
  bodyBox?: { x: number; y: number; width: number; height: number };
  /** Share of the actor that can be seen: not hidden by another and not cut off by the edge. */
  visibleShare: number;
};

export type DrawnFrame = { rgb: Uint8Array; width: number; height: number; truth: ActorTruth[] };

/** An actor's solids; the first `bodyShapes` of them are the person, the rest what they use. */
type Drawn = { standing: Standing; shapes: Shape[]; bodyShapes: number; foot: Footprint };

const person: Footprint = { half: [0.08, 0.1], dim: 0.42 };

/** The solid parts of an actor; flames, smoke and glints have none. */
function solidOf(standing: Standing): Drawn {
  const { actor, sinceStartMs } = standing;
  const someone = ({ body, aid }: Person, foot: Footprint): Drawn => {
    return { standing, shapes: [...body, ...aid], bodyShapes: body.length, foot };
  };
  const thing = (shapes: Shape[], foot: Footprint): Drawn => ({ standing, shapes, bodyShapes: shapes.length, foot });
  switch (actor.kind) {
    case 'adult':
    case 'child':
      return someone(walkerShapes(standing), person);
    case 'slow':
      return someone(slowShapes(standing), person);
    case 'wheelchair':
      return someone(wheelchairShapes(standing), { half: [0.3, 0.25], dim: 0.35 });
    case 'cyclist':
      return someone(cyclistShapes(standing), { half: [0.5, 0.02], dim: 0.3 });
    case 'vehicle':
      return thing(carShapes(standing), { half: [1.95, 0.75], dim: 0.75 });
    case 'bin':
      return thing(binShapes(standing), { half: [0.22, 0.22], dim: 0.4 });
    case 'post':
      return thing(postShapes(standing), { half: [0, 0], dim: 0.2 });
    case 'beacon': {
      // 75 flashes a minute: a works light (EN 12352 allows 40 to 90).
      const isLit = (sinceStartMs / 800 + actor.seed * 0.37) % 1 < 0.35;
      return thing(beaconShapes(standing, isLit), { half: [0.1, 0.4], dim: 0.25 });
    }
    default:
      return thing([], { half: [0, 0], dim: 0 });
  }
}

const scratch = new WeakMap<Backdrop, { canvas: Canvas; mask: Uint8Array }>();

/** Memory that every frame of a backdrop uses again; nothing of one frame is left for the next. */
function scratchOf(backdrop: Backdrop): { canvas: Canvas; mask: Uint8Array } {
  const known = scratch.get(backdrop);
  if (known !== undefined) return known;
  const { camera } = backdrop;
  const made = { canvas: createCanvas(camera), mask: new Uint8Array(camera.width * camera.height) };
  scratch.set(backdrop, made);
  return made;
}

/** Draws a scene at an instant before a painted street. */
export function drawFrame(backdrop: Backdrop, scene: Scene, tMs: number): DrawnFrame {
  const { camera, light } = backdrop;
  const { width, height } = camera;
  const { canvas, mask } = scratchOf(backdrop);
  const rgb = backdrop.lit.slice();
  const actors = actorsAt(scene, tMs).map(solidOf);
  layShadows(rgb, backdrop, { canvas, mask, actors });
  if (light.rain > 0) mirror(rgb, backdrop, { canvas, actors });
  wipe(canvas);
  const silhouettes = actors.map((actor, i) => silhouetteOf(canvas, actor, { owner: i + 1, light }));
  const seen = blend(rgb, canvas, { cover: () => 1, owners: actors.length });
  const truth = actors.map(({ standing }, i) => {
    const sprite = paintSprite(rgb, backdrop, { canvas, standing });
    return sprite ?? solidTruth(canvas, actors[i]!, { silhouette: silhouettes[i]!, seen: seen[i + 1]! });
  });
  const picture = { rgb, width, height };
  if (light.rain > 0) addRain(picture, light.rain, chance(`rain ${backdrop.street.seed} ${tMs}`));
  addNoise(picture, { deviation: light.noise, seed: Math.round(tMs * 7.3) });
  return { ...picture, truth };
}

type Outline = { body: Area; whole: Area; samples: number };

/** Draws an actor, the person first, so that their own outline is known before that of all. */
function silhouetteOf(canvas: Canvas, actor: Drawn, about: { owner: number; light: Light }): Outline {
  const body = drawShapes(canvas, actor.shapes.slice(0, actor.bodyShapes), about);
  const aid = drawShapes(canvas, actor.shapes.slice(actor.bodyShapes), about);
  return { body: body.area, whole: around(body.area, aid.area), samples: body.samples + aid.samples };
}

/** Wet ground shows what stands on it, upside down and faint. */
function mirror(
  rgb: Uint8Array,
  backdrop: Backdrop,
  { canvas, actors }: { canvas: Canvas; actors: readonly Drawn[] },
): void {
  const { groundX, light } = backdrop;
  wipe(canvas);
  for (const [i, { shapes }] of actors.entries()) {
    drawShapes(canvas, shapes, { owner: i + 1, light, mirrored: true });
  }
  const strength = 0.28 * Math.min(1, light.rain * 1.5);
  blend(rgb, canvas, { cover: (pixel) => (Number.isNaN(groundX[pixel]!) ? 0 : strength), owners: actors.length });
}

/** Lays the canvas over the picture; answers with how many samples of each owner are on top. */
function blend(
  rgb: Uint8Array,
  canvas: Canvas,
  { cover, owners }: { cover: (pixel: number) => number; owners: number },
): Uint32Array {
  const seen = new Uint32Array(owners + 1);
  const { dirty, owner, width } = canvas;
  if (dirty === nothing) return seen;
  const wide = width / fine;
  for (let y = Math.floor(dirty.top / fine); y < Math.ceil(dirty.bottom / fine); y += 1) {
    for (let x = Math.floor(dirty.left / fine); x < Math.ceil(dirty.right / fine); x += 1) {
      const first = (y * width + x) * fine;
      let r = 0;
      let g = 0;
      let b = 0;
      let count = 0;
      for (let k = 0; k < 4; k += 1) {
        const i = first + (k & 1) + (k >> 1) * width;
        const who = owner[i]!;
        if (who === 0) continue;
        seen[who]! += 1;
        count += 1;
        r += canvas.rgb[3 * i]!;
        g += canvas.rgb[3 * i + 1]!;
        b += canvas.rgb[3 * i + 2]!;
      }
      if (count === 0) continue;
      const share = cover(y * wide + x);
      const keep = 1 - (share * count) / 4;
      const i = 3 * (y * wide + x);
      rgb[i] = rgb[i]! * keep + (share * r) / 4;
      rgb[i + 1] = rgb[i + 1]! * keep + (share * g) / 4;
      rgb[i + 2] = rgb[i + 2]! * keep + (share * b) / 4;
    }
  }
  return seen;
}

const factsOf = ({ actor, x, y, speedMps, headingDeg }: Standing) => ({
  id: actor.id,
  kind: actor.kind,
  foot: [x, y] as const,
  speedMps,
  headingDeg,
});

const boxOf = ({ left, top, right, bottom }: Area, by: number) => ({
  x: left / by,
  y: top / by,
  width: (right - left) / by,
  height: (bottom - top) / by,
});

function paintSprite(
  rgb: Uint8Array,
  backdrop: Backdrop,
  { canvas, standing }: { canvas: Canvas; standing: Standing },
): ActorTruth | undefined {
  const { kind } = standing.actor;
  let area: Area;
  if (kind === 'flame') area = paintFlame(rgb, canvas, standing);
  else if (kind === 'smoke') area = paintSmoke(rgb, canvas, standing, backdrop.light);
  else if (kind === 'glint') area = paintGlint(rgb, canvas, standing);
  else return undefined;
  if (area === nothing) return { ...factsOf(standing), visibleShare: 0 };
  return { ...factsOf(standing), box: boxOf(area, 1), visibleShare: 1 };
}

function solidTruth(
  canvas: Canvas,
  { standing, shapes }: Drawn,
  { silhouette, seen }: { silhouette: Outline; seen: number },
): ActorTruth {
  const { samples, whole: area, body } = silhouette;
  if (samples === 0) return { ...factsOf(standing), visibleShare: 0 };
  const atEdge = area.left === 0 || area.top === 0 || area.right === canvas.width || area.bottom === canvas.height;
  const inside = atEdge ? insideShare(canvas.camera, shapes) : 1;
  return {
    ...factsOf(standing),
    box: boxOf(area, fine),
    ...(body.right > 0 && { bodyBox: boxOf(body, fine) }),
    visibleShare: (inside * seen) / samples,
  };
}

/** The share of an actor's solids with their middles in the picture, by their size. */
function insideShare(camera: Camera, shapes: readonly Shape[]): number {
  let [inside, all] = [0, 0];
  for (const { bounds } of shapes) {
    for (let i = 0; i < bounds.length; i += 4) {
      const at = project(camera, [bounds[i]!, bounds[i + 1]!, bounds[i + 2]!]);
      const size = (bounds[i + 3]! + 0.05) ** 2;
      all += size;
      if (at && at[0] >= 0 && at[1] >= 0 && at[0] < camera.width && at[1] < camera.height) inside += size;
    }
  }
  return all > 0 ? inside / all : 0;
}
