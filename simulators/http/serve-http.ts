import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Clock, systemClock } from '@tocsin/contracts';

/** What a device is asked, with its body as text. */
export type Asked = { method: string; path: string; query: URLSearchParams; body: string; atMs: number };
export type Answer = { status: number; body: unknown };

/**
 * What goes wrong between a device and whoever asks it. `stall`: it does what it is asked and never answers. `deaf`: it neither does it
 * nor answers. `status`: it does nothing and says so. `halfway`: it does it and answers with a 500. `slow`: it answers late.
 * `garbage`, `huge`: it does it and answers nonsense, or far too much. `cut`: it does it and closes the connection.
 * `redirect`: it sends whoever asks elsewhere.
 */
export type HttpFault =
  | { kind: 'stall' | 'deaf' | 'halfway' | 'garbage' | 'huge' | 'cut' }
  | { kind: 'status'; status: number }
  | { kind: 'slow'; byMs: number }
  | { kind: 'redirect'; to: string };

/** Requests that a fault befalls. */
export type FaultScope = 'all' | 'orders' | 'questions';

export type ServeHttpOptions = {
  /** Port on loopback; 0 for any. */
  port?: number;
  clock?: Clock;
  /** Basic login that is asked for. */
  login?: { username: string; password: string };
  /** What the device does; undefined for a path it does not have. */
  answer(asked: Asked): Answer | undefined;
  /** True for a request that would make it do something. */
  isOrder(asked: Asked): boolean;
};

export type ServedHttp = {
  url: string;
  /** Everything it was asked, oldest first, at most 10,000. */
  requests: readonly Asked[];
  fault(fault: HttpFault | undefined, scope?: FaultScope): void;
  /** Cuts every connection, and refuses new ones for so long. */
  vanish(forMs: number): void;
  stop(): Promise<void>;
};

const requestsMax = 10_000;
const bodyBytesMax = 65_536;
const connectionsMax = 32;

/** Serves a device over HTTP on loopback, with whatever fault is set. */
export async function serveHttp(options: ServeHttpOptions): Promise<ServedHttp> {
  const { clock = systemClock, login, answer, isOrder } = options;
  const requests: Asked[] = [];
  const sockets = new Set<Socket>();
  const pending = new Set<() => void>();
  let faulty: { fault: HttpFault; scope: FaultScope } | undefined;
  let awayUntilMs = Number.NEGATIVE_INFINITY;

  function take(request: IncomingMessage, response: ServerResponse, body: string): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://device');
    const method = request.method ?? 'GET';
    const asked: Asked = { method, path: pathname, query: searchParams, body, atMs: clock.monotonicMs() };
    const wanted = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
    if (wanted !== undefined && request.headers.authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="device"' }).end();
      return;
    }
    requests.push(asked);
    if (requests.length > requestsMax) requests.shift();
    const scope = isOrder(asked) ? 'orders' : 'questions';
    const fault = faulty !== undefined && (faulty.scope === 'all' || faulty.scope === scope) ? faulty.fault : undefined;
    if (fault?.kind === 'deaf') return;
    if (fault?.kind === 'status') return void response.writeHead(fault.status).end();
    if (fault?.kind === 'redirect') return void response.writeHead(302, { location: fault.to }).end();
    reply(response, answer(asked) ?? { status: 404, body: { error: 'no such path' } }, fault);
  }

  function reply(response: ServerResponse, { status, body }: Answer, fault: HttpFault | undefined): void {
    const send = () => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    switch (fault?.kind) {
      case 'stall':
        return;
      case 'halfway':
        response.writeHead(500).end();
        return;
      case 'garbage':
        response.writeHead(200).end('<html>{"output":');
        return;
      case 'huge':
        response.writeHead(200).end('x'.repeat(1_000_000));
        return;
      case 'cut':
        response.destroy();
        return;
      case 'slow': {
        const cancel = clock.after(fault.byMs, () => {
          pending.delete(cancel);
          send();
        });
        pending.add(cancel);
        return;
      }
      default:
        send();
    }
  }

  const server = createServer((request, response) => {
    response.on('error', () => {});
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bodyBytesMax) request.destroy();
      else chunks.push(chunk);
    });
    request.on('end', () => take(request, response, Buffer.concat(chunks).toString('utf8')));
  });
  server.maxConnections = connectionsMax;
  server.on('connection', (socket) => {
    if (clock.monotonicMs() < awayUntilMs) return void socket.destroy();
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });

  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fault(fault, scope = 'all') {
      faulty = fault && { fault, scope };
    },
    vanish(forMs) {
      awayUntilMs = clock.monotonicMs() + forMs;
      cut();
    },
    async stop() {
      for (const cancel of pending) cancel();
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
