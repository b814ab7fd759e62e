/** A process with stock aedes: its own defaults, no log-in, no rights, no limits; only TCP_NODELAY is set. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Aedes } from 'aedes';

const aedes = await Aedes.createBroker();
const server = createServer({ noDelay: true }, (socket) => void aedes.handle(socket));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send!({ port: (server.address() as { port: number }).port });
process.on('disconnect', () => process.exit(0));
