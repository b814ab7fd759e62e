import { type EventEmitter, once } from 'node:events';
import type { MqttClient } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { createMemoryBroker, type MemoryBroker } from './memory-broker.ts';

/** The arguments of the client's next `event`. */
const next = (client: MqttClient, event: string) => once(client as unknown as EventEmitter, event);

let broker: MemoryBroker;
afterEach(() => broker.stop());

test('A message goes from one client to another at QoS 1.', async () => {
  broker = await createMemoryBroker();
  const listener = broker.connect();
  await listener.subscribeAsync('a/#', { qos: 1 });
  const speaker = broker.connect();
  const heard = next(listener, 'message');
  await speaker.publishAsync('a/b', 'hello', { qos: 1 });
  const [topic, payload] = await heard;
  expect([topic, String(payload)]).toEqual(['a/b', 'hello']);
});

test('A graceful end does not hang.', async () => {
  broker = await createMemoryBroker();
  const client = broker.connect();
  await next(client, 'connect');
  await client.endAsync();
  expect(client.disconnected).toBe(true);
});

test('A cut line publishes the will, and a client that may reconnect does.', async () => {
  broker = await createMemoryBroker();
  const listener = broker.connect();
  await listener.subscribeAsync('status');
  const client = broker.connect({
    reconnectPeriod: 1,
    will: { topic: 'status', payload: Buffer.from('gone'), qos: 0, retain: false },
  });
  await next(client, 'connect');
  const heard = next(listener, 'message');
  const back = next(client, 'connect');
  broker.cut(client);
  expect(String((await heard)[1])).toBe('gone');
  await back;
});

test('A frozen line holds messages back and gives them all after the thaw, in order.', async () => {
  broker = await createMemoryBroker();
  const listener = broker.connect();
  await listener.subscribeAsync('n/#', { qos: 1 });
  const heard: string[] = [];
  listener.on('message', (_topic, payload) => heard.push(String(payload)));
  broker.freeze(listener);
  const speaker = broker.connect();
  for (let n = 0; n < 20; n += 1) await speaker.publishAsync('n/x', String(n), { qos: 1 });
  expect(heard).toEqual([]);
  broker.thaw(listener);
  await new Promise<void>((resolve) => listener.on('message', () => heard.length === 20 && resolve()));
  expect(heard).toEqual(Array.from({ length: 20 }, (_, n) => String(n)));
});

test('A refused log-in reaches the client as a return code.', async () => {
  broker = await createMemoryBroker({
    aedes: {
      authenticate: (_client, _user, _password, done) => done(Object.assign(new Error('no'), { returnCode: 4 }), false),
    },
  });
  const [error] = await next(broker.connect(), 'error').catch((reason) => [reason]);
  expect(error.code).toBe(4);
});

test('A delayed line delays both directions.', async () => {
  const waits: number[] = [];
  const clock = {
    nowMs: () => 0,
    monotonicMs: () => 0,
    after(delayMs: number, task: () => void) {
      waits.push(delayMs);
      const immediate = setImmediate(task);
      return () => clearImmediate(immediate);
    },
  };
  broker = await createMemoryBroker({ delayMs: 250, clock });
  await next(broker.connect(), 'connect');
  expect(new Set(waits)).toEqual(new Set([250]));
  expect(waits.length).toBeGreaterThan(1);
});
