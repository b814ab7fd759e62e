import { type AddressInfo, isIP } from 'node:net';
import { Fault } from '@tocsin/contracts';
import type { Api } from './schemas.ts';

const remedies: Record<string, string> = {
  EADDRINUSE: 'Stop the program that uses the port, or choose another port.',
  EACCES: 'Choose a port above 1023, or give the service the right to open low ports.',
  EADDRNOTAVAIL: 'Use an address of this machine, such as 127.0.0.1 or 0.0.0.0.',
};

/** Opens the console's port and answers it. Throws LISTEN_FAILED. */
export async function listenOn(app: Api, { host, port }: { host: string; port: number }): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const at = isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
    throw new Fault('LISTEN_FAILED', `The console at ${at} (${code ?? message}).`, {
      remedy: remedies[code ?? ''] ?? 'Check host and port of http.',
      cause: error,
    });
  }
  return (app.server.address() as AddressInfo).port;
}
