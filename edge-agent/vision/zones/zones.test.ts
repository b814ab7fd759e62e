import { chance } from '@tocsin/simulators';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calibrate, type Point } from '../ground/ground.ts';
import { look, poleCamera } from '../tracking/drawn-street.ts';
import type { Kind, Placed } from '../types.ts';
import {
  areaOf,
  borderM,
  coverageOf,
  emptyZones,
  isInside,
  polygonRefusal,
  stepZones,
  usualZones,
  watchZones,
  type ZonesConfig,
  type ZonesState,
} from './zones.ts';

const square: Point[] = [
  [0, 0],
  [10, 0],
  [10, 10],
  [0, 10],
];
const beside: Point[] = [
  [10, 0],
  [20, 0],
  [20, 10],
  [10, 10],
];

describe('polygons', () => {
  test.each<[string, Point[], string | undefined]>([
    ['a square', square, undefined],
    [
      'a hollow shape',
      [
        [0, 0],
        [10, 0],
        [10, 10],
        [5, 2],
        [0, 10],
      ],
      undefined,
    ],
    [
      'corners in a row',
      [
        [0, 0],
        [5, 0],
        [10, 0],
        [10, 10],
      ],
      undefined,
    ],
    [
      'two corners',
      [
        [0, 0],
        [1, 1],
      ],
      '2 corners are given, at least 3 are needed.',
    ],
    [
      'a bow tie',
      [
        [0, 0],
        [10, 10],
        [10, 0],
        [0, 10],
      ],
      'Edges 1 and 3 cross each other.',
    ],
    [
      'a line',
      [
        [0, 0],
        [5, 0],
        [10, 0],
      ],
      'The corners enclose nothing.',
    ],
    [
      'a spike',
      [
        [0, 0],
        [10, 0],
        [5, 0],
        [5, 8],
        [0, 8],
      ],
      'Edges 1 and 2 cross each other.',
    ],
    [
      'a corner on another edge',
      [
        [0, 0],
        [10, 0],
        [10, 10],
        [5, 0],
        [0, 10],
      ],
      'Edges 1 and 3 cross each other.',
    ],
    [
      'a corner twice',
      [
        [0, 0],
        [0, 0],
        [10, 0],
        [10, 10],
      ],
      'Corners 1 and 2 are the same place.',
    ],
    [
      'no number',
      [
        [0, 0],
        [Number.NaN, 0],
        [10, 10],
      ],
      'Corner 2 is not a place.',
    ],
  ])('%s', (_, polygon, refusal) => {
    expect(polygonRefusal(polygon)).toBe(refusal);
  });

  test('of two zones that share an edge exactly one has a point on it, whichever way they are drawn', () => {
    const point = fc.record({
      x: fc.integer({ min: 0, max: 40 }),
      y: fc.integer({ min: 0, max: 39 }),
      a: fc.boolean(),
    });
    fc.assert(
      fc.property(point, ({ x, y, a }) => {
        const at: Point = [x / 2, y / 4];
        const count = [isInside(a ? [...square].reverse() : square, at), isInside(beside, at)].filter(Boolean).length;
        expect(count).toBe(at[0] < 20 ? 1 : 0);
      }),
    );
  });

  test('area and distance from the border are those of school', () => {
    expect(
      areaOf([
        [0, 0],
        [10, 0],
        [10, 10],
        [5, 5],
        [0, 10],
      ]),
    ).toBeCloseTo(75, 9);
    expect(borderM(square, [3, 4])).toBe(3);
    expect(borderM(square, [13, 14])).toBe(5);
  });
});

const config: ZonesConfig = {
  ...usualZones,
  zones: [
    { name: 'road', polygon: square, coverage: 1 },
    { name: 'kerb', polygon: beside, coverage: 0.8 },
  ],
};
const at = (id: number, xM: number, more: { yM?: number; v?: [number, number]; kind?: Kind } = {}): Placed => {
  const { yM = 5, v, kind = 'person' } = more;
  return { id, xM, yM, ...(v && { vxMps: v[0], vyMps: v[1] }), kind, isSeen: true };
};
function watch(pictures: readonly Placed[][], everyMs = 100, state: ZonesState = emptyZones) {
  let stepped = stepZones(state, { placed: [], atMs: 0 }, config);
  for (const [i, placed] of pictures.entries())
    stepped = stepZones(stepped.state, { placed, atMs: 1000 + i * everyMs }, config);
  return stepped;
}

describe('zones', () => {
  test('count by kind whoever is in them', () => {
    const placed = [at(1, 2), at(2, 3), at(3, 4, { kind: 'vehicle' }), at(4, 12, { kind: 'bicycle' }), at(5, 30)];
    expect(watch([placed]).zones).toMatchObject([
      { name: 'road', coverage: 1, counts: { person: 2, bicycle: 0, vehicle: 1 } },
      { name: 'kerb', coverage: 0.8, counts: { person: 0, bicycle: 1, vehicle: 0 } },
    ]);
  });

  test('tell the direction in which people agree, across north as well', () => {
    const [road] = watch([[at(1, 2, { v: [1, 0.1] }), at(2, 3, { v: [1, -0.1] })]]).zones;
    expect(Math.min(road!.directionDeg!, 360 - road!.directionDeg!)).toBeLessThan(1e-6);
    expect(road!.agreement).toBeGreaterThan(0.99);
  });

  test('have no direction when people go both ways or stand', () => {
    const [both] = watch([[at(1, 2, { v: [1, 0] }), at(2, 3, { v: [-1, 0.01] })]]).zones;
    expect([both!.directionDeg, both!.agreement! < 0.1]).toEqual([undefined, true]);
    const [stand] = watch([[at(1, 2, { v: [0.1, 0] })]]).zones;
    expect([stand!.directionDeg, stand!.agreement]).toEqual([undefined, undefined]);
  });

  test('tell the median and the slowest speed of people, and none while it is unknown', () => {
    const people = [0.5, 1.2, 1.4, 0.9].map((speed, i) => at(i, 2 + i, { v: [0, speed] }));
    const [road] = watch([[...people, at(8, 3), at(9, 5, { v: [9, 0], kind: 'vehicle' })]]).zones;
    expect(road!.speedMedianMps).toBeCloseTo(1.05, 9);
    expect(road!.speedSlowestMps).toBe(0.5);
    const [unknown] = watch([[at(8, 3)]]).zones;
    expect([unknown!.speedMedianMps, unknown!.speedSlowestMps]).toEqual([undefined, undefined]);
  });

  test('jitter at the border neither empties them nor begins the time anew', () => {
    const luck = chance('border');
    const jitter = Array.from({ length: 100 }, (_, i) => [at(1, i === 0 ? 9.9 : 10 + 0.08 * luck.gauss())]);
    const { zones } = watch(jitter);
    expect(zones[0]).toMatchObject({ counts: { person: 1 }, dwellMs: 9900 });
    expect(watch([...jitter, [at(1, 10.5)]]).zones[0]).toMatchObject({ counts: { person: 0 }, dwellMs: 0 });
  });

  test('the longest time of those who are there counts, through a moment out of sight, up to the cap', () => {
    const waits = Array.from({ length: 60 }, (_, i) => (i === 30 ? [] : i < 20 ? [at(1, 3)] : [at(1, 3), at(2, 4)]));
    expect(watch(waits).zones[0]!.dwellMs).toBe(5900);
    const left = Array.from({ length: 60 }, (_, i) => (i >= 30 && i < 45 ? [at(2, 4)] : [at(1, 3), at(2, 4)]));
    expect(watch([...left.slice(0, 59), [at(1, 3)]]).zones[0]!.dwellMs).toBe(1400);
    const hours = Array.from({ length: 100 }, () => [at(1, 3)]);
    expect(watch(hours, 60_000).zones[0]!.dwellMs).toBe(600_000);
  });

  test('a blind camera leaves counts unknown, and a poor one lowers the coverage', () => {
    const seen = watch([[at(1, 3)]]);
    const blind = stepZones(seen.state, { placed: [], atMs: 1100, coverageFactor: 0 }, config);
    expect(blind.zones).toEqual([
      { name: 'road', coverage: 0 },
      { name: 'kerb', coverage: 0 },
    ]);
    const poor = stepZones(blind.state, { placed: [at(1, 3)], atMs: 1200, coverageFactor: 0.5 }, config);
    expect(poor.zones).toMatchObject([
      { coverage: 0.5, dwellMs: 200 },
      { coverage: 0.4, counts: { person: 0 } },
    ]);
  });

  test('neither the hour nor the order of people changes anything, and the state can be stored', () => {
    const someone = fc.record({
      id: fc.nat(9),
      x: fc.double({ min: -2, max: 22, noNaN: true }),
      v: fc.double({ min: -2, max: 2, noNaN: true }),
    });
    const pictures = fc.array(fc.uniqueArray(someone, { selector: ({ id }) => id, maxLength: 8 }), { maxLength: 15 });
    fc.assert(
      fc.property(pictures, fc.integer({ min: 0, max: 1e12 }), (all, byMs) => {
        let [one, two]: ZonesState[] = [emptyZones, emptyZones];
        for (const [i, people] of all.entries()) {
          const placed = people.map(({ id, x, v }) => at(id, x, { v: [v, 0] }));
          const a = stepZones(one!, { placed, atMs: 100 * i }, config);
          const b = stepZones(two!, { placed: [...placed].reverse(), atMs: byMs + 100 * i }, config);
          const round = (zones: unknown) =>
            JSON.parse(JSON.stringify(zones, (_, x) => (typeof x === 'number' ? Math.round(x * 1e6) / 1e6 + 0 : x)));
          expect(round(b.zones)).toEqual(round(a.zones));
          [one, two] = [a.state, JSON.parse(JSON.stringify(b.state)) as ZonesState];
        }
      }),
      { numRuns: 60 },
    );
  });

  test('whoever is placed nowhere or twice is counted once at most, and a crowd is bounded', () => {
    const odd = [at(1, Number.NaN), at(2, 3), at(2, 4), at(3, Number.POSITIVE_INFINITY)];
    expect(watch([odd]).zones[0]!.counts).toEqual({ person: 1, bicycle: 0, vehicle: 0 });
    const crowd = Array.from({ length: 1000 }, (_, i) => at(i, 5));
    expect(watch([crowd, crowd]).state.zones[0]!.members).toHaveLength(256);
  });
});

describe('coverage', () => {
  const marks: Point[] = [
    [-5, 12],
    [5, 12],
    [5, 16],
    [-5, 16],
    [0, 14],
  ];
  const calibration = calibrate(
    marks.map((m) => ({ px: look(poleCamera, [m[0], m[1], 0])!, m })),
    poleCamera.picture,
  );
  if (!calibration.ok) throw new Error(calibration.refusal);
  const { ground, camera } = calibration;

  test('is the share in the picture where people are tall enough for the network', () => {
    const crossing: Point[] = [
      [-5, 12],
      [5, 12],
      [5, 16],
      [-5, 16],
    ];
    expect(coverageOf(crossing, { ground, camera, scale: 0.5 })).toBe(1);
    // The picture is as wide as 1.28 times the depth, 14.85 m at 14 m of ground distance: ±9.5 m.
    const half: Point[] = [
      [0, 13.9],
      [19, 13.9],
      [19, 14.1],
      [0, 14.1],
    ];
    expect(coverageOf(half, { ground, camera, scale: 0.5 })).toBeCloseTo(0.5, 1);
    expect(
      coverageOf(
        [
          [-5, -9],
          [5, -9],
          [0, -5],
        ],
        { ground, camera, scale: 0.5 },
      ),
    ).toBe(0);
  });

  test('ends where people get smaller than 25 pixels of the network', () => {
    // 1.7 m · 1000 px · 0.325 / 25 px is a depth of 22 m, all but level: some 21 m of ground.
    const lane: Point[] = [
      [-1, 11],
      [1, 11],
      [1, 31],
      [-1, 31],
    ];
    const share = coverageOf(lane, { ground, camera, scale: 0.325 });
    expect(share).toBeGreaterThan(0.42);
    expect(share).toBeLessThan(0.58);
    expect(coverageOf(lane, { ground, scale: 0.325 })).toBe(1);
  });

  test('is worked out once for all zones of a camera, or refused in words', () => {
    const good = watchZones([{ name: 'a', polygon: marks.slice(0, 4) }], { ground, camera, scale: 0.5 });
    expect(good).toMatchObject({ zones: [{ name: 'a', coverage: 1 }] });
    const twice = [
      { name: 'a', polygon: square },
      { name: 'a', polygon: beside },
    ];
    expect(watchZones(twice, { ground, camera, scale: 0.5 })).toEqual({
      refusal: 'Zone a: Another zone has this name.',
    });
    const bow = [{ name: 'b', polygon: [square[0]!, square[2]!, square[1]!, square[3]!] }];
    expect(watchZones(bow, { ground, camera, scale: 1 })).toEqual({
      refusal: 'Zone b: Edges 1 and 3 cross each other.',
    });
  });
});
