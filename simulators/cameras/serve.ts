/**
 * A camera on loopback that speaks as real ones do: `/snapshot.jpg`, and `/stream.mjpeg` as multipart/x-mixed-replace.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '@tocsin/contracts';

export type ServedCamera = { url: string; port: number; stop(): Promise<void> };

const viewersMax = 8;
const boundary = 'tocsin-frame';

/**
 * Serves whatever `next` gives: for each snapshot, and `fps` times a second to each viewer of the stream. Nothing to
 * give is a 503 or a pause; a viewer who does not keep up is skipped, a ninth is refused. With `login`, Basic
 * authentication is asked for.
 */
export async function serveCamera(about: {
  next: () => Uint8Array | undefined;
  host?: string;
  port?: number;
  fps?: number;
  clock?: Clock;
  login?: { username: string; password: string };
}): Promise<ServedCamera> {
  const { next, host = '127.0.0.1', port = 0, fps = 10, clock = systemClock, login } = about;
  const wanted = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  const streams = new Set<ServerResponse>();

  const stream = (response: ServerResponse): void => {
    response.writeHead(200, {
      'content-type': `multipart/x-mixed-replace; boundary=${boundary}`,
      'cache-control': 'no-store',
    });
    streams.add(response);
    let cancel = () => {};
    const beat = (): void => {
      const jpeg = response.writableNeedDrain ? undefined : next();
      if (jpeg !== undefined) {
        response.write(`--${boundary}\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`);
        response.write(jpeg);
        response.write('\r\n');
      }
      cancel = clock.after(1000 / fps, beat);
    };
    response.on('error', () => {});
    response.on('close', () => {
      cancel();
      streams.delete(response);
    });
    beat();
  };

  const snapshot = (response: ServerResponse): void => {
    const jpeg = next();
    if (jpeg === undefined) {
      plain(response, 503, 'No picture yet.');
      return;
    }
    response.writeHead(200, {
      'content-type': 'image/jpeg',
      'content-length': jpeg.length,
      'cache-control': 'no-store',
    });
    response.end(jpeg);
  };

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET') plain(response, 405, 'Only GET.');
    else if (wanted !== undefined && request.headers.authorization !== wanted) {
      response.setHeader('www-authenticate', 'Basic realm="camera"');
      plain(response, 401, 'Who are you?');
    } else if (path === '/snapshot.jpg') snapshot(response);
    else if (path !== '/stream.mjpeg') plain(response, 404, 'There is no such thing.');
    else if (streams.size >= viewersMax) plain(response, 503, 'Too many viewers.');
    else stream(response);
  };

  return listen(createServer({ noDelay: true }, answer), { host, port });
}

async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<ServedCamera> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host}:${bound}`,
    port: bound,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(text);
}
