import { type RawClient, rawClient, rawLogin } from '@tocsin/simulators/mqtt';
import type { QoS } from 'mqtt-packet';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fieldAccount, type RunningBroker, runningBroker } from './testing/running-broker.ts';

let run: RunningBroker;
beforeEach(async () => {
  run = await runningBroker({ retainedMessagesMax: 3, queuedMessagesMax: 5, subscriptionsPerClientMax: 4 });
});
afterEach(() => run.broker.stop());

const publish = (client: RawClient, topic: string, more: { qos?: QoS; retain?: boolean; payload?: string } = {}) =>
  client.send({ cmd: 'publish', topic, payload: 'x', qos: 0, retain: false, dup: false, messageId: 1, ...more });

/** The codes of SUBACK for these filters. */
async function subscribe(client: RawClient, ...filters: (string | { topic: string; qos: QoS })[]) {
  const subscriptions = filters.map((one) => (typeof one === 'string' ? { topic: one, qos: 0 as const } : one));
  client.send({ cmd: 'subscribe', messageId: 7, subscriptions });
  return (await client.next('suback')).granted;
}

test('A message reaches the process and the subscriber, unchanged, at both qualities of service.', async () => {
  const [speaker, reader] = [await rawLogin(run.port, 'field'), await rawLogin(run.port, 'reader')];
  expect(await subscribe(reader, { topic: 'field/#', qos: 1 })).toEqual([1]);
  for (const qos of [0, 1] as const) {
    publish(speaker, 'field/a', { qos, payload: `q${qos}` });
    expect(await reader.next('publish')).toMatchObject({ topic: 'field/a', qos, payload: Buffer.from(`q${qos}`) });
  }
  await speaker.next('puback');
  expect(run.heard.map(({ topic, payload, clientId }) => [topic, String(payload), clientId])).toEqual([
    ['field/a', 'q0', 'field'],
    ['field/a', 'q1', 'field'],
  ]);
});

for (const [what, topic, more] of [
  ['to another site', 'tocsin/v1/dale/status', {}],
  ['of a picture as another site', 'tocsin/v1/dale/up/picture', {}],
  ['of a view as another site', 'tocsin/v1/dale/up/view', {}],
  ['of a picture that is to be retained', 'tocsin/v1/hill/up/picture', { retain: true }],
  ['to $SYS', '$SYS/hill/x', {}],
  ['to the commands of its own site', 'tocsin/v1/hill/down/command', {}],
  ['with an empty level', 'tocsin/v1/hill//status', {}],
  ['with a trailing slash', 'tocsin/v1/hill/status/', {}],
  ['with a NUL', 'tocsin/v1/hill/status\u0000', {}],
  ['to __proto__', '__proto__', {}],
  ['of 101 levels', Array(101).fill('a').join('/'), {}],
  ['of 65,000 characters', 'a'.repeat(65_000), {}],
  ['at QoS 2', 'tocsin/v1/hill/status', { qos: 2 }],
  ['retained where that is not allowed', 'tocsin/v1/hill/up/live', { retain: true }],
  ['that clears another site’s retained state', 'tocsin/v1/dale/status', { retain: true, payload: '' }],
] as const) {
  test(`A publish ${what} is refused: the line is closed, nobody hears it and the others go on.`, async () => {
    const [hill, dale] = [await rawLogin(run.port, 'hill'), await rawLogin(run.port, 'dale')];
    publish(hill, topic, more);
    await hill.closed;
    expect(run.heard).toEqual([]);
    dale.send({ cmd: 'pingreq' });
    await dale.next('pingresp');
  });
}

test('A filter is granted only within the rights, at QoS 0 or 1; the rest of the SUBSCRIBE is kept.', async () => {
  const hill = await rawLogin(run.port, 'hill');
  const own = 'tocsin/v1/hill/down/+';
  const filters = [
    '#',
    '+/+',
    '$SYS/#',
    '$share/g/tocsin/v1/hill/down/+',
    'tocsin/v1/+/down/+',
    { topic: own, qos: 2 as const },
    own,
  ];
  expect(await subscribe(hill, ...filters.slice(0, 6))).toEqual([128, 128, 128, 128, 128, 128]);
  expect(await subscribe(hill, own, 'tocsin/v1/dale/down/+')).toEqual([0, 128]);
  run.broker.publish('tocsin/v1/dale/down/ack', 'theirs', { qos: 1 });
  run.broker.publish('tocsin/v1/hill/down/ack', 'mine', { qos: 1 });
  expect(String((await hill.next('publish')).payload)).toBe('mine');
});

test('A client holds no more subscriptions than allowed, and may replace one.', async () => {
  const reader = await rawLogin(run.port, 'reader');
  const names = ['field/1', 'field/2', 'field/3', 'field/4', 'field/5'];
  expect(await subscribe(reader, ...names)).toEqual([0, 0, 0, 0, 128]);
  reader.send({ cmd: 'unsubscribe', messageId: 8, unsubscriptions: ['field/1'] });
  await reader.next('unsuback');
  expect(await subscribe(reader, 'field/5', 'field/2')).toEqual([0, 0]);
});

test('A filter refused beside a granted one is not kept in a durable session either.', async () => {
  const hill = await rawLogin(run.port, 'hill', { clean: false });
  expect(
    await subscribe(hill, { topic: 'tocsin/v1/hill/down/+', qos: 1 }, { topic: 'tocsin/v1/dale/down/+', qos: 1 }),
  ).toEqual([1, 128]);
  hill.socket.destroy();
  await expect.poll(() => run.broker.clients()).toEqual([]);
  run.broker.publish('tocsin/v1/dale/down/ack', 'theirs', { qos: 1 });
  run.broker.publish('tocsin/v1/hill/down/ack', 'mine', { qos: 1 });
  const back = await rawLogin(run.port, 'hill', { clean: false });
  expect(String((await back.next('publish')).payload)).toBe('mine');
  expect(run.broker.counters().refusedForwards).toBe(0);
});

test('A durable session keeps a bounded number of messages, and a changed account is not given the old ones.', async () => {
  const hill = await rawLogin(run.port, 'hill', { clean: false });
  await subscribe(hill, { topic: 'tocsin/v1/hill/down/+', qos: 1 });
  hill.socket.destroy();
  await expect.poll(() => run.broker.clients()).toEqual([]);
  for (let n = 0; n < 8; n += 1) run.broker.publish('tocsin/v1/hill/down/ack', String(n), { qos: 1 });
  await expect.poll(() => run.broker.counters().queuedDropped).toBe(3);
  run.accounts.set('hill', { ...run.accounts.get('hill')!, subscribe: [] });
  const back = await rawLogin(run.port, 'hill', { clean: false });
  await expect.poll(() => run.broker.counters().refusedForwards).toBe(5);
  expect(back.got).toEqual([]);
});

test('Retained messages are kept up to their number; one too many is passed on but not kept.', async () => {
  const [speaker, reader] = [await rawLogin(run.port, 'field'), await rawLogin(run.port, 'reader')];
  await subscribe(reader, 'field/#');
  for (let n = 0; n < 4; n += 1) publish(speaker, `field/state/${n}`, { retain: true });
  for (let n = 0; n < 4; n += 1) expect((await reader.next('publish')).topic).toBe(`field/state/${n}`);
  const late = await rawLogin(run.port, 'reader2');
  await subscribe(late, 'field/#');
  for (let n = 0; n < 3; n += 1)
    expect(await late.next('publish')).toMatchObject({ topic: `field/state/${n}`, retain: true });
  publish(speaker, 'field/live');
  expect((await late.next('publish')).topic).toBe('field/live');
  expect(run.broker.counters().retainedNotKept).toBe(1);
});

test('A consumer in this process that throws loses its message and nothing else.', async () => {
  run.heard.push = () => {
    throw new Error('a bug');
  };
  const speaker = await rawLogin(run.port, 'field');
  publish(speaker, 'field/a', { qos: 1 });
  await speaker.next('puback');
  expect(run.broker.counters().consumerErrors).toBe(1);
});

test('A port that is taken is a fault that says what to do.', async () => {
  const { createBroker } = await import('./broker.ts');
  const { silentLogger, systemClock } = await import('@tocsin/contracts');
  const second = createBroker({
    listen: { host: '127.0.0.1', port: run.port },
    accounts: { find: () => fieldAccount('x', [], []) },
    clock: systemClock,
    logger: silentLogger,
  });
  await expect(second.start()).rejects.toMatchObject({
    code: 'LISTEN_FAILED',
    remedy: expect.stringContaining('another port'),
  });
});

test('Stopping ends every connection and publishes no will.', async () => {
  const will = { topic: 'tocsin/v1/hill/status', payload: Buffer.from('x'), qos: 0 as const, retain: false };
  const [hill, stranger] = [await rawLogin(run.port, 'hill', { will }), await rawClient(run.port)];
  await run.broker.stop();
  await Promise.all([hill.closed, stranger.closed]);
  expect(run.heard).toEqual([]);
});
