/**
 * A small server for one person and one browser on this machine: it listens on loopback, lets in only who has the
 * address from the terminal, and answers a page and a handful of questions in JSON. Bounded in size, time and number.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Fault } from '@tocsin/contracts';
import { createGate } from './gate.ts';
import type { Answer } from './page-files.ts';

/** 40 points and 16 zones of 32 corners in full precision are 40 kB. */
const bodyBytesMax = 131_072;
const connectionsMax = 24;

export type LocalServer = { port: number; url: string; stop(): Promise<void> };
/** Answers by method and path, such as `POST /api/solve`; a Fault becomes its status and its words. */
export type Routes = Record<string, (body: unknown) => Promise<object | Answer>>;
type Options = {
  page(path: string): Answer | undefined;
  routes: Routes;
  /** Called for every request that was let in. */
  onAsked(): void;
  port?: number;
};

const always = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bodyBytesMax) throw new Fault('PAYLOAD_TOO_LARGE', `More than ${bodyBytesMax} bytes.`);
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown;
  } catch (cause) {
    throw new Fault('PAYLOAD_MALFORMED', 'It is not JSON.', { cause });
  }
}

/** Starts the server on `port`, or on a free one. Throws LISTEN_FAILED. */
export async function startLocalServer({ page, routes, onAsked, port: wanted = 0 }: Options): Promise<LocalServer> {
  const gate = createGate();
  let port = wanted;
  const send = (response: ServerResponse, status: number, { type, body, headers = {} }: Answer) => {
    response.writeHead(status, { ...always, 'content-type': type, ...headers }).end(body);
  };
  const sendJson = (response: ServerResponse, status: number, body: object) =>
    send(response, status, { type: 'application/json', body: JSON.stringify(body) });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request;
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const admission = gate.admit({ method, url, headers }, port);
    if (admission.kind === 'refused') {
      request.resume();
      return sendJson(response, 403, { says: admission.says });
    }
    onAsked();
    if (admission.kind === 'enter') {
      const cookie: Record<string, string> = admission.cookie ? { 'set-cookie': admission.cookie } : {};
      return send(response, 303, { type: 'text/plain', body: '', headers: { location: '/', ...cookie } });
    }
    const route = routes[`${method} ${url.pathname}`];
    if (route) {
      const made = await route(method === 'POST' ? await bodyOf(request) : undefined);
      if (isAnswer(made)) return send(response, 200, made);
      return sendJson(response, 200, made);
    }
    const file = method === 'GET' ? page(url.pathname) : undefined;
    if (file) send(response, 200, file);
    else sendJson(response, 404, { says: 'There is nothing at this address.' });
  }

  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 });
  server.maxConnections = connectionsMax;
  server.on('request', (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else if (error instanceof Fault) sendJson(response, error.status, { says: error.message });
      else sendJson(response, 500, { says: `The tool failed: ${(error as Error).message}` });
    });
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', (cause) =>
      failed(new Fault('LISTEN_FAILED', `127.0.0.1:${wanted}: ${cause.message}.`, { cause })),
    );
    server.listen(wanted, '127.0.0.1', listening);
  });
  port = (server.address() as AddressInfo).port;
  return {
    port,
    url: `http://127.0.0.1:${port}/?token=${gate.token}`,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        server.closeAllConnections();
      }),
  };
}

const isAnswer = (made: object): made is Answer => 'type' in made && 'body' in made;
