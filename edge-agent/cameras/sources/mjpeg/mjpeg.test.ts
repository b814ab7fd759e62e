import type { ServerResponse } from 'node:http';
import { simClock } from '@tocsin/simulators/time';
import sharp from 'sharp';
import { afterEach, describe, expect, test } from 'vitest';
import { digestGate, type PretendServer, startServer } from '../../../http/pretend-server.ts';
import { serveByFfmpeg } from '../ffmpeg/test-tools.ts';
import { createStage, type StageOptions, withSource } from '../stage.ts';
import { mjpeg } from './mjpeg.ts';

const picture = (background: string) =>
  sharp({ create: { width: 64, height: 36, channels: 3, background } })
    .jpeg()
    .toBuffer();
const jpeg = await picture('#789');
const other = await picture('#a10');

let camera: PretendServer | undefined;
afterEach(async () => {
  await camera?.close();
  camera = undefined;
});
async function serve(...answer: Parameters<typeof startServer>): Promise<PretendServer> {
  camera = await startServer(...answer);
  return camera;
}
function open(url: string, more: object = {}, options: StageOptions = {}) {
  const stage = createStage({ env: { CAM: 'pa55word' }, ...options });
  return { stage, source: mjpeg.open({ kind: 'mjpeg', url, silenceMs: 10_000, ...more }, stage.host) };
}
const begin = (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace;boundary=frame' });
const part = (body: Uint8Array, headers = `Content-Length: ${body.length}\r\n`) =>
  Buffer.concat([Buffer.from(`\r\n--frame\r\nContent-Type: image/jpeg\r\n${headers}\r\n`), body]);

describe('pictures', () => {
  test.each<[string, Buffer[]]>([
    ['with lengths', [part(jpeg), part(other)]],
    ['without lengths', [part(jpeg, ''), part(other, '')]],
    ['with lengths that lie', [part(jpeg, 'Content-Length: 5\r\n'), part(other, 'Content-Length: 99999\r\n')]],
    ['with bare line ends and no boundary', [Buffer.concat([Buffer.from('\n\n'), jpeg]), other]],
    ['with padding behind each', [part(Buffer.concat([jpeg, Buffer.alloc(64)])), part(other)]],
  ])('%s they come out whole, and each as soon as it is there', async (_, parts) => {
    const { url } = await serve((_request, response) => {
      begin(response);
      for (const bytes of parts) response.write(bytes);
      // The answer stays open: no picture may wait for what comes behind it.
    });
    const { stage, source } = open(url);
    await withSource(source, () => stage.until('two pictures', () => stage.frames.length === 2, 9_000));
    expect(stage.frames.map(({ jpeg: bytes }) => Buffer.from(bytes))).toEqual([jpeg, other]);
    expect(stage.troubles).toEqual([]);
  });

  test('a stream that fell behind is asked for anew, and nothing old is handed over', async () => {
    const clock = simClock(1_000_000);
    const answers: ServerResponse[] = [];
    const { url } = await serve((_request, response) => {
      answers.push(response);
      begin(response).write(part(jpeg, 'X-Timestamp: 100.0\r\n'));
    });
    const { stage, source } = open(url, {}, { clock });
    await withSource(source, async () => {
      await stage.until('the first picture', () => stage.frames.length === 1);
      clock.advance(6_000);
      answers[0]!.write(part(jpeg, 'X-Timestamp: 100.1\r\n'));
      await stage.until('the trouble', () => stage.troubles.length > 0);
      expect(stage.troubles[0]).toMatch(/fell behind by 6 s/);
      expect(stage.frames).toHaveLength(1);
      clock.advance(1_000);
      await stage.until('a fresh stream', () => stage.frames.length === 2);
      expect(stage.frames[1]!.capturedAtMs).toBe(clock.nowMs());
    });
  });

  test('broken parts are skipped and counted, and the good ones around them come out', async () => {
    const { url } = await serve((_, response) => {
      begin(response).write(part(jpeg));
      response.write(part(jpeg.subarray(0, jpeg.length - 9)));
      response.write(part(Buffer.from('<html>no picture</html>')));
      response.write(part(other));
    });
    const { stage, source } = open(url);
    await withSource(source, () => stage.until('two pictures', () => stage.frames.length === 2));
    expect(source.counters()).toMatchObject({ pictures: 2, refused: 1 });
    expect(source.counters().skippedBytes).toBeGreaterThan(jpeg.length);
  });

  test('one that was long under way by its stamp is captured that much earlier', async () => {
    const stamped = (seconds: number) => part(jpeg, `X-Timestamp: ${seconds.toFixed(6)}\r\n`);
    const { url } = await serve((_, response) => {
      begin(response).write(stamped(50));
      response.write(stamped(53));
      response.write(stamped(51));
      response.write(stamped(51.1));
    });
    const { stage, source } = open(url);
    await withSource(source, () => stage.until('four pictures', () => stage.frames.length === 4));
    const [first, second] = stage.frames;
    // The second proves that the first was three seconds slower than need be; a delay is never foreseen.
    expect(second!.capturedAtMs).toBeGreaterThanOrEqual(first!.capturedAtMs);
    expect(stage.frames[3]!.capturedAtMs - stage.frames[2]!.capturedAtMs).toBeLessThan(1000);
  });

  test('a stream that falls behind shows it', async () => {
    let later = () => {};
    const { url } = await serve((_, response) => {
      const stamped = (seconds: number) => part(jpeg, `X-Timestamp: ${seconds}\r\n`);
      begin(response).write(stamped(10));
      later = () => void response.write(stamped(10.01));
    });
    const { stage, source } = open(url);
    await withSource(source, async () => {
      await stage.until('a picture', () => stage.frames.length === 1);
      await new Promise((resolve) => stage.host.clock.after(400, () => resolve(later())));
      await stage.until('another', () => stage.frames.length === 2);
    });
    expect(stage.frames[1]!.capturedAtMs - stage.frames[0]!.capturedAtMs).toBeLessThan(200);
  });
});

test('a stream that another program serves (ffmpeg) comes picture by picture, whenever it begins', async () => {
  const server = await serveByFfmpeg();
  const { stage, source } = open(server.url);
  try {
    await withSource(source, () => stage.until('eight pictures', () => stage.frames.length >= 8));
  } finally {
    await server.stop();
  }
  const shown = stage.frames.slice(0, 8).map(({ jpeg: bytes }) => Buffer.from(bytes).toString('base64'));
  expect(new Set(shown).size).toBe(8);
  expect(source.counters().refused).toBe(0);
});

describe('cameras that misbehave', () => {
  test('one that stalls is left and asked again', async () => {
    let asked = 0;
    const { url } = await serve((_, response) => {
      asked += 1;
      begin(response).write(asked === 1 ? part(jpeg.subarray(0, 99)) : part(jpeg));
    });
    const { stage, source } = open(url, { silenceMs: 500 });
    await withSource(source, () => stage.until('a picture', () => stage.frames.length > 0));
    expect(stage.troubles).toEqual(['No picture came for 0.5 s.', undefined]);
  });

  test('one that never answers, closes in the middle, and is restarted gives pictures again by itself', async () => {
    let asked = 0;
    const { url } = await serve((request, response) => {
      asked += 1;
      if (asked === 1) return;
      begin(response).write(part(jpeg));
      if (asked === 2) setTimeout(() => request.socket.destroy(), 20);
    });
    const { stage, source } = open(url, { silenceMs: 500 });
    await withSource(source, () => stage.until('two pictures', () => stage.frames.length === 2));
    expect(stage.troubles).toEqual([
      'No picture came for 0.5 s.',
      undefined,
      expect.stringMatching(/closed the connection\.$/),
      undefined,
    ]);
    expect(stage.frames.map(({ number }) => number)).toEqual([1, 2]);
  });

  test('a flood of garbage is counted and called silence', async () => {
    const { url } = await serve((_, response) => {
      begin(response);
      const junk = Buffer.alloc(262_144, 'no picture at all ');
      const pump = () => {
        while (!response.destroyed) if (!response.write(junk)) return void response.once('drain', pump);
      };
      pump();
    });
    const { stage, source } = open(url, { silenceMs: 500 });
    await withSource(source, () => stage.until('the trouble', () => stage.troubles.length > 0));
    expect(stage.troubles).toEqual(['No picture came for 0.5 s.']);
    expect(source.counters().skippedBytes).toBeGreaterThan(1_000_000);
  });

  test.each<[string, { [name: string]: string }, RegExp]>([
    [
      'a single picture',
      { 'content-type': 'image/jpeg' },
      /answers with image\/jpeg, not with a stream\. Use kind snapshot for it\.$/,
    ],
    ['a web page', { 'content-type': 'text/html; charset=utf-8' }, /answers with text\/html, not with a stream\./],
    ['something unnamed', {}, /answers with something unnamed, not with a stream\./],
  ])('one that answers with %s is told apart', async (_, headers, says) => {
    const { url } = await serve((_request, response) => void response.writeHead(200, headers).write('x'));
    const { stage, source } = open(url);
    await withSource(source, () => stage.until('the trouble', () => stage.troubles.length > 0));
    expect(stage.troubles[0]).toMatch(says);
  });

  test('one that ends its stream is asked again', async () => {
    const { url } = await serve((_, response) => void begin(response).end(part(jpeg)));
    const { stage, source } = open(url);
    await withSource(source, () => stage.until('three pictures', () => stage.frames.length === 3));
    expect(stage.troubles[0]).toMatch(/ended the stream\.$/);
  });
});

test('Digest is answered, and no word of it is told', async () => {
  const mayPass = digestGate('eye', 'pa55word');
  const { url, requests } = await serve((request, response) => {
    if (mayPass(request, response)) begin(response).end(part(jpeg));
  });
  const { stage, source } = open(url, { username: 'eye', password: { env: 'CAM' } });
  await withSource(source, () => stage.until('two pictures', () => stage.frames.length === 2));
  expect(requests.some((header) => header.startsWith('Digest'))).toBe(true);
  expect(stage.words(source)).not.toMatch(/pa55word|size=1/);
});

test('what a site file gets wrong is said before anything starts', () => {
  const check = (url: string) => mjpeg.check!({ kind: 'mjpeg', url, silenceMs: 1000 }, { directory: '.' });
  expect(check('http://cam/stream')).toEqual([]);
  expect(check('https://eye:pa55@cam/').join()).toMatch(/url holds a login/);
});
