/**
 * The least work a client can do: packets are encoded once and patched, arriving ones are looked at only for type and
 * id, so that what is measured is the broker and not the load.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { generate, type Packet } from 'mqtt-packet';

export type RawLogin = { port: number; clientId: string; username?: string; password?: string };

export type RawMqtt = {
  socket: Socket;
  /** Called with the type (3 PUBLISH, 4 PUBACK, …) and the place of each packet in `bytes`. */
  onPacket(type: number, bytes: Buffer, bodyAt: number, endAt: number): void;
  /** Called after the last packet of each chunk. */
  onChunkEnd(): void;
};

/** Connects and logs in; throws when the broker refuses. */
export async function rawMqtt({ port, clientId, username, password }: RawLogin): Promise<RawMqtt> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const client: RawMqtt = { socket, onPacket() {}, onChunkEnd() {} };
  readPackets(client);
  const answered = new Promise<void>((resolve, reject) => {
    client.onPacket = (type, bytes, bodyAt) => {
      if (type === 2 && bytes[bodyAt + 1] === 0) resolve();
      else reject(new Error(`The broker refused ${clientId}.`));
    };
    socket.once('close', () => reject(new Error(`The broker closed ${clientId}.`)));
    socket.on('error', reject);
  });
  const credentials = username === undefined ? {} : { username, password: Buffer.from(password ?? '') };
  send(client, {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    keepalive: 120,
    clientId,
    ...credentials,
  });
  await answered;
  return client;
}

/** Subscribes and waits for the answer; throws when it is refused. */
export async function subscribe(client: RawMqtt, topic: string, qos: 0 | 1): Promise<void> {
  const granted = new Promise<number>((resolve) => {
    client.onPacket = (type, bytes, bodyAt) => {
      if (type === 9) resolve(bytes[bodyAt + 2]!);
    };
  });
  send(client, { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos }] });
  if ((await granted) > 1) throw new Error(`The broker refused the filter ${topic}.`);
}

function send(client: RawMqtt, packet: Packet): void {
  client.socket.write(generate(packet));
}

/** A PUBLISH to be sent many times: `batch(n)` is n of them with ids that follow one another. */
export function encodedPublish(topic: string, payload: Buffer, qos: 0 | 1): { batch(count: number): Buffer } {
  const packet = generate({ cmd: 'publish', topic, payload, qos, retain: false, dup: false, messageId: 1 });
  const idAt = packet.length - payload.length - 2;
  let id = 0;
  return {
    batch(count) {
      const bytes = Buffer.allocUnsafe(packet.length * count);
      for (let n = 0; n < count; n += 1) {
        packet.copy(bytes, n * packet.length);
        if (qos === 0) continue;
        id = (id % 65_535) + 1;
        bytes.writeUInt16BE(id, n * packet.length + idAt);
      }
      return bytes;
    },
  };
}

/** The place of the packet id in a PUBLISH at QoS 1. */
export function publishIdAt(bytes: Buffer, bodyAt: number): number {
  return bodyAt + 2 + bytes.readUInt16BE(bodyAt);
}

function readPackets(client: RawMqtt): void {
  let rest: Buffer = Buffer.alloc(0);
  client.socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    for (;;) {
      let bodyAt = at + 1;
      let length = 0;
      let factor = 1;
      while (bodyAt < bytes.length && bytes[bodyAt]! >= 128) {
        length += (bytes[bodyAt]! & 127) * factor;
        factor *= 128;
        bodyAt += 1;
      }
      if (bodyAt >= bytes.length) break;
      length += bytes[bodyAt]! * factor;
      bodyAt += 1;
      if (bodyAt + length > bytes.length) break;
      client.onPacket(bytes[at]! >> 4, bytes, bodyAt, bodyAt + length);
      at = bodyAt + length;
    }
    rest = bytes.subarray(at);
    client.onChunkEnd();
  });
}
