/**
 * A drawn street: asphalt, zebra, kerbs, pavements, houses, sky. It never moves, so it is painted once for a camera
 * and a light, in full light and in shadow; frames lay people and their shadows over it. x runs across the road, y
 * along it.
 */

import { chance } from '../../chance/chance.ts';
import { type Camera, groundOf, type Point, viewOf } from '../camera.ts';
import { facade, type House, houses } from './houses.ts';
import { display, type Light, lightOf, linear, sent, shade, type Weather } from './light.ts';
import { cloudy, hash, smooth } from './noise.ts';
import type { Paint } from './shapes.ts';

export type Street = {
  /** x of both kerbs. */
  kerbsM: readonly [number, number];
  /** The zebra: the y of its middle line and its width along the road. */
  crossing: { middleM: number; widthM: number };
  pavementM: number;
  /** Chooses houses, patches and dirt. */
  seed: string;
};

/** The street as one camera sees it in one weather, ready to be drawn on. */
export type Backdrop = {
  camera: Camera;
  weather: Weather;
  light: Light;
  street: Street;
  /** RGB levels in full light, and with the key light taken away. */
  lit: Uint8Array;
  shaded: Uint8Array;
  /** The place of the ground in the middle of each pixel; NaN where it shows something else. */
  groundX: Float32Array;
  groundY: Float32Array;
};

/** Samples of each pixel, as offsets: four, turned so that neither kerbs nor facades make stairs. */
const samples = [
  [0.375, 0.125],
  [0.875, 0.375],
  [0.625, 0.875],
  [0.125, 0.625],
] as const;

const paint: Paint & { gloss: number } = { r: 0, g: 0, b: 0, gloss: 0 };
function mix(r: number, g: number, b: number, gloss = 0): void {
  paint.r = r;
  paint.g = g;
  paint.b = b;
  paint.gloss = gloss;
}

const marking = linear(222);

function asphalt(street: Street, x: number, y: number): void {
  const grain = smooth(x * 34, y * 34);
  const patch = cloudy(x * 0.35, y * 0.22);
  const tyre = Math.exp(-(((Math.abs(x - 5) - 2.4) % 1.6) ** 2) * 3) * 0.04;
  const isCracked = smooth(x * 0.3 + 9, y * 0.25) > 0.55;
  const crack = isCracked && Math.abs(cloudy(x * 0.5 + 3, y * 0.4) - 0.5) < 0.003 ? 0.72 : 1;
  const base = (0.085 + 0.05 * grain + 0.06 * patch - tyre * 0.5) * crack;
  mix(base, base * 1.01, base * 1.03);
  const [near, far] = street.kerbsM;
  const { middleM, widthM } = street.crossing;
  const along = Math.abs(y - middleM);
  const isZebra = along < widthM / 2 && (((x - near - 0.25) % 1) + 1) % 1 < 0.5 && x > near + 0.2 && x < far - 0.2;
  const stopLine = along > widthM / 2 + 1.2 && along < widthM / 2 + 1.6 && x - (near + far) / 2 < 0 !== y < middleM;
  const middle = Math.abs(x - (near + far) / 2) < 0.07 && along > widthM / 2 + 1.6 && ((y % 6) + 6) % 6 < 3.5;
  if (!isZebra && !stopLine && !middle) return;
  const worn = cloudy(x * 3.1 + 11, y * 3.1) < 0.3 ? 0.62 : 0.9 + 0.1 * grain;
  mix(marking * worn, marking * worn, marking * worn * 0.97);
}

function pavement(street: Street, x: number, y: number): void {
  const [near, far] = street.kerbsM;
  const behind = x < near ? near - x : x - far;
  if (behind < 0.16) {
    const stone = 0.36 + 0.05 * smooth(x * 20, y * 20) - (((y % 1) + 1) % 1 < 0.03 ? 0.14 : 0);
    mix(stone, stone * 0.98, stone * 0.94);
    return;
  }
  const { middleM, widthM } = street.crossing;
  const grain = smooth(x * 26, y * 26);
  if (behind < 0.75 && Math.abs(y - middleM) < widthM / 2) {
    // Blister paving: what a cane finds at a dropped kerb.
    const dot = Math.hypot(((((x * 8) % 1) + 1) % 1) - 0.5, ((((y * 8) % 1) + 1) % 1) - 0.5) < 0.3 ? 0.08 : 0;
    mix(0.42 + dot + 0.05 * grain, 0.36 + dot + 0.04 * grain, 0.26 + dot);
    return;
  }
  const [sx, sy] = [Math.floor(x / 0.6), Math.floor(y / 0.6)];
  const isJoint = x / 0.6 - sx < 0.035 || y / 0.6 - sy < 0.035;
  const slab = (0.24 + 0.05 * hash(sx, sy) + 0.05 * grain + 0.04 * cloudy(x * 0.4, y * 0.4)) * (isJoint ? 0.6 : 1);
  mix(slab, slab * 0.975, slab * 0.93);
}

/** Fills `paint` for a place of the ground. */
function ground(street: Street, x: number, y: number, rain: number): void {
  const [near, far] = street.kerbsM;
  if (x >= near && x <= far) asphalt(street, x, y);
  else pavement(street, x, y);
  if (rain <= 0) return;
  const wet = 1 - 0.45 * Math.min(1, rain * 1.5);
  const puddle = cloudy(x * 0.5 + 40, y * 0.5) > 0.62 ? 0.3 : 0.08;
  mix(paint.r * wet, paint.g * wet, paint.b * wet, puddle * Math.min(1, rain * 1.5));
}

type Ray = { eye: Point; dx: number; dy: number; dz: number };

/** Paints one ray: levels of light into `out` (lit r, g, b, shaded r, g, b). */
function look(scene: { street: Street; light: Light; sides: readonly House[][] }, ray: Ray, out: Float64Array): void {
  const { street, light, sides } = scene;
  const { eye, dx, dy, dz } = ray;
  const [near, far] = [street.kerbsM[0] - street.pavementM, street.kerbsM[1] + street.pavementM];
  const tGround = dz < -1e-9 ? -eye[2] / dz : Number.POSITIVE_INFINITY;
  for (const side of [0, 1] as const) {
    const wall = side === 0 ? near : far;
    // A camera on or behind a line of houses looks through it.
    const isInside = side === 0 ? eye[0] > wall + 0.5 : eye[0] < wall - 0.5;
    const t = (wall - eye[0]) / dx;
    if (!isInside || !(t > 0) || t > tGround) continue;
    const [y, z] = [eye[1] + t * dy, eye[2] + t * dz];
    const found = facade(sides[side]!, y, z, light);
    if (found === undefined) continue;
    shade(light, found, 1, wall, y, z, side === 0 ? 1 : -1, 0, 0);
    put(out, haze(light, t));
    return;
  }
  if (tGround < 400) {
    const [x, y] = [eye[0] + tGround * dx, eye[1] + tGround * dy];
    ground(street, x, y, light.rain);
    shade(light, paint, 1 - light.shadow, x, y, 0, 0, 0, 1);
    const grey = 1 - light.shadow * 0.25;
    const fog = haze(light, tGround);
    for (let i = 0; i < 3; i += 1) out[i + 3] = sent[i]! * grey * (1 - fog) + fog * light.horizon[i]!;
    shade(light, paint, 1, x, y, 0, 0, 0, 1);
    for (let i = 0; i < 3; i += 1) out[i] = sent[i]! * (1 - fog) + fog * light.horizon[i]!;
    return;
  }
  const up = Math.min(1, Math.max(0, dz / Math.hypot(dx, dy, dz)) * 2.2);
  const cloud = cloudy((dx / (Math.abs(dz) + 0.2)) * 2, (dy / (Math.abs(dz) + 0.2)) * 2) > 0.55 ? 0.12 : 0;
  for (let i = 0; i < 3; i += 1) {
    const sky = light.horizon[i]! * (1 - up) + light.zenith[i]! * up;
    out[i] = sky + cloud * light.horizon[i]!;
    out[i + 3] = out[i]!;
  }

  function put(into: Float64Array, fog: number): void {
    for (let i = 0; i < 3; i += 1) {
      into[i] = sent[i]! * (1 - fog) + fog * light.horizon[i]!;
      into[i + 3] = into[i]!;
    }
  }
}

const haze = (light: Light, distance: number): number =>
  1 - Math.exp(-distance / (light.rain > 0 ? 260 / (0.3 + light.rain) : 1500));

/** Lamps over the crossing, where they burn: one at each kerb, 5.5 m high. */
const lampsOf = (street: Street): Point[] => [
  [street.kerbsM[0] + 0.5, street.crossing.middleM - 1.5, 5.5],
  [street.kerbsM[1] - 0.5, street.crossing.middleM + 1.5, 5.5],
];

/** Paints the street for a camera and a weather; once, it costs about as much as ten frames. */
export function paintStreet({
  street,
  camera,
  weather,
}: {
  street: Street;
  camera: Camera;
  weather: Weather;
}): Backdrop {
  const light = lightOf(weather, lampsOf(street));
  const luck = chance(street.seed);
  const scene = { street, light, sides: [houses(luck.fork('near')), houses(luck.fork('far'))] };
  const { width, height, focalPx } = camera;
  const { eye, forward, right, down } = viewOf(camera);
  const lit = new Uint8Array(width * height * 3);
  const shaded = new Uint8Array(width * height * 3);
  const groundX = new Float32Array(width * height).fill(Number.NaN);
  const groundY = new Float32Array(width * height).fill(Number.NaN);
  const [one, sum] = [new Float64Array(6), new Float64Array(6)];
  const walls = [street.kerbsM[0] - street.pavementM, street.kerbsM[1] + street.pavementM];
  for (let py = 0, i = 0; py < height; py += 1) {
    for (let px = 0; px < width; px += 1, i += 1) {
      sum.fill(0);
      for (const [sx, sy] of samples) {
        const u = (px + sx - width / 2) / focalPx;
        const v = (py + sy - height / 2) / focalPx;
        const along = (k: 0 | 1 | 2) => forward[k] + u * right[k] + v * down[k];
        look(scene, { eye, dx: along(0), dy: along(1), dz: along(2) }, one);
        for (let k = 0; k < 6; k += 1) sum[k]! += display(one[k]!);
      }
      for (let k = 0; k < 3; k += 1) {
        lit[3 * i + k] = sum[k]! / 4;
        shaded[3 * i + k] = sum[k + 3]! / 4;
      }
      const place = groundOf(camera, [px + 0.5, py + 0.5]);
      const isOpen = place !== undefined && Math.hypot(place[0] - eye[0], place[1] - eye[1]) < 120;
      if (isOpen && (place[0] > walls[0]! || eye[0] <= walls[0]!) && (place[0] < walls[1]! || eye[0] >= walls[1]!)) {
        groundX[i] = place[0];
        groundY[i] = place[1];
      }
    }
  }
  return { camera, weather, light, street, lit, shaded, groundX, groundY };
}
