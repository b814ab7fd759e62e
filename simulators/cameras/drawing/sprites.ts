/**
 * What has no surface: flames, smoke, the sun in a pane. Drawn on an upright plane at the actor's place, behind what
 * stands before it.
 */
import { chance } from '../../chance/chance.ts';
import { project, viewOf } from '../camera.ts';
import type { Standing } from '../scene.ts';
import { type Area, around, type Canvas, fine, nothing } from './canvas.ts';
import { display, type Light } from './light.ts';
import { cloudy, smooth } from './noise.ts';

/**
 * Colour and cover of a place of a sprite: metres to the right of its foot and up. Levels 0…255 and cover 0…1 go into
 * `out`.
 */
type Look = (right: number, up: number, out: Float64Array) => void;

/** Cover from which a sprite's pixel belongs to its box. */
const coverMin = 0.2;

function paint(
  rgb: Uint8Array,
  canvas: Canvas,
  about: { standing: Standing; half: number; high: number; look: Look },
): Area {
  const { standing, half, high, look } = about;
  const { camera } = canvas;
  const foot = project(camera, [standing.x, standing.y, 0]);
  if (foot === undefined) return nothing;
  const { eye, forward } = viewOf(camera);
  const depth = forward[0] * (standing.x - eye[0]) + forward[1] * (standing.y - eye[1]) - forward[2] * eye[2];
  const scale = camera.focalPx / depth;
  const tall = scale * Math.cos((camera.pitchDeg * Math.PI) / 180);
  const out = new Float64Array(4);
  let area = nothing;
  const [fromX, toX] = [
    Math.max(0, Math.floor(foot[0] - half * scale)),
    Math.min(camera.width, foot[0] + half * scale),
  ];
  const [fromY, toY] = [Math.max(0, Math.floor(foot[1] - high * tall)), Math.min(camera.height, foot[1] + 1)];
  for (let y = fromY; y < toY; y += 1) {
    for (let x = fromX; x < toX; x += 1) {
      if (canvas.depth[(y * canvas.width + x) * fine]! < depth - 0.3) continue;
      look((x + 0.5 - foot[0]) / scale, (foot[1] - y - 0.5) / tall, out);
      const cover = Math.min(1, out[3]!);
      if (cover <= 0.004) continue;
      if (cover > coverMin) area = around(area, { left: x, top: y, right: x + 1, bottom: y + 1 });
      const i = 3 * (y * camera.width + x);
      for (let k = 0; k < 3; k += 1) rgb[i + k] = rgb[i + k]! + (out[k]! - rgb[i + k]!) * cover;
    }
  }
  return area;
}

const grown = ({ actor, sinceStartMs }: Standing): number =>
  actor.growthMs ? 0.15 + 0.85 * Math.min(1, sinceStartMs / actor.growthMs) : 1;

/**
 * A flame that licks upwards and flickers with 2 to 10 Hz, as pool fires of 0.03 to 0.6 m do (f ≈ 1.5 / √D, Cetegen
 * 1993).
 */
export function paintFlame(rgb: Uint8Array, canvas: Canvas, standing: Standing): Area {
  const { actor, sinceStartMs } = standing;
  const luck = chance(`flame ${actor.seed}`);
  const hz = 2 + 8 * luck.next() ** 2;
  const tS = sinceStartMs / 1000;
  const beat = 1 + 0.2 * Math.sin(2 * Math.PI * hz * tS) + 0.25 * (smooth(tS * hz * 1.7, actor.seed) - 0.5);
  const high = actor.heightM * grown(standing) * beat;
  const half = 0.34 * actor.heightM * grown(standing);
  const look: Look = (right, up, out) => {
    const v = up / high;
    const bend = right + 0.5 * half * v * (smooth(v * 2 - tS * hz * 0.5, actor.seed + 3) - 0.5) * 2;
    const edge = half * 1.25 * Math.max(0, v + 0.06) ** 0.3 * Math.max(0, 1 - v) ** 0.75;
    const body = edge > 0 ? Math.max(0, 1 - Math.abs(bend) / edge) : 0;
    const lick = cloudy((bend / half) * 2.2, (up / half) * 1.4 - tS * hz * 0.9, actor.seed * 0.37);
    const glow = 0.3 + body * 0.9 + 1.3 * (lick - 0.5) - 0.3 * v;
    const heat = Math.max(0, Math.min(1, glow)) * Math.min(1, body * 3);
    out[0] = 225 + 30 * heat;
    out[1] = 70 + 185 * heat ** 0.8;
    out[2] = 15 + 190 * heat ** 2.6;
    out[3] = Math.min(1, heat * 3.2);
  };
  return paint(rgb, canvas, { standing, half: half * 1.3, high: high * 1.02, look });
}

/** A plume of puffs that rise, widen and thin out. */
export function paintSmoke(rgb: Uint8Array, canvas: Canvas, standing: Standing, light: Light): Area {
  const { actor, sinceStartMs } = standing;
  const luck = chance(`smoke ${actor.seed}`);
  const size = grown(standing);
  const high = actor.heightM * size;
  const tS = sinceStartMs / 1000;
  const drift = 0.5 * (luck.next() - 0.5);
  const base = 0.2 + 0.25 * luck.next();
  const level = [0, 1, 2].map((k) => display(base * (light.skyRgb[k]! + 0.5 * light.sunRgb[k]!) * light.exposure));
  const look: Look = (right, up, out) => {
    const v = up / high;
    const middle = drift * up + 0.15 * high * v * (smooth(v * 2 - tS * 0.4, actor.seed) - 0.5);
    const wide = high * (0.07 + 0.24 * v);
    const inside = 1 - ((right - middle) / wide) ** 2;
    const billow = cloudy(right * 2.6, up * 2 - tS * 1.3, tS * 0.35 + actor.seed);
    const cover = inside * 1.2 * (1.25 - v) * (0.35 + 1.3 * (billow - 0.2));
    const tone = 0.75 + 0.5 * billow;
    for (let k = 0; k < 3; k += 1) out[k] = Math.min(255, level[k]! * tone);
    out[3] = v < 0 || v > 1 ? 0 : Math.max(0, Math.min(0.92, cover) * Math.min(1, (1 - v) * 5, v * 4));
  };
  return paint(rgb, canvas, { standing, half: high * (0.4 + Math.abs(drift)), high, look });
}

/** The sun in a pane: a white star that hardly moves and slowly swells; no flame. */
export function paintGlint(rgb: Uint8Array, canvas: Canvas, standing: Standing): Area {
  const { actor, sinceStartMs } = standing;
  const swell = 0.75 + 0.25 * Math.sin(sinceStartMs / 2600 + actor.seed);
  const radius = 0.14 * swell;
  const look: Look = (right, up, out) => {
    const [dx, dy] = [right, up - actor.heightM];
    const round = Math.exp(-(dx * dx + dy * dy) / (radius * radius));
    const ray = Math.exp(-Math.abs(dx * dy) * 900) * Math.exp(-Math.hypot(dx, dy) / (2 * radius));
    out[0] = 255;
    out[1] = 250;
    out[2] = 232;
    out[3] = Math.min(1, 1.4 * round + 0.8 * ray);
  };
  return paint(rgb, canvas, { standing, half: 0.7, high: actor.heightM + 0.7, look });
}
