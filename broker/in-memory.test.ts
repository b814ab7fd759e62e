import { type EventEmitter, once } from 'node:events';
import { createMemoryBroker, type MemoryBroker } from '@tocsin/simulators/mqtt';
import type { MqttClient } from 'mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunningBroker, runningBroker } from './testing/running-broker.ts';

let run: RunningBroker;
let lines: MemoryBroker;
beforeEach(async () => {
  run = await runningBroker();
  lines = await createMemoryBroker({ serve: run.broker.accept });
});
afterEach(async () => {
  await lines.stop();
  await run.broker.stop();
});

const next = (client: MqttClient, event: string) => once(client as unknown as EventEmitter, event);
const device = (name: string, more: object = {}) =>
  lines.connect({ clientId: name, username: name, password: `${name}-secret`, keepalive: 60, ...more });

test('A gateway over a line in memory has its rights: it speaks for its site, hears the cloud, and its will follows a cut.', async () => {
  const will = { topic: 'tocsin/v1/hill/status', payload: Buffer.from('gone'), qos: 1 as const, retain: true };
  const hill = device('hill', { will });
  await hill.subscribeAsync('tocsin/v1/hill/down/+', { qos: 1 });
  const heard = next(hill, 'message');
  run.broker.publish('tocsin/v1/hill/down/ack', 'stored', { qos: 1 });
  expect(String((await heard)[1])).toBe('stored');
  await hill.publishAsync('tocsin/v1/hill/up/live', 'batch', { qos: 1 });
  lines.cut(hill);
  await expect.poll(() => run.heard.map(({ payload }) => String(payload))).toEqual(['batch', 'gone']);
});

test('A gateway that speaks for another site is cut off; reconnecting it may go on with its own.', async () => {
  const hill = device('hill', { reconnectPeriod: 1 });
  await next(hill, 'connect');
  const back = next(hill, 'connect');
  hill.publish('tocsin/v1/dale/up/live', 'forged');
  await back;
  await hill.publishAsync('tocsin/v1/hill/up/live', 'own', { qos: 1 });
  expect(run.heard.map(({ topic }) => topic)).toEqual(['tocsin/v1/hill/up/live']);
});

test('A client whose account is changed must log in again with what is true now.', async () => {
  const field = device('field', { reconnectPeriod: 1 });
  await next(field, 'connect');
  const back = next(field, 'connect');
  run.accounts.set('field', { ...run.accounts.get('field')!, publish: ['field/only'] });
  run.broker.refreshAccounts();
  await back;
  await field.publishAsync('field/only', 'x', { qos: 1 });
  expect(run.broker.counters()).toMatchObject({ cutAccount: 1, logins: 2, takeOvers: 0 });
});

test('A durable session gets what was published while it was away, once.', async () => {
  const hill = device('hill', { clean: false });
  await hill.subscribeAsync('tocsin/v1/hill/down/+', { qos: 1 });
  lines.cut(hill);
  await expect.poll(() => run.broker.clients()).toEqual([]);
  for (const text of ['one', 'two']) run.broker.publish('tocsin/v1/hill/down/ack', text, { qos: 1 });
  const heard: string[] = [];
  const back = device('hill', { clean: false });
  back.on('message', (_topic, payload) => heard.push(String(payload)));
  await expect.poll(() => heard).toEqual(['one', 'two']);
  await back.endAsync();
  const again = device('hill', { clean: false });
  again.on('message', (_topic, payload) => heard.push(String(payload)));
  // aedes hands the queue over after CONNACK; what is published in between comes twice, as QoS 1 allows.
  await again.subscribeAsync('tocsin/v1/hill/down/+', { qos: 1 });
  run.broker.publish('tocsin/v1/hill/down/ack', 'three', { qos: 1 });
  await expect.poll(() => heard).toEqual(['one', 'two', 'three']);
});
