import { chance } from '@tocsin/simulators';
import { describe, expect, test } from 'vitest';
import type { Detection, Kind } from '../types.ts';
import { type Actor, boxOfActor, poleCamera, walker } from './drawn-street.ts';
import { drive } from './drive.ts';
import { noTracks, stepTracks, type Tracking, usualTracking } from './tracking.ts';

const picture = { width: 1280, height: 720 };
const person = (x: number, bottom: number, more: { score?: number; kind?: Kind; height?: number } = {}): Detection => {
  const { score = 0.7, kind = 'person', height = 100 } = more;
  return { kind, score, box: { x: x - 20, y: bottom - height, width: 40, height } };
};

/** Pictures every `everyMs` from 1 s on; each gives its detections. */
function watch(pictures: readonly Detection[][], everyMs = 100, from: Tracking = { state: noTracks, followed: [] }) {
  let at = from;
  const startMs = Math.max(1000, at.state.atMs + everyMs);
  for (const [i, detections] of pictures.entries())
    at = stepTracks(at.state, { detections, picture, atMs: startMs + i * everyMs }, usualTracking);
  return at;
}
const times = (n: number, make: (i: number) => Detection[]) => Array.from({ length: n }, (_, i) => make(i));

describe('scripted streets', () => {
  const eye = (seed: string, more = {}) => ({ miss: 0.2, jitter: 0.04, luck: chance(seed), ...more });
  const crossing = () => [
    walker([-6, 14], [6, 14]),
    walker([6, 14.5], [-6, 14.5], { speedMps: 1.1 }),
    walker([-6, 15.5], [6, 15.5], { speedMps: 0.8, fromS: 1 }),
    walker([6, 13], [-6, 13], { speedMps: 1.5, fromS: 2 }),
    walker([-6, 16.5], [6, 13], { speedMps: 1.2, fromS: 1 }),
  ];
  const behindPole = () => [walker([-6, 14], [6, 14]), walker([-6, 16], [6, 16], { speedMps: 1 })];
  const sideBySide = () => [
    walker([-6, 14], [6, 14], { speedMps: 1.2 }),
    walker([-5.6, 14.3], [6.4, 14.3], { speedMps: 1.2 }),
    walker([-5.3, 15], [6.5, 15], { speedMps: 1.25 }),
  ];
  const along = () => [
    walker([-1, 8], [-1, 25]),
    walker([1, 25], [1, 8]),
    walker([0, 8], [0.3, 25], { speedMps: 0.7 }),
  ];
  const pole = [{ x: 620, y: 0, width: 70, height: 720 }];
  type Case = [name: string, fps: number, street: () => Actor[], hides: typeof pole | [], most: number];

  // Coverage and switches as measured (README.md), with a little room for neither to get worse unseen.
  test.each<Case>([
    ['people who cross one another', 5, crossing, [], 3],
    ['people who cross one another', 10, crossing, [], 2.5],
    ['people who cross one another', 25, crossing, [], 1.5],
    ['people who pass behind a pole', 5, behindPole, pole, 0.5],
    ['people who pass behind a pole', 10, behindPole, pole, 0.25],
    ['three abreast, half hidden', 5, sideBySide, [], 2],
    ['three abreast, half hidden', 10, sideBySide, [], 0.5],
    ['people who walk away and towards', 5, along, [], 0.25],
    ['people who walk away and towards', 10, along, [], 0.25],
  ])('%s at %i pictures a second: one in five missed, nine in ten covered', (name, fps, street, hides, most) => {
    const runs = Array.from({ length: 6 }, (_, i) =>
      drive(street(), { fps, seconds: 14, eye: eye(`${name} ${i}`, { hides }) }),
    );
    const mean = (of: (run: (typeof runs)[number]) => number) => runs.reduce((sum, run) => sum + of(run), 0) / 6;
    expect(mean(({ coverage }) => coverage)).toBeGreaterThanOrEqual(0.9);
    expect(mean(({ switches }) => switches)).toBeLessThanOrEqual(most);
  });

  test('pictures that come as they please are followed as well', () => {
    const luck = chance('irregular');
    const one = walker([-6, 14], [6, 14]);
    const seen: number[] = [];
    let at: Tracking = { state: noTracks, followed: [] };
    for (let tS = 0; tS < 9; tS += luck.pick([0.033, 0.1, 0.2, 0.3])) {
      const detections: Detection[] = [{ kind: 'person', score: 0.7, box: boxOfActor(poleCamera, one, tS)! }];
      at = stepTracks(at.state, { detections, picture, atMs: 1000 + 1000 * tS }, usualTracking);
      if (tS > 1.5) seen.push(at.followed.length);
    }
    expect(new Set(seen)).toEqual(new Set([1]));
    expect(at.state.nextId).toBe(2);
  });
});

describe('a track', () => {
  test('counts after three pictures that show it, and not before 150 ms', () => {
    expect(watch(times(2, () => [person(300, 400)])).followed).toEqual([]);
    expect(watch(times(3, () => [person(300, 400)])).followed).toMatchObject([{ id: 1, kind: 'person', isSeen: true }]);
    expect(
      watch(
        times(3, () => [person(300, 400)]),
        33,
      ).followed,
    ).toEqual([]);
    expect(
      watch(
        times(3, () => [person(300, 400)]),
        400,
      ).followed,
    ).toHaveLength(1);
  });

  test('begins only with a sure detection and goes on with unsure ones', () => {
    expect(watch(times(20, () => [person(300, 400, { score: 0.45 })])).followed).toEqual([]);
    const weak = (i: number) => [person(300 + 5 * i, 400, { score: i < 1 ? 0.55 : 0.2 })];
    expect(watch(times(20, weak)).followed).toMatchObject([{ id: 1, isSeen: true }]);
  });

  test('is believed to walk on unseen for a second and a half, and then no more', () => {
    const walked = watch(times(20, (i) => [person(300 + 8 * i, 400)]));
    const hidden = watch(
      times(15, () => []),
      100,
      walked,
    );
    expect(hidden.followed).toMatchObject([{ id: 1, isSeen: false }]);
    expect(Math.abs(hidden.followed[0]!.foot!.xPx - (300 + 8 * 34))).toBeLessThan(20);
    expect(watch([[]], 100, hidden).followed).toEqual([]);
  });

  test('that ended is taken over by one that begins where it must be by then, with the same id', () => {
    const walked = watch(times(20, (i) => [person(300 + 8 * i, 400)]));
    const gone = watch(
      times(20, () => []),
      100,
      walked,
    );
    expect(gone.followed).toEqual([]);
    const back = watch(
      times(3, (i) => [person(300 + 8 * (40 + i) + 25, 400)]),
      100,
      gone,
    );
    expect(back.followed.map(({ id }) => id)).toEqual([1]);
    const elsewhere = watch(
      times(3, () => [person(1000, 600)]),
      100,
      gone,
    );
    expect(elsewhere.followed.map(({ id }) => id)).toEqual([2]);
  });

  test('that walked out of the picture is not believed to be there', () => {
    const out = watch(times(20, (i) => [person(1280 - 300 + 14 * i, 400)]));
    expect(
      watch(
        times(5, () => []),
        100,
        out,
      ).followed,
    ).toEqual([]);
  });

  test('keeps its kind when some pictures show another', () => {
    const kinds = (i: number) => [person(300, 400, { kind: i % 4 === 3 ? 'bicycle' : 'person' })];
    expect(watch(times(40, kinds)).followed).toMatchObject([{ id: 1, kind: 'person' }]);
  });

  test('of flames and smoke there is none', () => {
    const fire = () => [person(300, 400, { kind: 'flame' }), person(500, 400, { kind: 'smoke' })];
    expect(watch(times(9, fire)).state).toMatchObject({ targets: [], refusedBoxes: 0 });
  });
});

describe('statues', () => {
  const unsure = (i: number) => [person(300 + (i % 2), 400, { score: i === 0 ? 0.5 : 0.38 })];

  test('what never moved and never was sure is held back after ten seconds', () => {
    expect(watch(times(95, unsure)).followed).toHaveLength(1);
    expect(watch(times(110, unsure)).followed).toEqual([]);
  });

  test('somebody who stands at the kerb and is surely a person is never held back', () => {
    const stands = (i: number) => [person(300, 400, { score: i % 3 === 0 ? 0.45 : 0.55 })];
    expect(watch(times(1200, stands)).followed).toHaveLength(1);
  });

  test('somebody who walked there is never held back, however unsure the detector gets', () => {
    const arrives = (i: number) => [person(300 + 5 * Math.min(i, 30), 400, { score: i < 30 ? 0.6 : 0.3 })];
    expect(watch(times(600, arrives)).followed).toHaveLength(1);
  });

  test('somebody who walked, lay down behind a car and comes into view again is never taken for a post', () => {
    const walks = (i: number) => [person(300 + 5 * Math.min(i, 30), 400, { score: 0.7 })];
    const hidden = watch(
      times(60, () => []),
      100,
      watch(times(40, walks)),
    );
    expect(hidden.followed).toEqual([]);
    // Begun again as another track, and the model is not sure of it.
    const lies = watch(
      times(600, (i) => [person(450, 402, { score: i === 0 ? 0.5 : 0.35 })]),
      100,
      hidden,
    );
    expect(lies.followed).toHaveLength(1);
    const elsewhere = watch(
      times(600, (i) => [person(900, 402, { score: i === 0 ? 0.5 : 0.35 })]),
      100,
      hidden,
    );
    expect(elsewhere.followed).toEqual([]);
  });

  test('what was held back counts at once when it moves', () => {
    const held = watch(times(150, unsure));
    const moves = watch(
      times(15, (i) => [person(300 + 5 * i, 400, { score: 0.38 })]),
      100,
      held,
    );
    expect(moves.followed).toMatchObject([{ id: 1 }]);
  });
});

describe('edges of the picture', () => {
  test('feet below the bottom edge are not made up', () => {
    const { followed } = watch(times(9, () => [{ ...person(300, 720, { height: 90 }) }]));
    expect(followed).toHaveLength(1);
    expect(followed[0]!.foot).toBeUndefined();
  });

  test('feet that were seen just before are reckoned from the head, for a second and a half', () => {
    const down = (i: number): Detection => {
      const bottom = 640 + 8 * i;
      return {
        kind: 'person',
        score: 0.8,
        box: { x: 300, y: bottom - 200, width: 80, height: Math.min(720, bottom) - bottom + 200 },
      };
    };
    const { followed } = watch(times(18, (i) => [down(i)]));
    expect(Math.abs(followed[0]!.foot!.yPx - (640 + 8 * 17))).toBeLessThan(20);
    const stays = watch(
      times(17, () => [down(17)]),
      100,
      watch(times(18, (i) => [down(i)])),
    );
    expect(stays.followed[0]!.foot).toBeUndefined();
  });
});

describe('bad input', () => {
  test.each([
    ['NaN', { x: Number.NaN, y: 0, width: 10, height: 10 }],
    ['Infinity', { x: 0, y: 0, width: Number.POSITIVE_INFINITY, height: 10 }],
    ['no area', { x: 0, y: 0, width: 0, height: 10 }],
    ['outside the picture', { x: 2000, y: 0, width: 10, height: 10 }],
  ])('a box with %s is refused and counted, the others are followed', (_, box) => {
    const { state, followed } = watch(times(3, () => [{ kind: 'person', score: 0.9, box }, person(300, 400)]));
    expect([state.refusedBoxes, followed.length]).toEqual([3, 1]);
  });

  test('a picture older than the newest is refused, and what was believed stands', () => {
    const walked = watch(times(9, () => [person(300, 400)]));
    const old = stepTracks(walked.state, { detections: [], picture, atMs: walked.state.atMs - 40 }, usualTracking);
    expect(old.refused).toBe('The picture is 40 ms older than the newest one.');
    expect(old.followed).toEqual(walked.followed);
    expect(old.state).toEqual({ ...walked.state, refusedPictures: 1 });
  });

  test('a clock that is set back begins anew without giving an id twice', () => {
    const walked = watch(
      times(9, () => [person(300, 400)]),
      100_000,
    );
    let at: Tracking = walked;
    for (const atMs of [5000, 5100, 5200])
      at = stepTracks(at.state, { detections: [person(300, 400)], picture, atMs }, usualTracking);
    expect(at.refused).toBeUndefined();
    expect(at.followed[0]!.id).toBeGreaterThanOrEqual(walked.state.nextId);
  });

  test('after a pause of minutes nobody is taken for somebody else', () => {
    const walked = watch(times(9, () => [person(300, 400)]));
    const later = watch(
      times(3, () => [person(300, 400)]),
      100,
      watch([[]], 120_000, walked),
    );
    expect(later.followed.map(({ id }) => id)).toEqual([2]);
  });

  test('of a crowd beyond the limit the surest are followed and the rest is counted', () => {
    const crowd = Array.from({ length: 400 }, (_, i) =>
      person(50 + 30 * (i % 40), 100 + 60 * Math.floor(i / 40), { score: 0.5 + i / 1000, height: 50 }),
    );
    const { state, followed } = watch(times(3, () => crowd));
    expect(followed).toHaveLength(256);
    expect(state.droppedTracks).toBe(3 * 144);
  });
});
