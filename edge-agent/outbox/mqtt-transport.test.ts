import { silentLogger, systemClock } from '@tocsin/contracts';
import { createMemoryBroker, type MemoryBroker } from '@tocsin/simulators/mqtt';
import type { MqttClient } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { createMqttTransport, type MqttTransportOptions } from './mqtt-transport.ts';
import type { Transport } from './transport.ts';

let broker: MemoryBroker;
let transport: Transport;
afterEach(async () => {
  await transport.stop();
  await broker.stop();
});

/** The next message a client hears, as topic and payload. */
const nextMessage = (client: MqttClient) =>
  new Promise<[string, Buffer]>((resolve) => client.once('message', (topic, payload) => resolve([topic, payload])));

/** A transport on a broker in memory, and a listener that records and can be waited for. */
async function setUp(more: Partial<MqttTransportOptions> = {}) {
  broker = await createMemoryBroker();
  const clients: MqttClient[] = [];
  const happened: string[] = [];
  let wake: () => void = () => {};
  const note = (what: string) => {
    happened.push(what);
    wake();
  };
  transport = createMqttTransport({
    url: 'mqtt://cloud',
    clientId: 'mill',
    subscribe: ['down/+'],
    will: () => ({ topic: 'status', payload: 'gone' }),
    clock: systemClock,
    random: () => 0,
    logger: silentLogger,
    connect(_url, options) {
      const client = broker.connect(options);
      clients.push(client);
      return client;
    },
    ...more,
  });
  transport.start({
    connected: () => note('connected'),
    closed: () => note('closed'),
    message: (topic, payload, retained) => note(`${topic} ${Buffer.from(payload)} ${retained}`),
  });
  const until = async (what: string, count = 1) => {
    while (happened.filter((one) => one === what).length < count)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  };
  return { clients, happened, until };
}

test('it counts as connected once it hears the cloud, and carries messages both ways', async () => {
  const { until } = await setUp();
  await until('connected');
  const cloud = broker.connect();
  await cloud.subscribeAsync('up/#', { qos: 1 });
  const heard = nextMessage(cloud);
  transport.publish('up/live', Uint8Array.from([1, 2, 3]));
  const [topic, payload] = await heard;
  expect([topic, [...payload]]).toEqual(['up/live', [1, 2, 3]]);
  await cloud.publishAsync('down/ack', 'ok', { qos: 1 });
  await until('down/ack ok false');
});

test('a cut line publishes the will, and it connects again with a client of its own', async () => {
  const { clients, until } = await setUp();
  await until('connected');
  const cloud = broker.connect();
  await cloud.subscribeAsync('status', { qos: 1 });
  const heard = nextMessage(cloud);
  broker.cut(clients[0]!);
  expect(String((await heard)[1])).toBe('gone');
  await until('closed');
  await until('connected', 2);
  expect(clients).toHaveLength(2);
  await cloud.publishAsync('down/ack', 'again', { qos: 1 });
  await until('down/ack again false');
});

test('what is handed over without a link is dropped, and nothing of it is sent later', async () => {
  const { clients, until } = await setUp();
  await until('connected');
  const cloud = broker.connect();
  await cloud.subscribeAsync('up/#', { qos: 1 });
  broker.cut(clients[0]!);
  await until('closed');
  transport.publish('up/live', 'lost');
  await until('connected', 2);
  const heard = nextMessage(cloud);
  transport.publish('up/live', 'kept');
  expect(String((await heard)[1])).toBe('kept');
});

test('an orderly stop publishes no will and does not come back', async () => {
  const { clients, until, happened } = await setUp();
  await until('connected');
  const cloud = broker.connect();
  const said: string[] = [];
  cloud.on('message', (topic) => said.push(topic));
  await cloud.subscribeAsync('#', { qos: 1 });
  transport.publish('up/live', 'last');
  await transport.stop();
  await cloud.publishAsync('end', '', { qos: 1 });
  expect(said.filter((topic) => topic === 'status')).toEqual([]);
  expect(said).toContain('up/live');
  expect([clients.length, happened.filter((what) => what === 'connected').length]).toEqual([1, 1]);
});
