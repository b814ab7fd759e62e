import { createHash, randomBytes } from 'node:crypto';
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

/** A camera or another device for tests: a real HTTP server on loopback that answers each request as the test says. */
export type PretendServer = { url: string; requests: string[]; close(): Promise<void> };

/** Starts one; with `tls` it speaks HTTPS. */
export async function startServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  tls?: { key: string; cert: string },
): Promise<PretendServer> {
  const requests: string[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    requests.push(request.headers.authorization ?? '');
    response.on('error', () => {});
    answer(request, response);
  };
  const server: Server = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/picture?size=1`,
    requests,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Asks for Digest (RFC 7616, MD5) as devices do, with a nonce that serves three times, and says whether the answer was right. */
export function digestGate(username: string, password: string) {
  let nonce = '';
  let uses = 0;
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const given = request.headers.authorization ?? '';
    const field = (name: string) => new RegExp(`${name}="?([^",]+)`).exec(given)?.[1] ?? '';
    const a1 = md5(`${username}:eye:${password}`);
    const a2 = md5(`${request.method}:${request.url}`);
    const wanted = md5(`${a1}:${nonce}:${field('nc')}:${field('cnonce')}:auth:${a2}`);
    const isRight = given !== '' && field('response') === wanted && Number.parseInt(field('nc'), 16) === uses + 1;
    uses += 1;
    if (isRight && uses <= 3) return true;
    nonce = randomBytes(8).toString('hex');
    uses = 0;
    const challenge = `Digest realm="eye", qop="auth", algorithm=MD5, nonce="${nonce}", stale=${isRight}`;
    response.writeHead(401, { 'www-authenticate': [challenge, 'Basic realm="eye"'] }).end('no');
    return false;
  };
}
