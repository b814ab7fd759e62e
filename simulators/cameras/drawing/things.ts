/** Vehicles and the few things that stand in a street. */
import { chance } from '../../chance/chance.ts';
import type { Point } from '../camera.ts';
import type { Standing } from '../scene.ts';
import { paintOf } from './light.ts';
import { ball, block, cone, type Frame, frameAt, hull, type Paint, type Pattern, ring, type Shape } from './shapes.ts';

const rubber: Paint = { r: 0.02, g: 0.02, b: 0.022 };
const glass: Paint = { r: 0.02, g: 0.025, b: 0.03, gloss: 0.3 };
const trim: Paint = { r: 0.03, g: 0.03, b: 0.032, gloss: 0.05 };
const carPaints = [
  [205, 208, 212],
  [150, 154, 160],
  [34, 36, 40],
  [232, 232, 230],
  [36, 62, 112],
  [140, 26, 30],
  [70, 78, 74],
] as const;

type Face = readonly [number, number, number, number];
/** A face by its direction in degrees in the side view (0 ahead, 90 up) and a place on it. */
const sideFace = (degrees: number, [x, z]: readonly [number, number], tilt = 0): Face => {
  const [a, t] = [(degrees * Math.PI) / 180, (tilt * Math.PI) / 180];
  const [nx, nz] = [Math.cos(a) * Math.cos(t), Math.sin(a) * Math.cos(t)];
  return [nx, 0, nz, nx * x + nz * z];
};
const flank = (sign: number, half: number, lean: number, z: number): Face => {
  const [cos, sin] = [Math.cos(lean), Math.sin(lean)];
  return [0, sign * cos, sin, cos * half + sin * z];
};

/** A hatchback 4.2 m long and 1.8 m wide; its place is the middle of its floor. */
export function carShapes(standing: Standing): Shape[] {
  const { actor, x, y, headingDeg, walkedM, speedMps } = standing;
  const frame = frameAt(x, y, headingDeg);
  const luck = chance(`car ${actor.seed}`);
  const body: Paint = { ...paintOf(actor.look?.colour ?? luck.pick(carPaints)), gloss: 0.22 };
  const high = actor.heightM;
  const belt = 0.62 * high;
  const lower: Face[] = [
    sideFace(0, [2.1, 0.5]),
    sideFace(35, [2.06, 0.62]),
    sideFace(78, [1.95, 0.7]),
    sideFace(86, [1, belt]),
    sideFace(90, [0, belt + 0.02]),
    sideFace(150, [-2.02, belt - 0.05]),
    sideFace(180, [-2.1, 0.5]),
    sideFace(-90, [0, 0.2]),
    sideFace(-35, [2.05, 0.3]),
    sideFace(-145, [-2.05, 0.3]),
    ...[1, -1].flatMap((s) => [flank(s, 0.9, 0.06, 0.5), flank(s, 0.88, 0.5, belt), flank(s, 0.88, -0.35, 0.3)]),
    ...[1, -1].flatMap((s): Face[] => [
      [0.5, s * 0.866, 0, 0.5 * 1.95 + 0.866 * 0.78],
      [-0.5, s * 0.866, 0, 0.5 * 1.98 + 0.866 * 0.8],
    ]),
  ];
  const upper: Face[] = [
    sideFace(58, [0.75, belt]),
    sideFace(80, [0.1, high - 0.02]),
    sideFace(90, [0, high]),
    sideFace(100, [-1.1, high - 0.03]),
    sideFace(152, [-1.85, belt + 0.05]),
    sideFace(-90, [0, belt - 0.1]),
    ...[1, -1].flatMap((s) => [flank(s, 0.82, 0.33, belt), flank(s, 0.6, 0.9, high)]),
  ];
  const window: Pattern = (px, py, pz) => {
    if (pz > high - 0.09 || pz < belt + 0.05) return body;
    const isSide = Math.abs(py) > 0.82 - 0.34 * (pz - belt) - 0.05;
    if (!isSide) return Math.abs(py) < 0.66 ? glass : body;
    const isPillar = Math.abs(px + 0.35) < 0.05 || px < -1.35 || px > 0.72 - 0.62 * (pz - belt);
    return isPillar ? body : glass;
  };
  const sheet: Pattern = (px, py, pz) => {
    if (pz < 0.3) return trim;
    if (px > 2 && Math.abs(py) < 0.5 && pz < 0.52) return trim;
    const isSeam = Math.abs(Math.abs(px + 0.35) - 0.02) < 0.012 || Math.abs(px - 0.75) < 0.012;
    return isSeam && Math.abs(py) > 0.7 ? trim : body;
  };
  const shapes = [
    hull(frame, lower, {
      box: [
        [-2.12, -0.93, 0.18],
        [2.12, 0.93, belt + 0.03],
      ],
      paint: sheet,
    }),
    hull(frame, upper, {
      box: [
        [-1.95, -0.88, belt - 0.1],
        [0.95, 0.88, high],
      ],
      paint: window,
    }),
  ];
  for (const wx of [1.3, -1.3])
    for (const wy of [0.82, -0.82]) shapes.push(...wheelShapes(frame, [wx, wy, 0.31], walkedM));
  for (const s of [1, -1]) shapes.push(...lampShapes(frame, s, speedMps < 0.05));
  shapes.push(block(frame, [2.1, 0, 0.42], [0.02, 0.26, 0.055], { r: 0.75, g: 0.75, b: 0.72 }));
  shapes.push(block(frame, [-2.1, 0, 0.55], [0.02, 0.26, 0.055], { r: 0.75, g: 0.75, b: 0.72 }));
  return shapes;
}

function wheelShapes(frame: Frame, at: Point, rolledM: number): Shape[] {
  const out = Math.sign(at[1]);
  const hub: Pattern = (px, _py, pz) => {
    const angle = Math.atan2(pz, px) + rolledM / 0.31;
    return Math.cos(5 * angle) > -0.2 ? { r: 0.4, g: 0.4, b: 0.42, gloss: 0.1 } : trim;
  };
  return [
    ball(frame, [at[0], at[1] - out * 0.01, at[2] + 0.03], [0.38, 0.09, 0.38], trim),
    ring(frame, [at[0], at[1] + out * 0.03, at[2]], [0.23, 0.085], rubber),
    ball(frame, [at[0], at[1] + out * 0.06, at[2]], [0.2, 0.05, 0.2], hub),
  ];
}

function lampShapes(frame: Frame, side: number, isBraking: boolean): Shape[] {
  const front: Paint = { r: 0.9, g: 0.9, b: 0.85, gloss: 0.3, glow: 0.7 };
  const rear: Paint = { r: 0.75, g: 0.03, b: 0.03, gloss: 0.1, glow: isBraking ? 1.6 : 0.5 };
  return [
    ball(frame, [1.96, side * 0.66, 0.66], [0.14, 0.2, 0.08], front),
    ball(frame, [-2.0, side * 0.68, 0.78], [0.1, 0.16, 0.12], rear),
    ball(frame, [0.62, side * 0.98, 0.98], [0.08, 0.11, 0.08], trim),
  ];
}

/** A litter bin. */
export function binShapes({ actor, x, y, headingDeg }: Standing): Shape[] {
  const frame = frameAt(x, y, headingDeg);
  const high = actor.heightM;
  const green: Paint = { r: 0.05, g: 0.12, b: 0.07, gloss: 0.05 };
  return [
    block(frame, [0, 0, high * 0.45], [0.26, 0.26, high * 0.45], green),
    block(frame, [0, 0, high * 0.94], [0.29, 0.29, high * 0.06], trim),
  ];
}

/** A traffic signal's post with its heads, without a light that means anything. */
export function postShapes({ actor, x, y, headingDeg }: Standing): Shape[] {
  const frame = frameAt(x, y, headingDeg);
  const high = actor.heightM;
  const steel: Paint = { r: 0.24, g: 0.25, b: 0.25 };
  return [
    cone(frame, { from: [0, 0, 0], to: [0, 0, high], radii: [0.06, 0.055] }, steel),
    block(frame, [0.14, 0, high - 0.45], [0.13, 0.14, 0.45], trim),
    block(frame, [0, 0.14, 2.2], [0.11, 0.11, 0.22], trim),
    block(frame, [0.1, 0, 1.05], [0.06, 0.07, 0.1], { r: 0.6, g: 0.45, b: 0.03 }),
  ];
}

/** A works barrier with an orange light on it; `isLit` while it blinks on. */
export function beaconShapes({ actor, x, y, headingDeg }: Standing, isLit: boolean): Shape[] {
  const frame = frameAt(x, y, headingDeg);
  const high = actor.heightM;
  const stripes: Pattern = (px, py, pz) =>
    Math.floor((px + py + pz) / 0.18) % 2 === 0 ? { r: 0.7, g: 0.08, b: 0.06 } : { r: 0.75, g: 0.75, b: 0.73 };
  return [
    block(frame, [0, 0, high - 0.35], [0.03, 0.5, 0.12], stripes),
    cone(frame, { from: [0, 0.4, 0], to: [0, 0.4, high - 0.2], radii: [0.025, 0.025] }, trim),
    cone(frame, { from: [0, -0.4, 0], to: [0, -0.4, high - 0.2], radii: [0.025, 0.025] }, trim),
    ball(frame, [0, 0, high - 0.12], [0.1, 0.1, 0.11], { r: 1, g: 0.22, b: 0.01, glow: isLit ? 2 : 0.1 }),
  ];
}
