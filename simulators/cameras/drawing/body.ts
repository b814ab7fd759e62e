/**
 * People as limbs. Proportions are shares of the height (Drillis and Contini 1966 for adults; a child's head is larger
 * and its legs shorter). A pose gives the angles of the joints; `bodyShapes` hangs the flesh and the clothes on it.
 */
import type { Point } from '../camera.ts';
import type { Clothes } from './clothes.ts';
import { ball, block, cone, type Frame, type Paint, type Pattern, type Shape, tilted } from './shapes.ts';

export type Build = {
  heightM: number;
  hip: number;
  knee: number;
  ankle: number;
  shoulder: number;
  head: number;
  headHigh: number;
  shoulderHalf: number;
  hipHalf: number;
  thick: number;
};

/** Shares of the height. */
export function buildOf(heightM: number, isChild: boolean): Build {
  return isChild
    ? {
        heightM,
        hip: 0.48,
        knee: 0.26,
        ankle: 0.05,
        shoulder: 0.775,
        head: 0.9,
        headHigh: 0.098,
        shoulderHalf: 0.105,
        hipHalf: 0.055,
        thick: 1.12,
      }
    : {
        heightM,
        hip: 0.525,
        knee: 0.283,
        ankle: 0.045,
        shoulder: 0.815,
        head: 0.931,
        headHigh: 0.07,
        shoulderHalf: 0.112,
        hipHalf: 0.052,
        thick: 1,
      };
}

/** Angles in radians, forward positive; knees and elbows bend only one way. Two of each: left, right. */
export type Pose = {
  hips: readonly [number, number];
  knees: readonly [number, number];
  arms: readonly [number, number];
  elbows: readonly [number, number];
  /** Lean of the trunk forward. */
  lean: number;
  /** Hands on given places instead of swinging. */
  hands?: readonly [Point, Point];
  /** Height of the hip over the ground when it does not stand on its feet. */
  seatM?: number;
};

/**
 * The pose of a walk: the leg's swing follows from step length, knees bend while a leg swings forward, arms go against
 * the legs. Step length 0.42 m + 0.2 s × speed for an adult, in proportion to the leg (after Grieve and Gear 1966).
 */
export function gait(build: Build, about: { walkedM: number; speedMps: number; offset: number }): Pose {
  const leg = (build.hip - build.ankle) * build.heightM;
  const { speedMps, walkedM, offset } = about;
  if (speedMps < 0.05) {
    const sway = 0.05 * Math.sin(offset);
    return { hips: [0.04 + sway, -0.04], knees: [0.06, 0.06], arms: [0.05, -0.04], elbows: [0.25, 0.3], lean: 0.02 };
  }
  const stepM = Math.min(0.85, 0.42 + 0.2 * speedMps) * (leg / 0.83) * Math.min(1, 0.45 + 0.5 * speedMps);
  const swing = Math.asin(Math.min(0.6, stepM / (2 * leg)));
  const phase = offset + (Math.PI * walkedM) / stepM;
  const side = (shift: number) => {
    const along = Math.cos(phase + shift - 0.35);
    const lift = along > 0 ? along ** 1.4 : 0;
    return { hip: swing * Math.sin(phase + shift), knee: 0.08 + (0.5 + 0.9 * swing) * lift };
  };
  const [left, right] = [side(0), side(Math.PI)];
  return {
    hips: [left.hip, right.hip],
    knees: [left.knee, right.knee],
    arms: [-0.85 * left.hip, -0.85 * right.hip],
    elbows: [0.3 + 0.35 * Math.max(0, -left.hip), 0.3 + 0.35 * Math.max(0, -right.hip)],
    lean: 0.03 + 0.02 * speedMps,
  };
}

const down = (from: Point, angle: number, length: number): Point => [
  from[0] + length * Math.sin(angle),
  from[1],
  from[2] - length * Math.cos(angle),
];

/** The shapes of a dressed person in a pose, standing at a frame. */
export function bodyShapes(frame: Frame, build: Build, look: { pose: Pose; clothes: Clothes }): Shape[] {
  const { pose, clothes } = look;
  const h = build.heightM;
  const thigh = (build.hip - build.knee) * h;
  const shin = (build.knee - build.ankle) * h;
  const legs = [0, 1].map((side) => {
    const hip: Point = [0, (side === 0 ? 1 : -1) * build.hipHalf * h, 0];
    const knee = down(hip, pose.hips[side]!, thigh);
    const ankle = down(knee, pose.hips[side]! - pose.knees[side]!, shin);
    return { hip, knee, ankle, tilt: pose.hips[side]! - pose.knees[side]! };
  });
  const lowest = Math.min(...legs.map(({ ankle }) => ankle[2]));
  const pelvisM = pose.seatM ?? build.ankle * h - lowest;
  const pelvis = tilted(frame, [0, 0, pelvisM], 0);
  const trunk = tilted(pelvis, [0, 0, 0], pose.lean);
  const shapes = legs.flatMap((leg) => legShapes(pelvis, build, { leg, clothes }));
  shapes.push(...trunkShapes(trunk, build, clothes));
  shapes.push(...headShapes(tilted(trunk, [0, 0, (build.head - build.hip) * h], -pose.lean * 0.8), build, clothes));
  shapes.push(...armShapes(trunk, build, look));
  if (clothes.coat > 0.2 || clothes.skirt) shapes.push(...skirtShapes(pelvis, build, { legs, clothes }));
  return shapes;
}

type Leg = { hip: Point; knee: Point; ankle: Point; tilt: number };

function legShapes(frame: Frame, build: Build, { leg, clothes }: { leg: Leg; clothes: Clothes }): Shape[] {
  const h = build.heightM * build.thick * clothes.girth;
  const { hip, knee, ankle, tilt } = leg;
  const shinPaint = clothes.hasBareShins ? clothes.skin : clothes.legs;
  // A foot lies flat while its leg is behind or upright, and its toes rise a little in front.
  const toe = Math.max(-0.9, Math.min(0.25, tilt < -0.5 ? tilt * 0.8 : tilt * 0.4));
  const long = 0.105 * build.heightM;
  const heel: Point = [ankle[0] - 0.03 * h, ankle[1], ankle[2] - 0.02 * h];
  const tip: Point = [heel[0] + long * Math.cos(toe), ankle[1] * 1.1, heel[2] - 0.004 + long * Math.sin(toe)];
  return [
    cone(frame, { from: hip, to: knee, radii: [0.05 * h, 0.037 * h] }, clothes.legs),
    cone(frame, { from: knee, to: ankle, radii: [0.036 * h, clothes.hasBareShins ? 0.022 * h : 0.027 * h] }, shinPaint),
    cone(frame, { from: heel, to: tip, radii: [0.024 * h, 0.019 * h] }, clothes.shoe),
  ];
}

function trunkShapes(trunk: Frame, build: Build, clothes: Clothes): Shape[] {
  const h = build.heightM;
  const wide = h * clothes.girth;
  const rise = (share: number): number => (share - build.hip) * h;
  const top: Paint | Pattern = clothes.isHiVis ? hiVis(h) : openFront(clothes, h);
  const shapes = [
    ball(
      trunk,
      [0, 0, rise(build.hip + 0.02)],
      [0.058 * wide, 0.088 * wide, 0.075 * h],
      clothes.coat > 0 ? clothes.top : clothes.legs,
    ),
    cone(
      trunk,
      {
        from: [0, 0, rise(build.hip + 0.07)],
        to: [0, 0, rise(build.shoulder - 0.08)],
        radii: [0.083 * wide, 0.1 * wide],
        flat: 0.66,
      },
      top,
    ),
    ball(
      trunk,
      [-0.004 * h, 0, rise(build.shoulder - 0.035)],
      [0.058 * wide, build.shoulderHalf * 1.08 * wide, 0.052 * h],
      top,
    ),
    cone(
      trunk,
      {
        from: [0, 0, rise(build.shoulder)],
        to: [0.008 * h, 0, rise(build.head - 0.02)],
        radii: [0.036 * h, 0.031 * h],
      },
      clothes.skin,
    ),
  ];
  if (clothes.bag === 'backpack') {
    const at: Point = [-0.095 * wide, 0, rise(build.shoulder - 0.13)];
    shapes.push(ball(trunk, at, [0.06 * wide, 0.085 * wide, 0.12 * h], clothes.bagPaint));
  }
  return shapes;
}

/** A jacket open over a shirt: the shirt shows in front along the middle. */
function openFront(clothes: Clothes, h: number): Paint | Pattern {
  if (clothes.shirt === clothes.top) return clothes.top;
  return (x, _y, z) => (x > 0 && Math.abs(z) < 0.022 * h ? clothes.shirt : clothes.top);
}

/** Yellow with two bands that send light back. */
function hiVis(h: number): Pattern {
  const yellow = { r: 0.72, g: 0.9, b: 0.06 };
  const band = { r: 0.75, g: 0.78, b: 0.8 };
  return (_x, y) => (Math.abs((((y / h) * 14) % 1) - 0.5) < 0.16 ? band : yellow);
}

function headShapes(head: Frame, build: Build, clothes: Clothes): Shape[] {
  const r = build.headHigh * build.heightM;
  const { skin, hair, hat } = clothes;
  const eyes: Paint = { r: 0.03, g: 0.025, b: 0.02 };
  const lips: Paint = { r: skin.r * 0.6, g: skin.g * 0.4, b: skin.b * 0.4 };
  const face: Pattern = (x, y, z) => {
    if (x > 0.6 && Math.abs(Math.abs(y) - 0.38) < 0.16 && Math.abs(z - 0.12) < 0.08) return eyes;
    if (x > 0.7 && Math.abs(y) < 0.26 && Math.abs(z + 0.5) < 0.06) return lips;
    const isHair = !clothes.isBald && (z > 0.62 - 0.25 * x || (x < 0.1 && z > -0.45));
    return isHair ? hair : skin;
  };
  const shapes = [
    ball(head, [0.008, 0, 0], [r * 0.8, r * 0.66, r], face),
    ball(head, [r * 0.82, 0, -r * 0.12], [r * 0.16, r * 0.12, r * 0.2], skin),
  ];
  if (hat !== undefined) {
    shapes.push(ball(head, [0, 0, r * 0.45], [r * 0.88, r * 0.75, r * 0.66], hat));
    shapes.push(ball(head, [r * 0.55, 0, r * 0.4], [r * 0.7, r * 0.6, r * 0.1], hat));
  } else if (!clothes.isBald) {
    shapes.push(ball(head, [-r * 0.14, 0, r * 0.3], [r * 0.78, r * 0.74, r * 0.8], hair));
  }
  if (clothes.hasLongHair) {
    const ends = { from: [-r * 0.3, 0, r * 0.1], to: [-r * 0.5, 0, -r * 1.7], radii: [r * 0.66, r * 0.4] } as const;
    shapes.push(cone(head, { ...ends, flat: 0.7 }, hair));
  }
  return shapes;
}

function armShapes(trunk: Frame, build: Build, { pose, clothes }: { pose: Pose; clothes: Clothes }): Shape[] {
  const h = build.heightM;
  const thick = h * build.thick * clothes.girth;
  const [upper, fore] = [0.172 * h, 0.15 * h];
  const sleeve = clothes.hasBareArms ? clothes.skin : clothes.top;
  return [0, 1].flatMap((side) => {
    const out = side === 0 ? 1 : -1;
    const shoulder: Point = [0, out * build.shoulderHalf * h * clothes.girth, (build.shoulder - build.hip - 0.02) * h];
    const target = pose.hands?.[side];
    const bent: readonly [Point, Point] = target
      ? reach(shoulder, target, { upper, fore, out })
      : swung(shoulder, { out, arm: pose.arms[side]!, elbow: pose.elbows[side]!, upper, fore });
    const [elbow, hand] = bent;
    const shapes = [
      cone(
        trunk,
        { from: shoulder, to: elbow, radii: [0.034 * thick, 0.027 * thick] },
        clothes.isHiVis ? clothes.shirt : clothes.top,
      ),
      cone(trunk, { from: elbow, to: hand, radii: [0.025 * thick, 0.019 * thick] }, sleeve),
      ball(trunk, [hand[0], hand[1], hand[2] - 0.015 * h], [0.026 * h, 0.016 * h, 0.036 * h], clothes.skin),
    ];
    if (clothes.bag === 'handbag' && side === 0 && !target) {
      const half: Point = [0.085 * h, 0.03 * h, 0.06 * h];
      shapes.push(block(trunk, [hand[0], hand[1] + 0.02, hand[2] - 0.12 * h], half, clothes.bagPaint));
    }
    return shapes;
  });
}

function swung(
  shoulder: Point,
  { out, arm, elbow, upper, fore }: { out: number; arm: number; elbow: number; upper: number; fore: number },
): readonly [Point, Point] {
  const bend = down(shoulder, arm, upper);
  const at: Point = [bend[0], bend[1] + out * 0.12 * upper, bend[2]];
  const hand = down(at, arm + elbow, fore);
  return [at, [hand[0], hand[1] + out * 0.02, hand[2]]];
}

/** Elbow and hand of an arm that holds on to a place: the elbow hangs down and outwards. */
function reach(
  shoulder: Point,
  hand: Point,
  { upper, fore, out }: { upper: number; fore: number; out: number },
): readonly [Point, Point] {
  const [dx, dy, dz] = [hand[0] - shoulder[0], hand[1] - shoulder[1], hand[2] - shoulder[2]];
  const far = Math.max(1e-6, Math.min(Math.hypot(dx, dy, dz), (upper + fore) * 0.999));
  const along = (upper * upper - fore * fore + far * far) / (2 * far);
  const off = Math.sqrt(Math.max(0, upper * upper - along * along));
  const share = along / far;
  const elbow: Point = [
    shoulder[0] + dx * share - off * 0.5,
    shoulder[1] + dy * share + out * off * 0.6,
    shoulder[2] + dz * share - off * 0.6,
  ];
  return [elbow, hand];
}

/** A coat's tails or a skirt: a cone around both thighs that follows them. */
function skirtShapes(frame: Frame, build: Build, about: { legs: readonly Leg[]; clothes: Clothes }): Shape[] {
  const { legs, clothes } = about;
  const h = build.heightM;
  const wide = h * clothes.girth;
  const long = clothes.skirt ? 0.85 : clothes.coat;
  const paint = clothes.coat > 0.2 ? clothes.top : clothes.legs;
  return legs.map(({ hip, knee }) => {
    const to: Point = [hip[0] + long * (knee[0] - hip[0]), hip[1] * 0.9, hip[2] + long * (knee[2] - hip[2])];
    const from: Point = [0, hip[1] * 0.55, hip[2] + 0.05 * h];
    return cone(frame, { from, to, radii: [0.066 * wide, (0.062 + 0.02 * long) * wide] }, paint);
  });
}
