import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apply, type Camera, groundOf, homography, project, resized, turned } from './camera.ts';
import { stationStreet, stationStreetCamera } from './station-street.ts';

const cameras = fc.record({
  position: fc.tuple(fc.double({ min: -20, max: 20, noNaN: true }), fc.double({ min: -20, max: 20, noNaN: true })),
  heightM: fc.double({ min: 2, max: 12, noNaN: true }),
  headingDeg: fc.double({ min: -180, max: 180, noNaN: true }),
  pitchDeg: fc.double({ min: 3, max: 80, noNaN: true }),
  focalPx: fc.double({ min: 200, max: 2000, noNaN: true }),
  width: fc.constant(640),
  height: fc.constant(360),
}) satisfies fc.Arbitrary<Camera>;
const pixels = fc.tuple(fc.double({ min: 0, max: 640, noNaN: true }), fc.double({ min: 0, max: 360, noNaN: true }));

test('a pixel of the ground projects back to itself, and the homography says the same both ways', () => {
  let judged = 0;
  fc.assert(
    fc.property(cameras, pixels, (camera, pixel) => {
      const place = groundOf(camera, pixel);
      if (place === undefined || Math.hypot(place[0], place[1]) > 300) return;
      judged += 1;
      const { toPicture, toGround } = homography(camera);
      const back = project(camera, [...place, 0])!;
      const byMatrix = apply(toPicture, place);
      const down = apply(toGround, pixel);
      for (const axis of [0, 1] as const) {
        expect(back[axis]).toBeCloseTo(pixel[axis], 5);
        expect(byMatrix[axis]).toBeCloseTo(pixel[axis], 5);
        expect(down[axis]).toBeCloseTo(place[axis], 5);
      }
    }),
    { numRuns: 500 },
  );
  expect(judged).toBeGreaterThan(150);
});

test('nothing behind the camera is in the picture, and nothing above the horizon is ground', () => {
  const camera = stationStreetCamera(640);
  expect(project(camera, [-40, -20, 1])).toBeUndefined();
  expect(groundOf({ ...camera, pitchDeg: 5 }, [320, 0])).toBeUndefined();
});

test('the same view in more pixels shows the same places, and a camera turned right moves the street to the left', () => {
  const camera = stationStreetCamera(640);
  const [x, y] = project(camera, [5, 2, 1])!;
  const [bigX, bigY] = project(resized(camera, 1280), [5, 2, 1])!;
  expect([bigX, bigY]).toEqual([expect.closeTo(2 * x, 6), expect.closeTo(2 * y, 6)]);
  expect(project(turned(camera, 5), [5, 2, 1])![0]).toBeLessThan(x - 50);
});

test('the demo camera sees the crossing with 2 m beyond both kerbs, and its people are at least 60 px tall at 640 px', () => {
  const camera = stationStreetCamera(640);
  const [near, far] = stationStreet.kerbsM;
  for (const x of [near - 2, far + 2]) {
    for (const y of [-1, 2, 5]) {
      const foot = project(camera, [x, y, 0])!;
      const head = project(camera, [x, y, 1.75])!;
      for (const [px, py] of [foot, head]) {
        expect(px).toBeGreaterThan(0);
        expect(px).toBeLessThan(640);
        expect(py).toBeGreaterThan(0);
        expect(py).toBeLessThan(360);
      }
      expect(foot[1] - head[1]).toBeGreaterThan(60);
    }
  }
});
