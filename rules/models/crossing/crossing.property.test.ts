import { anybody, chance, group, type Picture, pictures, type Walk } from '@tocsin/simulators';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ModelEvent } from '../../engine/types.ts';
import type { CrossingConfig } from './config.ts';
import { crossing } from './crossing.ts';
import { usualSite } from './scene.ts';

const runs = process.env.TOCSIN_LONG === '1' ? 400 : 40;
const seeds = fc.integer({ min: 0, max: 1_000_000 });

/** Six people at random, one of them in a group, over one cycle of 7 s walk and a clearance held to 25 s. */
function people(seed: number): Walk[] {
  const luck = chance(`people ${seed}`);
  const one = Array.from({ length: 4 }, (_, i) => anybody({ id: i, startMs: 1000 + 2000 * i, lengthM: 12, luck }));
  return [...one, ...group(2, { id: 10, startMs: 3000, lengthM: 12, speedMps: 1.2, luck })];
}
/** A little noise, so that nobody stands exactly on a line, where rounding would decide. */
const view = { fromMs: 0, toMs: 25_000, noiseM: 0.02, fps: 10 };
const still = { ...view, noiseM: 0 };
const seen = (seed: number, more: object = {}) => pictures(people(seed), { ...view, luck: chance(seed), ...more });

/** Everything a crossing answers to pictures of one cycle that begins at `startMs`. */
function answers(taken: readonly Picture[], startMs = 0, config: CrossingConfig = usualSite) {
  const events: ModelEvent[] = [
    { kind: 'reading', input: 0, value: 1, takenAtMs: startMs, late: false },
    ...taken.map(({ takenAtMs, tracks }) => ({ kind: 'tracks', tracks, takenAtMs, late: false }) as const),
  ];
  events.splice(
    events.findIndex((event) => event.kind === 'tracks' && event.takenAtMs >= startMs + 7000),
    0,
    { kind: 'reading', input: 0, value: 2, takenAtMs: startMs + 7000, late: false },
  );
  let state = crossing.initial(config);
  const extensions: number[] = [];
  const said: string[] = [];
  for (const event of events) {
    const answer = crossing.step(state, event, config);
    state = answer.state;
    for (const { what, numbers } of answer.remarks ?? []) said.push(`${what} ${numbers.extensionS ?? ''}`);
    if (event.kind === 'tracks') extensions.push(state.ask.valueS);
  }
  return { extensions, said, counts: state.said.outputs };
}

function expectSame(a: ReturnType<typeof answers>, b: ReturnType<typeof answers>, withinS = 1e-3) {
  expect(b.extensions.length).toBe(a.extensions.length);
  for (const [i, value] of a.extensions.entries()) expect(Math.abs(b.extensions[i]! - value)).toBeLessThan(withinS);
  expect(b.said.map((text) => text.split(' ')[0])).toEqual(a.said.map((text) => text.split(' ')[0]));
}

describe('what must not matter', () => {
  test('the time of day', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 1_900_000_000_000 }), (seed, byMs) => {
        const moved = seen(seed).map(({ takenAtMs, tracks }) => ({ takenAtMs: takenAtMs + byMs, tracks }));
        expectSame(answers(seen(seed)), answers(moved, byMs));
      }),
      { numRuns: runs },
    );
  });

  test('where the crossing lies and how it is turned', () => {
    const turn = fc.record({
      byRad: fc.double({ min: -3, max: 3, noNaN: true }),
      xM: fc.double({ min: -500, max: 500, noNaN: true }),
      yM: fc.double({ min: -500, max: 500, noNaN: true }),
    });
    fc.assert(
      fc.property(seeds, turn, (seed, { byRad, xM, yM }) => {
        const toGround = (s: number, a: number): [number, number] => [
          xM + s * Math.cos(byRad) - a * Math.sin(byRad),
          yM + s * Math.sin(byRad) + a * Math.cos(byRad),
        ];
        const config = { ...usualSite, from: toGround(0, 0), to: toGround(12, 0) };
        expectSame(answers(seen(seed)), answers(seen(seed, { toGround }), 0, config));
      }),
      { numRuns: runs },
    );
  });

  test('from which kerb it is measured', () => {
    const config = { ...usualSite, from: usualSite.to, to: usualSite.from };
    fc.assert(
      fc.property(seeds, (seed) => expectSame(answers(seen(seed)), answers(seen(seed), 0, config))),
      { numRuns: runs },
    );
  });

  test('the order and the names of the tracks, and who or what somebody is said to be', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const luck = chance(`order ${seed}`);
        const renamed = seen(seed).map(({ takenAtMs, tracks }) => ({
          takenAtMs,
          tracks: tracks
            .map((track) => ({ ...track, id: (track.id * 7919 + 13) % 104_729, class: 'wheelchair', heightM: 1.2 }))
            .sort(() => luck.next() - 0.5),
        }));
        expectSame(answers(seen(seed)), answers(renamed), 1e-9);
      }),
      { numRuns: runs },
    );
  });

  test('pictures that come twice', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const twice = seen(seed).flatMap((picture) => [picture, { ...picture, tracks: [] }]);
        const once = answers(seen(seed));
        const { extensions, said } = answers(twice);
        expect(extensions.filter((_, i) => i % 2 === 1)).toEqual(once.extensions);
        expect(said).toEqual(once.said);
      }),
      { numRuns: runs },
    );
  });

  test('how many pictures a second there are, within the second that a speed takes', () => {
    const shares = { same: 0, all: 0 };
    for (let seed = 0; seed < runs; seed += 1) {
      const five = answers(seen(seed, { fps: 5 })).extensions;
      const thirty = answers(seen(seed, { fps: 30 })).extensions;
      for (const [i, value] of five.entries()) {
        const near = [-6, 0, 6].map((k) => thirty[Math.min(thirty.length - 1, Math.max(0, 6 * i + k))]!);
        shares.all += 1;
        if (value >= Math.min(...near) - 1 && value <= Math.max(...near) + 1) shares.same += 1;
      }
    }
    expect(shares.same / shares.all).toBeGreaterThan(0.97);
  });
});

describe('more need never gets less', () => {
  test('another person on the road never lowers the extension', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const luck = chance(`another ${seed}`);
        const more = [...people(seed), { ...anybody({ id: 99, startMs: 4000, lengthM: 12, luck }), across: 1.7 }];
        const alone = answers(seen(seed, still)).extensions;
        const together = answers(pictures(more, { ...still, luck: chance(seed) })).extensions;
        // What is asked for may lag its target by the quarter of a second that is noise.
        for (const [i, value] of alone.entries()) expect(together[i]!).toBeGreaterThanOrEqual(value - 0.5);
      }),
      { numRuns: runs },
    );
  });

  test('the same people slower never lower the extension', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 1.6, noNaN: true }),
        fc.double({ min: 0.5, max: 0.99, noNaN: true }),
        (v, by) => {
          const at = (speedMps: number) =>
            answers(
              pictures([{ id: 1, startMs: 3000, s: -1, across: 0, legs: [{ forMs: 60_000, speedMps }] }], {
                ...view,
                toMs: 16_900,
                luck: chance(1),
              }),
            ).extensions.at(-1)!;
          expect(at(v * by)).toBeGreaterThanOrEqual(at(v) - 0.5);
        },
      ),
      { numRuns: runs },
    );
  });
});
