import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@tocsin/contracts';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { keepOpen } from '../keep-open.ts';
import { createStage, withSource } from '../stage.ts';
import { explainFfmpeg } from './explain.ts';
import { ffmpegArguments, type Play, playThroughFfmpeg } from './ffmpeg.ts';
import { childrenCalled, makeFolder } from './test-tools.ts';

const jpeg = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#123' } })
  .jpeg()
  .toBuffer();
const folder = makeFolder();
afterAll(folder.remove);

/** A program in ffmpeg's place, for what the real one cannot be made to do. */
function program(name: string, script: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o700);
  return path;
}
function open(more: Partial<Play>) {
  const stage = createStage();
  const source = keepOpen({
    host: stage.host,
    silenceMs: 10_000,
    async connect(connection) {
      await playThroughFfmpeg({ host: stage.host, connection, input: ['-i', 'x'], framesPerSecond: 10, ...more });
      return 'It is over.';
    },
  });
  return { stage, source };
}

test('the arguments never double a picture, have no sound, and hold nothing back', () => {
  expect(ffmpegArguments(['-i', 'x'], 5).join(' ')).toBe(
    '-hide_banner -nostdin -loglevel error -threads 1 -i x -map 0:v:0 -an -sn -dn -fps_mode vfr -r 5 ' +
      '-c:v mjpeg -q:v 4 -threads 1 -f image2pipe -flush_packets 1 pipe:1',
  );
});

describe('the process', () => {
  test('a missing ffmpeg is said with the remedy', async () => {
    const { stage, source } = open({ program: join(folder.path, 'nothing-here') });
    await withSource(source, () => stage.until('the trouble', () => stage.troubles.length > 0));
    expect(stage.troubles).toEqual(['ffmpeg is not installed. Debian: sudo apt-get install ffmpeg.']);
  });

  test('one that does not heed SIGTERM is killed, and nothing of it is left', async () => {
    writeFileSync(join(folder.path, 'ready.jpg'), jpeg);
    const deaf = program('deaf', `trap '' TERM\ncat ${folder.path}/ready.jpg\nwhile :; do sleep 0.05; done`);
    const quickly = { ...systemClock, after: (ms: number, task: () => void) => systemClock.after(ms / 20, task) };
    const { stage, source } = open({ program: deaf, host: { clock: quickly } });
    await withSource(source, async () => {
      await stage.until('that it is ready', () => stage.frames.length > 0);
      expect(childrenCalled('deaf')).toHaveLength(1);
    });
    expect(childrenCalled('deaf')).toEqual([]);
  });

  test('it gets the path of programs from the environment and nothing else', async () => {
    process.env.CAMERA_PASSWORD_OF_TEST = 'pa55word';
    const out = join(folder.path, 'env.txt');
    const { stage, source } = open({ program: program('looks', `/usr/bin/env > ${out}`) });
    await withSource(source, () => stage.until('its end', () => stage.troubles.length > 0));
    delete process.env.CAMERA_PASSWORD_OF_TEST;
    expect(stage.troubles).toEqual(['It is over.']);
    expect(readFileSync(out, 'utf8')).toMatch(/^PATH=/m);
    expect(readFileSync(out, 'utf8')).not.toMatch(/pa55word/);
  });

  test('a flood on standard error costs no memory, and its last line is told', async () => {
    const chatty = program(
      'chatty',
      'yes "[x @ 0x55] rtsp://eye:pa55word@cam/ failed" | head -c 3000000 >&2\necho >&2\necho "Odd thing" >&2\nexit 3',
    );
    const { stage, source } = open({ program: chatty, secrets: ['pa55word'] });
    await withSource(source, () => stage.until('the trouble', () => stage.troubles.length > 0));
    expect(stage.troubles).toEqual(['ffmpeg ended: Odd thing']);
  });
});

describe('what ffmpeg means', () => {
  test.each([
    [
      "[rtsp @ 0x56] method DESCRIBE failed: 401 Unauthorized\n[concat @ 0x5] Impossible to open 'rtsp://e:pa55@c/'",
      'The camera refuses the login (401).',
    ],
    [
      '[tcp @ 0x56] Connection to tcp://127.0.0.1:1?timeout=0 failed: Connection refused',
      'The camera refuses the connection.',
    ],
    ['/dev/video9: No such file or directory', 'There is no such file or device.'],
    ['/dev/video0: Device or resource busy', 'Another program uses the camera.'],
    ['x.mp4: Invalid data found when processing input', 'What it gives is no video that ffmpeg can read.'],
    ["Unrecognized option 'fps_mode'.", 'This ffmpeg does not know an option; 5.1 or newer is needed.'],
    ['', 'ffmpeg ended (status 1).'],
    ['[h264 @ 0x55aa] oh dear\u0007 at rtsp://eye:other@cam/x?token=7\n', 'ffmpeg ended: oh dear at …'],
    ['[a @ 0x1] first\n[b @ 0x2] the word is pa55\n', 'ffmpeg ended: first'],
    ['the word is pa55', 'ffmpeg ended (status 1).'],
  ])('%j', (stderr, sentence) => {
    expect(explainFfmpeg(stderr, 'status 1', ['pa55'])).toBe(sentence);
  });
});
