import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noticeMs } from './monitor.ts';
import { statusOf } from './outputs.ts';
import { bitOf, type ControllerPlan, crossingPlan, registers } from './plan.ts';
import { createController } from './watched.ts';

/** A controller in its first vehicle green, 3 s after it was switched on. */
function inGreen(its: Partial<ControllerPlan> = {}) {
  const plan = { ...crossingPlan, ...its };
  const controller = createController(plan);
  const at = (atMs: number) => {
    controller.step({ kind: 'tick', atMs });
    return controller.state();
  };
  at(3000);
  return { plan, controller, at };
}
const show = ({ interval }: { interval: string }) => interval;

describe('a crossing', () => {
  test('stays green for vehicles until somebody calls, and then goes round in its times', () => {
    const { controller, at } = inGreen();
    expect(show(at(500_000))).toBe('green');
    controller.step({ kind: 'press', phase: 2, atMs: 600_000 });
    expect(show(at(600_000))).toBe('yellow');
    expect([603_000, 604_000, 611_000, 620_000, 623_000].map((atMs) => show(at(atMs)))).toEqual([
      'red',
      'walk',
      'clearance',
      'red',
      'green',
    ]);
    expect(controller.shouts()).toEqual([]);
  });

  test('a call in the minimum green waits for its end', () => {
    const { controller, at } = inGreen();
    controller.step({ kind: 'press', phase: 2, atMs: 4000 });
    expect(show(at(9999))).toBe('green');
    expect(show(at(10_000))).toBe('yellow');
  });

  test('a coordinated green ends only in its window', () => {
    const { controller, at } = inGreen({ coordination: { cycleMs: 60_000, yieldMs: 5000 } });
    controller.step({ kind: 'press', phase: 2, atMs: 20_000 });
    expect(show(at(59_999))).toBe('green');
    expect(show(at(60_000))).toBe('yellow');
  });

  test('the status group says what is shown', () => {
    const { plan, controller, at } = inGreen();
    expect(statusOf(plan, at(4000))).toMatchObject({
      greens: bitOf(4),
      reds: bitOf(2),
      dontWalks: bitOf(2) | bitOf(4),
    });
    controller.step({ kind: 'press', phase: 2, atMs: 20_000 });
    expect(statusOf(plan, at(20_500))).toMatchObject({ yellows: bitOf(4), pedCalls: bitOf(2) });
    expect(statusOf(plan, at(25_000))).toMatchObject({ walks: bitOf(2), reds: bitOf(2) | bitOf(4), pedCalls: 0 });
  });
});

describe('a hold', () => {
  /** Holds from a moment in the clearance, which lasts from 31 s to 40 s. */
  function held(backupMs = 60_000) {
    const made = inGreen({ backupMs });
    made.controller.step({ kind: 'press', phase: 2, atMs: 20_000 });
    made.controller.step({ kind: 'set', register: 'hold', mask: bitOf(2), atMs: 35_000 });
    return made;
  }

  test('lengthens the clearance until it is released', () => {
    const { controller, at } = held();
    expect(show(at(45_000))).toBe('clearance');
    controller.step({ kind: 'set', register: 'hold', mask: 0, atMs: 45_500 });
    expect(show(at(45_500))).toBe('red');
    expect(controller.shouts()).toEqual([]);
  });

  test('that nobody releases ends at the maximum of the controller', () => {
    const { at } = held();
    expect(show(at(52_999))).toBe('clearance');
    expect(show(at(53_000))).toBe('red');
  });

  test('that nobody renews ends with the backup time', () => {
    const { at } = held(6000);
    expect(show(at(40_999))).toBe('clearance');
    expect(at(41_000)).toMatchObject({ interval: 'red', backup: true, registers: { hold: 0 } });
  });

  test('ends when the controller is pre-empted', () => {
    const { controller, at } = held();
    controller.step({ kind: 'preempt', on: true, atMs: 42_000 });
    expect(show(at(42_000))).toBe('red');
  });
});

describe('the conflict monitor', () => {
  test.each([
    ['a hold in the vehicle green', 'hold', 2, 20_000],
    ['a hold of the vehicles', 'hold', 4, 20_000],
    ['a call of a phase without pedestrians', 'call', 4, 20_000],
    ['a force-off', 'forceOff', 4, 20_000],
    ['an omit', 'pedOmit', 2, 20_000],
  ] as const)('shouts at %s', (_, register, phase, atMs) => {
    const { controller } = inGreen();
    controller.step({ kind: 'set', register, mask: bitOf(phase), atMs });
    expect(controller.shouts()).toHaveLength(1);
    expect(controller.shouts()[0]!.what).toMatch(/^request: /);
  });

  test('shouts at a call late in the yellow and in the walk, and excuses one that could not know', () => {
    for (const [intoMs, shouts] of [
      [noticeMs - 100, 0],
      [noticeMs + 100, 1],
      [4000 + noticeMs - 100, 0],
      [4000 + noticeMs + 100, 1],
    ]) {
      const { controller } = inGreen();
      controller.step({ kind: 'press', phase: 2, atMs: 20_000 });
      controller.step({ kind: 'set', register: 'call', mask: bitOf(2), atMs: 20_000 + intoMs! });
      expect(controller.shouts(), `${intoMs} ms`).toHaveLength(shouts!);
    }
  });

  test('shouts once at a hold that is left standing', () => {
    const { controller, at } = inGreen({ backupMs: 0 });
    controller.step({ kind: 'press', phase: 2, atMs: 20_000 });
    controller.step({ kind: 'set', register: 'hold', mask: bitOf(2), atMs: 30_000 });
    for (let atMs = 31_000; atMs < 70_000; atMs += 500) at(atMs);
    expect(controller.shouts().map(({ what }) => what)).toEqual(['request: the hold of phase 2 was left standing']);
  });
});

const event = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('tick' as const) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('press' as const), phase: fc.constantFrom(2, 4, 6) }) },
  fc.record({ kind: fc.constant('preempt' as const), on: fc.constantFrom(true, false, false, false) }),
  fc.record({ kind: fc.constant('set' as const), register: fc.constantFrom(...registers), mask: fc.nat(255) }),
  fc.record({ kind: fc.constant('reboot' as const) }),
);

test('whatever is asked, pressed or pre-empted, the signals themselves are never wrong', () => {
  const ring = [
    { number: 4, vehicle: { minGreenMs: 7000, yellowMs: 3000, redClearMs: 1000 } },
    {
      number: 6,
      vehicle: { minGreenMs: 5000, yellowMs: 3000, redClearMs: 2000 },
      pedestrian: crossingPlan.ring[1]!.pedestrian!,
    },
    crossingPlan.ring[1]!,
  ];
  let walks = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(9000), event), { minLength: 50, maxLength: 150 }), (story) => {
      const controller = createController({ ring, backupMs: 6000 });
      let atMs = 0;
      for (const [laterMs, happens] of story) {
        atMs += laterMs;
        controller.step({ ...happens, atMs });
        if (controller.state().interval === 'walk') walks += 1;
      }
      expect(controller.shouts().filter(({ what }) => !what.startsWith('request: '))).toEqual([]);
    }),
    { numRuns: 200 },
  );
  expect(walks).toBeGreaterThan(400);
});
