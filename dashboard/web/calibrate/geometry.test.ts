import fc from 'fast-check';
import { expect, test } from 'vitest';
import { distance, grid, groundUnder, horizon, place, seenOutline, seenSegment, viewOf } from './geometry.ts';
import type { Matrix3, Pair } from './words.ts';

/** A pin-hole 5 m above the ground that looks along y, 24 degrees down: depth is y cos + 5 sin, below the axis 5 cos − y sin. */
const picture = { width: 1280, height: 720 };
const [cos, sin, focalPx] = [Math.cos(0.42), Math.sin(0.42), 900];
const toPicture: Matrix3 = [
  focalPx,
  640 * cos,
  640 * 5 * sin,
  0,
  360 * cos - focalPx * sin,
  360 * 5 * sin + focalPx * 5 * cos,
  0,
  cos,
  5 * sin,
];
const points = (
  [
    [-2, 6],
    [2, 6],
    [2, 14],
    [-2, 14],
  ] as Pair[]
).map((m) => ({ px: place(toPicture, m)!, m }));

/** The inverse by cofactors. */
function inverse([a, b, c, d, e, f, g, h, i]: Matrix3): Matrix3 {
  return [
    e * i - f * h,
    c * h - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ];
}

const view = viewOf(inverse(toPicture), toPicture, { points, picture });

test('a pixel and the ground it shows are the same place', () => {
  fc.assert(
    fc.property(fc.double({ min: -8, max: 8, noNaN: true }), fc.double({ min: 2, max: 60, noNaN: true }), (x, y) => {
      const under = groundUnder(view, place(view.toPicture, [x, y])!);
      expect(distance(under!.m, [x, y])).toBeLessThan(1e-6);
    }),
  );
});

test('the sky is no ground, and the horizon lies where the pin-hole has it', () => {
  const y = 360 - focalPx * Math.tan(0.42);
  expect(horizon(view)!.from[1]).toBeCloseTo(y, 6);
  expect(horizon(view)!.to[1]).toBeCloseTo(y, 6);
  expect(groundUnder(view, [640, y - 5])).toBeUndefined();
  expect(groundUnder(view, [640, 700])!.metresPerPx).toBeLessThan(0.02);
});

test('a line that passes under the camera is drawn only before it, and an area too', () => {
  const { from, to } = seenSegment(view, [0, -50], [0, 10])!;
  expect(to).toEqual(place(view.toPicture, [0, 10]));
  expect(from[1]).toBeGreaterThan(720);
  expect(seenSegment(view, [0, -50], [0, -40])).toBeUndefined();
  const seen = seenOutline(view, [
    [-1, -50],
    [1, -50],
    [1, 10],
    [-1, 10],
  ]);
  expect(seen.length).toBe(4);
  for (const [, y] of seen) expect(y).toBeGreaterThan(0);
});

test('the grid has a line every metre around what is known, and never so many that it hides the picture', () => {
  const near = grid(
    view,
    points.map(({ m }) => m),
  );
  expect(near.stepM).toBe(1);
  expect(near.lines.some(({ axis, atM }) => axis === 'y' && atM === 10)).toBe(true);
  const wide = grid(view, [
    [-300, 0],
    [300, 400],
  ]);
  expect(wide.stepM).toBeGreaterThan(10);
  expect(wide.lines.length).toBeLessThanOrEqual(84);
});
