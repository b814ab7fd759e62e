import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, describe, expect, test } from 'vitest';
import { digestGate, type PretendServer, startServer } from '../../../http/pretend-server.ts';
import { pictureBytesMax } from '../../jpeg.ts';
import { createStage, type StageOptions, withSource } from '../stage.ts';
import { snapshot } from './snapshot.ts';

const jpeg = await sharp({ create: { width: 64, height: 36, channels: 3, background: '#789' } })
  .jpeg()
  .toBuffer();
const password = 'pa55"w,ord=';
const login = { username: 'eye', password: { env: 'CAM' } };

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
  const stage = createStage({ env: { CAM: password }, ...options });
  const source = snapshot.open({ kind: 'snapshot', url, everyMs: 50, timeoutMs: 5_000, ...more }, stage.host);
  return { stage, source };
}

describe('pictures', () => {
  test('they are fetched again and again over one connection, each numbered', async () => {
    const sockets = new Set();
    const { url } = await serve((request, response) => {
      sockets.add(request.socket);
      response.writeHead(200, { 'content-type': 'image/jpeg' }).end(jpeg);
    });
    const { stage, source } = open(url);
    await withSource(source, () => stage.until('four pictures', () => stage.frames.length >= 4));
    expect(stage.frames.slice(0, 3).map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(Buffer.from(stage.frames[0]!.jpeg).equals(jpeg)).toBe(true);
    expect(stage.troubles).toEqual([]);
    expect(sockets.size).toBe(1);
  });

  test('a camera that closes each connection just when it is used again is no trouble', async () => {
    const used = new WeakSet<object>();
    const { url, requests } = await serve((request, response) => {
      if (used.has(request.socket)) request.socket.destroy();
      else response.end(jpeg);
      used.add(request.socket);
    });
    const { stage, source } = open(url);
    await withSource(source, () => stage.until('four pictures', () => stage.frames.length >= 4));
    expect(stage.troubles).toEqual([]);
    expect(requests.length).toBeGreaterThanOrEqual(7);
  });

  test('without everyMs they are fetched as often as pictures are wanted', async () => {
    const { url } = await serve((_, response) => void response.end(jpeg));
    const { stage, source } = open(url, { everyMs: undefined }, { framesPerSecond: 20 });
    await withSource(source, () => stage.until('six pictures', () => stage.frames.length >= 6));
    expect(stage.frames[5]!.capturedAtMs - stage.frames[0]!.capturedAtMs).toBeGreaterThanOrEqual(200);
  });

  test('one that the camera says is old keeps the time it was taken', async () => {
    let asked = 0;
    const { url } = await serve((_, response) => {
      asked += 1;
      const modified = asked === 1 ? 50 : 60;
      const dates = { date: new Date(100_000).toUTCString(), 'last-modified': new Date(modified * 1000).toUTCString() };
      response.writeHead(200, dates).end(jpeg);
    });
    const { stage, source } = open(url);
    const beforeMs = stage.host.clock.nowMs();
    await withSource(source, () => stage.until('two pictures', () => stage.frames.length >= 2));
    expect(stage.frames[0]!.capturedAtMs).toBeGreaterThanOrEqual(beforeMs);
    expect(stage.frames[1]!.capturedAtMs - stage.frames[0]!.capturedAtMs).toBeLessThan(-30_000);
  });
});

describe('logins', () => {
  test('Digest is answered, and again when the nonce has served; the password never travels', async () => {
    const mayPass = digestGate('eye', password);
    const { url, requests } = await serve((request, response) => {
      if (mayPass(request, response)) response.end(jpeg);
    });
    const { stage, source } = open(url, login);
    await withSource(source, () => stage.until('eight pictures', () => stage.frames.length >= 8));
    expect(stage.troubles).toEqual([]);
    expect(requests.filter((header) => header.startsWith('Digest')).length).toBeGreaterThanOrEqual(8);
    expect(requests.join()).not.toContain(Buffer.from(`eye:${password}`).toString('base64'));
  });

  test('Basic is answered where nothing better is asked', async () => {
    const wanted = `Basic ${Buffer.from(`eye:${password}`).toString('base64')}`;
    const { url, requests } = await serve((request, response) => {
      if (request.headers.authorization === wanted) response.end(jpeg);
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="eye"' }).end();
    });
    const { stage, source } = open(url, login);
    await withSource(source, () => stage.until('three pictures', () => stage.frames.length >= 3));
    expect(requests.slice(0, 4)).toEqual(['', wanted, wanted, wanted]);
  });

  test.each<[string, object, StageOptions, RegExp]>([
    ['a wrong password', login, { env: { CAM: 'wr0ngWord' } }, /refuses the login \(401\)\.$/],
    ['no login', {}, {}, /asks who logs in\. Give username and password\.$/],
    ['a secret that is not there', login, { env: {} }, /The environment variable is not set\./],
  ])('%s is said in words that hold no secret', async (_, config, options, says) => {
    const mayPass = digestGate('eye', password);
    const { url } = await serve((request, response) => {
      if (mayPass(request, response)) response.end(jpeg);
    });
    const { stage, source } = open(url, config, options);
    await withSource(source, () => stage.until('the refusal', () => says.test(stage.troubles[0] ?? '')));
    expect(stage.words(source)).not.toMatch(/wr0ngWord|pa55|size=1/);
  });
});

describe('cameras that misbehave', () => {
  test.each<[string, Parameters<typeof startServer>[0], RegExp]>([
    ['never answers', () => {}, /does not answer in time\.$/],
    [
      'stalls in the middle',
      (_, response) => void response.writeHead(200).write(jpeg.subarray(0, 99)),
      /does not answer in time\.$/,
    ],
    [
      'closes in the middle',
      (_, response) => {
        response.writeHead(200, { 'content-length': jpeg.length }).write(jpeg.subarray(0, 99));
        setImmediate(() => response.destroy());
      },
      /closed the connection\.$/,
    ],
    [
      'says that it will send 1 GB',
      (_, response) => void response.writeHead(200, { 'content-length': 1e9 }).write(jpeg),
      /sends more than 4194304 bytes\.$/,
    ],
    [
      'redirects',
      (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/secret' }).end(),
      /redirects \(302\)\. Write the final address\.$/,
    ],
    [
      'has nothing there',
      (_, response) => void response.writeHead(404).end(),
      /has nothing at this address \(404\)\.$/,
    ],
    ['is broken', (_, response) => void response.writeHead(503).end(), /answers with status 503\.$/],
    [
      'wants a login nobody knows',
      (_, response) => void response.writeHead(401, { 'www-authenticate': 'Negotiate' }).end(),
      /neither Basic nor Digest\.$/,
    ],
  ])('one that %s gives a trouble and no picture', async (_, answer, says) => {
    const { url } = await serve(answer);
    const { stage, source } = open(url, { ...login, timeoutMs: 500 });
    await withSource(source, () => stage.until('the trouble', () => says.test(stage.troubles.at(-1) ?? '')));
    expect(stage.frames).toEqual([]);
    expect(stage.words(source)).not.toContain('secret');
  });

  test('one that sends 1 GB is left after 4 MiB, however it is sent', async () => {
    let sent = 0;
    const { url } = await serve((_, response) => {
      const chunk = Buffer.alloc(1_048_576, 7);
      const pump = () => {
        while (!response.destroyed && sent < 1e9) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', pump);
        }
      };
      pump();
    });
    const { stage, source } = open(url, { timeoutMs: 5000 });
    stage.host.random = () => 0.999;
    await withSource(source, () => stage.until('the trouble', () => /sends more/.test(stage.troubles[0] ?? '')));
    // What the kernel holds on both sides of the line comes on top.
    expect(sent).toBeLessThan(pictureBytesMax + 16 * 1_048_576);
  });

  test('one that answers with web pages is silent, and the reason is told', async () => {
    const { url } = await serve((_, response) => void response.end('<html>'));
    const { stage, source } = open(url, { timeoutMs: 100 });
    await withSource(source, () => stage.until('the trouble', () => stage.troubles.length > 0));
    expect(stage.troubles[0]).toBe(
      'No picture came for 0.25 s; the last one was refused: it does not begin like a JPEG.',
    );
    expect(source.counters().refused).toBeGreaterThan(1);
  });

  test('one that speaks another protocol is told apart', async () => {
    const server = createServer(
      (socket) =>
        void socket
          .on('error', () => {})
          .resume()
          .end('SSH-2.0-camera\r\n'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { stage, source } = open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await withSource(source, () => stage.until('the trouble', () => stage.troubles.length > 0));
    expect(stage.troubles[0]).toMatch(/does not answer in HTTP/);
    await new Promise((resolve) => server.close(resolve));
  });

  test('one that dies is asked until it is back, and then the trouble is over', async () => {
    let isWell = true;
    const { url } = await serve((request, response) => {
      if (isWell) response.end(jpeg);
      else request.socket.destroy();
    });
    const { stage, source } = open(url);
    await withSource(source, async () => {
      await stage.until('a picture', () => stage.frames.length > 0);
      isWell = false;
      await stage.until('the trouble', () => stage.troubles.length > 0);
      isWell = true;
      await stage.until('the end of it', () => stage.troubles.includes(undefined));
    });
    expect(stage.troubles[0]).toMatch(/closed the connection\.$/);
  });

  test('one that is not there refuses the connection', async () => {
    const { url } = await serve(() => {});
    await camera!.close();
    const { stage, source } = open(url);
    await withSource(source, () => stage.until('the trouble', () => stage.troubles.length > 0));
    expect(stage.troubles[0]).toMatch(/^http:\/\/127\.0\.0\.1:\d+ refuses the connection\.$/);
  });
});

test('an https camera is trusted only when its own certificate is named, and then whatever name it carries', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-camera-'));
  try {
    const words =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=camera';
    execFileSync('openssl', words.split(' '), { cwd: directory, stdio: 'pipe' });
    const read = (name: string) => readFileSync(join(directory, name), 'utf8');
    const { url } = await serve((_, response) => void response.end(jpeg), {
      key: read('key.pem'),
      cert: read('cert.pem'),
    });
    const stranger = open(url, {}, { directory });
    await withSource(stranger.source, () =>
      stranger.stage.until('the trouble', () => stranger.stage.troubles.length > 0),
    );
    expect(stranger.stage.troubles[0]).toMatch(/certificate of https:\S+ is not trusted .* Name it with caFile\.$/);
    const known = open(url, { caFile: 'cert.pem' }, { directory });
    await withSource(known.source, () => known.stage.until('a picture', () => known.stage.frames.length > 0));
    expect(known.stage.troubles).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('what a site file gets wrong is said before anything starts', () => {
  const check = (more: object) =>
    snapshot.check!({ kind: 'snapshot', url: 'http://cam/p.jpg', ...more }, { directory: '.' });
  expect(check({})).toEqual([]);
  expect(check(login)).toEqual([]);
  expect(check({ url: 'http://eye:pa55@cam/' }).join()).toMatch(/url holds a login/);
  expect(check({ url: 'http://eye:pa55@cam/' }).join()).not.toContain('pa55');
  expect(check({ url: 'http://' }).join()).toMatch(/url is no address/);
  expect(check({ username: 'eye' }).join()).toMatch(/belong together/);
  expect(check({ caFile: 'nothing.pem' })).toHaveLength(2);
});
