import { setTimeout as wait } from 'node:timers/promises';
import { joinSign, serveSign } from '@tocsin/simulators';
import { createMemoryBroker } from '@tocsin/simulators/mqtt';
import fc from 'fast-check';
import { Check } from 'typebox/value';
import { afterEach, describe, expect, test } from 'vitest';
import { orderOf, rulesOf } from '../plan/story.ts';
import { pretendHost } from '../pretend-host.ts';
import { MessageSignActuator } from './config.ts';
import { messageSign } from './message-sign.ts';

const show = '{"text":{textId},"pages":{pages},"seconds":{leaseS}}';
const http = {
  url: 'http://10.0.0.40',
  timeoutMs: 400,
  state: { path: '/sign', at: '$.showing', leftAt: '$.left', everyMs: 200 },
  show: { path: '/sign', json: show },
  blank: { path: '/sign', json: '{"text":0}' },
};
const mqtt = {
  commandTopic: 'field/sign/set',
  show,
  blank: '{"text":0}',
  stateTopic: 'field/sign/state',
  at: '$.showing',
  leftAt: '$.left',
  askTopic: 'field/sign/get',
};
const entry = {
  id: 'sign',
  driver: 'message-sign',
  rest: 'blank',
  onSilence: 'blank after the lease (its own timer)',
  face: { lines: 3, columns: 12 },
  texts: {
    closed: { id: 7, pages: [['ROAD', 'CLOSED'], ['TURN BACK']] },
    ice: { id: 9, pages: [['ICE "50" m']] },
  },
  blankId: 0,
};
const given = (more: object = {}) => ({ ...rulesOf().actuator, leaseMs: 60_000, ...entry, http, ...more });

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

const order = (action: string, leaseMs?: number) => ({ ...orderOf({ id: `o.${action}`, action }, 0), leaseMs });

describe('configuration', () => {
  test('a sign fits the schema; control characters and free texts do not', () => {
    expect(Check(MessageSignActuator, { ...entry, http })).toBe(true);
    for (const line of ['', 'A\nB', '\u001b[0m', 'x'.repeat(65)])
      expect(Check(MessageSignActuator, { ...entry, http, texts: { a: { id: 1, pages: [[line]] } } })).toBe(false);
    expect(messageSign.check!(given())).toEqual([]);
    expect(messageSign.check!(given({ http: undefined, mqtt }))).toEqual([]);
    expect(messageSign.actions(given())).toEqual(['blank', 'closed', 'ice']);
  });

  const text = (pages: string[][]) => ({ texts: { long: { id: 1, pages } } });
  test.each<[string, object, RegExp]>([
    ['a line is too long', text([['THIRTEEN CHAR']]), /does not fit on a line of 12/],
    ['a page has too many lines', text([['A', 'B', 'C', 'D']]), /4 lines do not fit/],
    ['there are too many pages', text([['A'], ['B'], ['C']]), /3 pages are more than 2/],
    ['two texts are one to the sign', { texts: { a: entry.texts.ice, b: entry.texts.ice } }, /the same state 9/],
    ['a text is told as blank', { blankId: '7' }, /the same state 7/],
    ['rest is a text', { rest: 'ice' }, /which is a text/],
    ['a text is for ever', { irreversible: ['ice'] }, /irreversible; remove it/],
    ['there is no way to it', { http: undefined }, /by http or by mqtt/],
    ['there are two ways to it', { mqtt }, /by http or by mqtt/],
    [
      'nothing would blank it',
      { http: { ...http, show: { path: '/sign', json: '{"text":{textId}}' } } },
      /nothing would blank it/,
    ],
    ['it is not told which text', { http: { ...http, show: { path: '/sign?s={leaseS}' } } }, /does not say which text/],
    ['the order is no JSON', { http: undefined, mqtt: { ...mqtt, show: '{"t":"{text}","s":{leaseS}}' } }, /no JSON/],
    [
      'its reports are our orders',
      { http: undefined, mqtt: { ...mqtt, stateTopic: mqtt.commandTopic } },
      /must differ/,
    ],
  ])('it says so when %s', (_, more, message) => {
    expect(messageSign.check!(given(more)).join('\n')).toMatch(message);
  });
});

describe('over HTTP', () => {
  async function opened(more: object = {}) {
    const served = await serveSign();
    undo.push(served.stop);
    const { host, said } = pretendHost({ random: () => 0 });
    const driver = messageSign.open(given({ http: { ...http, url: served.url }, ...more }), host);
    undo.push(() => driver.stop!());
    driver.start!();
    return { served, driver, said, heard: () => said.readBacks.at(-1)?.[0] };
  }

  test('a text is shown by its name, read back by its id, changed, and blanked', async () => {
    const { served, driver, said, heard } = await opened();
    await until('the first report', () => heard() === 'blank');
    driver.send(order('closed'));
    await until('the text', () => heard() === 'closed');
    expect(served.pages()).toEqual(entry.texts.closed.pages);
    driver.send(order('ice'));
    await until('the other text', () => heard() === 'ice');
    expect(served.pages()).toEqual([['ICE "50" m']]);
    driver.send(order('blank'));
    await until('the end', () => heard() === 'blank');
    expect([said.failed, said.troubles]).toEqual([[], {}]);
  });

  test('a text that nobody renews goes by itself, and one that is held when the agent stops is blanked', async () => {
    const { served, driver, heard } = await opened();
    driver.send(order('ice', 900));
    await until('the text', () => heard() === 'ice');
    await until('its end', () => heard() === 'blank');
    driver.send(order('closed'));
    await until('the other text', () => heard() === 'closed');
    await driver.stop!();
    expect(served.text()).toBe(0);
  });

  test('a sign that is stuck is reported as it is, and one without a timer is not asked to show anything any more', async () => {
    const { served, driver, said, heard } = await opened();
    await until('the first report', () => heard() === 'blank');
    served.setFault('stuck');
    driver.send(order('ice'));
    await until('its word', () => said.accepted.includes('o.ice'));
    const before = said.readBacks.length;
    await until('more reports', () => said.readBacks.length > before + 1);
    expect(heard()).toBe('blank');
    served.setFault('timerless');
    driver.send(order('closed'));
    await until('the trouble', () => said.troubles.watchdog !== undefined);
    expect(() => driver.send(order('ice'))).toThrow(/is not armed/);
    driver.send(order('blank'));
    await until('the end', () => served.text() === 0);
  });

  test('a text that the sign refuses has failed', async () => {
    const { driver, said } = await opened({ texts: { wide: { id: 3, pages: [['X'.repeat(40)]] } } });
    driver.send(order('wide'));
    await until('the failure', () => said.failed.length > 0);
    expect(said.failed[0]![1]).toMatch(/answers with status 400/);
  });

  test('a text that it shows without having been told is reported by its own id', async () => {
    const { served, heard } = await opened();
    await fetch(`${served.url}/sign`, { method: 'POST', body: '{"text":42,"seconds":5}' });
    await until('the stranger', () => heard() === '42');
  });
});

test('nothing that is not a name in the site file reaches a sign', () => {
  const { host, said } = pretendHost();
  const driver = messageSign.open(given({ http: undefined, mqtt }), host);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.constantFrom('constructor', '__proto__', '7', 'closed ')), (action) => {
      fc.pre(!['blank', 'closed', 'ice'].includes(action));
      expect(() => driver.send(order(action))).toThrow(/does not have/);
      expect(said.published).toEqual([]);
    }),
  );
});

test('the markup of NTCIP 1203 keeps brackets of a text apart from its own', () => {
  const { host, said } = pretendHost();
  const texts = { odd: { id: 1, pages: [['A [nl]', 'B'], ['C']] } };
  const multi = { ...mqtt, show: '{"m":{multi},"t":{text},"s":{leaseS}}' };
  messageSign.open(given({ texts, http: undefined, mqtt: multi }), host).send(order('odd'));
  expect(JSON.parse(said.published[0]!.payload)).toEqual({
    m: 'A [[nl]][nl]B[np]C',
    t: 'A [nl]\nB\n\nC',
    s: 60,
  });
});

test('over MQTT it is shown, renewed, read back and blanked, and a kept report proves nothing', async () => {
  const broker = await createMemoryBroker();
  undo.push(broker.stop);
  const device = broker.connect({ clientId: 'sign' });
  await device.publishAsync('field/sign/state', '{"showing":9}', { qos: 1, retain: true });
  const sign = await joinSign(device, { topic: 'field/sign' });
  const client = broker.connect({ clientId: 'agent' });
  const { host, said } = pretendHost({
    publish: (topic, payload, options) => void client.publish(topic, payload as string, options ?? {}),
  });
  const driver = messageSign.open(given({ http: undefined, mqtt }), host);
  client.on('message', (topic, payload, packet) => driver.message(topic, payload, packet.retain));
  await client.subscribeAsync(driver.topics, { qos: 1 });
  await until('the kept report', () => said.readBacks.length > 0);
  expect(said.readBacks).toEqual([['ice', true]]);
  driver.ask();
  await until('the truth', () => said.readBacks.length > 1);
  driver.send(order('closed'));
  await until('the text', () => said.readBacks.at(-1)![0] === 'closed');
  expect(sign.pages()).toEqual(entry.texts.closed.pages);
  await driver.stop!();
  await until('the end', () => sign.text() === 0 && said.readBacks.at(-1)![0] === 'blank');
  expect(said.readBacks[1]).toEqual(['blank', false]);
});

test.each<[string, string]>([
  ['not JSON', '{"showing":'],
  ['nothing there', '{"other":7}'],
  ['an inherited name', '{"__proto__":{"showing":7}}'],
  ['a list', '{"showing":[7]}'],
  ['a report beyond the limit', JSON.stringify({ showing: 7, pad: 'x'.repeat(20_000) })],
])('a report that is %s says nothing', (_, payload) => {
  const { host, said } = pretendHost();
  const driver = messageSign.open(given({ http: undefined, mqtt }), host);
  driver.message('field/sign/state', new TextEncoder().encode(payload));
  driver.message('field/other', new TextEncoder().encode('{"showing":7}'));
  expect(said.readBacks).toEqual([]);
});
