import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the tests of pictures through ffmpeg need from the machine; setup.mjs installs the same. */
export const testPackages = 'ffmpeg python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good';
const remedy = `Install it (Debian: sudo apt-get install ${testPackages}) and run npm test again.`;
const needsFfmpeg = `This test needs the program ffmpeg. ${remedy}`;

/** Makes a folder for one test file; `remove` takes it away with everything in it. */
export function makeFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'tocsin-camera-'));
  return { path, remove: () => rmSync(path, { recursive: true }) };
}

/** Makes a clip of ffmpeg's moving test picture (160 × 120, 10 pictures a second), or says how to get ffmpeg. */
export function makeClip(path: string, seconds: number, encoder: readonly string[]): string {
  const source = ['-f', 'lavfi', '-i', `testsrc=size=160x120:rate=10:duration=${seconds}`];
  try {
    execFileSync('ffmpeg', ['-loglevel', 'error', '-y', ...source, ...encoder, path], { stdio: 'pipe' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(needsFfmpeg);
  }
  return path;
}

/** H.264 as cameras send it: a whole picture each second, none that refer to later ones. */
export const h264 = [
  '-c:v',
  'libx264',
  '-preset',
  'ultrafast',
  '-tune',
  'zerolatency',
  '-g',
  '10',
  '-pix_fmt',
  'yuv420p',
];

/** Process ids of this process's own children of that name, those that have ended but were not waited for included. */
export function childrenCalled(name: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        const [, program, parent] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
        return program === name && Number(parent) === process.pid;
      } catch {
        return false;
      }
    })
    .map(Number);
}

export type RtspServer = { port: number; stop(): Promise<void> };

/** Starts GStreamer's RTSP server on loopback, or says how to get it. */
export async function startRtspServer(
  clip: string,
  { scheme = 'open', user = '-', password = '-', port = 0 } = {},
): Promise<RtspServer> {
  const script = join(import.meta.dirname, '../rtsp/cases/rtsp-server.py');
  const server = spawn('/usr/bin/python3', [script, clip, scheme, user, password, String(port)], { stdio: 'pipe' });
  const gone = new Promise<void>((resolve) => {
    server.on('close', () => resolve());
  });
  let said = '';
  server.stderr.on('data', (text) => {
    said = (said + text).slice(-2_000);
  });
  const first = new Promise<string>((resolve) => {
    server.stdout.once('data', (text) => resolve(String(text)));
  });
  server.on('error', () => {});
  const bound = await Promise.race([first, gone]);
  if (bound === undefined || server.pid === undefined) {
    throw new Error(`This test needs GStreamer’s RTSP server. ${remedy} (${said.trim().split('\n').at(-1)})`);
  }
  return {
    port: Number(bound),
    async stop() {
      server.kill('SIGKILL');
      await gone;
    },
  };
}

/** Lets ffmpeg serve its moving test picture as MJPEG over HTTP on loopback, to one client. */
export async function serveByFfmpeg(): Promise<{ url: string; stop(): Promise<void> }> {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  const url = `http://127.0.0.1:${port}/`;
  const input = ['-re', '-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=10:duration=30'];
  const output = ['-f', 'mpjpeg', '-content_type', 'multipart/x-mixed-replace;boundary=ffmpeg', '-listen', '1', url];
  const server = spawn('ffmpeg', ['-loglevel', 'error', '-nostdin', ...input, ...output], { stdio: 'ignore' });
  const gone = new Promise<void>((resolve) => {
    server.on('close', () => resolve());
  });
  await once(server, 'spawn').catch(() => {
    throw new Error(needsFfmpeg);
  });
  return {
    url,
    async stop() {
      server.kill('SIGKILL');
      await gone;
    },
  };
}
