import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Act, act, beginHistory, drawnZones, type History, measuredPoints, pointsMax } from './draft.ts';
import type { Pair } from './words.ts';

const empty = () => beginHistory([], []);
const after = (history: History, ...acts: Act[]) => acts.reduce(act, history);

test('a drag or a typed number is one step of undo, however many moves it took', () => {
  const begun = after(empty(), { kind: 'addPoint', px: [10, 10] });
  const dragged = after(
    begun,
    { kind: 'movePoint', key: 0, px: [11, 10], stroke: 'drag-1' },
    { kind: 'movePoint', key: 0, px: [12, 10], stroke: 'drag-1' },
    { kind: 'measure', key: 0, axis: 0, m: 1, stroke: 'm-0-0' },
    { kind: 'measure', key: 0, axis: 0, m: 12, stroke: 'm-0-0' },
  );
  expect(after(dragged, { kind: 'undo' }).present.points[0]).toMatchObject({ px: [12, 10], m: [null, null] });
  expect(after(dragged, { kind: 'undo' }, { kind: 'undo' }).present).toEqual(begun.present);
});

test('what was saved before comes back as points and zones that can be corrected', () => {
  const points = [{ px: [1, 2] as Pair, m: [3, 4] as Pair }];
  const zones = [
    {
      id: 'kerb',
      outline: [
        [0, 0],
        [1, 0],
        [1, 1],
      ] as Pair[],
    },
  ];
  const { present } = after(beginHistory(points, zones), { kind: 'addPoint', px: [5, 6] }, { kind: 'addZone' });
  expect(measuredPoints(present)).toEqual([{ ...points[0], key: 0 }]);
  expect(drawnZones(present)).toEqual(zones);
  expect(new Set([...present.points, ...present.zones].map(({ key }) => key)).size).toBe(4);
});

test('there are never more points than the file may hold', () => {
  let history = empty();
  for (let n = 0; n < pointsMax + 3; n += 1) history = act(history, { kind: 'addPoint', px: [n, n] });
  expect(history.present.points.length).toBe(pointsMax);
});

test('undoing everything comes back to the beginning, redoing everything to the end', () => {
  const pair = fc.tuple(fc.integer(), fc.integer());
  const key = fc.nat(12);
  const anyAct: fc.Arbitrary<Act> = fc.oneof(
    fc.record({ kind: fc.constant('addPoint' as const), px: pair }),
    fc.record({ kind: fc.constant('movePoint' as const), key, px: pair, stroke: fc.constantFrom('a', 'b') }),
    fc.record({
      kind: fc.constant('measure' as const),
      key,
      axis: fc.constantFrom(0 as const, 1 as const),
      m: fc.integer(),
    }),
    fc.record({ kind: fc.constant('removePoint' as const), key }),
    fc.record({ kind: fc.constant('addZone' as const) }),
    fc.record({ kind: fc.constant('addCorner' as const), key, m: pair }),
    fc.record({ kind: fc.constant('removeCorner' as const), key, corner: fc.nat(4) }),
  );
  fc.assert(
    fc.property(fc.array(anyAct, { minLength: 1, maxLength: 60 }), (acts) => {
      const begun = empty();
      let history = after(begun, ...acts);
      const end = history.present;
      const steps = history.past.length;
      for (let n = 0; n < steps; n += 1) history = act(history, { kind: 'undo' });
      expect(history.present).toEqual(begun.present);
      for (let n = 0; n < steps; n += 1) history = act(history, { kind: 'redo' });
      expect(history.present).toEqual(end);
    }),
    { numRuns: 100 },
  );
});
