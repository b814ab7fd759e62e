import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { generate, type IConnectPacket, type Packet, parser } from 'mqtt-packet';

/** An MQTT client that sends whatever it is told, legal or not, and remembers every packet it gets. */
export type RawClient = {
  socket: Socket;
  got: Packet[];
  send(packet: Packet): void;
  sendBytes(bytes: Uint8Array): void;
  /** The next packet of this kind that was not handed out yet; rejects when the connection closes before. */
  next<C extends Packet['cmd']>(cmd: C): Promise<Extract<Packet, { cmd: C }>>;
  /** Resolves when the connection is closed. */
  closed: Promise<void>;
};

/** Opens a TCP connection and nothing more. */
export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const got: Packet[] = [];
  const waiting: { cmd: string; resolve(packet: Packet): void; reject(error: Error): void }[] = [];
  const parse = parser();
  parse.on('packet', (packet: Packet) => {
    const at = waiting.findIndex(({ cmd }) => cmd === packet.cmd);
    if (at >= 0) waiting.splice(at, 1)[0]!.resolve(packet);
    else got.push(packet);
  });
  socket.on('data', (chunk) => parse.parse(chunk));
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      for (const { cmd, reject } of waiting.splice(0)) reject(new Error(`closed before ${cmd}`));
      resolve();
    });
  });
  await once(socket, 'connect');
  return {
    socket,
    got,
    closed,
    send: (packet) => void socket.write(generate(packet)),
    sendBytes: (bytes) => void socket.write(bytes),
    next(cmd) {
      const at = got.findIndex((packet) => packet.cmd === cmd);
      if (at >= 0) return Promise.resolve(got.splice(at, 1)[0] as never);
      if (socket.destroyed) return Promise.reject(new Error(`closed before ${cmd}`));
      return new Promise((resolve, reject) =>
        waiting.push({ cmd, resolve: resolve as (packet: Packet) => void, reject }),
      );
    },
  };
}

/** A CONNECT with the given user as client id, and secret `<user>-secret`. */
export function connectPacket(user: string, more: Partial<IConnectPacket> = {}): IConnectPacket {
  const password = Buffer.from(`${user}-secret`);
  return {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    keepalive: 60,
    clientId: user,
    username: user,
    password,
    ...more,
  };
}

/** Connects and logs in; the answer is left in `connack`. */
export async function rawLogin(port: number, user: string, more: Partial<IConnectPacket> = {}): Promise<RawClient> {
  const client = await rawClient(port);
  client.send(connectPacket(user, more));
  const { returnCode } = await client.next('connack');
  if (returnCode !== 0) throw new Error(`refused with ${returnCode}`);
  return client;
}
