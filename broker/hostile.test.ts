import type { Socket } from 'node:net';
import { connectPacket, rawClient, rawLogin } from '@tocsin/simulators/mqtt';
import fc from 'fast-check';
import { generate } from 'mqtt-packet';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunningBroker, runningBroker } from './testing/running-broker.ts';

let run: RunningBroker;
beforeEach(async () => {
  run = await runningBroker({ connectTimeoutMs: 300, bufferedBytesMax: 1_000_000, stallMs: 600 });
});
afterEach(() => run.broker.stop());

const mebibyte = 1024 * 1024;
const publishPacket = (topic: string, payload: Buffer | string) =>
  generate({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false });

/** Writes until the other side closes, without waiting for it to read. */
async function pour(socket: Socket, chunk: Buffer, times: number): Promise<void> {
  for (let n = 0; n < times && !socket.destroyed; n += 1) {
    if (socket.write(chunk)) continue;
    await new Promise<void>((resolve) => {
      socket.once('drain', resolve);
      socket.once('close', () => resolve());
    });
  }
}

test('A hundred packets of 200 MiB before the log-in are closed at their length and cost under 20 MiB.', async () => {
  await run.broker.stop();
  run = await runningBroker();
  const before = process.memoryUsage().rss;
  const head = Buffer.from([0x10, 0x80, 0x80, 0x80, 0x64]);
  const clients = await Promise.all(Array.from({ length: 100 }, () => rawClient(run.port)));
  const chunk = Buffer.alloc(65_536, 1);
  await Promise.all(
    clients.map(async (client) => {
      client.sendBytes(head);
      await pour(client.socket, chunk, 3200);
      await client.closed;
    }),
  );
  expect(run.broker.counters().cutTooLong).toBe(100);
  expect((process.memoryUsage().rss - before) / mebibyte).toBeLessThan(20);
});

test('A CONNECT that comes one byte at a time is served when it is in time and closed when it is not.', async () => {
  const bytes = generate(connectPacket('hill'));
  const [quick, slow, silent] = [await rawClient(run.port), await rawClient(run.port), await rawClient(run.port)];
  for (const byte of bytes) quick.sendBytes(Buffer.from([byte]));
  expect((await quick.next('connack')).returnCode).toBe(0);
  for (const byte of bytes.subarray(0, -1)) slow.sendBytes(Buffer.from([byte]));
  await Promise.all([slow.closed, silent.closed]);
  expect(slow.got).toEqual([]);
});

for (const [what, bytes] of [
  ['An HTTP request', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['A packet before CONNECT', publishPacket('field/a', 'x')],
  ['A length of five bytes', Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x01])],
  ['A CONNECT of another protocol', Buffer.from([0x10, 4, 0, 2, 0x58, 0x58])],
  ['A CONNECT of MQTT 5', Buffer.from([0x10, 14, 0, 4, ...Buffer.from('MQTT'), 5, 2, 0, 60, 0, 0, 1, 0x61])],
  ['A truncated CONNECT body', Buffer.from([0x10, 3, 0, 4, 0x4d])],
] as const) {
  test(`${what} is closed, and the others go on.`, async () => {
    const [stranger, device] = [await rawClient(run.port), await rawLogin(run.port, 'hill')];
    stranger.sendBytes(bytes);
    await stranger.closed;
    device.send({ cmd: 'pingreq' });
    await device.next('pingresp');
  });
}

test('Random and mutilated packets, before and after the log-in, end their own connection at most.', async () => {
  const device = await rawLogin(run.port, 'hill');
  const seed = fc.sample(fc.integer(), 1)[0]!;
  const mutilated = fc.tuple(fc.boolean(), fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(60), fc.nat(255));
  for (const [loggedIn, bytes, place, value] of fc.sample(mutilated, { numRuns: 150, seed })) {
    const stranger = await rawClient(run.port);
    const hello = generate(connectPacket('field'));
    if (!loggedIn) hello[place % hello.length] = value;
    stranger.sendBytes(Buffer.concat([hello, bytes]));
    stranger.socket.end();
    await stranger.closed;
  }
  device.send({ cmd: 'pingreq' });
  await device.next('pingresp');
  expect(
    run.broker.clients().map(({ clientId }) => clientId),
    `seed ${seed}`,
  ).toEqual(['hill']);
});

test('After the log-in a packet over one mebibyte is closed, one of just under it is carried.', async () => {
  const [speaker, reader] = [await rawLogin(run.port, 'field'), await rawLogin(run.port, 'reader')];
  reader.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'field/#', qos: 0 }] });
  await reader.next('suback');
  speaker.sendBytes(publishPacket('field/big', Buffer.alloc(900_000, 7)));
  expect(((await reader.next('publish')).payload as Buffer).length).toBe(900_000);
  speaker.sendBytes(publishPacket('field/big', Buffer.alloc(mebibyte, 7)).subarray(0, 1000));
  await speaker.closed;
  expect(run.broker.counters().cutTooLong).toBe(1);
});

test('A reader that stops reading is cut and counted, while another on the same topic gets every message in time.', async () => {
  const [speaker, healthy, frozen] = [
    await rawLogin(run.port, 'field'),
    await rawLogin(run.port, 'reader'),
    await rawLogin(run.port, 'reader2'),
  ];
  for (const reader of [healthy, frozen]) {
    reader.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'field/#', qos: 0 }] });
    await reader.next('suback');
  }
  frozen.socket.pause();
  const payload = Buffer.alloc(60_000, 1);
  let slowestMs = 0;
  for (let n = 0; n < 300; n += 1) {
    const sentAtMs = performance.now();
    speaker.sendBytes(publishPacket('field/a', payload));
    await healthy.next('publish');
    slowestMs = Math.max(slowestMs, performance.now() - sentAtMs);
  }
  expect(slowestMs).toBeLessThan(300);
  expect(run.broker.counters().cutBuffered).toBe(1);
  expect(
    run.broker
      .clients()
      .map(({ clientId }) => clientId)
      .sort(),
  ).toEqual(['field', 'reader']);
  frozen.socket.destroy();
});

test('A reader with little waiting that takes none of it is cut within the stall time.', async () => {
  await run.broker.stop();
  run = await runningBroker({ bufferedBytesMax: 100_000_000, stallMs: 300 });
  const [speaker, frozen] = [await rawLogin(run.port, 'field'), await rawLogin(run.port, 'reader2')];
  frozen.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'field/#', qos: 0 }] });
  await frozen.next('suback');
  frozen.socket.pause();
  for (let n = 0; n < 200; n += 1) speaker.sendBytes(publishPacket('field/a', Buffer.alloc(60_000, 1)));
  await expect.poll(() => run.broker.counters().cutStalled, { timeout: 3000 }).toBe(1);
  frozen.socket.destroy();
});

test('A client that sends more than its rate is cut and counted.', async () => {
  await run.broker.stop();
  run = await runningBroker({ messagesPerSecondMax: 100 });
  const speaker = await rawLogin(run.port, 'field');
  speaker.sendBytes(Buffer.concat(Array.from({ length: 150 }, () => publishPacket('field/a', 'x'))));
  await expect.poll(() => run.heard.length).toBe(150);
  speaker.sendBytes(Buffer.concat(Array.from({ length: 150 }, () => publishPacket('field/a', 'x'))));
  await speaker.closed;
  expect(run.broker.counters().cutRate).toBe(1);
});
