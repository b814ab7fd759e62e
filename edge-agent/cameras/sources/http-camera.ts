import type { IncomingMessage } from 'node:http';
import { Fault } from '@tocsin/contracts';
import { placeOf } from '../../http/address.ts';
import * as client from '../../http/client.ts';
import type { SourceHost } from '../types.ts';

export { httpProblems } from '../../http/client.ts';

export type HttpCamera = {
  /**
   * Asks once and answers with a response of status 200 whose body has not been read. Throws CAMERA_UNREACHABLE, or what reading
   * the secret or the certificates throws. Ends, whatever the camera does, when `signal` aborts.
   */
  get(signal: AbortSignal): Promise<IncomingMessage>;
  /** Closes idle connections. */
  close(): void;
};

/** A camera that answers HTTP or HTTPS with pictures. */
export function createHttpCamera(address: client.HttpAddress, host: SourceHost): HttpCamera {
  const { ask, close } = client.createHttpClient(address, host);
  return {
    async get(signal) {
      const response = await ask({ accept: 'image/jpeg, multipart/x-mixed-replace' }, signal).catch(
        (error: unknown) => {
          throw error instanceof client.HttpFailure ? faultOf(error) : error;
        },
      );
      const { statusCode: status = 0 } = response;
      if (status === 200) return response;
      response.destroy();
      throw faultOf(client.statusFailure(placeOf(address.url), status));
    },
    close,
  };
}

/** Says what went wrong on the way to a camera, without a word of what was sent; `signal` is that of `get`. */
export function unreachable(place: string, error: Error, signal: AbortSignal): Fault {
  return faultOf(client.unreachable(place, error, { signal }));
}

function faultOf({ detail, remedy }: client.HttpFailure): Fault {
  return new Fault('CAMERA_UNREACHABLE', detail, remedy === undefined ? {} : { remedy });
}
