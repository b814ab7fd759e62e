import { systemClock } from '@tocsin/contracts';
import { connectPacket, rawClient, rawLogin } from '@tocsin/simulators/mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashSecret, siteAccount } from './broker.ts';
import { type RunningBroker, runningBroker } from './testing/running-broker.ts';

let run: RunningBroker;
beforeEach(async () => {
  run = await runningBroker({ connectionsMax: 40, connectionsPerAddressMax: 30, loginsPendingMax: 20 });
});
afterEach(() => run.broker.stop());

/** The return code of a log-in, or 'closed' when there was no answer. */
async function answer(
  user: string,
  more: Parameters<typeof connectPacket>[1] = {},
): Promise<number | string | undefined> {
  const client = await rawClient(run.port);
  client.send(connectPacket(user, more));
  const code = await client.next('connack').then(
    (packet) => packet.returnCode,
    () => 'closed',
  );
  client.socket.destroy();
  return code;
}

const will = (topic: string, more: object = {}) => ({
  will: { topic, payload: Buffer.from('x'), qos: 0 as const, retain: false, ...more },
});

test('The right secret with the account’s own client id gets in, and so does a second device beside it.', async () => {
  expect([await answer('hill'), await answer('dale')]).toEqual([0, 0]);
  expect(run.broker.counters().logins).toBe(2);
});

test('Anonymous, unknown, wrong and empty credentials are refused alike.', async () => {
  await run.broker.stop();
  const waits: number[] = [];
  run = await runningBroker(
    {},
    {
      ...systemClock,
      after(delayMs, task) {
        waits.push(delayMs);
        return systemClock.after(delayMs / 100, task);
      },
    },
  );
  const codes = await Promise.all([
    answer('hill', { username: undefined, password: undefined }),
    answer('nobody'),
    answer('hill', { password: Buffer.from('guess') }),
    answer('hill', { password: Buffer.alloc(0) }),
    answer('constructor'),
    answer('hill\u0000', { clientId: 'hill' }),
  ]);
  expect(codes).toEqual([4, 4, 4, 4, 4, 4]);
  expect(waits.filter((delayMs) => delayMs >= 250 && delayMs !== 1000).length, 'refusals wait').toBeGreaterThan(4);
  expect(run.broker.counters().refusedLogins).toBe(6);
});

test('A password without a user name, another client id and an empty client id are refused.', async () => {
  // mqtt-packet refuses to write the first, so the user-name flag (0x80) is cleared and the name cut out by hand.
  const whole = connectPacket('hill', { username: undefined, password: undefined });
  const bytes = Buffer.from([
    0x10,
    23,
    0,
    4,
    ...Buffer.from('MQTT'),
    4,
    0x42,
    0,
    60,
    0,
    4,
    ...Buffer.from('hill'),
    0,
    3,
    1,
    2,
    3,
  ]);
  expect(bytes.length - 2).toBe(10 + 2 + whole.clientId.length + 5);
  bytes[1] = bytes.length - 2;
  const client = await rawClient(run.port);
  client.sendBytes(bytes);
  await client.closed;
  expect(client.got).toEqual([]);
  expect(await answer('hill', { clientId: 'dale' })).toBe(2);
  expect(await answer('hill', { clientId: '' })).toBe(2);
  expect(run.broker.clients()).toEqual([]);
});

test('A keep-alive of none or of more than two minutes is refused.', async () => {
  expect(await answer('hill', { keepalive: 0 })).toBe(6);
  expect(await answer('hill', { keepalive: 121 })).toBe(6);
  expect(await answer('hill', { keepalive: 120 })).toBe(0);
});

test('A will is refused at the log-in where it may not go, at QoS 2 and where it may not be retained.', async () => {
  expect(await answer('hill', will('tocsin/v1/dale/status'))).toBe(5);
  expect(await answer('hill', will('tocsin/v1/hill/descriptor'))).toBe(5);
  expect(await answer('hill', will('tocsin/v1/hill/up/picture'))).toBe(5);
  expect(await answer('hill', will('tocsin/v1/hill/up/view'))).toBe(5);
  expect(await answer('hill', will('$SYS/hill'))).toBe(5);
  expect(await answer('hill', will('tocsin/v1/hill/status', { qos: 2 }))).toBe(5);
  expect(await answer('field', will('field/other', { retain: true }))).toBe(5);
  expect(await answer('hill', will('tocsin/v1/hill/status', { retain: true }))).toBe(0);
  expect(run.broker.counters().refusedWills).toBe(7);
});

test('An allowed will is published when the line breaks and handed over in this process.', async () => {
  const client = await rawLogin(run.port, 'hill', will('tocsin/v1/hill/status', { retain: true }));
  client.socket.resetAndDestroy();
  await expect
    .poll(() => run.heard.map(({ topic, clientId, retain }) => [topic, clientId, retain]))
    .toEqual([['tocsin/v1/hill/status', 'hill', true]]);
});

test('Guessing at an account is slowed down while the real device gets in at once.', async () => {
  const guesses = Array.from({ length: 6 }, () => answer('hill', { password: Buffer.from('guess') }));
  const firstGuess = await guesses[0];
  const started = performance.now();
  expect(await answer('hill')).toBe(0);
  expect(performance.now() - started, 'the device does not wait').toBeLessThan(200);
  expect(firstGuess).toBe(4);
  await run.broker.stop();
  expect(
    (await Promise.all(guesses)).filter((code) => code === 'closed').length,
    'later guesses still waited',
  ).toBeGreaterThan(2);
});

test('More connections than allowed from one address are closed at once, and room is made when one ends.', async () => {
  const strangers = await Promise.all(Array.from({ length: 25 }, () => rawClient(run.port)));
  await expect.poll(() => run.broker.counters().refusedConnections).toBe(5);
  const open = strangers.filter(({ socket }) => !socket.closed);
  for (const { socket } of open) socket.destroy();
  await expect.poll(() => answer('hill').catch(() => 'closed')).toBe(0);
});

test('A removed or changed account ends its session at once, and an unchanged one goes on.', async () => {
  const [hill, dale, field] = await Promise.all(['hill', 'dale', 'field'].map((user) => rawLogin(run.port, user)));
  run.accounts.delete('hill');
  run.accounts.set('field', { ...run.accounts.get('field')!, publish: ['field/only'] });
  run.accounts.set('dale', siteAccount('dale', hashSecret('dale-secret')));
  run.broker.refreshAccounts();
  await Promise.all([hill!.closed, field!.closed]);
  dale!.send({ cmd: 'pingreq' });
  await dale!.next('pingresp');
  expect(run.broker.clients().map(({ clientId }) => clientId)).toEqual(['dale']);
  expect(run.broker.counters().cutAccount).toBe(2);
  expect(await answer('hill')).toBe(4);
});

test('The will of a removed account is not published; that of a changed account is, where it still may be.', async () => {
  await rawLogin(run.port, 'hill', will('tocsin/v1/hill/status'));
  await rawLogin(run.port, 'dale', will('tocsin/v1/dale/status'));
  run.accounts.delete('hill');
  run.accounts.set('dale', siteAccount('dale', hashSecret('another')));
  run.broker.refreshAccounts();
  await expect.poll(() => run.broker.counters().refusedPublishes).toBe(1);
  expect(run.heard.map(({ topic }) => topic)).toEqual(['tocsin/v1/dale/status']);
});

test('A second client with the same id takes over; more than three times a minute is warned about.', async () => {
  let last = await rawLogin(run.port, 'hill');
  for (let n = 0; n < 5; n += 1) {
    const next = await rawLogin(run.port, 'hill');
    await last.closed;
    last = next;
  }
  last.send({ cmd: 'pingreq' });
  await last.next('pingresp');
  expect(run.broker.counters().takeOvers).toBe(5);
  expect(run.warnings.filter(({ text }) => text.includes('two devices'))).toHaveLength(1);
  expect(run.broker.clients()).toHaveLength(1);
});
