import { chance } from '@tocsin/simulators';
import { describe, expect, test } from 'vitest';
import { type Stage, scene } from './scene.ts';

const slow = { id: 1, s: () => 6 };
const still = (s: number, across = 0) => ({ id: 9, s: () => s, across });

/**
 * One cycle that begins with its walk at `fromMs`: 4 s of walk, somebody standing on the road, the clearance held for
 * `heldS`.
 */
function cycle(stage: Stage, fromMs: number, { heldS = 2, dontWalkMs = 5000, person = slow } = {}) {
  const clearanceMs = fromMs + 4000;
  const endMs = clearanceMs + 10_000 + heldS * 1000;
  stage.phase(1, fromMs);
  stage.watch([person], fromMs + 100, clearanceMs);
  stage.phase(2, clearanceMs);
  stage.watch([person], clearanceMs + 100, endMs - 100);
  const askedS = stage.shown.extension!;
  stage.phase(0, endMs);
  stage.watch([], endMs + 100, endMs + dontWalkMs);
  return { askedS, nextMs: endMs + dontWalkMs + 100 };
}

describe('C2: nobody on the road, no extension', () => {
  test.each([
    ['nobody at all', []],
    ['people at both kerbs', [still(-1), { ...still(13), id: 2 }]],
    ['somebody with the toes over the kerb line', [still(0.2)]],
    ['somebody on the road beside the crossing', [still(6, 3.5)]],
  ])('%s', (_, people) => {
    const stage = scene();
    stage.phase(1, 0);
    stage.watch(people, 100, 7000);
    stage.phase(2, 7000);
    stage.watch(people, 7100, 16_900);
    stage.phase(0, 17_000);
    expect(stage.shown).toMatchObject({ extension: 0, onCrossing: 0 });
    expect([...stage.said('extension'), ...stage.said('refusal')]).toEqual([]);
  });

  test('twenty cycles of somebody standing on the kerb line in 0.15 m of noise ask for nothing', () => {
    const luck = chance('kerb line');
    const stage = scene();
    for (let atMs = 0; atMs < 20 * 30_000; atMs += 100) {
      if (atMs % 30_000 === 0) stage.phase(1, atMs);
      if (atMs % 30_000 === 7000) stage.phase(2, atMs);
      if (atMs % 30_000 === 17_000) stage.phase(0, atMs);
      stage.look([{ id: 1, xM: 0.15 * luck.gauss(), yM: 0.15 * luck.gauss() }], atMs);
    }
    expect(stage.said('extension')).toEqual([]);
    expect(stage.shown.waiting).toBe(1);
  });

  test('who strays a little beside the crossing while walking is still on the road', () => {
    const stage = scene();
    stage.phase(2, 0);
    for (let i = 0; i <= 60; i += 1) stage.look([{ id: 1, xM: 0.6 + 0.06 * i, yM: 0.04 * i }], 100 * i);
    expect(stage.shown.onCrossing).toBe(1);
    expect(stage.shown.extension).toBeGreaterThan(5);
  });
});

describe('C4: requests out of phase are refused, told once, and change nothing', () => {
  const extra = { vehicle: 'signal/vehicle', preempt: 'signal/preempt', buttons: ['pole/button'] };
  const bars: [name: string, why: string, (stage: Stage) => void][] = [
    ['vehicle yellow', 'the vehicles have yellow', (stage) => stage.hear('signal/vehicle', 2, 0)],
    ['vehicle red clearance', 'the vehicles have their red clearance', (stage) => stage.hear('signal/vehicle', 3, 0)],
    ['pre-emption', 'a pre-emption has the controller', (stage) => stage.hear('signal/preempt', 1, 0)],
    ['a phase it does not know', 'the phase of the signal is not known', (stage) => stage.phase(7, 10)],
  ];
  test.each(bars)('during %s', (_, why, bar) => {
    const stage = scene(extra);
    stage.phase(2, 0);
    stage.hear('pole/button', 0, 0);
    bar(stage);
    stage.hear('pole/button', 1, 20);
    stage.watch([slow, { id: 2, s: () => -1 }], 100, 8000);
    expect(stage.shown).toMatchObject({ extension: 0, call: 0, onCrossing: 1, waiting: 1 });
    expect(stage.said('refusal').map((remark) => remark.why.split(': ')[1]!.split('.')[0])).toEqual([why, why]);
    expect([...stage.said('extension'), ...stage.said('request')]).toEqual([]);
  });

  test('an extension needs walk or clearance, and no vehicle green beside it', () => {
    const stage = scene(extra);
    stage.phase(0, 0);
    stage.watch([slow], 100, 3000);
    expect(stage.said('refusal')[0]?.why).toMatch(/^No more time, [\d.]+ s wanted: the signal shows don’t walk\./);
    const green = scene(extra);
    green.phase(2, 0);
    green.hear('signal/vehicle', 1, 0);
    green.watch([slow], 100, 8000);
    expect(green.shown.extension).toBe(0);
    expect(green.said('refusal')).toHaveLength(1);
  });

  test('a walk is not called while there is one, and whoever still waits afterwards need not press again', () => {
    const stage = scene(extra);
    const waits = { id: 2, s: () => -1 };
    stage.hear('pole/button', 0, 0);
    stage.phase(1, 0);
    stage.watch([waits], 100, 2000);
    stage.hear('pole/button', 1, 2050);
    stage.watch([waits], 2100, 6900);
    expect(stage.shown.call).toBe(0);
    expect(stage.said('refusal').map(({ why }) => why)).toEqual(['No call, 1 person waiting: the walk is on already.']);
    stage.phase(2, 7000);
    stage.watch([waits], 7100, 7200);
    expect(stage.shown.call).toBe(1);
  });

  test('what stands is withdrawn at once when a pre-emption begins, and asked for again after it', () => {
    const stage = scene(extra);
    stage.phase(2, 0);
    stage.watch([slow], 100, 8000);
    expect(stage.shown.extension).toBe(13);
    stage.hear('signal/preempt', 1, 8050);
    expect(stage.shown.extension).toBe(0);
    expect(stage.said('release')[0]?.why).toBe('Extension ended: a pre-emption has the controller.');
    stage.hear('signal/preempt', 0, 8900);
    expect(stage.shown.extension).toBe(13);
  });

  test('a phase not heard for too long is unknown: nothing is asked and that is a fault', () => {
    const stage = scene({ phaseStaleMs: 5000 });
    stage.phase(2, 0);
    stage.watch([slow], 100, 4900);
    expect(stage.shown.extension).toBeGreaterThan(0);
    stage.watch([slow], 5000, 6000);
    expect(stage.shown).toMatchObject({ extension: 0, fault: 4 });
    stage.phase(2, 6050);
    stage.watch([slow], 6100, 7000);
    expect(stage.shown).toMatchObject({ fault: 0 });
  });
});

describe('C5: limits of the site', () => {
  test('after three extended cycles in a row the fourth is refused until the vehicles had their minimum green', () => {
    const stage = scene();
    let atMs = 0;
    const asked: boolean[] = [];
    for (let i = 0; i < 5; i += 1) {
      const { askedS, nextMs } = cycle(stage, atMs);
      asked.push(askedS > 0);
      atMs = nextMs;
    }
    expect(asked).toEqual([true, true, true, false, false]);
    const whys = stage.said('refusal').map(({ why }) => why);
    expect(whys.filter((why) => why.includes(': too many cycles in a row were extended'))).toHaveLength(2);
    stage.watch([], atMs, atMs + 6000);
    expect(cycle(stage, atMs + 6100).askedS).toBeGreaterThan(0);
  });

  test('the vehicles’ own signal says whether they had their green', () => {
    const run = (greenMs: number) => {
      const stage = scene({ vehicle: 'signal/vehicle' });
      let atMs = 0;
      let askedS = 0;
      for (let i = 0; i < 4; i += 1) {
        stage.hear('signal/vehicle', 0, atMs);
        const one = cycle(stage, atMs + 100, { dontWalkMs: 1000 });
        askedS = one.askedS;
        stage.hear('signal/vehicle', 1, one.nextMs);
        stage.hear('signal/vehicle', 2, one.nextMs + greenMs);
        atMs = one.nextMs + greenMs + 3000;
      }
      return askedS;
    };
    expect(run(6900)).toBe(0);
    expect(run(7000)).toBeGreaterThan(0);
  });

  test('a green served earlier in the row does not count for the last of the three', () => {
    const stage = scene();
    let atMs = 0;
    const asked: boolean[] = [];
    for (const dontWalkMs of [15_000, 15_000, 5000, 5000]) {
      const one = cycle(stage, atMs, { dontWalkMs });
      asked.push(one.askedS > 0);
      atMs = one.nextMs;
    }
    expect(asked).toEqual([true, true, true, false]);
  });

  test('a cycle that needed nothing breaks the row', () => {
    const stage = scene();
    const brisk = { id: 2, s: () => -5 };
    let atMs = 0;
    const asked: boolean[] = [];
    for (const person of [slow, slow, brisk, slow, slow, slow, slow]) {
      const one = cycle(stage, atMs, { person, dontWalkMs: 10_500, heldS: 0 });
      asked.push(one.askedS > 0);
      atMs = one.nextMs;
    }
    expect(asked).toEqual([true, true, false, true, true, true, true]);
  });

  test('the vehicles’ red has a limit too', () => {
    const stage = scene({ maxRedS: 20, walkMs: 4000, vehicle: 'signal/vehicle' });
    stage.hear('signal/vehicle', 3, 0);
    stage.hear('signal/vehicle', 0, 2000);
    stage.phase(1, 2000);
    stage.watch([slow], 2100, 5900);
    stage.phase(2, 6000);
    stage.watch([slow], 6100, 15_000);
    expect(stage.shown.extension).toBeCloseTo(4, 5);
    expect(stage.said('refusal')[0]?.why).toMatch(
      /^Kept to 4 s of [\d.]+ s: the vehicles would have red for too long\./,
    );
  });

  test('time that was granted is not asked for twice: the controller’s own countdown', () => {
    const stage = scene({ left: 'signal/left' });
    stage.phase(2, 0);
    const walks = { id: 1, s: (t: number) => 0.5 * t };
    for (let ms = 100; ms <= 20_000; ms += 100) {
      // From 5 s on the controller has granted 12 s and counts them down as well.
      if (ms % 500 === 0) stage.hear('signal/left', Math.max(0, (ms < 5000 ? 10 : 22) - ms / 1000), ms);
      stage.watch([walks], ms, ms);
    }
    expect(stage.shown.extension).toBeCloseTo(13, 5);
    expect(stage.said('extension').length).toBeLessThanOrEqual(3);
  });

  test('the controller’s own countdown counts before the configured clearance', () => {
    const stage = scene({ left: 'signal/left' });
    stage.phase(2, 0);
    stage.hear('signal/left', 15, 0);
    stage.watch([{ id: 1, s: (t) => 0.8 * t }], 100, 4000);
    expect(Math.abs(stage.shown.extension! - (8.8 / 0.8 + 1.5 - 11))).toBeLessThan(0.3);
  });

  test.each([
    ['a link that comes and goes', (stage: Stage, atMs: number) => stage.phase(2, atMs), 5900],
    ['a phase that is unknown for a moment', (stage: Stage, atMs: number) => stage.phase(9, atMs), 400],
  ])('%s grants nothing twice', (_, flicker, everyMs) => {
    const stage = scene({ phaseStaleMs: 5000 });
    stage.phase(2, 0);
    let lastAskedMs = 0;
    for (let atMs = 100; atMs <= 60_000; atMs += 100) {
      if (atMs % everyMs === 0) flicker(stage, atMs);
      if (everyMs === 400 && atMs % everyMs === 100) stage.phase(2, atMs);
      stage.watch([slow], atMs, atMs);
      if (stage.shown.extension! > 0) lastAskedMs = atMs;
    }
    expect(lastAskedMs).toBeGreaterThan(8000);
    expect(lastAskedMs).toBeLessThanOrEqual(10_000 + 13_000);
  });

  test('after a long silence in which the clearance may have begun, nothing is taken to be left of it', () => {
    const stage = scene({ phaseStaleMs: 5000 });
    stage.phase(1, 0);
    stage.watch([slow], 100, 15_900);
    stage.phase(2, 16_000);
    stage.watch([{ id: 1, s: (t) => 6 + 0.8 * (t - 16) }], 16_100, 18_000);
    expect(stage.shown.extension).toBeGreaterThan(4);
  });
});
