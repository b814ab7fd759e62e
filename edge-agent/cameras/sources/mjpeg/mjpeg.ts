import { Fault } from '@tocsin/contracts';
import { placeOf } from '../../../http/address.ts';
import { createJpegSplitter } from '../../jpeg.ts';
import type { CameraSource, SourceConfig, SourceHost } from '../../types.ts';
import { createHttpCamera, httpProblems, unreachable } from '../http-camera.ts';
import { type Connection, keepOpen } from '../keep-open.ts';
import { MjpegSource } from './config.ts';
import { createDelayMeter, stampOf } from './delay.ts';

/** A stream that fell behind by more is asked for anew: a fresh one begins with what the camera sees now. */
const lateMsMax = 5_000;

function open(config: SourceConfig, host: SourceHost) {
  const { url, silenceMs, ...address } = config as MjpegSource;
  const place = placeOf(url);

  /**
   * Pictures are found by their own markers. Boundaries and Content-Length, which cameras get wrong in every way, decide nothing: what
   * stands between two pictures is read for its stamp only.
   */
  async function connect({ signal, take, refuse, skip }: Connection): Promise<string> {
    const camera = createHttpCamera({ url, ...address }, host);
    const splitter = createJpegSplitter();
    const { delayMs } = createDelayMeter();
    let skipped = 0;
    try {
      const response = await camera.get(signal);
      const type = response.headers['content-type'] ?? '';
      if (!/^multipart\//i.test(type)) {
        response.destroy();
        const remedy = /^image\//i.test(type) ? 'Use kind snapshot for it.' : 'Look for the address of its stream.';
        const what = /^[\w.+-]{1,40}\/[\w.+-]{1,40}/.exec(type)?.[0] ?? 'something unnamed';
        throw new Fault('CAMERA_UNREACHABLE', `${place} answers with ${what}, not with a stream.`, { remedy });
      }
      for await (const chunk of response as AsyncIterable<Buffer>) {
        for (const piece of splitter.feed(chunk)) {
          if ('broken' in piece) refuse(piece.broken);
          else {
            const stampMs = stampOf(piece.gap);
            const lateMs = stampMs === undefined ? 0 : delayMs(stampMs, host.clock.monotonicMs());
            if (lateMs > lateMsMax) {
              const detail = `The stream of ${place} fell behind by ${Math.round(lateMs / 1_000)} s.`;
              throw new Fault('CAMERA_UNREACHABLE', detail, { remedy: 'It is asked for anew.' });
            }
            take(piece.picture, lateMs);
          }
        }
        skip(splitter.skippedBytes() - skipped);
        skipped = splitter.skippedBytes();
      }
    } catch (error) {
      throw error instanceof Fault ? error : unreachable(place, error as Error, signal);
    } finally {
      camera.close();
    }
    throw new Fault('CAMERA_UNREACHABLE', `${place} ended the stream.`);
  }

  return keepOpen({ host, silenceMs, connect });
}

/** A camera that sends its pictures one after another in one HTTP or HTTPS answer. */
export const mjpeg: CameraSource = {
  kind: 'mjpeg',
  schema: MjpegSource,
  check: (config, context) => httpProblems(config as MjpegSource, context),
  open,
};
