import { describe, expect, test } from 'vitest';
import type { MeasuredPoint, Pair, Solved, SolveRequest } from '../../dashboard/web/calibrate/words.ts';
import { solve } from './solve.ts';

/** A pin-hole 5 m above the ground, 24 degrees down; y leads away from it, x to the right. */
const picture = { width: 1280, height: 720 };
const [cos, sin, focalPx] = [Math.cos(0.42), Math.sin(0.42), 900];
const pixelOf = ([x, y]: Pair): Pair => {
  const depth = y * cos + 5 * sin;
  return [640 + (focalPx * x) / depth, 360 + (focalPx * (5 * cos - y * sin)) / depth];
};
const pointsAt = (places: Pair[]): MeasuredPoint[] => places.map((m) => ({ px: pixelOf(m), m }));
const corners: Pair[] = [
  [-3, 6],
  [3, 6],
  [3, 13],
  [-3, 13],
];
const six: Pair[] = [...corners, [0, 6], [0, 13]];
const square = (y: number, size = 2): Pair[] => [
  [-size, y],
  [size, y],
  [size, y + size],
  [-size, y + size],
];
const ask = (given: Partial<SolveRequest> = {}): SolveRequest => ({
  points: pointsAt(six),
  zones: [],
  picture,
  input: { width: 640, height: 384 },
  ...given,
});
const solved = (request: SolveRequest): Solved => {
  const solution = solve(request);
  if (!solution.ok) throw new Error(solution.says);
  return solution;
};
const wordsOf = (request: SolveRequest) =>
  solved(request)
    .remarks.map(({ says }) => says)
    .join(' ');

test('points that agree are good, and every point is foretold by the others', () => {
  const { rmsM, leaveOneOutRmsM, remarks, points } = solved(ask());
  expect(remarks).toEqual([{ tone: 'good', says: 'The points agree with one another.' }]);
  expect(rmsM).toBeLessThan(1e-6);
  expect(leaveOneOutRmsM).toBeLessThan(1e-6);
  expect(points.length).toBe(6);
});

test('four points are never called good, because they fit any picture', () => {
  const { remarks, rmsM, leaveOneOutRmsM } = solved(ask({ points: pointsAt(corners) }));
  expect(rmsM).toBeLessThan(1e-6);
  expect(leaveOneOutRmsM).toBeUndefined();
  expect(remarks.map(({ tone }) => tone)).not.toContain('good');
  expect(wordsOf(ask({ points: pointsAt(corners) }))).toContain('add a fifth');
});

test('a point with exchanged metres is named, in amber, with what to do', () => {
  const points = pointsAt([...six, [1, 9], [-2, 8]]).map((point, index) =>
    index === 6 ? { ...point, m: [9, 1] as Pair } : point,
  );
  expect(solved(ask({ points })).remarks.every(({ tone }) => tone === 'warn')).toBe(true);
  expect(wordsOf(ask({ points }))).toContain('Look at point 7 first: is it on the right spot, are x and y exchanged');
});

describe('the smallest person of a zone', () => {
  const verdict = (outline: Pair[], input = { width: 640, height: 384 }) =>
    solved(ask({ zones: [{ id: 'kerb', outline }], input })).zones[0]!;

  test.each<[string, Pair[], { width: number; height: number }, string, RegExp]>([
    [
      'near',
      square(8),
      { width: 640, height: 384 },
      'good',
      /^kerb: a child is \d\d px tall .* tall enough \(25 px\)\.$/,
    ],
    [
      'far, light model',
      square(14),
      { width: 416, height: 256 },
      'warn',
      /children are too small; move the camera nearer, zoom, or use the 384x640 model\.$/,
    ],
    [
      'far, widest model',
      square(20),
      { width: 640, height: 384 },
      'warn',
      /children are too small; move the camera nearer or zoom\.$/,
    ],
    ['very far', square(60), { width: 640, height: 384 }, 'bad', /: too small; move/],
    [
      'beside the picture',
      square(6, 6),
      { width: 640, height: 384 },
      'warn',
      /part of the zone is outside the picture/,
    ],
  ])('%s', (_name, outline, input, tone, words) => {
    expect(verdict(outline, input)).toMatchObject({ tone, says: expect.stringMatching(words) });
  });

  test('is what the pin-hole draws: 1.1 m at the farthest corner', () => {
    const depth = (y: number, z: number) => y * cos + (5 - z) * sin;
    const below = (y: number, z: number) => 360 + (focalPx * ((5 - z) * cos - y * sin)) / depth(y, z);
    expect(verdict(square(14)).childPx).toBeCloseTo((below(16, 0) - below(16, 1.1)) / 2, 1);
  });

  test('an outline that crosses itself is refused, one that touches itself nowhere is not', () => {
    const [a, b, c, d] = square(8) as [Pair, Pair, Pair, Pair];
    expect(verdict([a, c, b, d])).toMatchObject({ tone: 'bad', says: expect.stringContaining('crosses itself') });
    expect(verdict([a, b, c, d]).tone).toBe('good');
  });
});

test.each<[string, MeasuredPoint[], RegExp]>([
  ['three points', pointsAt(corners.slice(0, 3)), /at least 4/],
  ['a line', pointsAt([6, 7, 8, 9].map((y) => [0, y])), /one line/],
  [
    'the same pixel twice',
    [...pointsAt(corners), { px: pixelOf(corners[0]!), m: [9, 9] }],
    /same place in the picture/,
  ],
  ['the same metres twice', [...pointsAt(corners), { px: [640, 500], m: corners[0]! }], /same place on the ground/],
  [
    'exchanged neighbours',
    pointsAt(corners).map((point, i, all) => ({ ...point, m: all[[1, 0, 2, 3][i]!]!.m })),
    /exchanged|horizon/,
  ],
])('%s are refused in words', (_name, points, words) => {
  expect(solve(ask({ points }))).toMatchObject({ ok: false, says: expect.stringMatching(words) });
});
