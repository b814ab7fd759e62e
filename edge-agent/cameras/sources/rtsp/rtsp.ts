import { Fault } from '@tocsin/contracts';
import { addressProblems } from '../../../http/address.ts';
import type { CameraSource, SourceConfig, SourceHost } from '../../types.ts';
import { playThroughFfmpeg } from '../ffmpeg/ffmpeg.ts';
import { keepOpen } from '../keep-open.ts';
import { RtspSource } from './config.ts';

/** A camera that takes no byte for this long has gone; ffmpeg counts in microseconds. */
const socketTimeoutUs = 5_000_000;

/**
 * How ffmpeg is told what to read: a list with one address, which comes by standard input (`-f concat`), so that the password stands on
 * no command line and no other user of the machine can see it. Only RTSP and what it runs on may be spoken, whatever the list says.
 */
export const rtspInput: readonly string[] = [
  ...['-protocol_whitelist', 'pipe,rtsp,rtp,tcp,tls,crypto'],
  // Neither measures the rate first, which would hold seconds of pictures back.
  ...['-fpsprobesize', '0', '-flags', 'low_delay'],
  ...['-f', 'concat', '-safe', '0', '-i', 'pipe:0'],
];

/** The list with one address, in the words of ffmpeg's concat demuxer. */
export function rtspList(address: string): string {
  return [
    'ffconcat version 1.0',
    `file '${address.replaceAll("'", "'\\''")}'`,
    'option rtsp_transport tcp',
    'option allowed_media_types video',
    `option timeout ${socketTimeoutUs}`,
    'option fpsprobesize 0',
    '',
  ].join('\n');
}

function open(config: SourceConfig, host: SourceHost) {
  const { url, username, password, silenceMs } = config as RtspSource;
  return keepOpen({
    host,
    silenceMs,
    async connect(connection) {
      const address = new URL(url);
      const secrets: string[] = [];
      if (username !== undefined && password !== undefined) {
        const secret = host.readSecret(password);
        // Written out by hand: the setters of URL leave some characters alone that ffmpeg would take for the end of the login.
        const login = `${encodeURIComponent(username)}:${encodeURIComponent(secret)}`;
        secrets.push(secret, encodeURIComponent(secret));
        address.href = address.href.replace('://', `://${login}@`);
      }
      const { framesPerSecond } = host;
      await playThroughFfmpeg({
        host,
        connection,
        input: rtspInput,
        framesPerSecond,
        stdin: rtspList(address.href),
        secrets,
      });
      throw new Fault('CAMERA_UNREACHABLE', 'The camera ended the stream.');
    },
  });
}

/** A camera that streams video over RTSP, read through ffmpeg. */
export const rtsp: CameraSource = {
  kind: 'rtsp',
  schema: RtspSource,
  check: (config) => addressProblems(config as RtspSource),
  open,
};
