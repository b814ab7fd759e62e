import { chance } from '@tocsin/simulators';
import { describe, expect, test } from 'vitest';
import type { Grid } from '../../vision/types.ts';
import { drawGrid, drawStreet, type Moment } from './drawn-grids.ts';
import { drawHour } from './drawn-hours.ts';
import { type Supervision, stepSupervision, unwatched, usualSupervision, type View, viewOf } from './supervision.ts';

const street = drawStreet(chance('street'));

/** A camera before the street: `watch` shows it a moment for some seconds and tells what stood after each picture. */
function camera({ fps = 3, fpsMin = 1, reference }: { fps?: number; fpsMin?: number; reference?: View } = {}) {
  const luck = chance('noise');
  const config = { ...usualSupervision, fpsMin };
  let at: Supervision = { state: unwatched, troubles: [], coverageFactor: 1 };
  let nowMs = 1_000_000;
  const show = (grid: Grid | undefined, afterMs: number) => {
    nowMs += afterMs;
    at = stepSupervision(at.state, { atMs: nowMs, grid, reference }, config);
    return at;
  };
  /** Seconds until a trouble stands (or until none does), or undefined within the time. */
  const until = (seconds: number, is: (names: string[]) => boolean, next: () => Grid | undefined) => {
    for (let i = 1; i <= seconds * fps; i += 1)
      if (is(show(next(), 1000 / fps).troubles.map(({ name }) => name))) return i / fps;
    return undefined;
  };
  const draw = (moment: Moment) => () => drawGrid(street, moment, luck);
  return {
    watch: (moment: Moment, seconds: number) => until(seconds, () => false, draw(moment)),
    untilTrouble: (name: string, moment: Moment, seconds: number) =>
      until(seconds, (names) => names.includes(name), draw(moment)),
    untilGone: (name: string, moment: Moment, seconds: number) =>
      until(seconds, (names) => !names.includes(name), draw(moment)),
    show,
    draw,
    names: () => at.troubles.map(({ name }) => name),
    now: () => at,
  };
}

const everywhere = { x: 0, y: 0, w: 64, h: 36 };
const night = { sun: 0, lamps: true };

describe('a covered lens', () => {
  test.each([
    ['a hand by day', {}, { covers: [{ ...everywhere, level: 30 }] }],
    ['a hand at night', night, { ...night, covers: [{ ...everywhere, level: 26 }] }],
    ['paint but for a rim', {}, { covers: [{ ...everywhere, w: 60, level: 140 }] }],
    ['a bag at dusk', { sun: 0.02 }, { sun: 0.02, covers: [{ ...everywhere, x: 4, y: 2, level: 70 }] }],
  ] satisfies [string, Moment, Moment][])(
    '%s is trouble within 10 s at 2, 5 and 10 pictures a second',
    (_, before, after) => {
      for (const fps of [2, 5, 10]) {
        const lens = camera({ fps });
        lens.watch(before, 30);
        const seconds = lens.untilTrouble('covered', after, 12);
        expect(seconds, `${fps} pictures a second`).toBeLessThanOrEqual(10);
        expect(seconds).toBeGreaterThan(2);
        expect(lens.now().coverageFactor).toBe(0);
        expect(lens.untilGone('covered', before, 30)).toBeGreaterThan(3);
      }
    },
  );

  test('is told with the numbers that say so', () => {
    const lens = camera();
    lens.watch({}, 30);
    lens.untilTrouble('covered', { covers: [{ ...everywhere, w: 60, level: 140 }] }, 12);
    expect(lens.now().troubles.find(({ name }) => name === 'covered')!.detail).toMatch(
      /^\d+ % of the usual edges have gone/,
    );
  });

  test('stays told however long it is covered, and never becomes usual', () => {
    const lens = camera({ fps: 2 });
    lens.watch({}, 150);
    lens.untilTrouble('covered', { covers: [{ ...everywhere, w: 60, level: 140 }] }, 12);
    lens.watch({ covers: [{ ...everywhere, w: 60, level: 140 }] }, 600);
    expect(lens.names()).toContain('covered');
    expect(lens.untilGone('covered', {}, 40)).toBeDefined();
  });

  test('in part lowers the coverage by that part after a minute, not before', () => {
    const lens = camera();
    lens.watch({}, 150);
    const half = { covers: [{ ...everywhere, w: 32, level: 120 }] };
    expect(lens.untilTrouble('covered', half, 45)).toBeUndefined();
    expect(lens.untilTrouble('covered', half, 30)).toBeDefined();
    expect(lens.now().coverageFactor).toBeGreaterThan(0.2);
    expect(lens.now().coverageFactor).toBeLessThan(0.8);
  });

  test('for a second or two, as by a passing hand, is no trouble', () => {
    const lens = camera();
    lens.watch({}, 60);
    for (let i = 0; i < 5; i += 1) {
      expect(lens.untilTrouble('covered', { covers: [{ ...everywhere, level: 30 }] }, 2)).toBeUndefined();
      lens.watch({}, 10);
    }
  });
});

describe('light', () => {
  test.each<[string, string, Moment, number, number]>([
    ['black', 'black', { covers: [{ ...everywhere, level: 2 }] }, 4, 0],
    ['burnt out', 'over-exposed', { covers: [{ ...everywhere, level: 255 }] }, 10, 0],
    ['half burnt out', 'over-exposed', { covers: [{ ...everywhere, h: 18, level: 255 }] }, 10, 0.5],
    ['out of focus', 'blurred', { blur: 0.8 }, 25, 0.5],
    ['without any light', 'too-dark', { sun: -0.0012 }, 20, 0],
  ])('%s is trouble in time and clears again', (_, name, moment, withinS, factor) => {
    const lens = camera();
    lens.watch({}, 150);
    expect(lens.untilTrouble(name, moment, withinS)).toBeDefined();
    expect(lens.now().coverageFactor).toBeLessThanOrEqual(factor);
    expect(lens.now().troubles.find((each) => each.name === name)!.detail).toMatch(/\d.*\.$|lens/);
    expect(lens.untilGone(name, {}, 60)).toBeGreaterThan(1);
    lens.watch({}, 20);
    expect(lens.names()).toEqual([]);
  });

  test('a bus that stands before the lens for 20 s is none', () => {
    const lens = camera({ reference: viewOf(drawGrid(street, {}, chance('reference'))) });
    lens.watch({}, 150);
    const bus = { things: [{ x: 0, y: 2, w: 64, h: 33, tone: 0.5, isStriped: true }] };
    expect(lens.untilTrouble('covered', bus, 20)).toBeUndefined();
    expect(lens.names()).toEqual([]);
    lens.watch({}, 60);
    expect(lens.names()).toEqual([]);
  });

  test('infrared that comes on at night and goes in the morning is none', () => {
    const lens = camera();
    lens.watch({ sun: 0.01 }, 150);
    for (const moment of [{ sun: 0.001, infrared: true }, { sun: 0.01 }, { sun: 0.001, infrared: true }]) {
      expect(lens.untilTrouble('covered', moment, 150)).toBeUndefined();
      expect(lens.names()).toEqual([]);
    }
  });

  test('nothing is wrong in 25 seeded hours of day and night (1,000 in supervision.long.test.ts)', () => {
    const wrong: string[] = [];
    for (let seed = 0; seed < 25; seed += 1) {
      const luck = chance(`hour ${seed}`);
      const place = drawStreet(luck);
      const hour = drawHour(luck, 180);
      let { state } = { state: unwatched };
      for (let tS = 0; tS < 180; tS += 1) {
        const stepped = stepSupervision(
          state,
          { atMs: 1000 * tS, grid: drawGrid(place, hour(tS), luck) },
          { ...usualSupervision, fpsMin: 0.5 },
        );
        state = stepped.state;
        for (const { name, detail } of stepped.troubles) wrong.push(`${seed}: ${name} ${detail}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('a turned camera', () => {
  test.each<[number, number]>([
    [1, 0],
    [-3, 1],
    [8, -4],
  ])('by %i and %i cells is trouble, with a reference or the view it learnt', (x, y) => {
    for (const reference of [undefined, viewOf(drawGrid(street, {}, chance('reference')))]) {
      const lens = camera({ reference, fps: 2 });
      lens.watch({}, 150);
      const things = [{ x: 20, y: 20, w: 9, h: 4, tone: 0.7 }];
      expect(lens.untilTrouble('moved', { turned: [x, y], things }, 40)).toBeGreaterThan(20);
      const across = Math.round((100 * x) / 64);
      expect(lens.now().troubles.find(({ name }) => name === 'moved')!.detail).toContain(
        `moved by ${across} % of its width`,
      );
      expect(lens.untilGone('moved', {}, 60)).toBeGreaterThan(5);
    }
  });

  test('before a restart is found by the reference of the calibration at once', () => {
    const lens = camera({ reference: viewOf(drawGrid(street, {}, chance('reference'))), fps: 2 });
    expect(lens.untilTrouble('moved', { turned: [4, 0] }, 40)).toBeDefined();
  });

  test('that looks somewhere else altogether is trouble', () => {
    const lens = camera({ fps: 2 });
    lens.watch({}, 150);
    expect(lens.untilTrouble('moved', { turned: [29, 15] }, 90)).toBeDefined();
  });
});

describe('time', () => {
  test('a frozen picture is trouble after 15 s, a quiet night with nothing but noise never', () => {
    const lens = camera({ fps: 10 });
    lens.watch(night, 120);
    expect(lens.names()).toEqual([]);
    const last = lens.draw(night)();
    let seconds = 0;
    while (!lens.names().includes('frozen') && seconds < 30) {
      lens.show(last, 100);
      seconds += 0.1;
    }
    expect(seconds).toBeGreaterThan(14);
    expect(seconds).toBeLessThan(17);
    expect(lens.now().coverageFactor).toBe(0);
    expect(lens.untilGone('frozen', night, 10)).toBeGreaterThan(2);
  });

  test('a picture that a coder repeats for 4 s between whole ones is not frozen', () => {
    const lens = camera({ fps: 10 });
    for (let i = 0; i < 30; i += 1) {
      const still = lens.draw(night)();
      for (let j = 0; j < 40; j += 1) lens.show(still, 100);
    }
    expect(lens.names()).toEqual([]);
  });

  test('a frozen picture that is only coded anew is trouble within two minutes and a half', () => {
    const lens = camera({ fps: 5 });
    const still = lens.draw({})();
    for (let i = 0; i < 5 * 150; i += 1) {
      const y = still.y.slice();
      for (const cell of [i % 2304, (i + 1) % 2304]) y[cell]! += 1;
      lens.show({ ...still, y, sharpness: still.sharpness * (1 + 0.004 * Math.sin(i)) }, 200);
    }
    expect(lens.names()).toContain('frozen');
  });

  test('no picture for 3 s, or none at all, is trouble; the first ones end it', () => {
    const lens = camera();
    for (let i = 0; i < 4; i += 1) lens.show(undefined, 1000);
    expect(lens.now().troubles).toMatchObject([{ name: 'no-picture', detail: 'No picture since it was opened.' }]);
    expect(lens.untilGone('no-picture', {}, 10)).toBeGreaterThan(1);
    lens.watch({}, 20);
    for (let i = 0; i < 3; i += 1) lens.show(undefined, 1000);
    expect(lens.now()).toMatchObject({
      coverageFactor: 0,
      troubles: [{ name: 'no-picture', detail: 'No picture for 3 s.' }],
    });
    lens.watch({}, 15);
    expect(lens.names()).toEqual([]);
  });

  test('too few pictures a second is trouble, and one hiccup is none', () => {
    const slow = camera({ fps: 2, fpsMin: 4 });
    expect(slow.untilTrouble('slow', {}, 30)).toBeGreaterThan(10);
    expect(slow.now().troubles[0]!.detail).toBe('2.0 pictures a second, at least 4 are needed.');
    const fine = camera({ fps: 10, fpsMin: 4 });
    fine.watch({}, 20);
    fine.show(undefined, 2000);
    fine.watch({}, 20);
    expect(fine.names()).toEqual([]);
  });

  test('a state stored and read back goes on as if nothing had happened, at any hour', () => {
    const luck = chance('stored');
    let [one, two] = [unwatched, unwatched];
    for (let i = 0; i < 300; i += 1) {
      const moment: Moment = i < 150 ? {} : { covers: [{ ...everywhere, w: 60, level: 30 }] };
      const grid = drawGrid(street, moment, luck);
      const a = stepSupervision(one, { atMs: 200 * i, grid }, usualSupervision);
      const b = stepSupervision(two, { atMs: 1.7e12 + 200 * i, grid }, usualSupervision);
      expect(b.troubles.map(({ name, sinceMs, detail }) => [name, sinceMs - 1.7e12, detail])).toEqual(
        a.troubles.map(({ name, sinceMs, detail }) => [name, sinceMs, detail]),
      );
      one = a.state;
      two = i % 20 === 0 ? (JSON.parse(JSON.stringify(b.state)) as typeof two) : b.state;
    }
    expect(stepSupervision(one, { atMs: 60_000 }, usualSupervision).troubles.map(({ name }) => name)).toEqual([
      'covered',
    ]);
    expect(JSON.stringify(one).length).toBeLessThan(60_000);
  });

  test('a clock set back keeps what stands and what is learnt', () => {
    const lens = camera();
    lens.watch({}, 60);
    lens.untilTrouble('covered', { covers: [{ ...everywhere, level: 30 }] }, 12);
    const back = stepSupervision(lens.now().state, { atMs: 5000 }, usualSupervision);
    expect(back.troubles).toMatchObject([{ name: 'covered' }]);
    expect(back.troubles[0]!.sinceMs).toBeLessThanOrEqual(5000);
    expect(back.state.usuals).toEqual(lens.now().state.usuals);
  });
});

describe('bad input', () => {
  const good = drawGrid(street, {}, chance('good'));
  test.each<[string, Partial<Grid>]>([
    ['other sizes', { columns: 32 }],
    ['missing cells', { cb: new Uint8Array(5) }],
    ['a sharpness that is no number', { sharpness: Number.NaN }],
  ])('a grid with %s is refused in words and changes nothing else', (_, more) => {
    const before = stepSupervision(unwatched, { atMs: 1000, grid: good }, usualSupervision);
    const after = stepSupervision(before.state, { atMs: 1100, grid: { ...good, ...more } }, usualSupervision);
    expect(after.refused).toMatch(/\.$/);
    expect(after.state).toEqual({ ...before.state, refusedEvents: 1 });
  });

  test('an event older than the newest, or without time, is refused', () => {
    const before = stepSupervision(unwatched, { atMs: 1000, grid: good }, usualSupervision);
    for (const atMs of [900, Number.NaN])
      expect(stepSupervision(before.state, { atMs }, usualSupervision).refused).toMatch(/event/);
  });
});
