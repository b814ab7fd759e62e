import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readJpeg } from '../../jpeg.ts';
import { playThroughFfmpeg } from '../ffmpeg/ffmpeg.ts';
import { childrenCalled, h264, makeClip, makeFolder, type RtspServer, startRtspServer } from '../ffmpeg/test-tools.ts';
import { keepOpen } from '../keep-open.ts';
import { createStage, type StageOptions, withSource } from '../stage.ts';
import { rtsp, rtspInput, rtspList } from './rtsp.ts';

const password = "s3'cret/@:%x$&";
const login = { username: 'eye', password: { env: 'CAM' } };
const folder = makeFolder();
let clip: string;
let server: RtspServer;
beforeAll(async () => {
  clip = makeClip(join(folder.path, 'clip.mkv'), 6, h264);
  server = await startRtspServer(clip, { scheme: 'digest', user: 'eye', password });
});
afterAll(async () => {
  await server?.stop();
  folder.remove();
});

function open(url: string, more: object = {}, options: StageOptions = {}) {
  const stage = createStage({ env: { CAM: password }, ...options });
  return { stage, source: rtsp.open({ kind: 'rtsp', url, silenceMs: 15_000, ...more }, stage.host) };
}
const street = (port = server.port) => `rtsp://127.0.0.1:${port}/street`;

describe('from a real RTSP server', () => {
  test('pictures come with Digest, each another one, and the password is nowhere to be seen', async () => {
    const { stage, source } = open(street(), login);
    let seen = '';
    await withSource(source, async () => {
      await stage.until('ten pictures', () => stage.frames.length >= 10);
      const [pid] = childrenCalled('ffmpeg');
      seen = readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
    });
    expect(stage.troubles).toEqual([]);
    const pictures = stage.frames.slice(0, 10).map(({ jpeg }) => Buffer.from(jpeg));
    expect(new Set(pictures.map((jpeg) => jpeg.toString('base64'))).size).toBe(10);
    expect(readJpeg(pictures[0]!)).toMatchObject({ ok: true, picture: { width: 160, height: 120 } });
    expect(seen).toContain('pipe:0');
    expect(seen + stage.words(source)).not.toMatch(/s3|cret/);
    expect(childrenCalled('ffmpeg')).toEqual([]);
  });

  test('killed with SIGKILL, ffmpeg comes back and so do the pictures', async () => {
    const { stage, source } = open(street(), login);
    await withSource(source, async () => {
      await stage.until('a picture', () => stage.frames.length > 0);
      for (const pid of childrenCalled('ffmpeg')) process.kill(pid, 'SIGKILL');
      await stage.until('the trouble', () => stage.troubles.length === 1);
      const before = stage.frames.length;
      await stage.until('pictures again', () => stage.frames.length > before + 3);
    });
    expect(stage.troubles).toEqual(['ffmpeg ended (killed by SIGKILL).', undefined]);
    expect(stage.frames.map(({ number }) => number)).toEqual(stage.frames.map((_, i) => i + 1));
  });

  test.each<[string, () => string, { [name: string]: string }, string]>([
    ['a wrong password', () => street(), { CAM: 'wr0ngWord' }, 'The camera refuses the login (401).'],
    [
      'a wrong path',
      () => `${street()}s?token=t0ken`,
      { CAM: password },
      'The camera has nothing at this address (404).',
    ],
  ])('%s is said in words that hold no secret', async (_, url, env, says) => {
    const { stage, source } = open(url(), login, { env });
    await withSource(source, () => stage.until('the trouble', () => stage.troubles.length > 0));
    expect(stage.troubles[0]).toBe(says);
    expect(stage.words(source)).not.toMatch(/wr0ng|s3|cret|t0ken/);
  });

  test('a server that dies is asked until it is back', async () => {
    const mortal = await startRtspServer(clip);
    const { stage, source } = open(street(mortal.port));
    let heir: RtspServer | undefined;
    try {
      await withSource(source, async () => {
        await stage.until('a picture', () => stage.frames.length > 0);
        await mortal.stop();
        await stage.until('the refusal', () => stage.troubles.at(-1) === 'The camera refuses the connection.');
        heir = await startRtspServer(clip, { port: mortal.port });
        await stage.until('the end of it', () => stage.troubles.at(-1) === undefined);
      });
    } finally {
      await mortal.stop();
      await heir?.stop();
    }
  });
});

test('a server that never answers is called silent, and stopping does not wait for it', async () => {
  const mute = createServer((socket) => void socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  const { stage, source } = open(street((mute.address() as AddressInfo).port), { silenceMs: 700 });
  const stopped = withSource(source, () => stage.until('the trouble', () => stage.troubles.length > 0));
  await stopped;
  expect(stage.troubles).toEqual(['No picture came for 0.7 s.']);
  expect(childrenCalled('ffmpeg')).toEqual([]);
  await new Promise((resolve) => mute.close(resolve));
});

test('whatever an address says, only RTSP is spoken', async () => {
  const stage = createStage();
  const file = makeClip(join(folder.path, 'secret.mkv'), 1, h264);
  const source = keepOpen({
    host: stage.host,
    silenceMs: 10_000,
    async connect(connection) {
      const stdin = rtspList(`file:${file}`);
      await playThroughFfmpeg({ host: stage.host, connection, input: rtspInput, framesPerSecond: 10, stdin });
      return 'It was played.';
    },
  });
  await withSource(source, () => stage.until('the trouble', () => stage.troubles.length > 0));
  expect(stage.troubles).toEqual(['It leads to an address of another kind, which is not followed.']);
  expect(stage.frames).toEqual([]);
});

test('an address cannot end its line of the list', () => {
  expect(rtspList("rtsp://cam/a'b")).toContain("file 'rtsp://cam/a'\\''b'\n");
});

test('what a site file gets wrong is said before anything starts', () => {
  const check = (more: object) => rtsp.check!({ kind: 'rtsp', url: 'rtsp://cam/1', ...more }, { directory: '.' });
  expect(check({})).toEqual([]);
  expect(check({ url: 'rtsp://eye:pa55@cam/1' }).join()).toMatch(/url holds a login/);
  expect(check({ url: 'rtsp://' }).join()).toMatch(/url is no address/);
  expect(check({ password: { env: 'CAM' } }).join()).toMatch(/belong together/);
});
