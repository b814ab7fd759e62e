import { setTimeout as wait } from 'node:timers/promises';
import { type ServedSiren, serveSiren } from '@tocsin/simulators';
import { Check } from 'typebox/value';
import { afterEach, describe, expect, test } from 'vitest';
import { digestGate, startServer } from '../../http/pretend-server.ts';
import { orderOf, rulesOf } from '../plan/story.ts';
import { pretendHost } from '../pretend-host.ts';
import { HttpSirenActuator } from './config.ts';
import { httpSiren } from './http-siren.ts';

const entry = {
  id: 'siren',
  driver: 'http-siren',
  rest: 'off',
  onSilence: 'off after the lease (its own timer)',
  http: {
    url: 'http://10.0.0.30',
    timeoutMs: 400,
    state: { path: '/api/output', at: '$.output', leftAt: '$.left', everyMs: 200 },
  },
  actions: {
    on: { path: '/api/output', json: '{"on":true,"seconds":{leaseS}}', state: 'on' },
    off: { path: '/api/output', json: '{"on":false}', state: 'off' },
  },
};
const given = (more: object = {}) => ({ ...rulesOf().actuator, leaseMs: 10_000, ...entry, ...more });

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

/** Looks again and again until it is so; the states of a device tell nobody when they change. */
async function until(what: string, seen: () => boolean, withinMs = 5_000): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (!seen()) {
    if (performance.now() > untilMs) throw new Error(`${what} did not happen within ${withinMs} ms.`);
    await wait(5);
  }
}

function opened(url: string, more: { http?: object } & Record<string, unknown> = {}, host: object = {}) {
  const { host: mine, said } = pretendHost(host);
  const { http = {}, ...rest } = more;
  const driver = httpSiren.open(given({ ...rest, http: { ...entry.http, url, ...http } }), mine);
  undo.push(() => driver.stop!());
  driver.start!();
  let number = 0;
  const send = (action: string, leaseMs?: number) => {
    number += 1;
    driver.send({ ...orderOf({ id: `o.${number}`, action }, 0), leaseMs });
  };
  return { driver, said, send, heard: () => said.readBacks.at(-1)?.[0] };
}

async function siren(options: Parameters<typeof serveSiren>[0] = {}): Promise<ServedSiren> {
  const served = await serveSiren(options);
  undo.push(served.stop);
  return served;
}

describe('configuration', () => {
  test('a siren fits the schema; a path in the address and free fields do not', () => {
    expect(Check(HttpSirenActuator, entry)).toBe(true);
    for (const http of [
      { ...entry.http, url: 'http://10.0.0.30/api' },
      { ...entry.http, headers: {} },
    ])
      expect(Check(HttpSirenActuator, { ...entry, http })).toBe(false);
    expect(httpSiren.check!(given())).toEqual([]);
  });

  const { on, off } = entry.actions;
  test.each<[string, object, RegExp]>([
    [
      'nothing would end an act',
      { actions: { on: { ...on, json: '{"on":true}' }, off } },
      /^\/actions\/on: nothing would end on/,
    ],
    ['an act for ever has a length', { irreversible: ['on'] }, /^\/actions\/on: on is irreversible/],
    ['rest is no action', { rest: 'away' }, /no such action/],
    ['two actions look the same afterwards', { actions: { on, off: { ...off, state: 'on' } } }, /same state on/],
    [
      'the address holds a login',
      { http: { ...entry.http, url: 'http://a:b@10.0.0.30' } },
      /^\/http\/url: url holds a login/,
    ],
    ['a certificate is named without https', { http: { ...entry.http, caFile: 'ca.pem' } }, /^\/http\/caFile: /],
    ['a user has no password', { http: { ...entry.http, username: 'a' } }, /^\/http: username and password/],
    [
      'a request is none',
      { actions: { on, off: { path: '/{when}', state: 'off' } } },
      /^\/actions\/off: nothing here is called/,
    ],
  ])('it says so when %s', (_, more, message) => {
    expect(httpSiren.check!(given(more)).some((text) => message.test(text))).toBe(true);
  });
});

describe('a siren that works', () => {
  test.each<[string, Record<string, unknown>]>([
    ['as JSON', {}],
    [
      'as a form',
      {
        actions: {
          on: { path: '/api/output', form: 'on=true&seconds={leaseS}', state: 'on' },
          off: { path: '/api/output', form: 'on=false', state: 'off' },
        },
      },
    ],
    [
      'in the path',
      {
        actions: {
          on: { method: 'GET', path: '/relay/0?turn=on&timer={leaseS}', state: 'on' },
          off: { method: 'GET', path: '/relay/0?turn=off', state: 'off' },
        },
      },
    ],
  ])('is ordered %s, takes it, and is believed only when it reports it', async (_, more) => {
    const served = await siren();
    served.lag(150);
    const { send, said, heard } = opened(served.url, more);
    await until('the first report', () => heard() === 'off');
    send('on', 9_100);
    await until('its word', () => said.accepted.length > 0);
    expect([served.sounds(), heard()]).toEqual([false, 'off']);
    await until('the act', () => heard() === 'on');
    expect(served.sounds()).toBe(true);
    send('off');
    await until('the end', () => heard() === 'off');
    expect([said.accepted, said.failed, said.troubles]).toEqual([['o.1', 'o.2'], [], {}]);
  });

  test('ends by itself when nobody renews it', async () => {
    const served = await siren();
    const { send, heard, said } = opened(served.url);
    send('on', 900);
    await until('the act', () => heard() === 'on');
    await until('the end', () => heard() === 'off');
    expect([served.moves.map(({ on }) => on), said.troubles]).toEqual([[true, false], {}]);
  });

  test('is silenced when the agent stops, and left alone when it was at rest', async () => {
    const served = await siren();
    const { driver, send, heard } = opened(served.url);
    send('on', 60_000);
    await until('the act', () => heard() === 'on');
    await driver.stop!();
    expect(served.sounds()).toBe(false);
    const orders = served.requests.filter(({ method }) => method === 'POST').length;
    const other = opened(served.url);
    await until('a report', () => other.heard() === 'off');
    await other.driver.stop!();
    expect(served.requests.filter(({ method }) => method === 'POST').length).toBe(orders);
  });
});

describe('a device that does something else', () => {
  test.each<['broken' | 'lies', string[]]>([
    ['broken', []],
    ['lies', ['on']],
  ])('takes the order and is %s: what it reports is passed on, and nothing else', async (fault, expected) => {
    const served = await siren();
    served.setFault(fault);
    const { send, said } = opened(served.url);
    send('on', 5_000);
    await until('its word', () => said.accepted.length > 0);
    const before = said.readBacks.length;
    await until('two more reports', () => said.readBacks.length >= before + 2);
    expect(
      said.readBacks
        .map(([state]) => state)
        .filter((state) => state === 'on')
        .slice(0, 1),
    ).toEqual(expected);
    expect(served.sounds()).toBe(false);
  });

  test('without a timer is found out, and no further act away from rest is taken', async () => {
    const served = await siren();
    served.setFault('timerless');
    const { send, said } = opened(served.url);
    send('on', 60_000);
    await until('the trouble', () => /no timer of its own/.test(said.troubles.watchdog ?? ''));
    expect(() => send('on', 60_000)).toThrow(/^on is not armed: the device reports that no timer/);
    send('off');
    await until('the end', () => !served.sounds());
  });

  test('that does not tell its timer is found out when it goes on without renewal', async () => {
    const served = await siren();
    served.setFault('timerless');
    const { leftAt: _, ...state } = entry.http.state;
    const { send, said } = opened(served.url, { http: { state } });
    send('on', 1_000);
    await until('the trouble', () => /did not end it by itself/.test(said.troubles.watchdog ?? ''));
  });

  test.each<[string, Parameters<ServedSiren['fault']>[0], RegExp]>([
    ['turns away', { kind: 'status', status: 400 }, /answers with status 400\.$/],
    ['has moved', { kind: 'status', status: 404 }, /has nothing at this address/],
    ['redirects', { kind: 'redirect', to: 'http://127.0.0.1:9/' }, /redirects \(302\)\. Write the final address\.$/],
    ['forbids', { kind: 'status', status: 403 }, /refuses the login \(403\)/],
  ])('that %s an order has failed it, and it did nothing', async (_, fault, says) => {
    const served = await siren();
    served.fault(fault, 'orders');
    const { send, said } = opened(served.url);
    send('on', 5_000);
    await until('the failure', () => said.failed.length > 0);
    expect(said.failed[0]![1]).toMatch(says);
    expect([said.accepted, served.sounds()]).toEqual([[], false]);
  });

  test.each<[string, Parameters<ServedSiren['fault']>[0]]>([
    ['answers 500 after it acted', { kind: 'halfway' }],
    ['acts and never answers', { kind: 'stall' }],
    ['acts and cuts the connection', { kind: 'cut' }],
  ])('that %s has neither failed nor taken the order: its state tells', async (_, fault) => {
    const served = await siren();
    served.fault(fault, 'orders');
    const { send, said, heard } = opened(served.url);
    send('on', 9_000);
    await until('the act', () => heard() === 'on');
    expect([said.accepted, said.failed]).toEqual([[], []]);
    expect(served.requests.filter(({ method }) => method === 'POST').length).toBe(1);
  });

  test('that stalls on a question is still ordered at once', async () => {
    const served = await siren();
    served.fault({ kind: 'deaf' }, 'questions');
    const { send } = opened(served.url, { http: { timeoutMs: 3_000 } });
    await until('a question', () => served.requests.length > 0);
    const fromMs = performance.now();
    send('on', 9_000);
    await until('the act', () => served.sounds());
    expect(performance.now() - fromMs).toBeLessThan(1_000);
  });

  test.each<[string, Parameters<ServedSiren['fault']>[0], RegExp]>([
    ['garbage', { kind: 'garbage' }, /holds no state\.$/],
    ['a megabyte', { kind: 'huge' }, /sends more than 16384 bytes\.$/],
    ['nothing', { kind: 'deaf' }, /does not answer in time\.$/],
    ['an error', { kind: 'status', status: 503 }, /answers with status 503\.$/],
  ])('that gives %s when it is asked cannot be reached until it speaks again', async (_, fault, says) => {
    const served = await siren();
    served.fault(fault, 'questions');
    const { said, heard } = opened(served.url, {}, { random: () => 0 });
    await until('the trouble', () => says.test(said.troubles.unreachable ?? ''));
    expect(heard()).toBeUndefined();
    served.fault(undefined);
    await until('its word', () => heard() === 'off');
    expect(said.troubles).toEqual({});
  });

  test('that reboots while it sounds is reported silent, and found again by itself', async () => {
    const served = await siren();
    const { send, said, heard } = opened(served.url, {}, { random: () => 0 });
    send('on', 60_000);
    await until('the act', () => heard() === 'on');
    served.reboot(600);
    await until('the trouble', () => said.troubles.unreachable !== undefined);
    await until('its word', () => heard() === 'off' && said.troubles.unreachable === undefined);
  });

  test('that is not there fails an order at once, in a sentence', async () => {
    const served = await siren();
    await served.stop();
    const { send, said } = opened(served.url, {}, { random: () => 0 });
    send('on', 5_000);
    await until('the failure', () => said.failed.length > 0);
    expect(said.failed[0]).toEqual(['o.1', `${served.url} refuses the connection.`]);
    await until('the trouble', () => said.troubles.unreachable === `${served.url} refuses the connection.`);
  });
});

test('while one order is under way only the newest waits, and those it replaced are said to have failed', async () => {
  const served = await siren();
  served.fault({ kind: 'deaf' }, 'orders');
  const { send, said } = opened(served.url);
  await until('a first report', () => said.readBacks.length > 0);
  send('on', 9_000);
  await until('its way', () => served.requests.some(({ method }) => method === 'POST'));
  send('on', 9_000);
  send('off');
  served.fault(undefined);
  await until('the last one', () => said.accepted.length > 0);
  expect([said.accepted, said.failed]).toEqual([['o.3'], [['o.2', 'a newer order came before it left']]]);
});

test('an order that waited past its lease is not sent', async () => {
  const served = await siren();
  served.fault({ kind: 'deaf' }, 'orders');
  const { send, said } = opened(served.url, { http: { timeoutMs: 1_000 } });
  send('on', 9_000);
  await until('its way', () => served.requests.some(({ method }) => method === 'POST'));
  send('on', 500);
  await until('the failure', () => said.failed.length > 0);
  expect(said.failed).toEqual([['o.2', 'its time was over before the device was free']]);
});

test('a Digest login is answered for orders too, and the password is told to nobody', async () => {
  const mayPass = digestGate('eye', 'pa55word');
  const bodies: string[] = [];
  const server = await startServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (!mayPass(request, response)) return;
      if (request.method === 'POST') bodies.push(Buffer.concat(chunks).toString());
      response.end(JSON.stringify({ output: bodies.length > 0 ? 'on' : 'off', left: 9 }));
    });
  });
  undo.push(server.close);
  const login = { username: 'eye', password: { env: 'SIREN' } };
  const { send, heard, said } = opened(new URL(server.url).origin, { http: login }, { readSecret: () => 'pa55word' });
  await until('the first report', () => heard() === 'off');
  send('on', 9_000);
  await until('the act', () => heard() === 'on');
  expect(bodies).toEqual(['{"on":true,"seconds":9}']);
  expect(JSON.stringify([said, server.requests])).not.toContain('pa55word');
});
