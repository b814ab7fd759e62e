import { expect, test } from 'vitest';
import { simClock } from '../time/sim-clock.ts';
import { type FrameSource, type PlayedFrame, playClip } from './player.ts';

const pictures = Array.from({ length: 5 }, (_, i) => Uint8Array.of(i));
const play = (about: { frames?: FrameSource | Uint8Array[]; loop?: boolean } = {}) => {
  const clock = simClock(1_000_000);
  const seen: PlayedFrame[] = [];
  const player = playClip({ frames: pictures, fps: 10, clock, onFrame: (frame) => seen.push(frame), ...about });
  return { clock, seen, player };
};

test('each frame is sent at its own time, once, and the clip ends by itself', () => {
  const { clock, seen } = play();
  expect(seen.map(({ index }) => index)).toEqual([0]);
  for (let i = 0; i < 100; i += 1) clock.advance(7);
  expect(seen.map(({ index, atMs }) => [index, atMs])).toEqual(pictures.map((_, i) => [i, 1_000_000 + 100 * i]));
  expect(clock.pending()).toBe(0);
});

test('a looped clip begins again in step, also after a long time', () => {
  const { clock, seen, player } = play({ loop: true });
  clock.advance(1_000_000);
  expect(seen).toHaveLength(10_001);
  expect(seen.at(-1)).toMatchObject({ index: 0, lap: 2_000, atMs: 2_000_000 });
  player.stop();
  clock.advance(1_000);
  expect(seen).toHaveLength(10_001);
});

test('frames that became due while one was read are dropped and counted, none is sent late', async () => {
  let finish = (_jpeg: Uint8Array) => {};
  const slow: FrameSource = {
    count: 100,
    read: (i) =>
      i === 1
        ? new Promise<Uint8Array>((resolve) => {
            finish = resolve;
          })
        : Uint8Array.of(i),
  };
  const { clock, seen, player } = play({ frames: slow });
  clock.advance(350);
  finish(Uint8Array.of(1));
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(100);
  expect(seen.map(({ index }) => index)).toEqual([0, 1, 4]);
  expect(player.counts()).toEqual({ played: 3, late: 2, missing: 0 });
});

test('a timer that comes late sends the newest frame only', () => {
  const clock = simClock();
  const late: typeof clock = { ...clock, after: (delayMs, task) => clock.after(delayMs < 150 ? 450 : delayMs, task) };
  const seen: number[] = [];
  const player = playClip({
    frames: pictures,
    fps: 10,
    clock: late,
    loop: true,
    onFrame: ({ index }) => seen.push(index),
  });
  clock.advance(450);
  expect(seen).toEqual([0, 4]);
  expect(player.counts()).toEqual({ played: 2, late: 3, missing: 0 });
});

test('a frame that is not drawn yet is missed, and the clip goes on when frames are there', () => {
  let drawn = 2;
  const { clock, seen, player } = play({
    frames: { count: 5, read: (i) => (i < drawn ? pictures[i] : undefined) },
  });
  clock.advance(250);
  drawn = 5;
  clock.advance(250);
  expect(seen.map(({ index }) => index)).toEqual([0, 1, 3, 4]);
  expect(player.counts()).toEqual({ played: 4, late: 0, missing: 1 });
});

test('a frozen camera goes on sending its last picture until it thaws', () => {
  const { clock, seen, player } = play({ loop: true });
  clock.advance(150);
  player.freeze(true);
  clock.advance(300);
  player.freeze(false);
  clock.advance(100);
  expect(seen.map(({ jpeg }) => jpeg[0])).toEqual([0, 1, 1, 1, 1, 0]);
});

test('an empty clip does nothing', () => {
  const { clock, seen } = play({ frames: [], loop: true });
  clock.advance(1_000);
  expect(seen).toEqual([]);
  expect(clock.pending()).toBe(0);
});
