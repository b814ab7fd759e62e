import { chance } from '@tocsin/simulators';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { look, type PinHole, poleCamera } from '../tracking/drawn-street.ts';
import {
  type Calibrated,
  type CalibrationPoint,
  calibrate,
  heightInPx,
  metresPerPx,
  networkScale,
  type Point,
  scaleGround,
  smallestPerson,
  toGround,
  toPicture,
} from './ground.ts';

const { picture } = poleCamera;
/** Corners of a zebra crossing and points on its kerbs, 10 to 18 m away. */
const marks: [number, number][] = [
  [-5, 12],
  [5, 12],
  [5, 16],
  [-5, 16],
  [0, 12],
  [0, 16],
  [-3, 10],
  [4, 18],
];

function clicked(camera: PinHole, ms: readonly [number, number][], noisePx = 0, seed = 'clicks'): CalibrationPoint[] {
  const luck = chance(seed);
  return ms.map((m) => {
    const [u, v] = look(camera, [...m, 0])!;
    return { px: [u + noisePx * luck.gauss(), v + noisePx * luck.gauss()], m };
  });
}

function good(points: readonly CalibrationPoint[]): Calibrated {
  const calibration = calibrate(points, picture);
  if (!calibration.ok) throw new Error(calibration.refusal);
  return calibration;
}

describe('a calibration', () => {
  test('from exact points puts every point of the ground where it is, both ways', () => {
    const { ground, rmsM, leaveOneOutRmsM, isMirrored, remarks } = good(clicked(poleCamera, marks));
    for (const m of [
      [-4, 9],
      [2, 14],
      [6, 20],
      [0, 30],
    ] as [number, number][]) {
      const px = look(poleCamera, [...m, 0])!;
      expect(Math.hypot(toGround(ground, px)![0] - m[0], toGround(ground, px)![1] - m[1])).toBeLessThan(1e-6);
      expect(Math.hypot(toPicture(ground, m)![0] - px[0], toPicture(ground, m)![1] - px[1])).toBeLessThan(1e-6);
    }
    expect([rmsM < 1e-9, leaveOneOutRmsM! < 1e-9, isMirrored, remarks]).toEqual([true, true, false, []]);
  });

  test('from clicks two pixels off keeps the crossing within 0.2 m', () => {
    const errors = Array.from({ length: 40 }, (_, i) => {
      const { ground } = good(clicked(poleCamera, marks, 2, `two ${i}`));
      const off = marks.map((m) => {
        const [x, y] = toGround(ground, look(poleCamera, [...m, 0])!)!;
        return (x - m[0]) ** 2 + (y - m[1]) ** 2;
      });
      return Math.sqrt(off.reduce((sum, square) => sum + square, 0) / off.length);
    });
    expect(Math.max(...errors)).toBeLessThan(0.2);
  });

  test('tells what the ground is off by before anybody measures it', () => {
    const runs = Array.from({ length: 60 }, (_, i) => {
      const { ground, clickM } = good(clicked(poleCamera, marks, 1, `one ${i}`));
      const squares = marks.map((m) => {
        const [x, y] = toGround(ground, look(poleCamera, [...m, 0])!)!;
        return (x - m[0]) ** 2 + (y - m[1]) ** 2;
      });
      return { square: squares.reduce((sum, each) => sum + each, 0) / marks.length, clickM };
    });
    const real = Math.sqrt(runs.reduce((sum, { square }) => sum + square, 0) / runs.length);
    const said = runs.reduce((sum, { clickM }) => sum + clickM, 0) / runs.length;
    expect(said / real).toBeGreaterThan(0.8);
    expect(said / real).toBeLessThan(1.6);
  });

  test('from four points claims no error it cannot know', () => {
    const { leaveOneOutRmsM, clickM, remarks } = good(clicked(poleCamera, marks.slice(0, 4), 2));
    expect(leaveOneOutRmsM).toBeUndefined();
    expect(clickM).toBeGreaterThan(0.02);
    expect(remarks).toContain('Four points fit any picture exactly: add a fifth to learn how far off the ground is.');
  });

  test('names the point that was measured wrongly', () => {
    const points = clicked(poleCamera, marks, 0.5).map((point, i) =>
      i === 4 ? { ...point, m: [1.5, 12] as Point, label: 'lamp' } : point,
    );
    const { worst, remarks, leaveOneOutRmsM, rmsM } = good(points);
    expect([worst, leaveOneOutRmsM! > rmsM]).toEqual([4, true]);
    expect(remarks[0]).toMatch(/^The ground is off by \d\.\d\d m .*; lamp fits worst\.$/);
  });

  test('with exchanged axes is taken, and said to be mirrored', () => {
    const points = clicked(poleCamera, marks).map(({ px, m }) => ({ px, m: [-m[0], m[1]] as Point }));
    const { isMirrored, remarks, camera } = good(points);
    expect([isMirrored, remarks.length, Math.round(camera!.heightM * 100)]).toEqual([true, 1, 500]);
  });

  test('does not depend on the order of points, nor on where and which way the metres are counted', () => {
    const view = fc.record({
      turn: fc.double({ min: -3, max: 3, noNaN: true }),
      dx: fc.double({ min: -1e4, max: 1e4, noNaN: true }),
      order: fc.shuffledSubarray(marks, { minLength: 8 }),
    });
    const plain = good(clicked(poleCamera, marks, 1));
    const byMark = new Map(clicked(poleCamera, marks, 1).map((point) => [point.m.join(), point]));
    fc.assert(
      fc.property(view, ({ turn, dx, order }) => {
        const turned = ([x, y]: Point): Point => [
          x * Math.cos(turn) - y * Math.sin(turn) + dx,
          x * Math.sin(turn) + y * Math.cos(turn) - dx,
        ];
        const points = order.map((m) => ({ px: byMark.get(m.join())!.px, m: turned(m) }));
        const other = good(points);
        const [x, y] = toGround(other.ground, [600, 400])!;
        const [px, py] = turned(toGround(plain.ground, [600, 400])!);
        expect(Math.hypot(x - px, y - py)).toBeLessThan(1e-5);
        expect(Math.abs(other.camera!.focalPx - plain.camera!.focalPx)).toBeLessThan(0.1);
      }),
      { numRuns: 60 },
    );
  });
});

describe('refusals', () => {
  const points = clicked(poleCamera, marks);
  const change = (i: number, more: Partial<CalibrationPoint>) =>
    points.map((p, j) => (i === j ? { ...p, ...more } : p));
  test.each<[string, CalibrationPoint[], string]>([
    ['too few', points.slice(0, 3), '3 points are given, at least 4 are needed.'],
    ['a double click', change(3, { px: points[1]!.px }), 'point 2 and point 4 are the same place in the picture.'],
    [
      'one place twice',
      change(3, { m: points[1]!.m, label: 'kerb' }),
      'point 2 and “kerb” are the same place on the ground.',
    ],
    ['outside', change(0, { px: [-5, 100] }), 'Pixel (-5, 100) of point 1 is outside the picture.'],
    ['no number', change(0, { m: [Number.NaN, 0] }), 'A coordinate of point 1 is not a number.'],
    [
      'one line',
      clicked(poleCamera, [
        [-5, 12],
        [-2, 12],
        [1, 12],
        [4, 12],
        [5, 12],
      ]),
      'All points lie on one line: take some beside it.',
    ],
    [
      'one line and a point',
      clicked(poleCamera, [
        [-5, 12],
        [-2, 12],
        [1, 12],
        [4, 16],
      ]),
      'All points but one lie on one line: take some beside it.',
    ],
    [
      'two exchanged',
      points.slice(0, 4).map((p, i) => ({ ...p, m: points[[0, 2, 1, 3][i]!]!.m })),
      'The horizon would cross the points: two of them are probably exchanged, or one is far off.',
    ],
  ])('%s', (_, wrong, refusal) => {
    expect(calibrate(wrong, picture)).toEqual({ ok: false, refusal });
  });

  test('whatever the points, the answer is a finite ground or a sentence', () => {
    // Around points that are right, so that neither all nor none are taken.
    const off = fc.double({ min: -1, max: 1, noNaN: true });
    const some = fc.array(fc.tuple(off, off, off, off), { minLength: 0, maxLength: 8 }).map((offs) =>
      offs.map(([a, b, c, d], i): CalibrationPoint => {
        const { px, m } = points[i]!;
        return { px: [px[0] + 90 * a ** 3, px[1] + 90 * b ** 3], m: [m[0] + 3 * c ** 3, m[1] + 3 * d ** 3] };
      }),
    );
    let taken = 0;
    fc.assert(
      fc.property(some, (any) => {
        const calibration = calibrate(any, picture);
        if (!calibration.ok) {
          expect(calibration.refusal).toMatch(/\.$/);
          return;
        }
        taken += 1;
        expect([...calibration.ground.toGround, ...calibration.ground.toPicture].every(Number.isFinite)).toBe(true);
        expect(calibration.residuals.every(({ errorM }) => Number.isFinite(errorM))).toBe(true);
      }),
      { numRuns: 300 },
    );
    expect(taken).toBeGreaterThan(50);
  });
});

describe('the horizon', () => {
  const { ground } = good(clicked(poleCamera, marks));
  test('above it and near below it there is no ground', () => {
    // A camera that looks down by 0.3 rad sees the horizon 1000 · tan 0.3 above the middle.
    const horizon = 360 - 1000 * Math.tan(0.3);
    for (const v of [0, horizon - 1, horizon, horizon + 2]) expect(toGround(ground, [640, v])).toBeUndefined();
    expect(toGround(ground, [640, Number.NaN])).toBeUndefined();
    expect(toPicture(ground, [0, -20])).toBeUndefined();
  });

  test('a pixel is more ground the further away, and as much as the camera says', () => {
    // On the axis a row is depth² / (height · focal) of ground, to first order in the tilt.
    const at = (y: number) => metresPerPx(ground, look(poleCamera, [0, y, 0])!)!;
    for (const y of [10, 15, 20]) expect(at(y)).toBeCloseTo((y * Math.cos(0.3) + 5 * Math.sin(0.3)) ** 2 / 5000, 4);
    expect(at(20)).toBeGreaterThan(at(10));
  });
});

describe('the camera behind a calibration', () => {
  test.each([
    [5, 0.3, 1000, 0],
    [4, 0.15, 900, 0.4],
    [8, 0.6, 1400, -0.3],
    [6, 1.1, 800, 0.2],
  ])('%i m up, looking down %f rad, %i px: found from exact points', (z, downRad, focalPx, leftRad) => {
    const camera: PinHole = { picture, focalPx, at: [1, 0, z], downRad, leftRad };
    const ahead = z / Math.tan(downRad);
    const around = [
      [-2, -2],
      [2, -1.5],
      [2.5, 2],
      [-2, 2.5],
      [0, 0],
    ].map(([x, y]): [number, number] => [
      1 + (x! * ahead) / 10 - Math.sin(leftRad) * ahead,
      (y! * ahead) / 10 + Math.cos(leftRad) * ahead,
    ]);
    const found = good(clicked(camera, around)).camera!;
    expect(found.focalPx).toBeCloseTo(focalPx, 3);
    expect(found.heightM).toBeCloseTo(z, 5);
    expect(found.downDeg).toBeCloseTo((downRad * 180) / Math.PI, 4);
  });

  test('people are as tall in the picture as they are, within 5 % with clicks two pixels off', () => {
    for (const [noise, share] of [
      [0, 1e-6],
      [2, 0.05],
    ] as const) {
      const { ground, camera } = good(clicked(poleCamera, marks, noise, 'tall'));
      for (const m of [
        [-4, 11],
        [3, 17],
      ] as [number, number][]) {
        for (const heightM of [1.1, 1.7]) {
          const truth = look(poleCamera, [...m, 0])![1] - look(poleCamera, [...m, heightM])![1];
          const said = heightInPx(ground.toPicture, camera!, { m, heightM })!;
          expect(Math.abs(said / truth - 1)).toBeLessThan(share);
        }
      }
    }
  });

  test('is unknown when it looks straight down, or from four clicks close together', () => {
    const down: PinHole = { picture, focalPx: 800, at: [0, 14, 8], downRad: Math.PI / 2 - 0.05, leftRad: 0 };
    const { camera, remarks } = good(
      clicked(down, [
        [-3, 12],
        [3, 12],
        [3, 16],
        [-3, 16],
        [0, 14],
      ]),
    );
    expect(camera).toBeUndefined();
    expect(remarks.at(-1)).toMatch(/^How tall people appear cannot be told/);
    expect(
      good(
        clicked(
          poleCamera,
          [
            [0, 14],
            [1, 14],
            [1, 15],
            [0, 15],
          ],
          1,
        ),
      ).camera,
    ).toBeUndefined();
  });

  test('the smallest person of a zone stands at its far corner; 25 pixels of the network are enough', () => {
    const { ground, camera } = good(clicked(poleCamera, marks));
    const zone: Point[] = [
      [-5, 12],
      [5, 12],
      [5, 16],
      [-5, 16],
    ];
    const scale = networkScale(picture, { width: 416, height: 256 });
    expect(scale).toBeCloseTo(0.325, 6);
    const adult = smallestPerson({ ground, camera: camera!, scale }, zone, 1.7)!;
    const child = smallestPerson({ ground, camera: camera!, scale }, zone, 1.1)!;
    expect(adult.at[1]).toBe(16);
    expect([adult.isEnough, child.isEnough]).toEqual([true, false]);
    const finer = networkScale({ width: 900, height: 300 }, { width: 640, height: 384 });
    expect(smallestPerson({ ground, camera: camera!, scale: finer }, zone, 1.1)!.isEnough).toBe(true);
    expect(
      smallestPerson(
        { ground, camera: camera!, scale },
        [
          [0, 10],
          [0, -30],
          [3, 3],
        ],
        1.7,
      ),
    ).toBeUndefined();
  });
});

test('the ground of a picture of another size is the same ground, of another shape none', () => {
  const { ground } = good(clicked(poleCamera, marks));
  const small = scaleGround(ground, { width: 640, height: 360 })!;
  const [x, y] = toGround(small, [300, 200])!;
  const whole = toGround(ground, [600, 400])!;
  expect(Math.hypot(x - whole[0], y - whole[1])).toBeLessThan(1e-9);
  expect(toPicture(small, [x, y])![0]).toBeCloseTo(300, 6);
  expect(scaleGround(ground, { width: 640, height: 480 })).toBeUndefined();
});
