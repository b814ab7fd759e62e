/** Each kind of person as shapes: what they lean on, sit in and ride belongs to them. */

import { chance } from '../../chance/chance.ts';
import type { Point } from '../camera.ts';
import type { Standing } from '../scene.ts';
import { bodyShapes, buildOf, gait } from './body.ts';
import { clothesOf } from './clothes.ts';
import { ball, block, cone, type Frame, frameAt, type Paint, ring, type Shape, tilted } from './shapes.ts';

const rubber: Paint = { r: 0.022, g: 0.022, b: 0.024 };
const metal: Paint = { r: 0.42, g: 0.43, b: 0.45, gloss: 0.15 };
const tyre: Paint = { r: 0.18, g: 0.18, b: 0.18 };
const darkMetal: Paint = { r: 0.2, g: 0.2, b: 0.21, gloss: 0.08 };

/** Somebody, and what they lean on, sit in or ride. */
export type Person = { body: Shape[]; aid: Shape[] };

/** How far along the walk cycle somebody was at their first waypoint. */
const offsetOf = (standing: Standing): number => 2 * Math.PI * chance(`gait ${standing.actor.seed}`).next();

/** An adult or a child, walking or standing. */
export function walkerShapes(standing: Standing): Person {
  const { actor, x, y, headingDeg, walkedM, speedMps } = standing;
  const build = buildOf(actor.heightM, actor.kind === 'child');
  const pose = gait(build, { walkedM, speedMps, offset: offsetOf(standing) });
  return { body: bodyShapes(frameAt(x, y, headingDeg), build, { pose, clothes: clothesOf(actor) }), aid: [] };
}

/** Somebody bent over a walker with four wheels, or on a stick. */
export function slowShapes(standing: Standing): Person {
  const { actor, x, y, headingDeg, walkedM, speedMps } = standing;
  const frame = frameAt(x, y, headingDeg);
  // A bent trunk makes a person shorter than their limbs say.
  const build = buildOf(actor.heightM * 1.03, false);
  const clothes = { ...clothesOf(actor), bag: 'none' as const };
  const aid = actor.look?.aid ?? (chance(`aid ${actor.seed}`).next() < 0.65 ? 'walker' : 'stick');
  const walk = gait(build, { walkedM, speedMps, offset: offsetOf(standing) });
  const h = build.heightM;
  if (aid === 'stick') {
    const pose = { ...walk, lean: 0.16, arms: [walk.arms[0], 0.25] as const, elbows: [walk.elbows[0], 0.5] as const };
    const hand: Point = [0.26 * h * 0.9, -0.14 * h, 0.45 * h];
    const stick = cone(frame, { from: hand, to: [0.33, -0.17 * h, 0.02], radii: [0.014, 0.012] }, darkMetal);
    const trunkHand: Point = [hand[0] - 0.05, hand[1], hand[2] - build.hip * h];
    const hands = [[0.05, 0.13 * h, -0.06 * h], trunkHand] as const;
    return { body: bodyShapes(frame, build, { pose: { ...pose, hands }, clothes }), aid: [stick] };
  }
  const grip = 0.53 * h;
  const hands = [
    [0.22, 0.22, grip - build.hip * h + 0.09],
    [0.22, -0.22, grip - build.hip * h + 0.09],
  ] as const;
  const pose = { ...walk, lean: 0.3, hands };
  return { body: bodyShapes(frame, build, { pose, clothes }), aid: rollatorShapes(frame, grip) };
}

function rollatorShapes(frame: Frame, grip: number): Shape[] {
  const sides = [0.25, -0.25].flatMap((y) => [
    cone(frame, { from: [0.3, y, grip], to: [0.42, y, 0.42], radii: [0.016, 0.016] }, metal),
    cone(frame, { from: [0.42, y, 0.42], to: [0.72, y, 0.1], radii: [0.016, 0.016] }, metal),
    cone(frame, { from: [0.42, y, 0.42], to: [0.3, y, 0.1], radii: [0.016, 0.016] }, metal),
    cone(frame, { from: [0.24, y, grip], to: [0.36, y, grip], radii: [0.022, 0.022] }, rubber),
    ring(frame, [0.72, y, 0.095], [0.075, 0.02], rubber),
    ring(frame, [0.3, y, 0.095], [0.075, 0.02], rubber),
  ]);
  const seat = block(frame, [0.47, 0, 0.5], [0.15, 0.22, 0.025], darkMetal);
  const basket = block(frame, [0.58, 0, 0.36], [0.1, 0.18, 0.1], { r: 0.09, g: 0.05, b: 0.05 });
  return [...sides, seat, basket];
}

/** Somebody in a wheelchair: hands in the lap, as in an electric one or one that rolls, or driving it by hand. */
export function wheelchairShapes(standing: Standing): Person {
  const { actor, x, y, headingDeg, walkedM, speedMps } = standing;
  const frame = frameAt(x, y, headingDeg);
  const seatM = 0.54;
  // Sitting height over the seat is 0.475 of the stature: from the head's height follows the person's.
  const build = buildOf((actor.heightM - seatM) / 0.472, false);
  const clothes = {
    ...clothesOf(actor),
    bag: 'none' as const,
    skirt: false,
    coat: 0,
    hasBareShins: false,
    girth: 1.16,
  };
  const push = speedMps > 0.05 ? 0.5 * Math.sin((2 * Math.PI * walkedM) / 1.1 + offsetOf(standing)) : 0;
  const rim: Point = [0.02 + 0.28 * Math.sin(push + 0.3), 0.3, 0.3 + 0.28 * Math.cos(push + 0.3) - seatM];
  const drives = chance(`chair ${actor.seed}`).next() < 0.25;
  const hand: Point = drives ? rim : [0.3, 0.12, 0.14];
  const back = tilted(frame, [-0.06, 0, 0], 0);
  const pose = {
    hips: [1.36, 1.36] as const,
    knees: [1.3, 1.3] as const,
    arms: [0, 0] as const,
    elbows: [0, 0] as const,
    lean: drives ? 0.04 + 0.1 * push : 0.02,
    hands: [hand, [hand[0], -hand[1], hand[2]]] as const,
    seatM,
  };
  return { body: bodyShapes(back, build, { pose, clothes }), aid: chairShapes(frame, walkedM) };
}

function chairShapes(frame: Frame, walkedM: number): Shape[] {
  const wheels = [0.31, -0.31].flatMap((y) => {
    const hub: Point = [0.0, y, 0.3];
    const spokes = Array.from({ length: 3 }, (_, i) => {
      const angle = (i * Math.PI) / 3 + walkedM / 0.3;
      const [dx, dz] = [0.28 * Math.sin(angle), 0.28 * Math.cos(angle)];
      return cone(
        frame,
        { from: [hub[0] - dx, y, hub[2] - dz], to: [hub[0] + dx, y, hub[2] + dz], radii: [0.005, 0.005] },
        metal,
      );
    });
    const out = Math.sign(y) * 0.03;
    return [
      ring(frame, hub, [0.287, 0.017], tyre),
      ring(frame, [hub[0], y + out, hub[2]], [0.25, 0.009], metal),
      ball(frame, hub, [0.045, 0.03, 0.045], darkMetal),
      ...spokes,
      ring(frame, [0.42, y * 0.75, 0.085], [0.065, 0.02], rubber),
      cone(frame, { from: [0.42, y * 0.75, 0.1], to: [0.36, y * 0.8, 0.45], radii: [0.014, 0.014] }, darkMetal),
      cone(frame, { from: [-0.22, y * 0.78, 0.2], to: [-0.25, y * 0.6, 0.76], radii: [0.012, 0.012] }, darkMetal),
      cone(frame, { from: [0.36, y * 0.6, 0.45], to: [0.44, y * 0.5, 0.08], radii: [0.013, 0.013] }, darkMetal),
    ];
  });
  return [
    ...wheels,
    block(frame, [0.06, 0, 0.44], [0.22, 0.21, 0.03], darkMetal),
    block(frame, [-0.22, 0, 0.6], [0.02, 0.18, 0.13], { r: 0.03, g: 0.03, b: 0.04 }),
    block(frame, [0.42, 0, 0.06], [0.11, 0.17, 0.015], darkMetal),
  ];
}

/** Somebody on a bicycle. */
export function cyclistShapes(standing: Standing): Person {
  const { actor, x, y, headingDeg, walkedM } = standing;
  const frame = frameAt(x, y, headingDeg);
  const build = buildOf(actor.heightM, false);
  const turn = (walkedM / 5) * 2 * Math.PI;
  const seatM = 0.96 * (actor.heightM / 1.72);
  const leg = (shift: number) => {
    const lift = 0.5 + 0.5 * Math.cos(turn + shift);
    return { hip: 0.35 + 0.75 * lift, knee: 0.45 + 1.05 * lift };
  };
  const [left, right] = [leg(0), leg(Math.PI)];
  const hands: readonly [Point, Point] = [
    [0.6, 0.24, 0.12],
    [0.6, -0.24, 0.12],
  ];
  const pose = {
    hips: [left.hip, right.hip] as const,
    knees: [left.knee, right.knee] as const,
    arms: [0, 0] as const,
    elbows: [0, 0] as const,
    lean: 0.45,
    hands: hands.map(([hx, hy, hz]) => [hx * 0.78, hy, hz + 0.16] as Point) as [Point, Point],
    seatM,
  };
  const clothes = { ...clothesOf(actor), coat: 0, skirt: false, bag: 'none' as const };
  const paint = { ...clothes.bagPaint, gloss: 0.1 };
  const tube = (from: Point, to: Point) => cone(frame, { from, to, radii: [0.02, 0.02] }, paint);
  const bar = (from: Point, to: Point) => cone(frame, { from, to, radii: [0.015, 0.015] }, darkMetal);
  const bicycle = [
    ring(frame, [0.56, 0, 0.34], [0.32, 0.022], rubber),
    ring(frame, [-0.5, 0, 0.34], [0.32, 0.022], rubber),
    tube([0.42, 0, 0.82], [0.03, 0, 0.3]),
    tube([0.42, 0, 0.82], [-0.14, 0, 0.8]),
    tube([-0.16, 0, 0.9], [0.03, 0, 0.3]),
    tube([-0.5, 0, 0.34], [0.03, 0, 0.3]),
    tube([-0.5, 0, 0.34], [-0.14, 0, 0.78]),
    tube([0.56, 0, 0.34], [0.4, 0, 0.98]),
    bar([0.44, -0.26, 1.04], [0.44, 0.26, 1.04]),
    ball(frame, [-0.17, 0, 0.93], [0.13, 0.07, 0.04], rubber),
  ];
  return { body: bodyShapes(tilted(frame, [-0.15, 0, 0], 0), build, { pose, clothes }), aid: bicycle };
}
