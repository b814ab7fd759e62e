import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Fault } from '@tocsin/contracts';
import { createJpegSplitter } from '../../jpeg.ts';
import type { SourceHost } from '../../types.ts';
import type { Connection } from '../keep-open.ts';
import { explainFfmpeg } from './explain.ts';

/** ffmpeg has this long to end by itself. */
const graceMs = 2_000;
/** The end of what ffmpeg wrote to its standard error; one page is kept. */
const stderrCharactersMax = 4_096;

export type Play = {
  host: Pick<SourceHost, 'clock'>;
  connection: Connection;
  /** Everything before the output: how and what to read. */
  input: readonly string[];
  /** Most pictures a second. */
  framesPerSecond: number;
  /** Goes to standard input, which no other user can see. */
  stdin?: string;
  /** Texts that no message may hold. */
  secrets?: readonly string[];
  /** The program; a test names one that is missing. */
  program?: string;
};

/**
 * The whole argument list. `vfr` with a rate drops pictures above it and, unlike the default, doubles none below it: a doubled picture
 * would pass for a frozen camera. One thread, because each further one of a decoder holds a picture back.
 */
export function ffmpegArguments(input: readonly string[], framesPerSecond: number): string[] {
  const output = ['-map', '0:v:0', '-an', '-sn', '-dn', '-fps_mode', 'vfr', '-r', String(framesPerSecond)];
  const jpeg = ['-c:v', 'mjpeg', '-q:v', '4', '-threads', '1', '-f', 'image2pipe', '-flush_packets', '1', 'pipe:1'];
  return ['-hide_banner', '-nostdin', '-loglevel', 'error', '-threads', '1', ...input, ...output, ...jpeg];
}

/**
 * Plays through ffmpeg and hands its pictures over. Resolves when ffmpeg ended well; rejects with CAMERA_UNREACHABLE when it could not be
 * run or failed. Settles only when the process is gone: on abort it is asked to end, and killed after two seconds.
 */
export function playThroughFfmpeg(play: Play): Promise<void> {
  const { connection, input, framesPerSecond, stdin = '', secrets = [], program = 'ffmpeg' } = play;
  const { signal } = connection;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Fault('CAMERA_UNREACHABLE', 'It was stopped.'));
    // Only what a program needs to be found: the secrets in this one's environment are none of its business.
    const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C' };
    const child = spawn(program, ffmpegArguments(input, framesPerSecond), { stdio: 'pipe', env });
    let cancelKill = () => {};
    let failedToRun: NodeJS.ErrnoException | undefined;
    const stop = () => {
      child.kill('SIGTERM');
      cancelKill = play.host.clock.after(graceMs, () => child.kill('SIGKILL'));
    };
    signal.addEventListener('abort', stop, { once: true });
    const stderr = listen(child, connection);
    child.on('error', (error) => {
      failedToRun = error;
    });
    child.on('close', (code, killedBy) => {
      cancelKill();
      signal.removeEventListener('abort', stop);
      if (failedToRun !== undefined) return reject(notRun(failedToRun));
      if (code === 0) return resolve();
      const end = killedBy === null ? `status ${code}` : `killed by ${killedBy}`;
      reject(new Fault('CAMERA_UNREACHABLE', explainFfmpeg(stderr(), end, secrets)));
    });
    // A process that ended early does not read this; its end is told by `close`.
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);
  });
}

/** Takes the pictures of a process as they come; answers how to get the end of its standard error. */
function listen(child: ChildProcessWithoutNullStreams, { take, refuse, skip }: Connection): () => string {
  const splitter = createJpegSplitter();
  let skipped = 0;
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    for (const piece of splitter.feed(chunk)) {
      if ('broken' in piece) refuse(piece.broken);
      else take(piece.picture);
    }
    skip(splitter.skippedBytes() - skipped);
    skipped = splitter.skippedBytes();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    if (stderr.length <= stderrCharactersMax) return;
    // Half a line could hold half a secret, which no filter would know.
    const end = stderr.slice(-stderrCharactersMax);
    stderr = end.includes('\n') ? end.slice(end.indexOf('\n') + 1) : '';
  });
  return () => stderr;
}

function notRun(error: NodeJS.ErrnoException): Fault {
  if (error.code !== 'ENOENT') return new Fault('CAMERA_UNREACHABLE', `ffmpeg cannot be run (${error.code}).`);
  return new Fault('CAMERA_UNREACHABLE', 'ffmpeg is not installed.', {
    remedy: 'Debian: sudo apt-get install ffmpeg.',
  });
}
