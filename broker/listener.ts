import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Fault } from '@tocsin/contracts';

/** Where a broker listens; `tls` holds PEM texts. With `ca`, clients must show a certificate that it signed. */
export type Listen = {
  host: string;
  /** 0 takes any free port. */
  port: number;
  tls?: { key: string | Buffer; cert: string | Buffer; ca?: string | Buffer };
};

export type ListenerDeps = {
  listen: Listen;
  /** Time for the TLS handshake. */
  handshakeTimeoutMs: number;
  /** Asked for each TCP connection before anything is read, with the TLS handshakes going on; false closes it. */
  admits(address: string, handshakes: number): boolean;
  onConnection(socket: Socket): void;
  onTlsError(): void;
};

/**
 * Opens the socket; resolves with the server and its port, or throws LISTEN_FAILED. Every connection has TCP_NODELAY.
 */
export async function openListener(deps: ListenerDeps): Promise<{ server: Server; port: number }> {
  const { listen } = deps;
  const server = listen.tls ? tlsServer(deps, listen.tls) : plainServer(deps);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFault(listen, error)));
    server.listen({ host: listen.host, port: listen.port, backlog: 1024 }, resolve);
  });
  server.removeAllListeners('error');
  // Out of file descriptors: connections that are open go on.
  server.on('error', () => {});
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : listen.port };
}

function plainServer({ admits, onConnection }: ListenerDeps): Server {
  return createTcpServer({ noDelay: true }, (socket) => {
    if (admits(socket.remoteAddress ?? '', 0)) onConnection(socket);
    else socket.destroy();
  });
}

function tlsServer(deps: ListenerDeps, { key, cert, ca }: NonNullable<Listen['tls']>): Server {
  const server = createTlsServer({
    key,
    cert,
    minVersion: 'TLSv1.2',
    handshakeTimeout: deps.handshakeTimeoutMs,
    noDelay: true,
    ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }),
  });
  const handshakes = new Set<string>();
  server.on('connection', (socket: Socket) => {
    if (!deps.admits(socket.remoteAddress ?? '', handshakes.size)) {
      socket.destroy();
      return;
    }
    const peer = peerOf(socket);
    handshakes.add(peer);
    socket.once('close', () => handshakes.delete(peer));
  });
  server.on('secureConnection', (socket) => {
    handshakes.delete(peerOf(socket));
    socket.setNoDelay(true);
    deps.onConnection(socket);
  });
  server.on('tlsClientError', () => deps.onTlsError());
  return server;
}

const peerOf = (socket: Socket) => `${socket.remoteAddress} ${socket.remotePort}`;

function listenFault({ host, port }: Listen, error: NodeJS.ErrnoException): Fault {
  const remedies: Record<string, string> = {
    EADDRINUSE: 'Stop the program that uses the port, or choose another port.',
    EACCES: 'Choose a port above 1023, or give the service the right to open low ports.',
    EADDRNOTAVAIL: 'Use an address of this machine, such as 127.0.0.1 or 0.0.0.0.',
  };
  return new Fault('LISTEN_FAILED', `${host}:${port} (${error.code ?? error.message}).`, {
    remedy: remedies[error.code ?? ''] ?? 'Check host, port and certificate.',
    cause: error,
  });
}
