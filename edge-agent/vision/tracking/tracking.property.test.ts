import { chance } from '@tocsin/simulators';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Detection, kinds } from '../types.ts';
import { boxOfActor, detect, poleCamera, walker } from './drawn-street.ts';
import { noTracks, stepTracks, type TrackingState, usualTracking } from './tracking.ts';

const { picture } = poleCamera;
type Seen = { atMs: number; detections: Detection[] };

/** A few people who cross for some seconds, as a detector saw them. */
const street = fc
  .record({
    seed: fc.integer(),
    people: fc.array(
      fc.record({
        y: fc.double({ min: 9, max: 24, noNaN: true }),
        speedMps: fc.double({ min: 0.4, max: 2, noNaN: true }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ seed, people }): Seen[] => {
    const luck = chance(seed);
    const actors = people.map(({ y, speedMps }) => walker([-4, y], [4, y], { speedMps }));
    return Array.from({ length: 40 }, (_, i) => {
      const boxes = actors.flatMap((actor) => {
        const box = boxOfActor(poleCamera, actor, i / 10);
        return box ? [{ actor, box }] : [];
      });
      return { atMs: 1000 + 100 * i, detections: detect(boxes, { miss: 0.2, jitter: 0.04, luck }) };
    });
  });

function run(pictures: readonly Seen[], byMs = 0) {
  let state: TrackingState = noTracks;
  return pictures.map(({ atMs, detections }) => {
    const stepped = stepTracks(state, { detections, picture, atMs: atMs + byMs }, usualTracking);
    state = stepped.state;
    return stepped.followed;
  });
}

test('the time of day changes nothing', () => {
  fc.assert(
    fc.property(street, fc.integer({ min: 0, max: 2e12 }), (pictures, byMs) => {
      expect(run(pictures, byMs)).toEqual(run(pictures));
    }),
    { numRuns: 30 },
  );
});

test('the order of detections and telling them twice change nothing', () => {
  fc.assert(
    fc.property(street, (pictures) => {
      const twice = pictures.map((each) => ({
        ...each,
        detections: [...each.detections, ...each.detections].reverse(),
      }));
      expect(run(twice)).toEqual(run(pictures));
    }),
    { numRuns: 30 },
  );
});

test('stored and read back, the state goes on as if nothing had happened', () => {
  fc.assert(
    fc.property(street, fc.integer({ min: 0, max: 39 }), (pictures, cut) => {
      let state: TrackingState = noTracks;
      const told = pictures.map(({ atMs, detections }, i) => {
        if (i === cut) state = JSON.parse(JSON.stringify(state)) as TrackingState;
        const stepped = stepTracks(state, { detections, picture, atMs }, usualTracking);
        state = stepped.state;
        return stepped.followed;
      });
      expect(told).toEqual(run(pictures));
    }),
    { numRuns: 30 },
  );
});

test('more or fewer pictures a second lead to the same places', () => {
  fc.assert(
    fc.property(
      fc.record({
        y: fc.double({ min: 9, max: 20, noNaN: true }),
        speedMps: fc.double({ min: 0.4, max: 1.8, noNaN: true }),
      }),
      fc.constantFrom(5, 10, 15, 30),
      ({ y, speedMps }, fps) => {
        const actor = walker([-3, y], [20, y], { speedMps });
        const pictures = Array.from({ length: 2 * fps + 1 }, (_, i): Seen => {
          const box = boxOfActor(poleCamera, actor, i / fps)!;
          return { atMs: 1000 + (1000 * i) / fps, detections: [{ kind: 'person', score: 0.8, box }] };
        });
        const [followed] = run(pictures).slice(-1);
        const truth = boxOfActor(poleCamera, actor, 2)!;
        expect(followed).toHaveLength(1);
        expect(Math.abs(followed![0]!.foot!.xPx - truth.x - truth.width / 2)).toBeLessThan(0.05 * truth.height);
      },
    ),
    { numRuns: 60 },
  );
});

test('whatever is thrown at it, it stays bounded, finite, and gives no id twice', () => {
  const number = fc.oneof(fc.double(), fc.double({ min: -100, max: 1500, noNaN: true }));
  const box = fc.record({ x: number, y: number, width: number, height: number });
  const anything = fc.record({
    kind: fc.constantFrom(...kinds),
    score: fc.oneof(fc.double(), fc.double({ min: 0, max: 1, noNaN: true })),
    box,
  });
  const pictures = fc.array(
    fc.record({
      stepMs: fc.oneof(fc.integer({ min: -6000, max: 3000 }), fc.double()),
      detections: fc.array(anything, { maxLength: 60 }),
    }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(pictures, (steps) => {
      let state: TrackingState = noTracks;
      const ended = new Set<number>();
      let nowMs = 10_000;
      for (const { stepMs, detections } of steps) {
        nowMs += Number.isFinite(stepMs) && Math.abs(stepMs) < 1e9 ? stepMs : 0;
        const before = state;
        state = stepTracks(before, { detections, picture, atMs: nowMs }, usualTracking).state;
        const ids = new Set(state.targets.map(({ id }) => id));
        for (const { id } of before.targets) if (!ids.has(id)) ended.add(id);
        expect([...ids].filter((id) => ended.has(id))).toEqual([]);
        expect(ids.size).toBe(state.targets.length);
        expect(state.targets.length).toBeLessThanOrEqual(256);
        expect(JSON.stringify(state)).not.toContain('null');
      }
    }),
    { numRuns: 100 },
  );
});
