import { describe, expect, test } from 'vitest';
import { type Stage, scene } from './scene.ts';

const pole = { buttons: ['pole/button'] };
type People = Parameters<Stage['watch']>[0];

/** Walk, clearance and don't walk of 7, 10 and 15 s, with the same people in all of them. */
function cycles(stage: Stage, count: number, people: People, fromMs = 0, press = false) {
  let atMs = fromMs;
  for (let i = 0; i < count; i += 1) {
    stage.phase(1, atMs);
    stage.watch(people, atMs + 100, atMs + 7000);
    stage.phase(2, atMs + 7050);
    stage.watch(people, atMs + 7100, atMs + 17_000);
    stage.phase(0, atMs + 17_050);
    if (press) {
      stage.hear('pole/button', 0, atMs + 18_000);
      stage.hear('pole/button', 1, atMs + 19_000);
    }
    stage.watch(people, atMs + 17_100, atMs + 32_000);
    atMs += 32_100;
  }
  return atMs;
}

describe('blind', () => {
  test('what rests on pictures is withdrawn within the bound, and the call is kept: presence is assumed', () => {
    const stage = scene(pole);
    stage.hear('pole/button', 0, 0);
    stage.phase(2, 0);
    stage.watch(
      [
        { id: 1, s: () => 6 },
        { id: 2, s: () => -1 },
      ],
      100,
      8000,
    );
    stage.hear('pole/button', 1, 8050);
    expect(stage.shown).toMatchObject({ call: 1, extension: 13, fault: 0 });
    stage.tick(8500);
    expect(stage.shown.extension).toBe(13);
    stage.tick(9100);
    expect(stage.shown).toMatchObject({ extension: 0, fault: 1, call: 1 });
    expect(stage.said('release').map(({ why }) => why)).toEqual(['Extension ended: there are no pictures.']);
    expect(stage.state().walkers).toEqual([]);
    for (let ms = 10_000; ms < 60_000; ms += 1000) stage.tick(ms);
    expect(stage.shown.call).toBe(1);
    stage.watch([], 60_000, 60_100);
    expect(stage.shown.fault).toBe(0);
  });

  test('a site may choose fixed time: the longest clearance in every cycle, within its limits', () => {
    const stage = scene({ onFault: 'fixedTime' });
    stage.phase(0, 0);
    for (let ms = 0; ms < 10_000; ms += 500) stage.tick(ms);
    expect(stage.shown).toMatchObject({ fault: 1 });
    stage.phase(1, 10_000);
    expect(stage.shown.extension).toBe(13);
    stage.phase(2, 17_000);
    for (let ms = 17_500; ms < 39_900; ms += 500) stage.tick(ms);
    expect(stage.shown.extension).toBe(13);
    stage.tick(40_100);
    expect(stage.shown.extension).toBe(0);
    expect(stage.said('extension')[0]?.why).toContain('Fixed time, because the detector cannot be believed.');
  });

  test('a picture from the future does not blind it until then', () => {
    const stage = scene();
    stage.phase(2, 0);
    stage.look([], 3_600_000);
    stage.tick(1000);
    stage.watch([{ id: 1, s: () => 6 }], 1100, 8000);
    expect(stage.shown).toMatchObject({ onCrossing: 1, extension: 13, fault: 0 });
  });

  test('no phase is a fault of its own, and nothing is asked', () => {
    const stage = scene(pole);
    stage.hear('pole/button', 0, 0);
    stage.watch(
      [
        { id: 1, s: () => 6 },
        { id: 2, s: () => -1 },
      ],
      0,
      4900,
    );
    expect(stage.shown.fault).toBe(0);
    stage.hear('pole/button', 1, 4950);
    stage.watch(
      [
        { id: 1, s: () => 6 },
        { id: 2, s: () => -1 },
      ],
      5000,
      6000,
    );
    expect(stage.shown).toMatchObject({ fault: 4, extension: 0, call: 0 });
    const whys = stage.said('refusal').map(({ why }) => why.split('. ')[0]);
    expect(whys).toHaveLength(2);
    for (const why of whys) expect(why).toContain('the phase of the signal is not known');
  });
});

describe('stuck on', () => {
  test('a road that is never seen clear in five cycles is extended to the maximum in each, as a Puffin does', () => {
    const stage = scene();
    // Always another one just stepping off the far kerb: nobody needs time, and the road is never clear.
    const ghost: People = [0, 1].map((k) => ({ id: k, s: (t) => (Math.floor(t) % 2 === k ? 10.5 + (t % 1) : -9) }));
    let atMs = cycles(stage, 5, ghost);
    expect(stage.shown.fault).toBe(0);
    stage.phase(1, atMs);
    stage.watch(ghost, atMs + 100, atMs + 1000);
    expect(stage.shown).toMatchObject({ fault: 2, extension: 13 });
    expect(stage.reasons).toContain('The detector is stuck on: somebody is always on the road.');
    atMs += 1100;
    stage.watch([], atMs, atMs + 2000);
    atMs = cycles(stage, 1, [], atMs + 3000);
    stage.phase(1, atMs);
    stage.watch([], atMs + 100, atMs + 1000);
    expect(stage.shown).toMatchObject({ fault: 0, extension: 0 });
  });

  test('one track that stays on the road for five minutes is a fault', () => {
    const stage = scene();
    stage.phase(0, 0);
    stage.watch([{ id: 4, s: () => 6 }], 0, 299_000, 500);
    stage.phase(0, 299_100);
    expect(stage.shown).toMatchObject({ fault: 0, stopped: 1 });
    stage.watch([{ id: 4, s: () => 6 }], 299_500, 301_000, 500);
    expect(stage.shown).toMatchObject({ fault: 2, stopped: 1 });
  });

  test('a detector that wanted the longest extension in each of five cycles is not believed', () => {
    const stage = scene();
    const slow: People = [{ id: 4, s: (t) => (t % 32.1 < 17 ? 4 : -9) }];
    const atMs = cycles(stage, 5, slow);
    stage.phase(1, atMs);
    stage.watch([], atMs + 100, atMs + 500);
    expect(stage.shown.fault).toBe(2);
  });
});

describe('stuck off', () => {
  test('nobody ever seen in five cycles with a press: presence is assumed and the call kept', () => {
    const stage = scene(pole);
    const atMs = cycles(stage, 6, [], 0, true);
    expect(stage.shown).toMatchObject({ fault: 3, extension: 0, call: 1 });
    stage.phase(1, atMs);
    stage.watch([], atMs + 100, atMs + 2000);
    expect(stage.shown).toMatchObject({ call: 0, extension: 0 });
    stage.watch([{ id: 1, s: () => -1 }], atMs + 2100, atMs + 2200);
    expect(stage.shown.fault).toBe(0);
  });

  test('with fixed time chosen it gets the longest clearance', () => {
    const stage = scene({ ...pole, onFault: 'fixedTime' });
    const atMs = cycles(stage, 6, [], 0, true);
    stage.phase(1, atMs);
    stage.watch([], atMs + 100, atMs + 2000);
    expect(stage.shown).toMatchObject({ fault: 3, extension: 13 });
  });

  test('cycles without a press, and people seen, prove nothing wrong', () => {
    const quiet = scene(pole);
    cycles(quiet, 8, []);
    expect(quiet.shown.fault).toBe(0);
    const used = scene(pole);
    cycles(used, 8, [{ id: 1, s: () => -1 }], 0, true);
    expect(used.shown.fault).toBe(0);
  });
});
