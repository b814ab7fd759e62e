import { Fault } from '@tocsin/contracts';
import { simClock } from '@tocsin/simulators/time';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { type Connection, type KeepOpenOptions, keepOpen } from './keep-open.ts';
import { createStage } from './stage.ts';

const jpeg = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#123' } })
  .jpeg()
  .toBuffer();
/** Lets every promise that is settled run on; `setImmediate` comes after all of them. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A source whose connections the test ends by hand. */
function rig(more: Partial<KeepOpenOptions> = {}) {
  const clock = simClock(1_000_000);
  const stage = createStage({ clock });
  const connections: (Connection & { fail(why: string): void; over(why: string): void })[] = [];
  const source = keepOpen({
    host: stage.host,
    silenceMs: 5_000,
    connect: (connection) =>
      new Promise((resolve, reject) => {
        const fail = (why: string) => reject(new Fault('CAMERA_UNREACHABLE', why));
        connections.push({ ...connection, fail, over: resolve });
        connection.signal.addEventListener('abort', () => fail('aborted'));
      }),
    ...more,
  });
  const pass = async (byMs: number) => {
    clock.advance(byMs);
    await settle();
  };
  return { clock, stage, connections, source, pass, newest: () => connections.at(-1)! };
}

describe('pictures', () => {
  test('they are numbered over all connections and carry when they were captured', async () => {
    const { clock, stage, source, newest, pass } = rig();
    source.start();
    newest().takeBytes(jpeg);
    clock.advance(300);
    newest().takeBytes(jpeg, 120);
    newest().fail('cut');
    await settle();
    await pass(1_000);
    newest().takeBytes(jpeg);
    expect(stage.frames.map(({ number, capturedAtMs }) => [number, capturedAtMs])).toEqual([
      [1, 1_000_000],
      [2, 1_000_180],
      [3, 1_001_300],
    ]);
    await source.stop();
  });

  test('what is no picture is counted and never handed over', async () => {
    const { stage, source, newest } = rig();
    source.start();
    newest().takeBytes(Buffer.from('<html>'));
    newest().skip(7);
    expect(stage.frames).toEqual([]);
    expect(source.counters()).toEqual({ pictures: 0, refused: 1, skippedBytes: 7, failures: 0 });
    await source.stop();
  });

  test('an ended connection hands nothing over any more', async () => {
    const { stage, source, newest } = rig();
    source.start();
    const first = newest();
    first.fail('cut');
    await settle();
    first.takeBytes(jpeg);
    await source.stop();
    newest().takeBytes(jpeg);
    expect(stage.frames).toEqual([]);
  });
});

describe('trouble', () => {
  test('the same reason is told and logged once, however often it comes; pictures end it', async () => {
    const { stage, source, newest, pass } = rig();
    source.start();
    for (let i = 0; i < 20; i += 1) {
      newest().fail('It refuses the connection.');
      await settle();
      await pass(400);
    }
    expect(stage.troubles).toEqual(['It refuses the connection.']);
    expect(stage.log).toHaveLength(1);
    newest().takeBytes(jpeg);
    expect(stage.troubles).toEqual(['It refuses the connection.', undefined]);
    expect(source.counters().failures).toBe(20);
    await source.stop();
  });

  test('a camera that comes and goes fills no log, until it has been steady for a while', async () => {
    const { stage, source, newest, pass } = rig();
    source.start();
    for (let i = 0; i < 10; i += 1) {
      newest().takeBytes(jpeg);
      newest().fail('It ended.');
      await settle();
      await pass(400);
    }
    expect(stage.troubles).toHaveLength(19);
    expect(stage.log).toHaveLength(1);
    newest().takeBytes(jpeg);
    for (let i = 0; i < 4; i += 1) {
      await pass(3_000);
      newest().takeBytes(jpeg);
    }
    newest().fail('It ended.');
    await settle();
    expect(stage.log.map((line) => line.slice(line.indexOf('}') + 2))).toEqual([
      'No pictures come.',
      'Pictures come again.',
      'No pictures come.',
    ]);
    await source.stop();
  });

  test('changing reasons are all told, but only eight are logged', async () => {
    const { stage, source, newest, pass } = rig();
    source.start();
    for (let i = 0; i < 30; i += 1) {
      newest().fail(`Reason ${i}.`);
      await settle();
      await pass(400);
    }
    expect(stage.troubles).toHaveLength(30);
    expect(stage.log).toHaveLength(8);
    await source.stop();
  });

  test('a silent connection is ended, said with the last refusal, and made anew', async () => {
    const { stage, source, newest, connections, pass } = rig();
    source.start();
    await pass(4_999);
    newest().takeBytes(jpeg);
    newest().takeBytes(jpeg.subarray(0, 40));
    await pass(4_999);
    expect(connections[0]!.signal.aborted).toBe(false);
    await pass(1);
    expect(stage.troubles).toEqual(['No picture came for 5 s; the last one was refused: it is cut off.']);
    await pass(1_000);
    expect(connections).toHaveLength(2);
    await source.stop();
  });

  test('where pictures come by themselves, silence is told and the connection stays', async () => {
    const { stage, source, newest, connections, pass } = rig({ outlivesSilence: true });
    source.start();
    await pass(60_000);
    expect(stage.troubles).toEqual(['No picture came for 5 s.']);
    newest().takeBytes(jpeg);
    expect(stage.troubles).toEqual(['No picture came for 5 s.', undefined]);
    await pass(5_000);
    expect(stage.troubles).toHaveLength(3);
    expect(connections).toHaveLength(1);
    await source.stop();
  });

  test('of an error that is no fault of ours only the name is told', async () => {
    const { stage, source } = rig({ connect: () => Promise.reject(new TypeError('rtsp://eye:secret@cam')) });
    source.start();
    await settle();
    expect(stage.troubles).toEqual(['The source failed unexpectedly (TypeError).']);
    await source.stop();
  });

  test('what is over for good is told and not tried again', async () => {
    const { stage, source, newest, connections, pass } = rig();
    source.start();
    newest().over('It was played once.');
    await settle();
    await pass(100_000);
    expect(stage.troubles).toEqual(['It was played once.']);
    expect(connections).toHaveLength(1);
    await source.stop();
  });
});

test('waits double up to 30 s, for ever, and begin anew after a steady connection', async () => {
  const { clock, source, newest, connections, pass, stage } = rig();
  stage.host.random = () => 0.999;
  source.start();
  const waits: number[] = [];
  for (let i = 0; i < 9; i += 1) {
    const before = connections.length;
    const fromMs = clock.monotonicMs();
    newest().fail('no');
    await settle();
    while (connections.length === before) await pass(250);
    waits.push(Math.round((clock.monotonicMs() - fromMs) / 1000));
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30, 30, 30]);
  newest().takeBytes(jpeg);
  for (let i = 0; i < 4; i += 1) {
    await pass(3_000);
    newest().takeBytes(jpeg);
  }
  const before = connections.length;
  newest().fail('no');
  await settle();
  await pass(1_000);
  expect(connections).toHaveLength(before + 1);
  await source.stop();
});

test('stop waits for the connection to be gone, and nothing is left that could wake up', async () => {
  let letGo = () => {};
  const { clock, source } = rig({
    connect: ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          letGo = () => reject(new Fault('CAMERA_UNREACHABLE', 'gone'));
        });
      }),
  });
  source.start();
  await settle();
  let isStopped = false;
  const stopped = source.stop().then(() => {
    isStopped = true;
  });
  await settle();
  expect(isStopped).toBe(false);
  letGo();
  await stopped;
  clock.advance(100_000);
  expect(clock.pending()).toBe(0);
});
