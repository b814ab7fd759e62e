import { afterEach, expect, test } from 'vitest';
import { encodeFrame } from './encode.ts';
import { type ServedCamera, serveCamera } from './serve.ts';

const picture = (level: number) => encodeFrame({ rgb: new Uint8Array(32 * 18 * 3).fill(level), width: 32, height: 18 });
let camera: ServedCamera | undefined;
afterEach(() => camera?.stop());

/** Parts of a multipart/x-mixed-replace body as RFC 2046 separates them, until there are `count`. */
async function parts(response: Response, count: number): Promise<{ headers: string; body: Buffer }[]> {
  const boundary = /boundary=(.+)$/.exec(response.headers.get('content-type')!)![1];
  const found: { headers: string; body: Buffer }[] = [];
  let rest = Buffer.alloc(0);
  for await (const chunk of response.body!) {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const start = rest.indexOf(`--${boundary}\r\n`);
      const end = rest.indexOf('\r\n\r\n', start);
      if (start < 0 || end < 0) break;
      const headers = rest.subarray(start, end).toString();
      const length = Number(/Content-Length: (\d+)/.exec(headers)![1]);
      if (rest.length < end + 4 + length) break;
      found.push({ headers, body: rest.subarray(end + 4, end + 4 + length) });
      rest = rest.subarray(end + 4 + length);
    }
    if (found.length >= count) return found.slice(0, count);
  }
  throw new Error('The stream ended.');
}

test('a snapshot is the newest picture, and 503 while there is none', async () => {
  let next: Buffer | undefined;
  camera = await serveCamera({ next: () => next });
  expect((await fetch(`${camera.url}/snapshot.jpg`)).status).toBe(503);
  next = await picture(90);
  const answer = await fetch(`${camera.url}/snapshot.jpg`);
  expect(answer.headers.get('content-type')).toBe('image/jpeg');
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(next);
  expect((await fetch(`${camera.url}/`)).status).toBe(404);
  expect((await fetch(`${camera.url}/snapshot.jpg`, { method: 'POST' })).status).toBe(405);
});

test('a stream is multipart with one whole JPEG a part, in order', async () => {
  const pictures = await Promise.all([10, 80, 150, 220].map(picture));
  let sent = 0;
  camera = await serveCamera({
    fps: 50,
    next: () => {
      sent += 1;
      return pictures[(sent - 1) % 4];
    },
  });
  const stop = new AbortController();
  const answer = await fetch(`${camera.url}/stream.mjpeg`, { signal: stop.signal });
  expect(answer.headers.get('content-type')).toMatch(/^multipart\/x-mixed-replace; boundary=/);
  const got = await parts(answer, 6);
  expect(got.map(({ body }) => body)).toEqual([0, 1, 2, 3, 0, 1].map((i) => pictures[i]));
  expect(got.every(({ headers }) => headers.includes('Content-Type: image/jpeg'))).toBe(true);
  stop.abort();
});

test('a ninth viewer is refused, and stopping ends all streams', async () => {
  const jpeg = await picture(1);
  camera = await serveCamera({ next: () => jpeg });
  const viewers = await Promise.all(Array.from({ length: 8 }, () => fetch(`${camera!.url}/stream.mjpeg`)));
  expect(viewers.every(({ status }) => status === 200)).toBe(true);
  expect((await fetch(`${camera.url}/stream.mjpeg`)).status).toBe(503);
  const ends = viewers.map((viewer) =>
    viewer.arrayBuffer().then(
      () => 'ended',
      () => 'ended',
    ),
  );
  await camera.stop();
  camera = undefined;
  expect(await Promise.all(ends)).toEqual(Array(8).fill('ended'));
});

test('a camera with a login answers only to those who know it', async () => {
  const jpeg = await picture(1);
  camera = await serveCamera({ next: () => jpeg, login: { username: 'edge', password: 'town' } });
  const as = (word: string) => ({ headers: { authorization: `Basic ${Buffer.from(word).toString('base64')}` } });
  expect((await fetch(`${camera.url}/snapshot.jpg`)).status).toBe(401);
  expect((await fetch(`${camera.url}/snapshot.jpg`, as('edge:city'))).status).toBe(401);
  expect((await fetch(`${camera.url}/snapshot.jpg`, as('edge:town'))).status).toBe(200);
});
