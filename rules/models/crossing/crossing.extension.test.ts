import { anybody, chance, pictures, truthOf, type Walk, walk } from '@tocsin/simulators';
import { describe, expect, test } from 'vitest';
import { scene } from './scene.ts';

/**
 * Walk from 0 to 7 s, then a clearance that the controller plans to 17 s; what is asked for is compared with the known
 * truth.
 */
const walkMs = 7000;
const plannedEndMs = 17_000;
const wantedS = (leftM: number, speedMps: number, atMs: number) =>
  Math.min(13, Math.max(0, leftM / speedMps + 1.5 - (plannedEndMs - atMs) / 1000));

function run(walks: readonly Walk[], view: { fps: number; noiseM: number; seed: string }, toMs = 29_900) {
  const stage = scene();
  const taken = pictures(walks, { ...view, fromMs: 0, toMs, luck: chance(view.seed) });
  stage.phase(1, 0);
  const asked: [atMs: number, extensionS: number][] = [];
  let cleared = false;
  for (const { takenAtMs, tracks } of taken) {
    if (!cleared && takenAtMs >= walkMs) {
      stage.phase(2, walkMs);
      cleared = true;
    }
    stage.look(tracks, takenAtMs);
    asked.push([takenAtMs, stage.shown.extension!]);
  }
  return { stage, asked };
}

/** Errors of what was asked for, from three seconds on the road until half a metre before the kerb. */
function errorsOf(person: Walk, speedMps: number, asked: [number, number][]) {
  const errors: number[] = [];
  const onRoadMs = person.startMs + 1900 / speedMps;
  for (const [atMs, extensionS] of asked) {
    const truth = truthOf(person, atMs);
    if (truth === undefined || truth.s > 11.5 || atMs < walkMs || atMs < onRoadMs + 3000) continue;
    errors.push(extensionS - wantedS(12 - truth.s, speedMps, atMs));
  }
  return errors;
}

describe('C1: the extension is what people on the road still need', () => {
  const speeds = [0.4, 0.6, 0.8, 1, 1.3];
  const views = [2.5, 10, 25].flatMap((fps) => [0.05, 0.1, 0.15].map((noiseM) => ({ fps, noiseM })));
  test.each(views)('within a second of the formula at $fps pictures a second and $noiseM m of noise', (view) => {
    const errors: number[] = [];
    for (const speedMps of speeds) {
      for (let seed = 0; seed < 4; seed += 1) {
        const luck = chance(`start ${seed}`);
        const who = { id: 1, startMs: 2000 + Math.round(5000 * luck.next()), fromM: -1.5 };
        const person = walk(who, { toM: 14, speedMps });
        const { asked } = run([person], { ...view, seed: `${speedMps} ${seed}` });
        errors.push(...errorsOf(person, speedMps, asked));
      }
    }
    const within = errors.filter((error) => Math.abs(error) <= 1).length / errors.length;
    // 0.15 m of noise in 2.5 pictures a second leaves 0.02 m/s after six seconds: the tail is physics.
    expect(within).toBeGreaterThanOrEqual(view.noiseM === 0.15 && view.fps === 2.5 ? 0.97 : 0.985);
    expect(Math.max(...errors.map(Math.abs))).toBeLessThan(view.noiseM === 0.15 ? 3 : 2);
  });

  test.each(views)('it ends within a second of the last step off the road ($fps/s, $noiseM m)', (view) => {
    for (let seed = 0; seed < 8; seed += 1) {
      const luck = chance(`off ${seed}`);
      const walks = [0, 1, 2].map((i) => anybody({ id: i, startMs: 3000 + 500 * i, lengthM: 12, luck }));
      const { asked } = run(walks, { ...view, seed: `off ${seed}` }, 60_000);
      const lastOn = Math.max(
        ...asked.flatMap(([atMs]) =>
          walks.some((each) => {
            const truth = truthOf(each, atMs);
            return truth !== undefined && truth.s > 0 && truth.s < 12;
          })
            ? [atMs]
            : [],
        ),
      );
      for (const [atMs, extensionS] of asked) {
        expect(extensionS).toBeLessThanOrEqual(13);
        if (atMs > lastOn + 1000) expect(extensionS).toBe(0);
      }
    }
  });

  test('it begins once, changes rarely and ends once for somebody who walks steadily in noise', () => {
    for (const fps of [2.5, 10, 25]) {
      const person = walk({ id: 1, startMs: 4000, fromM: -1.5 }, { toM: 14, speedMps: 0.7 });
      const { stage } = run([person], { fps, noiseM: 0.1, seed: `calm ${fps}` });
      expect(stage.said('release').map(({ why }) => why)).toEqual(['Extension ended: the road is clear.']);
      expect(stage.said('extension').length).toBeLessThanOrEqual(4);
      expect(stage.said('refusal')).toEqual([]);
    }
  });
});

describe('who is on the road', () => {
  test('the slowest decides, and every remark names the people with their numbers', () => {
    const { stage } = run(
      [
        walk({ id: 7, startMs: 5000, fromM: -1 }, { toM: 14, speedMps: 0.8 }),
        walk({ id: 8, startMs: 5000, fromM: -1, across: 1 }, { toM: 14, speedMps: 1.3 }),
      ],
      { fps: 10, noiseM: 0, seed: 'two' },
      12_000,
    );
    const [first] = stage.said('extension');
    expect(first?.numbers).toMatchObject({ people: 2, marginS: 1.5, maxS: 13 });
    expect(first?.people?.[0]).toMatchObject({ id: 7 });
    expect(first?.people?.[0]?.needS).toBe(first?.numbers.needS);
    expect(stage.reasons[0]).toMatch(
      /^Clearance [\d.]+ s longer asked for\. 2 people on the road; the slowest needs [\d.]+ s \([\d.]+ m at 0\.8 m\/s\), /,
    );
  });

  test('who steps out after the walk has ended is protected like everybody else', () => {
    const { stage } = run(
      [walk({ id: 1, startMs: 10_000, fromM: -1 }, { toM: 14, speedMps: 0.9 })],
      {
        fps: 10,
        noiseM: 0,
        seed: 'late',
      },
      16_000,
    );
    expect(Math.abs(stage.shown.extension! - (7.6 / 0.9 + 1.5 - 1))).toBeLessThan(0.6);
  });

  test('who turns back needs the way back, and has left once back on the kerb', () => {
    const person = walk({ id: 1, startMs: 6000, fromM: -1 }, { toM: 5, speedMps: 0.8 }, { toM: -1.5, speedMps: 0.8 });
    const { stage } = run([person], { fps: 10, noiseM: 0.05, seed: 'back' }, 17_000);
    const truth = truthOf(person, 17_000)!;
    expect(stage.shown.onCrossing).toBe(1);
    expect(Math.abs(stage.shown.extension! - (truth.s / 0.8 + 1.5))).toBeLessThan(1);
    const after = run([person], { fps: 10, noiseM: 0.05, seed: 'back' }, 21_000).stage;
    expect(after.shown).toMatchObject({ onCrossing: 0, leaving: 1, waiting: 0, extension: 0 });
  });

  test('who stops is told as stopped after a few seconds and asks for no more than the maximum', () => {
    const person = walk({ id: 1, startMs: 5000, fromM: -1 }, { toM: 6, speedMps: 1.2 }, { forMs: 30_000 });
    const until = (ms: number) => run([person], { fps: 10, noiseM: 0.1, seed: 'stop' }, ms).stage;
    expect(until(12_000).shown.stopped).toBe(0);
    expect(until(17_500).shown).toMatchObject({ stopped: 1, extension: 13 });
    expect(until(17_500).reasons).toContain('1 person stopped on the road.');
    expect(until(17_500).shown.slowest).toBeLessThan(0.3);
    expect(until(17_500).said('extension').at(-1)?.people?.[0]).toMatchObject({ speedMps: 0.3 });
  });

  test('nobody asks for more once the longest extension is used up, and that is told', () => {
    const person = walk({ id: 1, startMs: 5000, fromM: -1 }, { toM: 6, speedMps: 1.2 }, { forMs: 60_000 });
    const { stage } = run([person], { fps: 10, noiseM: 0.05, seed: 'stay' }, 40_000);
    expect(stage.shown).toMatchObject({ extension: 0, stopped: 1 });
    const end = stage.said('release')[0]!;
    expect(end.why).toBe('Extension ended: no more may be asked for in one cycle.');
    expect(Math.abs(end.atMs - (plannedEndMs + 13_000))).toBeLessThanOrEqual(100);
    const [refused, ...more] = stage.said('refusal');
    expect(refused!.why).toMatch(
      /^Kept to 13 s of [\d.]+ s: no more may be asked for in one cycle\. 1 person on the road;/,
    );
    expect(more).toEqual([]);
  });

  test('who has reached the kerb and stands there has arrived, although the survey puts it 15 cm short', () => {
    const person = walk({ id: 1, startMs: 3000, fromM: -1 }, { toM: 11.85, speedMps: 1.1 }, { forMs: 30_000 });
    const { stage } = run([person], { fps: 10, noiseM: 0, seed: 'edge' }, 18_500);
    expect(stage.shown).toMatchObject({ onCrossing: 0, stopped: 0, extension: 0 });
  });

  test('somebody on a bicycle along the road, who is gone in a moment, asks for little', () => {
    const stage = scene();
    stage.phase(2, 0);
    let most = 0;
    for (let i = 0; i <= 60; i += 1) {
      stage.look([{ id: 1, xM: 4, yM: -9 + 0.4 * i }], 1000 + 100 * i);
      most = Math.max(most, stage.shown.extension!);
    }
    expect(most).toBeLessThan(4);
    expect(stage.shown).toMatchObject({ onCrossing: 0, extension: 0 });
  });

  test('somebody whose pace sways about what is just enough does not make it flicker', () => {
    let asked = 0;
    for (let speedMps = 0.9; speedMps < 1.3; speedMps += 0.02) {
      const stage = scene();
      stage.phase(2, 0);
      // A sway of 0.15 m every two seconds is a swing of ± 0.5 m/s from one moment to the next.
      for (let i = 1; i <= 90; i += 1) {
        const sway = 0.15 * Math.sin((2 * Math.PI * i) / 20);
        stage.look([{ id: 1, xM: 0.3 + 0.1 * speedMps * i + sway, yM: 0 }], 100 * i);
      }
      asked += stage.said('extension').length > 0 ? 1 : 0;
      expect(stage.said('release').length).toBeLessThanOrEqual(1);
    }
    expect(asked).toBeGreaterThan(5);
  });

  test('who has waited and then walks is judged by the walk, not by the waiting', () => {
    const stage = scene();
    stage.phase(1, 0);
    stage.watch([{ id: 1, s: (t) => Math.max(-0.5, -0.5 + 1.2 * (t - 5)) }], 100, 7400);
    expect(stage.state().walkers[0]!.along).toBeCloseTo(1.2, 2);
  });
});
