import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pretendAlert } from '../../pretend/alerts.ts';
import { createPretendClock } from '../../pretend/clock.ts';
import { createPretendDesk } from '../../pretend/desk.ts';
import { createFanOut } from './fan-out.ts';

/** A socket that takes a few writes, then wants to be drained; it keeps what it was given. */
function pretendSocket(takes: number) {
  let left = takes;
  let drain: (() => void) | undefined;
  const socket = {
    text: '',
    destroyed: false,
    writableLength: 0,
    write(text: string) {
      socket.text += text;
      left -= 1;
      return left > 0;
    },
    once(_event: string, listener: () => void) {
      drain = listener;
    },
    end() {},
    destroy() {
      socket.destroyed = true;
    },
    drain() {
      left = takes;
      const listener = drain;
      drain = undefined;
      listener?.();
    },
  };
  return socket;
}

const fields = (block: string) =>
  Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)));

type Step = { act: 'emit'; times: number; site: 'a' | 'b' } | { act: 'wait' | 'drain' | 'reconnect' };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    act: fc.constant('emit' as const),
    times: fc.integer({ min: 1, max: 300 }),
    site: fc.constantFrom('a', 'b'),
  }),
  fc.record({ act: fc.constantFrom('wait' as const, 'drain' as const, 'reconnect' as const) }),
);

/**
 * A reader is slowed, cut off and resumed at random while events come. Whatever it was told by then plus what it is told in the end
 * must be every event of its site once and in order; or, after a reset, everything since the reset.
 */
test('no event is lost or doubled over back-pressure, cuts and resumes', () => {
  let resets = 0;
  let events = 0;
  const run = (steps: readonly Step[], takes: number, kept: number) => {
    const clock = createPretendClock();
    const desk = createPretendDesk({ keptMax: kept });
    const fanOut = createFanOut({ desk, clock });
    fanOut.start();
    let expected: number[] = [];
    const got: number[] = [];
    let lastEventId = 0;
    let socket = pretendSocket(takes);
    const connect = () =>
      fanOut.add({ user: 'u', alive: () => true, sees: (site) => site === 'a', after: lastEventId, response: socket });
    let remove = connect();
    const read = () => {
      for (const block of socket.text.split('\n\n').slice(0, -1)) {
        const { event, id } = fields(block);
        if (event === 'reset') {
          resets += 1;
          expected = expected.filter((other) => other > Number(id));
          got.length = 0;
        }
        if (event === 'alert') got.push(Number(id));
        lastEventId = Number(id);
      }
      socket.text = '';
    };
    const settle = () => {
      clock.advance(100);
      for (let n = 0; n < 50; n += 1) socket.drain();
      read();
    };
    for (const { act, ...more } of steps) {
      if (act === 'wait') clock.advance(41);
      else if (act === 'drain') socket.drain();
      else if (act === 'reconnect') {
        read();
        socket.destroyed = true;
        remove();
        socket = pretendSocket(takes);
        remove = connect();
      } else {
        const { times, site } = more as { times: number; site: string };
        for (let n = 0; n < times; n += 1) {
          const { version } = desk.raise(pretendAlert({ takenAtMs: 1, site }));
          if (site === 'a') expected.push(version);
        }
      }
    }
    settle();
    // What a reset jumped over is fetched anew by the console, so only what came after it is owed here.
    expect(got).toEqual(expected.slice(-got.length || expected.length));
    if (resets === 0) expect(got).toHaveLength(expected.length);
    events += got.length;
    fanOut.stop();
  };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.integer({ min: 1, max: 4 }), (steps, takes) => {
      resets = 0;
      run(steps, takes, 100_000);
      expect(resets).toBe(0);
    }),
    { numRuns: 60, seed: 7 },
  );
  expect(events, 'The run must do enough to mean something.').toBeGreaterThan(5_000);
  let resetsInAll = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      resets = 0;
      run(steps, 1, 150);
      resetsInAll += resets;
    }),
    { numRuns: 60, seed: 8 },
  );
  expect(resetsInAll).toBeGreaterThan(10);
});

test('an event is made into text once, however many readers there are', () => {
  const clock = createPretendClock();
  const desk = createPretendDesk();
  const fanOut = createFanOut({ desk, clock });
  fanOut.start();
  const sockets = Array.from({ length: 20 }, () => pretendSocket(100));
  for (const [index, response] of sockets.entries()) {
    fanOut.add({ user: `u${index}`, alive: () => true, sees: () => true, after: undefined, response });
  }
  let made = 0;
  const reasons = Object.assign(['r'], {
    toJSON() {
      made += 1;
      return ['r'];
    },
  });
  desk.raise(pretendAlert({ takenAtMs: 1, reasons }));
  clock.advance(50);
  expect(sockets.every(({ text }) => text.includes('event: alert'))).toBe(true);
  expect(made).toBe(1);
  fanOut.stop();
});

test('a reader that takes nothing is closed, and costs nothing until then', () => {
  const clock = createPretendClock();
  const desk = createPretendDesk();
  const fanOut = createFanOut({ desk, clock });
  fanOut.start();
  const socket = pretendSocket(1);
  fanOut.add({ user: 'u', alive: () => true, sees: () => true, after: undefined, response: socket });
  const before = socket.text.length;
  for (let n = 0; n < 10_000; n += 1) desk.raise(pretendAlert({ takenAtMs: n }));
  clock.advance(15_000);
  expect(socket.text.length).toBe(before);
  expect(socket.destroyed).toBe(false);
  clock.advance(10_000);
  expect(socket.destroyed).toBe(true);
});

test('the heartbeat tells a reader of few sites how far it is, so that it need not start afresh', () => {
  const clock = createPretendClock();
  const desk = createPretendDesk();
  const fanOut = createFanOut({ desk, clock });
  fanOut.start();
  const socket = pretendSocket(1_000);
  fanOut.add({ user: 'u', alive: () => true, sees: () => false, after: undefined, response: socket });
  for (let n = 0; n < 7; n += 1) desk.raise(pretendAlert({ takenAtMs: n }));
  clock.advance(5_000);
  expect(socket.text).not.toContain('event: alert');
  expect(socket.text).toContain('event: heartbeat\nid: 7\n');
});

test('one person cannot take every place', () => {
  const fanOut = createFanOut({ desk: createPretendDesk(), clock: createPretendClock() });
  const add = (user: string) =>
    fanOut.add({ user, alive: () => true, sees: () => true, after: undefined, response: pretendSocket(9) });
  for (let n = 0; n < 24; n += 1) add('greedy');
  expect(() => add('greedy')).toThrow(/Too many consoles are open/);
  const leave = add('modest');
  leave();
  expect(fanOut.readers()).toBe(24);
});
