import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault, silentLogger, systemClock } from '@tocsin/contracts';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { constantGraph, type Mood, manifestFor, moodyGraph, writeModel } from '../check/tiny-models.ts';
import { loadManifest } from '../manifest/load.ts';
import type { Frame } from '../types.ts';
import { createEyes, type Eyes, type EyesOptions } from './eyes.ts';
import { loadModel } from './worker/model.ts';

/**
 * Real processes, real onnxruntime, tiny models that misbehave on bright pictures. Goal: whatever a model or a picture does, the
 * caller gets a reason in bounded time and the next good picture is seen.
 */
let folder = '';
const paths = {} as Record<Mood, string>;
let dark: Uint8Array;
let bright: Uint8Array;
const open: Eyes[] = [];

const solid = (level: number, width = 320, height = 180) =>
  sharp({ create: { width, height, channels: 3, background: { r: level, g: level, b: level } } })
    .jpeg()
    .toBuffer();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'eyes-'));
  for (const mood of ['calm', 'not-a-number', 'wrong-length', 'endless', 'greedy'] as const) {
    paths[mood] = writeModel(folder, moodyGraph(mood));
  }
  [dark, bright] = await Promise.all([solid(40), solid(250)]);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((eyes) => eyes.stop()));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function eyesWith(more: Partial<EyesOptions> = {}): Promise<Eyes> {
  const eyes = createEyes({
    ...{ models: { detector: paths.calm }, clock: systemClock, logger: silentLogger, random: () => 0.1 },
    ...more,
  });
  open.push(eyes);
  await eyes.start();
  return eyes;
}

let number = 0;
const frame = (jpeg: Uint8Array): Frame => ({ jpeg, number: ++number, capturedAtMs: 1_000 * number });
const faultOf = (looking: Promise<unknown>): Promise<Fault> =>
  looking.then(
    () => Promise.reject(new Error('A fault was expected.')),
    (fault) => (fault instanceof Fault ? fault : Promise.reject(fault)),
  );
/** Looks until the eyes are back; every refusal on the way must be a plain failure. */
const seenAgain = (eyes: Eyes) =>
  expect.poll(() => eyes.look(frame(dark)).then(({ detections }) => detections?.length), pollBounds).toBe(1);
const pollBounds = { timeout: 8_000, interval: 50 };

describe('one process of the eyes', () => {
  test('sees what the model says, in pixels of the picture, with a grid of the picture', async () => {
    const eyes = await eyesWith();
    const seen = await eyes.look(frame(dark));
    expect(seen).toMatchObject({ number, capturedAtMs: 1_000 * number, picture: { width: 320, height: 180 } });
    // 320 × 180 lies as 32 × 18 at y = 7: the row 4, 8, 20, 24 is 40, 10 to 200, 170.
    const box = { x: 40, y: 10, width: 160, height: 160 };
    expect(seen.detections).toEqual([{ kind: 'person', score: expect.closeTo(0.9, 5), box }]);
    expect([seen.grid.columns, seen.grid.rows, seen.grid.y.length]).toEqual([64, 36, 2304]);
    expect([seen.grid.y[1000], seen.grid.cb[1000], seen.grid.cr[1000]]).toEqual([40, 128, 128]);
    expect(seen.likelihoods).toBeUndefined();
    expect(eyes.state()).toEqual({ ok: true });
    expect(eyes.models()).toMatchObject([{ ref: paths.calm, name: 'calm', task: 'detect', width: 32, height: 32 }]);
    expect(eyes.usage().rssBytes).toBeGreaterThan(20e6);
  });

  test('serves cameras in turn, and of each only the newest picture waits', async () => {
    const eyes = await eyesWith();
    const order: string[] = [];
    const look = (camera: string) =>
      eyes.look(frame(dark), { camera }).then(
        () => order.push(camera),
        (fault: Fault) => order.push(`${camera}: ${fault.code}`),
      );
    // The first is under way at once; of a the second waits until the third takes its place.
    await Promise.all(['a', 'a', 'a', 'b', 'c'].map(look));
    expect(order).toEqual(['a: TOO_MANY_REQUESTS', 'a', 'a', 'b', 'c']);
    expect(eyes.counters()).toMatchObject({ looked: 4, superseded: 1 });
  });

  test('a classifier and several detectors share it, and each look says who looks', async () => {
    const fire = writeModel(
      folder,
      { ...constantGraph([{ name: 'found', dims: [1, 2], values: [0.2, 0.7] }]), name: 'fire' },
      {
        ...{ classes: ['flame', 'smoke'], map: { flame: 'flame', smoke: 'smoke' } },
        output: { kind: 'classifier', name: 'found' },
      },
    );
    const eyes = await eyesWith({ models: { detector: [paths.calm, paths.greedy], classifier: fire } });
    const both = await eyes.look(frame(dark), { detector: paths.greedy });
    expect(both.likelihoods).toEqual({ flame: expect.closeTo(0.2, 5), smoke: expect.closeTo(0.7, 5) });
    expect(both.detections).toHaveLength(1);
    const neither = await eyes.look(frame(dark), { detector: false, classifier: false });
    expect([neither.detections, neither.likelihoods, neither.grid.y[0]]).toEqual([undefined, undefined, 40]);
  });
});

test('drawings share one turn, so that who is to be seen now does not wait for the pictures of alerts', async () => {
  const eyes = await eyesWith();
  const done: string[] = [];
  const drawn = Array.from({ length: 34 }, () => eyes.draw({ jpeg: dark, marks: [] }).then(() => done.push('drawn')));
  const looked = ['a', 'b'].map((camera) => eyes.look(frame(dark), { camera }).then(() => done.push(camera)));
  expect((await faultOf(eyes.draw({ jpeg: dark, marks: [] }))).code).toBe('TOO_MANY_REQUESTS');
  await Promise.all([...drawn, ...looked]);
  expect(done.slice(0, 4).sort()).toEqual(['a', 'b', 'drawn', 'drawn']);
  expect(done).toHaveLength(36);
});

describe('a model that', () => {
  test.each([
    ['gives values that are no numbers', 'not-a-number', {}, 'not finite', 'modelFailures'],
    ['gives rows of another length', 'wrong-length', {}, 'must have n × 6', 'modelFailures'],
    ['does not come to an end', 'endless', { timeoutMs: 600 }, 'within 600 ms', 'timeouts'],
    ['takes too much memory', 'greedy', { memoryBytesMax: 400 * 2 ** 20 }, 'MiB of memory', 'memoryExceeded'],
  ] as const)('%s fails with a reason, and the next picture is seen', async (_, mood, more, says, counter) => {
    const eyes = await eyesWith({ models: { detector: paths[mood] }, ...more });
    expect((await eyes.look(frame(dark))).detections).toHaveLength(1);
    const fault = await faultOf(eyes.look(frame(bright)));
    expect(fault).toMatchObject({ code: 'MODEL_FAILED', detail: expect.stringContaining(says) });
    expect(eyes.counters()[counter]).toBe(1);
    await seenAgain(eyes);
    expect(eyes.state()).toEqual({ ok: true });
  });

  test('fails again and again makes the eyes call themselves blind, in words', async () => {
    const eyes = await eyesWith({ models: { detector: paths['not-a-number'] }, random: () => 0 });
    await expect
      .poll(async () => {
        await faultOf(eyes.look(frame(bright)));
        return eyes.state();
      }, pollBounds)
      .toEqual({ ok: false, why: expect.stringMatching(/failed 3 times in a row.*not finite/) });
    await seenAgain(eyes);
    expect(eyes.state()).toEqual({ ok: true });
  });

  test('is not loaded in time leaves the eyes trying, and their state says why', async () => {
    const eyes = await eyesWith({ startTimeoutMs: 1, random: () => 0.999 });
    expect(eyes.state()).toEqual({ ok: false, why: 'The models were not loaded within 1 ms.' });
    expect((await faultOf(eyes.look(frame(dark)))).detail).toBe('The models were not loaded within 1 ms.');
    expect(eyes.counters()).toMatchObject({ timeouts: 1, turnedAway: 1 });
  });

  test('is killed between two pictures is started again', async () => {
    const eyes = await eyesWith();
    const { pid } = eyes.usage();
    process.kill(pid!, 'SIGKILL');
    await expect.poll(() => eyes.counters().crashes, pollBounds).toBe(1);
    await seenAgain(eyes);
    expect(eyes.usage().pid).not.toBe(pid);
    expect(eyes.counters().restarts).toBe(1);
  });
});

describe('a picture that', () => {
  let eyes: Eyes;
  beforeAll(async () => {
    eyes = await eyesWith();
    open.pop();
  });
  afterAll(() => eyes.stop());
  test('is no picture is refused, and the same process sees the next one', async () => {
    const { pid } = eyes.usage();
    const whole = await sharp(Buffer.alloc(640 * 360 * 3, 7), { raw: { width: 640, height: 360, channels: 3 } })
      .jpeg()
      .toBuffer();
    // A header that claims 30,000 × 30,000 pixels over the data of a small picture.
    const bomb = Uint8Array.from(whole);
    const at = bomb.findIndex((byte, i) => byte === 0xff && bomb[i + 1] === 0xc0);
    bomb.set([0x75, 0x30, 0x75, 0x30], at + 5);
    const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const hostile: [Uint8Array, string][] = [
      [whole.subarray(0, whole.length / 2), 'cannot be decoded'],
      [whole.subarray(0, 100), 'ends before'],
      [bomb, '30000 × 30000'],
      [png, 'do not begin like a JPEG'],
      [new Uint8Array(0), 'do not begin like a JPEG'],
      [Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 0, 1, 2), 'a segment has no length'],
      [new Uint8Array(33 * 2 ** 20), 'bytes, at most'],
    ];
    for (const [jpeg, says] of hostile) {
      const fault = await faultOf(eyes.look(frame(jpeg)));
      expect([fault.code, fault.detail]).toEqual(['PICTURE_INVALID', expect.stringContaining(says)]);
      expect((await faultOf(eyes.draw({ jpeg, marks: [] }))).code).toBe('PICTURE_INVALID');
    }
    expect((await eyes.look(frame(dark))).detections).toHaveLength(1);
    expect(eyes.usage().pid).toBe(pid);
    expect(eyes.counters()).toMatchObject({ picturesInvalid: 14, crashes: 0, restarts: 0 });
  });

  test('is grey only, or tiny, is seen like any other', async () => {
    const grey = await sharp(dark).toColourspace('b-w').jpeg().toBuffer();
    expect((await eyes.look(frame(grey))).detections).toHaveLength(1);
    const tiny = await solid(60, 4, 3);
    expect((await eyes.look(frame(tiny))).grid.y[100]).toBe(60);
  });
});

describe('models that can never be used are refused at the start', () => {
  const bad = (name: string, more: Record<string, unknown>) =>
    writeModel(folder, { ...moodyGraph('calm'), name }, more);
  const cases: [string, () => string, string][] = [
    ['of another hash', () => bad('hash', { sha256: 'f'.repeat(64) }), 'its manifest says ffff'],
    ['with a path out of its folder', () => bad('path', { file: '../calm.onnx' }), 'beside its manifest'],
    ['cut short', () => truncated(), 'longer than the file'],
    [
      'that does not fit its manifest',
      () => bad('kind', { output: { kind: 'yolo-v8', name: 'found' } }),
      'look like end2end',
    ],
    [
      'that finds things everywhere in a blank picture',
      () => {
        const values = Array.from({ length: 120 }, (_, i) => [i % 30, 0, (i % 30) + 1, 1 + i / 4, 0.9, 0]).flat();
        const graph = { ...constantGraph([{ name: 'found', dims: [120, 6], values }]), name: 'ghosts' };
        return writeModel(folder, graph, { post: { nms: 1 } });
      },
      'in a blank picture',
    ],
    [
      'that gives no numbers on a blank picture',
      () => {
        const values = [0, 0, 0, 0, Number.NaN, 0];
        return writeModel(folder, { ...constantGraph([{ name: 'found', dims: [1, 6], values }]), name: 'nan' });
      },
      'On a blank picture',
    ],
  ];
  const truncated = () => {
    const path = bad('short', {});
    const half = readFileSync(join(folder, 'short.onnx')).subarray(0, 300);
    writeFileSync(join(folder, 'short.onnx'), half);
    writeFileSync(path, JSON.stringify(manifestFor('short', half)));
    return path;
  };
  test.each(cases)('%s', async (_, path, says) => {
    const loading = async () => loadModel(loadManifest(path()), { provider: 'cpu', threads: 1 });
    await expect(loading()).rejects.toMatchObject({ code: 'MODEL_INVALID', message: expect.stringContaining(says) });
  });

  test('by the process as by its parts, and its state says so', async () => {
    const fault = await faultOf(eyesWith({ models: { detector: bad('changed', { sha256: 'e'.repeat(64) }) } }));
    expect([fault.code, fault.detail]).toEqual(['MODEL_INVALID', expect.stringContaining('its manifest says eeee')]);
    const eyes = open.at(-1)!;
    expect(eyes.state()).toMatchObject({ ok: false, why: expect.stringContaining('eeee') });
    expect(eyes.usage().pid).toBeUndefined();
  });

  test('a provider that is not there, with those that are', async () => {
    const loading = loadModel(loadManifest(paths.calm), { provider: 'abacus', threads: 1 });
    await expect(loading).rejects.toThrow(/no provider abacus here; choose one of .*cpu/);
  });

  test('a detector that is named as a classifier', async () => {
    const fault = await faultOf(eyesWith({ models: { classifier: paths.calm } }));
    expect(fault.detail).toContain('named as a classifier, but its output end2end is that of a detector');
  });

  test('eyes that were never started, or were stopped, say so', async () => {
    const eyes = createEyes({ models: {}, clock: systemClock, logger: silentLogger });
    expect((await faultOf(eyes.look(frame(dark)))).detail).toContain('not been started');
    await eyes.start();
    expect((await eyes.look(frame(dark))).detections).toBeUndefined();
    const stopping = eyes.stop();
    expect((await faultOf(eyes.look(frame(dark)))).detail).toContain('stopped');
    expect(eyes.state()).toMatchObject({ ok: false });
    // A start during the end waits for it.
    await eyes.start();
    await stopping;
    expect(eyes.state()).toEqual({ ok: true });
    await eyes.stop();
  });
});

describe('evidence', () => {
  let eyes: Eyes;
  beforeAll(async () => {
    eyes = await eyesWith();
    open.pop();
  });
  afterAll(() => eyes.stop());
  const busy = async () => {
    const rgb = Buffer.from(Array.from({ length: 800 * 450 * 3 }, (_, i) => (i * 2_654_435_761) % 251));
    return sharp(rgb, { raw: { width: 800, height: 450, channels: 3 } })
      .jpeg({ quality: 95 })
      .toBuffer();
  };

  test('is drawn with boxes and labels, however odd the labels', async () => {
    const box = { x: 100, y: 60, width: 120, height: 80 };
    const plain = await eyes.draw({ jpeg: dark, marks: [] });
    const drawn = await eyes.draw({
      jpeg: dark,
      marks: [{ box, label: '</text><image href="file:///etc/passwd"/>&\u0000\ud800' }],
    });
    const column = async (jpeg: Uint8Array) =>
      sharp(jpeg).extract({ left: 98, top: 100, width: 5, height: 1 }).removeAlpha().raw().toBuffer();
    expect(Math.max(...(await column(plain)))).toBeLessThan(60);
    expect(Math.max(...(await column(drawn)))).toBeGreaterThan(150);
  });

  test('stays under its limit of bytes and width', async () => {
    const jpeg = await busy();
    const drawn = await eyes.draw({ jpeg, marks: [], widthMax: 640, bytesMax: 30_000 });
    const { width = 0 } = await sharp(drawn).metadata();
    expect([drawn.length <= 30_000, width <= 640, jpeg.length > 100_000]).toEqual([true, true, true]);
    const fault = await faultOf(eyes.draw({ jpeg, marks: [], bytesMax: 500 }));
    expect([fault.code, fault.detail]).toEqual([
      'PICTURE_INVALID',
      expect.stringContaining('does not fit into 500 bytes'),
    ]);
  });

  test('shows no detail of people who are blurred', async () => {
    const jpeg = await busy();
    const region = { left: 208, top: 108, width: 64, height: 184 };
    const blur = [{ x: 200, y: 100, width: 80, height: 200 }];
    const detail = async (bytes: Uint8Array) => {
      const { channels } = await sharp(await sharp(bytes).extract(region).toBuffer())
        .greyscale()
        .stats();
      return channels[0]!.stdev;
    };
    const [open_, blurred] = [await eyes.draw({ jpeg, marks: [] }), await eyes.draw({ jpeg, marks: [], blur })];
    expect(await detail(open_)).toBeGreaterThan(4 * (await detail(blurred)));
  });
});
