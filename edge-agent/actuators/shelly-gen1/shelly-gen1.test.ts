import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Check } from 'typebox/value';
import { afterEach, describe, expect, test } from 'vitest';
import { reportBytesMax } from '../mqtt-switch/decode.ts';
import { wordsOf } from '../mqtt-switch/words.ts';
import { rulesOf } from '../plan/story.ts';
import { ShellyGen1Actuator } from './config.ts';
import { shellyGen1, shellyGen1Dialect } from './shelly-gen1.ts';
import { lookAtTimer } from './timer.ts';

/** How a Shelly of the first generation is understood; how driver and device act together is in mqtt-switch/devices.test.ts. */
const site = { id: 'siren', driver: 'shelly-gen1', rest: 'off', onSilence: 'off', device: 'shelly1-B929CC' };
const given = (more: object = {}) => ({ ...rulesOf().actuator, ...site, ...more });
const dialect = (more: object = {}) => shellyGen1Dialect(given(more), { readSecret: () => 'secret' });

test('a plain entry fits the schema; a path in the address and an unknown field do not', () => {
  expect(Check(ShellyGen1Actuator, { ...site, address: '192.168.1.30' })).toBe(true);
  expect(Check(ShellyGen1Actuator, { ...site, address: '192.168.1.30/relay/0' })).toBe(false);
  expect(Check(ShellyGen1Actuator, { ...site, relay: 0 })).toBe(false);
});

test('a hold needs an address, because no timer can be read over MQTT; an irreversible act does not', () => {
  expect(shellyGen1.check?.(given()).join()).toMatch(/give its address/);
  expect(shellyGen1.check?.(given({ address: '10.0.0.2' }))).toEqual([]);
  expect(shellyGen1.check?.(given({ irreversible: ['on'] }))).toEqual([]);
});

test.each([
  ['relay/0', 'on', [{ kind: 'output', on: true }]],
  ['relay/0', 'off', [{ kind: 'output', on: false }]],
  ['relay/0', 'overpower', [{ kind: 'output', on: false }]],
  ['relay/0', 'ON', undefined],
  ['online', 'false', [{ kind: 'online', online: false }]],
  ['online', 'no', undefined],
  ['input/1', '1', [{ kind: 'contact', on: true }]],
  ['input/1', 'on', undefined],
])('%s %s', (topic, text, heard) => {
  const { hear } = dialect({ feedback: { input: 1 } });
  expect(hear(`shellies/shelly1-B929CC/${topic}`, new TextEncoder().encode(text))).toEqual(heard);
});

test('orders and questions are plain words', () => {
  expect(dialect().order(true, { number: 1, lapseMs: 1000 })).toEqual({
    topic: 'shellies/shelly1-B929CC/relay/0/command',
    payload: 'on',
  });
  expect(dialect().ask(1)).toEqual([{ topic: 'shellies/shelly1-B929CC/command', payload: 'update' }]);
});

describe('the timer over HTTP', () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });
  async function look(answer: RequestListener, login?: string) {
    const asked: [path: string, authorization?: string][] = [];
    const server = createServer((request, response) => {
      asked.push([request.url ?? '', request.headers.authorization]);
      answer(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => {
      server.close();
      server.closeAllConnections();
    });
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const options = { address, channel: 0, words: wordsOf(given()), wantedS: 10, login: () => login };
    return { heard: await lookAtTimer(options), asked };
  }

  test('is set where it is wrong, and read again', async () => {
    let autoOff = 0;
    const { heard, asked } = await look((request, response) => {
      if (request.url?.includes('auto_off=10')) autoOff = 10;
      response.end(JSON.stringify({ auto_off: autoOff, has_timer: true, timer_remaining: 7 }));
    }, 'Basic x');
    expect(asked).toEqual(
      ['/settings/relay/0', '/settings/relay/0?auto_off=10', '/settings/relay/0', '/relay/0'].map((path) => [
        path,
        'Basic x',
      ]),
    );
    expect(heard).toEqual([
      { kind: 'setting', name: 'auto_off' },
      { kind: 'running', leftMs: 7000 },
    ]);
  });

  test.each<[string, RequestListener, RegExp]>([
    ['a timer that cannot be set', (_, response) => response.end('{"auto_off":0}'), /is 0 and must be 10/],
    ['no timer', (_, response) => response.end('{}'), /is undefined and must be 10/],
    ['a refused login', (_, response) => response.writeHead(401).end(), /cannot be read over HTTP: status 401/],
    ['no JSON', (_, response) => response.end('<html>'), /cannot be read over HTTP/],
    ['an endless answer', (_, response) => response.end('x'.repeat(reportBytesMax + 1)), /longer than/],
    ['a redirection', (_, response) => response.writeHead(302, { location: '/' }).end(), /cannot be read over HTTP/],
    ['a broken line', (request) => request.destroy(), /cannot be read over HTTP/],
  ])('%s is told in a sentence', async (_, answer, wrong) => {
    const { heard } = await look(answer);
    expect(heard).toEqual([{ kind: 'setting', name: 'auto_off', wrong: expect.stringMatching(wrong) }]);
  });
});
