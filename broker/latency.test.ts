import { type EventEmitter, once } from 'node:events';
import { type RawClient, rawLogin } from '@tocsin/simulators/mqtt';
import { connect as connectMqtt } from 'mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fieldAccount, type RunningBroker, runningBroker } from './testing/running-broker.ts';

let run: RunningBroker;
beforeEach(async () => {
  run = await runningBroker();
});
afterEach(() => run.broker.stop());

const message = { cmd: 'publish', payload: 'x', qos: 1, retain: false, dup: false, messageId: 1 } as const;

/** The 99th percentile of `count` trips sensor → broker → decider → broker → actuator, in milliseconds. */
async function tripP99Ms(
  count: number,
  ends: { sensor: RawClient; decider: RawClient; actuator: RawClient },
): Promise<number> {
  const { sensor, decider, actuator } = ends;
  const trips: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const startedAtMs = performance.now();
    sensor.send({ ...message, topic: 'field/sensor' });
    const reading = await decider.next('publish');
    decider.send({ cmd: 'puback', messageId: reading.messageId! });
    decider.send({ ...message, topic: 'field/command' });
    const command = await actuator.next('publish');
    trips.push(performance.now() - startedAtMs);
    actuator.send({ cmd: 'puback', messageId: command.messageId! });
    await Promise.all([sensor.next('puback'), decider.next('puback')]);
  }
  return trips.sort((a, b) => a - b)[Math.floor(count * 0.99)]!;
}

test('A two-hop trip at QoS 1 takes under 10 ms at the 99th percentile: no socket waits for an acknowledgement.', async () => {
  run.accounts.set('reader', fieldAccount('reader', ['field/command'], ['field/#']));
  const [sensor, decider, actuator] = [
    await rawLogin(run.port, 'field'),
    await rawLogin(run.port, 'reader'),
    await rawLogin(run.port, 'reader2'),
  ];
  for (const [client, topic] of [
    [decider, 'field/sensor'],
    [actuator, 'field/command'],
  ] as const) {
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 1 }] });
    await client.next('suback');
  }
  // With Nagle's delay the 99th percentile is 44 ms in every round; other load on the machine spoils one now and then.
  const rounds: number[] = [];
  while (rounds.length < 5 && !rounds.some((p99) => p99 < 10))
    rounds.push(await tripP99Ms(200, { sensor, decider, actuator }));
  expect(Math.min(...rounds)).toBeLessThan(10);
});

test('An mqtt.js client works against the broker over a socket.', async () => {
  const client = connectMqtt({
    host: '127.0.0.1',
    port: run.port,
    clientId: 'field',
    username: 'field',
    password: 'field-secret',
    keepalive: 60,
  });
  await client.subscribeAsync('field/#', { qos: 1 });
  const heard = once(client as unknown as EventEmitter, 'message');
  await client.publishAsync('field/a', 'hello', { qos: 1 });
  expect(String((await heard)[1])).toBe('hello');
  await client.endAsync();
  await expect.poll(() => run.broker.clients()).toEqual([]);
});
