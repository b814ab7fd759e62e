import { createBroker, hashSecret, siteAccount } from '@tocsin/broker';
import { type Ack, silentLogger, systemClock, topics } from '@tocsin/contracts';
import { generate } from 'mqtt-packet';
import { type RawMqtt, rawMqtt, subscribe } from '../harness/raw-mqtt.ts';
import { decider } from './decide.ts';
import { loadOf, siteName, startMs } from './load.ts';
import { openSpine } from './spine.ts';
import { type Rate, sites } from './whole.ts';

/** Batches a site has under way before it waits for `storedThrough`; an edge agent grows to as many on a good link. */
const windowBatches = 16;
const batch = 100;

/** Sends a site's frames, never more than the window ahead of what the cloud says is stored; resolves when all are stored. */
function play(client: RawMqtt, frames: readonly Buffer[]): Promise<void> {
  let sent = 0;
  let stored = 0;
  const flow = () => {
    const until = Math.min(frames.length, stored + windowBatches);
    if (sent < until) client.socket.write(Buffer.concat(frames.slice(sent, until)));
    sent = Math.max(sent, until);
  };
  return new Promise((resolve) => {
    client.onPacket = (type, bytes, bodyAt, endAt) => {
      if (type !== 3) return;
      const payloadAt = bodyAt + 2 + bytes.readUInt16BE(bodyAt);
      stored = (JSON.parse(bytes.toString('utf8', payloadAt, endAt)) as Ack).storedThrough;
      if (stored === frames.length) resolve();
    };
    client.onChunkEnd = flow;
    flow();
  });
}

/**
 * The same batches over real sockets: 100 logged-in sites publish at QoS 1 to our broker, which hands them to ingest and carries the
 * acknowledgements back. Sites, broker, ingest and series run in this one process, so the CPU figure has the senders in it too.
 */
export async function runBroker(readings: number): Promise<Rate> {
  const load = loadOf({ readings, batch, sites });
  const { decide } = decider(sites);
  let say = (_topic: string, _payload: string | Uint8Array) => {};
  const publish = (topic: string, payload: string | Uint8Array) => say(topic, payload);
  const spine = await openSpine({ sites, withSeries: true, decide, publish, nowMs: startMs + 86_400_000 });
  const broker = createBroker({
    listen: { host: '127.0.0.1', port: 0 },
    accounts: { find: (site) => siteAccount(site, hashSecret(site)) },
    limits: { messagesPerSecondMax: 1_000_000, bytesPerSecondMax: 1_000_000_000 },
    clock: systemClock,
    logger: silentLogger,
    onPublish: ({ topic, payload }) => spine.ingest.receive(topic, payload),
  });
  say = (topic, payload) => broker.publish(topic, payload);
  const clients: RawMqtt[] = [];
  try {
    const { port } = await broker.start();
    const frames: Buffer[][] = Array.from({ length: sites }, () => []);
    for (const [n, { topic, payload }] of load.messages.entries()) {
      const own = frames[n % sites]!;
      const head = { cmd: 'publish', dup: false, qos: 1, retain: false, messageId: 1 + (own.length % 65_535) } as const;
      own.push(generate({ ...head, topic, payload: Buffer.from(payload) }));
    }
    for (let site = 0; site < sites; site += 1) {
      const clientId = siteName(site);
      const client = await rawMqtt({ port, clientId, username: clientId, password: clientId });
      await subscribe(client, topics.downAll(clientId), 0);
      clients.push(client);
    }
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    await Promise.all(clients.map((client, site) => play(client, frames[site]!)));
    await spine.queryable();
    const seconds = (performance.now() - began) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    if (spine.ingest.counters().readingsStored !== load.readings) throw new Error('Not everything was stored.');
    return { perSecond: load.readings / seconds, perCpuSecond: load.readings / ((user + system) / 1e6) };
  } finally {
    for (const { socket } of clients) socket.destroy();
    await broker.stop();
    await spine.close();
  }
}
