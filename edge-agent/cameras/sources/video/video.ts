import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Fault } from '@tocsin/contracts';
import type { CameraSource, SourceConfig, SourceHost } from '../../types.ts';
import { playThroughFfmpeg } from '../ffmpeg/ffmpeg.ts';
import { keepOpen } from '../keep-open.ts';
import { VideoSource } from './config.ts';

/** A file plays at once or not at all. */
const silenceMs = 10_000;

/** How ffmpeg is told to play a file at its own pace; the scheme keeps any name from being taken for an option or an address. */
export function videoInput(path: string, repeat: boolean): string[] {
  const again = repeat ? ['-stream_loop', '-1'] : [];
  return ['-protocol_whitelist', 'file,pipe', '-re', ...again, '-i', `file:${path}`];
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function open(config: SourceConfig, host: SourceHost) {
  const { path, repeat } = config as VideoSource;
  const file = resolve(host.directory, path);
  return keepOpen({
    host,
    silenceMs,
    async connect(connection) {
      if (!isFile(file)) throw new Fault('FILE_UNREADABLE', `There is no video file ${file}.`);
      const { framesPerSecond } = host;
      await playThroughFfmpeg({ host, connection, input: videoInput(file, repeat), framesPerSecond });
      if (repeat) throw new Fault('CAMERA_UNREACHABLE', 'The video cannot be repeated.');
      return 'The video was played once and is over.';
    },
  });
}

/** A video file in place of a camera. */
export const video: CameraSource = {
  kind: 'video',
  schema: VideoSource,
  check: (config, { directory }) => {
    const file = resolve(directory, (config as VideoSource).path);
    return isFile(file) ? [] : [`/path: There is no video file ${file}; name one that is there`];
  },
  open,
};
