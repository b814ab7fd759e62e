import type { IncomingMessage } from 'node:http';
import { Fault } from '@tocsin/contracts';
import { placeOf } from '../../../http/address.ts';
import { pictureBytesMax } from '../../jpeg.ts';
import type { CameraSource, SourceConfig, SourceHost } from '../../types.ts';
import { createHttpCamera, httpProblems, unreachable } from '../http-camera.ts';
import { type Connection, keepOpen, pause, within } from '../keep-open.ts';
import { createAgeGauge } from './age.ts';
import { SnapshotSource } from './config.ts';

/** Reads a body of at most `pictureBytesMax`; anything longer is left on the line with its connection. */
async function readBody(response: IncomingMessage, place: string, signal: AbortSignal): Promise<Buffer> {
  const tooLarge = () => new Fault('PAYLOAD_TOO_LARGE', `${place} sends more than ${pictureBytesMax} bytes.`);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    if (Number(response.headers['content-length']) > pictureBytesMax) throw tooLarge();
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > pictureBytesMax) throw tooLarge();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    throw error instanceof Fault ? error : unreachable(place, error as Error, signal);
  } finally {
    response.destroy();
  }
}

function open(config: SourceConfig, host: SourceHost) {
  const { url, timeoutMs, everyMs = 1000 / host.framesPerSecond, ...address } = config as SnapshotSource;
  const { clock } = host;
  const place = placeOf(url);

  async function connect({ signal, takeBytes }: Connection): Promise<string> {
    const camera = createHttpCamera({ url, ...address }, host);
    const { ageMs } = createAgeGauge();
    try {
      for (;;) {
        const dueAtMs = clock.monotonicMs() + everyMs;
        const limit = within(host, timeoutMs, signal);
        try {
          const response = await camera.get(limit.signal);
          takeBytes(await readBody(response, place, limit.signal), ageMs(response.headers));
        } finally {
          limit.release();
        }
        await pause(host, Math.max(0, dueAtMs - clock.monotonicMs()), signal);
        if (signal.aborted) throw new Fault('CAMERA_UNREACHABLE', `${place} is no longer asked.`);
      }
    } finally {
      camera.close();
    }
  }

  // A camera that answers, but never with a picture, is silent all the same.
  return keepOpen({ host, silenceMs: everyMs + 2 * timeoutMs, connect });
}

/** A camera that gives one JPEG for each HTTP or HTTPS request. */
export const snapshot: CameraSource = {
  kind: 'snapshot',
  schema: SnapshotSource,
  check: (config, context) => httpProblems(config as SnapshotSource, context),
  open,
};
