/**
 * The load of the broker bench in a process of its own: 50 publishers, one subscriber, QoS 1, 100-byte payloads, at
 * most 800 messages between a publisher's write and the subscriber's read. Answers how many messages have arrived.
 */
import { encodedPublish, publishIdAt, type RawMqtt, rawMqtt, subscribe } from '../harness/raw-mqtt.ts';

type Load = { port: number; publishers: number; inFlightMax: number; payloadBytes: number };
const { port, publishers, inFlightMax, payloadBytes } = JSON.parse(process.argv[2]!) as Load;

let sent = 0;
let arrived = 0;
let acknowledged = 0;

/** A connection the broker ends spoils the measurement. */
const mustStay = ({ socket }: RawMqtt) =>
  socket.once('close', () => {
    throw new Error('The broker closed a connection.');
  });

const login = (clientId: string) => ({ port, clientId, username: clientId, password: `${clientId}-secret` });
const reader = await rawMqtt(login('reader'));
mustStay(reader);
await subscribe(reader, 'bench/+', 1);
const speakers = await Promise.all(Array.from({ length: publishers }, (_, n) => speaker(`p${n}`)));

async function speaker(name: string): Promise<{ flow(): void }> {
  const client = await rawMqtt(login(name));
  mustStay(client);
  const packet = encodedPublish(`bench/${name}`, Buffer.alloc(payloadBytes, 120), 1);
  let free = inFlightMax / publishers;
  const flow = () => {
    const count = Math.min(free, inFlightMax - (sent - arrived));
    if (count <= 0) return;
    free -= count;
    sent += count;
    client.socket.write(packet.batch(count));
  };
  client.onPacket = (type) => {
    if (type !== 4) return;
    free += 1;
    acknowledged += 1;
  };
  client.onChunkEnd = flow;
  return { flow };
}

acknowledgeArrivals(reader);
for (const { flow } of speakers) flow();

function acknowledgeArrivals(client: RawMqtt): void {
  let acks = Buffer.allocUnsafe(4 * 1024);
  let length = 0;
  client.onPacket = (type, bytes, bodyAt) => {
    if (type !== 3) return;
    arrived += 1;
    const idAt = publishIdAt(bytes, bodyAt);
    acks.writeUInt32BE(0x4002_0000 + bytes.readUInt16BE(idAt), length);
    length += 4;
    if (length === acks.length) write();
  };
  const write = () => {
    if (length === 0) return;
    client.socket.write(acks.subarray(0, length));
    acks = Buffer.allocUnsafe(4 * 1024);
    length = 0;
  };
  client.onChunkEnd = () => {
    write();
    for (const { flow } of speakers) flow();
  };
}

process.send!({ connected: publishers + 1 });
process.on('message', () => process.send!({ sent, arrived, acknowledged }));
process.on('disconnect', () => process.exit(0));
