import { chance } from '@tocsin/simulators';
import { describe, expect, test } from 'vitest';
import { type Quiet, quiet } from './acts.ts';
import { combined, corroborates, type FlameConfig, type FlameState, initialFlame, stepFlame } from './flame.ts';
import { type Act, box, film, flames, type Luck, plume } from './scenes.ts';
import type { FlameSaid, FlameSeen } from './state.ts';

type Told = { tS: number } & FlameSaid;
type Run = { seed: number | string; perS?: number; forS?: number; config?: FlameConfig };

/** Everything the watcher says about a scene; `also` changes what it is shown. */
function watch(
  scene: Quiet,
  { seed, perS = 10, forS = 40, config = {} }: Run,
  also: (seen: FlameSeen) => FlameSeen = (seen) => seen,
) {
  const luck = chance(seed);
  let state: FlameState = initialFlame;
  const told: Told[] = [];
  for (const { grid, atMs, tS } of film(scene.acts(luck), { luck, perS, forS, dark: scene.dark })) {
    const { state: after, ...said } = stepFlame(state, also({ grid, atMs }), config);
    state = after;
    told.push({ tS, ...said });
  }
  return told;
}

const highest = (told: readonly Told[], kind: 'flame' | 'smoke') =>
  Math.max(-1, ...told.map((said) => said[kind] ?? -1));
const firstS = (told: readonly Told[], kind: 'flame' | 'smoke') =>
  told.find((said) => (said[kind] ?? 0) >= corroborates)?.tS ?? Number.POSITIVE_INFINITY;

const fireFrom = 12;
const growing = (luck: Luck, perS: number, [wide, high]: readonly [number, number]): Act =>
  flames(luck, { x: 60, foot: 58, wide }, (tS) => (tS < fireFrom ? 0 : Math.min(high, 2 + perS * (tS - fireFrom))));
/** Fires and smokes, with when they must be seen, in seconds of the scene; each begins at 12 s with a cell or two. */
const fires: Record<string, Quiet & { kind: 'flame' | 'smoke'; untilS: number }> = {
  'a fire that grows in a bin': { kind: 'flame', untilS: 19, acts: (luck) => [growing(luck, 1.2, [7, 16])] },
  'a small fire of two by four cells': { kind: 'flame', untilS: 24, acts: (luck) => [growing(luck, 0.6, [4, 9])] },
  'a fire that grows fast and large': { kind: 'flame', untilS: 18.5, acts: (luck) => [growing(luck, 4, [20, 34])] },
  'a fire at night': { kind: 'flame', untilS: 19, dark: 0.12, acts: (luck) => [growing(luck, 1.2, [7, 16])] },
  'light smoke': {
    kind: 'smoke',
    untilS: 25,
    acts: (luck) => [plume(luck, { x: 70, foot: 50, fromS: fireFrom, grey: 190 })],
  },
  'dark grey smoke': {
    kind: 'smoke',
    untilS: 26,
    acts: (luck) => [plume(luck, { x: 70, foot: 50, fromS: fireFrom, grey: 110 })],
  },
  'thin smoke': {
    kind: 'smoke',
    untilS: 28,
    acts: (luck) => [plume(luck, { x: 30, foot: 52, fromS: fireFrom, grey: 180 }, 0.25)],
  },
};
const bin = fires['a fire that grows in a bin']!;

describe('what burns', () => {
  test.each(Object.entries(fires))('%s is seen in time, and where it is', (name, scene) => {
    const told = watch(scene, { seed: name, forS: 30 });
    expect(firstS(told, scene.kind)).toBeLessThan(scene.untilS);
    expect(firstS(told, scene.kind)).toBeGreaterThan(fireFrom + 2);
    const last = told.at(-1)!;
    expect(last.why.join(' ')).toMatch(
      scene.kind === 'flame' ? /^Flame colour on \d+ cells in the lower/ : /% of detail and colour lost/,
    );
    const columns = last.cells[scene.kind].map((cell) => cell % 64);
    const middle = columns.reduce((sum, column) => sum + column, 0) / columns.length;
    expect(Math.abs(middle - (name === 'thin smoke' ? 15 : 33))).toBeLessThan(6);
  });

  test.each([4, 5, 15, 30])('a fire in a bin is seen at %i pictures a second', (perS) => {
    expect(firstS(watch(bin, { seed: perS, perS, forS: 24 }), 'flame')).toBeLessThan(21);
  });

  test('at two pictures a second a flame cannot be told, and nothing is said of it rather than 0', () => {
    const told = watch(bin, { seed: 1, perS: 2, forS: 30 });
    expect(told.every(({ flame }) => flame === undefined)).toBe(true);
    expect(told.at(-1)!.why).toContain('Too few pictures a second to see a flame flicker.');
    expect(told.at(-1)!.smoke).toBeGreaterThanOrEqual(0);
  });

  test('a score ends after the fire did', () => {
    const put = (luck: Luck): Act =>
      flames(luck, { x: 60, foot: 58, wide: 7 }, (tS) => (tS < 12 || tS > 24 ? 0 : Math.min(16, tS - 10)));
    const told = watch({ acts: (luck) => [put(luck)] }, { seed: 3, forS: 45 });
    expect(highest(told, 'flame')).toBeGreaterThan(0.8);
    expect(told.at(-1)!.flame).toBeLessThan(0.3);
    expect(told.at(-1)!.cells.flame).toEqual([]);
  });

  test('what is in a part that is not watched is not seen', () => {
    const told = watch(bin, { seed: 1, config: { ignore: [{ x: 0.3, y: 0.3, width: 0.4, height: 0.6 }] } });
    expect(highest(told, 'flame')).toBe(0);
  });
});

describe('what does not burn', () => {
  test.each(Object.entries(quiet))('%s corroborates nothing', (name, scene) => {
    const told = watch(scene, { seed: name });
    expect(highest(told, 'flame')).toBeLessThan(corroborates);
    expect(highest(told, 'smoke')).toBeLessThan(corroborates);
    expect(told.filter(({ flame }) => flame !== undefined).length).toBeGreaterThan(told.length / 2);
  });
});

describe('what cannot be judged is not said', () => {
  const street = { acts: () => [] };

  test('before three seconds of pictures', () => {
    const told = watch(street, { seed: 1, forS: 5 });
    expect(told.find(({ flame }) => flame !== undefined)!.tS).toBeGreaterThan(2.8);
    expect(told.at(-1)).toMatchObject({ flame: 0, smoke: 0, why: [] });
  });

  test('while the camera is blind, and for a while after', () => {
    const told = watch(bin, { seed: 1 }, (seen) => ({
      ...seen,
      isBlind: seen.atMs > 1_018_000 && seen.atMs < 1_022_000,
    }));
    const between = (fromS: number, untilS: number) => told.filter(({ tS }) => tS > fromS && tS < untilS);
    expect(between(16, 18).every(({ flame }) => flame !== undefined)).toBe(true);
    expect(between(18.1, 24.8).every(({ flame, smoke }) => flame === undefined && smoke === undefined)).toBe(true);
    expect(between(18.1, 21.9)[0]!.why).toEqual(['The camera cannot see.']);
    expect(between(26, 27).every(({ flame }) => flame !== undefined)).toBe(true);
  });

  test('while everything shakes or flashes', () => {
    let bright = false;
    const shaken: Act = (canvas, tS) => {
      bright = tS > 10 && !bright;
      canvas.gain = bright ? 1.6 : 1;
    };
    const told = watch({ acts: () => [shaken] }, { seed: 1, forS: 20 });
    expect(told.at(-1)).toMatchObject({ why: [expect.stringContaining('shakes')] });
    expect(told.at(-1)!.flame).toBeUndefined();
  });

  test('but a large car before a plain road is no shaking', () => {
    const road: Act = (canvas, tS) => {
      box(canvas, [0, 0, 128, 72], [96, 96, 99]);
      const x = 50 * (tS % 6) - 60;
      box(canvas, [x, 20, 60, 40], [40, 44, 60]);
      box(canvas, [x + 12, 24, 30, 14], [170, 180, 190]);
    };
    const told = watch({ acts: () => [road] }, { seed: 1, forS: 20 });
    expect(told.filter(({ tS, flame }) => tS > 3.5 && flame !== 0)).toEqual([]);
  });

  test('after a gap, and after the clock was set', () => {
    for (const jumpMs of [5_000, 3_600_000, -30_000]) {
      const told = watch(bin, { seed: 1, forS: 26 }, (seen) =>
        seen.atMs > 1_022_000 ? { ...seen, atMs: seen.atMs + jumpMs } : seen,
      );
      const after = told.filter(({ tS }) => tS > 22.1 && tS < 24.9);
      expect(after.every(({ flame }) => flame === undefined)).toBe(true);
      expect(told.at(-1)!.flame).toBeDefined();
    }
  });

  test('smoke before what is dark or plain', () => {
    const told = watch({ acts: () => [], dark: 0.08 }, { seed: 1, forS: 6 });
    expect(told.at(-1)).toMatchObject({ flame: 0, why: ['Too dark or too plain to see smoke before it.'] });
    expect(told.at(-1)!.smoke).toBeUndefined();
  });

  test('a picture of another shape than it says, which is refused and changes nothing', () => {
    const told = watch(street, { seed: 1, forS: 6 }, (seen) =>
      seen.atMs > 1_004_000 && seen.atMs < 1_004_400 ? { ...seen, grid: { ...seen.grid, y: new Uint8Array(7) } } : seen,
    );
    const wrong = told.filter(({ why }) => why.some((line) => line.includes('shape')));
    expect(wrong.length).toBeGreaterThan(2);
    expect(wrong.every(({ flame }) => flame === undefined)).toBe(true);
    expect(told.at(-1)!.flame).toBe(0);
  });
});

describe('a classifier beside it', () => {
  const sure = { flame: 1, smoke: 1 };

  test('corroborates alone only after seconds, and never by a single picture', () => {
    const steady = watch({ acts: () => [] }, { seed: 1, forS: 20 }, (seen) =>
      seen.atMs > 1_010_000 ? { ...seen, likelihoods: sure } : seen,
    );
    expect(firstS(steady, 'flame')).toBeGreaterThan(13);
    expect(firstS(steady, 'flame')).toBeLessThan(15);
    expect(steady.at(-1)!.why).toContain('The classifier says flame (1).');
    const once = watch({ acts: () => [] }, { seed: 1, forS: 20 }, (seen) =>
      seen.atMs > 1_010_000 && seen.atMs < 1_010_100 ? { ...seen, likelihoods: sure } : seen,
    );
    expect(highest(once, 'flame')).toBeLessThan(corroborates);
  });

  test('brings what is seen forward, by the formula of two witnesses', () => {
    const alone = firstS(watch(bin, { seed: 1 }), 'flame');
    const helped = firstS(
      watch(bin, { seed: 1 }, (seen) => (seen.atMs > 1_013_000 ? { ...seen, likelihoods: { flame: 0.7 } } : seen)),
      'flame',
    );
    expect(helped).toBeLessThan(alone);
    expect(combined(0.5, 0.5)).toBeCloseTo(1 - 0.5 * 0.65);
    expect(
      [combined(0, 1), combined(1, 0), combined(0, 5), combined(0.4, -1)].map((v) => Number(v.toFixed(3))),
    ).toEqual([0.7, 1, 0.7, 0.4]);
  });

  test('that says no number says nothing', () => {
    const told = watch({ acts: () => [] }, { seed: 1, forS: 8 }, (seen) => ({
      ...seen,
      likelihoods: { flame: Number.NaN },
    }));
    expect(told.at(-1)!.flame).toBe(0);
  });
});

test('the state is never changed in place, is bounded, and one history gives one answer', () => {
  const luck = chance('state');
  let state: FlameState = initialFlame;
  let bytesMax = 0;
  for (const { grid, atMs } of film(bin.acts(luck), { luck, perS: 10, forS: 25 })) {
    const before = structuredClone(state);
    const answer = stepFlame(state, { grid, atMs }, {});
    expect(state).toEqual(before);
    expect(stepFlame(state, { grid, atMs }, {}).flame).toBe(answer.flame);
    state = answer.state;
    const arrays = [
      ...Object.values(state.cells ?? {}),
      ...Object.values(state.veil ?? {}).flatMap((part) => (ArrayBuffer.isView(part) ? part : Object.values(part))),
    ];
    const bytes = arrays.reduce((sum, part) => sum + (ArrayBuffer.isView(part) ? part.byteLength : 0), 0);
    bytesMax = Math.max(bytesMax, bytes + JSON.stringify([state.flames, state.smokes]).length);
  }
  expect(state.flame).toBeGreaterThan(corroborates);
  expect(bytesMax).toBeGreaterThan(100_000);
  expect(bytesMax).toBeLessThan(200_000);
});
