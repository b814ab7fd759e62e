import { describe, expect, test } from 'vitest';
import { scene } from './scene.ts';

const pole = { buttons: ['pole/button'] };
const waits = (id = 1) => ({ id, s: () => -1 });

describe('calls', () => {
  test('a press with somebody at the kerb calls the walk, which serves it', () => {
    const stage = scene(pole);
    stage.phase(0, 0);
    stage.hear('pole/button', 0, 0);
    stage.watch([waits()], 100, 3000);
    expect(stage.shown).toMatchObject({ call: 0, waiting: 1 });
    stage.hear('pole/button', 1, 3050);
    expect(stage.shown.call).toBe(1);
    expect(stage.said('request').map(({ why, numbers }) => [why, numbers.waiting])).toEqual([
      ['Walk called by a press, 1 person waiting.', 1],
    ]);
    stage.watch([waits()], 3100, 20_000);
    expect(stage.shown.call).toBe(1);
    stage.phase(1, 20_050);
    expect(stage.shown.call).toBe(0);
    expect(stage.said('release').map(({ why }) => why)).toEqual(['Call ended: the walk has begun.']);
  });

  test.each([
    ['left the kerb', []],
    ['crossed early', [{ id: 1, s: (t: number) => Math.min(11, 1.3 * (t - 5)) }]],
  ])('it is cancelled three seconds after the last one has %s', (_, after) => {
    const stage = scene(pole);
    stage.phase(0, 0);
    stage.hear('pole/button', 0, 0);
    stage.watch([waits()], 100, 4900);
    stage.hear('pole/button', 1, 4950);
    stage.watch([waits()], 5000, 5400);
    stage.watch(after, 5500, 8200);
    expect(stage.shown.call).toBe(1);
    stage.watch(after, 8300, 9000);
    expect(stage.shown.call).toBe(0);
    expect(stage.said('release').at(-1)?.why).toBe('Call ended: nobody waits any more.');
  });

  test.each([
    ['a switch that goes back to 0', [1, 0, 1], 2],
    ['a counter', [1, 2, 3], 3],
    ['a counter that begins again', [5, 0, 1], 2],
  ])('a press is a change from 0 or an increase: %s', (_, values, presses) => {
    const stage = scene(pole);
    stage.phase(0, 0);
    stage.hear('pole/button', 0, 0);
    let called = 0;
    for (const [i, value] of values.entries()) {
      // Each call is served before the next press.
      const atMs = 10_000 * (i + 1);
      stage.phase(0, atMs);
      stage.watch([waits()], atMs + 100, atMs + 1500);
      stage.hear('pole/button', value, atMs + 2000);
      called += stage.shown.call!;
      stage.watch([waits()], atMs + 2100, atMs + 5000);
      stage.phase(1, atMs + 6000);
    }
    expect(called).toBe(presses);
  });

  test('the first value of a button is no press, nor is a repeated one', () => {
    const stage = scene(pole);
    stage.phase(0, 0);
    stage.watch([waits()], 100, 3000);
    stage.hear('pole/button', 4, 3050);
    stage.hear('pole/button', 4, 3060);
    stage.watch([waits()], 3100, 4000);
    expect(stage.shown.call).toBe(0);
  });

  test('without buttons waiting alone calls, passing by does not', () => {
    const stage = scene();
    stage.phase(0, 0);
    stage.look([], 50);
    for (let i = 0; i < 100; i += 1) stage.look([{ id: 3, xM: -1, yM: -2 + 0.14 * i }], 100 + 100 * i);
    expect(stage.shown.call).toBe(0);
    stage.watch([waits()], 10_200, 12_000);
    expect(stage.shown.call).toBe(1);
  });

  test('who has just crossed does not wait to go back; who stays there does', () => {
    const stage = scene();
    stage.phase(2, 0);
    const crosses = { id: 1, s: (t: number) => Math.min(13, 1.3 * t) };
    stage.watch([crosses], 100, 12_000);
    expect(stage.shown).toMatchObject({ leaving: 1, waiting: 0, call: 0 });
    stage.watch([crosses], 12_100, 16_000);
    expect(stage.shown).toMatchObject({ leaving: 0, waiting: 1, call: 1 });
  });

  test('after an extension the next walk is called once the vehicles had their minimum green', () => {
    const stage = scene({ ...pole, vehicle: 'signal/vehicle' });
    stage.hear('pole/button', 0, 0);
    stage.hear('signal/vehicle', 0, 0);
    stage.phase(2, 0);
    stage.watch([{ id: 5, s: () => 6 }], 100, 12_000);
    stage.phase(0, 12_050);
    stage.watch([waits()], 12_100, 15_000);
    stage.hear('pole/button', 1, 15_050);
    expect(stage.said('refusal').at(-1)?.why).toBe(
      'No call, 1 person waiting: the vehicles have not had their minimum green since the last extension.',
    );
    stage.watch([waits()], 15_100, 16_000);
    stage.hear('signal/vehicle', 1, 16_000);
    stage.watch([waits()], 16_100, 22_900);
    expect(stage.shown.call).toBe(0);
    stage.watch([waits()], 23_000, 23_100);
    expect(stage.shown.call).toBe(1);
  });

  test('a green that nobody reports keeps no one waiting for ever', () => {
    const stage = scene({ vehicle: 'signal/vehicle' });
    stage.phase(2, 0);
    stage.watch([{ id: 5, s: () => 6 }], 100, 12_000);
    stage.phase(0, 12_050);
    stage.watch([waits()], 12_100, 132_000);
    expect(stage.shown.call).toBe(0);
    stage.watch([waits()], 132_100, 133_000);
    expect(stage.shown.call).toBe(1);
  });

  test('a call that stands outlasts yellow and red clearance, and ends with a pre-emption', () => {
    const stage = scene({ vehicle: 'signal/vehicle', preempt: 'signal/preempt' });
    stage.phase(0, 0);
    stage.watch([waits()], 100, 3000);
    for (const [i, vehicle] of [1, 2, 3, 0].entries()) {
      stage.hear('signal/vehicle', vehicle, 3050 + 1000 * i);
      stage.watch([waits()], 3100 + 1000 * i, 4000 + 1000 * i);
      expect(stage.shown.call).toBe(1);
    }
    stage.hear('signal/preempt', 1, 7050);
    expect(stage.shown.call).toBe(0);
    expect(stage.said('release').map(({ why }) => why)).toEqual(['Call ended: a pre-emption has the controller.']);
  });

  test('a press during vehicle yellow is refused and asked for by itself when the yellow is over', () => {
    const stage = scene({ ...pole, vehicle: 'signal/vehicle' });
    stage.hear('pole/button', 0, 0);
    stage.phase(0, 0);
    stage.hear('signal/vehicle', 2, 0);
    stage.watch([waits()], 100, 2000);
    stage.hear('pole/button', 1, 2050);
    stage.watch([waits()], 2100, 3000);
    expect(stage.shown.call).toBe(0);
    stage.hear('signal/vehicle', 0, 3050);
    expect(stage.shown.call).toBe(1);
  });
});

describe('taps', () => {
  const reader = { taps: [{ input: 'pole/card', extensionS: 6 }] };
  const crosses = (fromS: number, speedMps: number) => ({
    id: 1,
    s: (t: number) => Math.min(14, Math.max(-1, speedMps * (t - fromS) - 1)),
  });

  function tapped(extra = {}) {
    const stage = scene({ ...reader, ...extra });
    stage.hear('pole/card', 0, 0);
    stage.phase(0, 0);
    stage.watch([waits()], 100, 3000);
    stage.hear('pole/card', 1, 3050);
    return stage;
  }

  test('a tap calls the walk and lengthens it by what the site grants, whoever it is', () => {
    const stage = tapped();
    expect(stage.shown.call).toBe(1);
    stage.watch([waits()], 3100, 9900);
    expect(stage.shown.extension).toBe(0);
    stage.phase(1, 10_000);
    expect(stage.shown.extension).toBe(6);
    expect(stage.said('extension')[0]?.why).toBe('6 s more asked for. A tap grants 6 s.');
    stage.watch([crosses(11, 0.9)], 10_100, 17_000);
    stage.phase(2, 17_000);
    stage.watch([crosses(11, 0.9)], 17_100, 25_000);
    expect(stage.shown.extension).toBe(6);
    stage.watch([crosses(11, 0.9)], 25_100, 27_000);
    expect(stage.shown.extension).toBe(0);
  });

  test('somebody slower than a tap grants gets what is needed, never more than the maximum', () => {
    const stage = tapped();
    stage.watch([waits()], 3100, 9900);
    stage.phase(1, 10_000);
    stage.watch([crosses(11, 0.5)], 10_100, 17_000);
    stage.phase(2, 17_000);
    stage.watch([crosses(11, 0.5)], 17_100, 22_000);
    // 7.5 m left at 0.5 m/s, and 5 s of clearance.
    expect(Math.abs(stage.shown.extension! - (7.5 / 0.5 + 1.5 - 5))).toBeLessThan(0.3);
    const most = tapped({ maxExtensionS: 4 });
    most.watch([waits()], 3100, 9900);
    most.phase(1, 10_000);
    expect(most.shown.extension).toBe(4);
  });

  test('a tap counts for one walk only', () => {
    const stage = tapped();
    stage.watch([waits()], 3100, 9900);
    stage.phase(1, 10_000);
    stage.watch([crosses(11, 1.3)], 10_100, 17_000);
    stage.phase(2, 17_000);
    stage.watch([], 17_100, 27_000);
    stage.phase(0, 27_000);
    stage.watch([], 27_100, 40_000);
    stage.phase(1, 40_000);
    stage.watch([], 40_100, 41_000);
    expect(stage.shown.extension).toBe(0);
  });

  test('a tap outlives a blind camera, because it does not rest on pictures', () => {
    const stage = tapped();
    stage.watch([waits()], 3100, 5000);
    for (let ms = 6000; ms <= 9000; ms += 1000) stage.tick(ms);
    expect(stage.shown).toMatchObject({ fault: 1, call: 1 });
    stage.phase(1, 10_000);
    expect(stage.shown.extension).toBe(6);
  });
});
