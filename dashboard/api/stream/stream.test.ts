import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pretendAlert } from '../../pretend/alerts.ts';
import { goodPassword, type PretendDashboard, pretendBrowser, startPretendDashboard } from '../../pretend/dashboard.ts';

let house: PretendDashboard;
let cookie: string;

beforeEach(async () => {
  house = await startPretendDashboard();
  const browser = pretendBrowser(house);
  await browser.post('/api/setup', { code: house.setupCode, name: 'Ada', password: goodPassword });
  cookie = browser.jar.cookie!;
});
afterEach(() => house.close());

type Told = { event: string; id: number; data: Record<string, unknown> };

/** Reads the stream over a real socket until told enough or closed. */
async function listen(path: string, headers: Record<string, string> = {}) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port: house.port, path, headers: { cookie, ...headers } }, resolve).on('error', reject);
  });
  const told: Told[] = [];
  const waiting: { enough: () => boolean; resolve: () => void }[] = [];
  let rest = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) {
      const [event, id, data] = block.split('\n').map((line) => line.slice(line.indexOf(': ') + 2));
      told.push({ event: event!, id: Number(id), data: JSON.parse(data!) });
    }
    for (const { enough, resolve } of waiting) if (enough()) resolve();
  });
  const closed = new Promise<void>((resolve) => response.once('close', resolve));
  response.on('error', () => {});
  const until = (enough: () => boolean) =>
    enough() ? Promise.resolve() : new Promise<void>((resolve) => waiting.push({ enough, resolve }));
  const alerts = () => told.filter(({ event }) => event === 'alert').map(({ id }) => id);
  return { response, told, alerts, until, closed, cut: () => response.destroy() };
}

const raise = (times: number) => {
  for (let n = 0; n < times; n += 1) house.desk.raise(pretendAlert({ takenAtMs: n + 1 }));
};
const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test('a console that is cut and resumes by Last-Event-ID is told everything once', async () => {
  raise(3);
  const first = await listen('/api/stream?after=0');
  await first.until(() => first.alerts().length === 3);
  raise(4);
  await first.until(() => first.alerts().length >= 5);
  const seen = first.alerts().slice(0, 5);
  first.cut();
  await first.closed;
  raise(300);
  const second = await listen('/api/stream?after=0', { 'last-event-id': '5' });
  raise(2);
  await second.until(() => second.alerts().at(-1) === 309);
  expect([...seen, ...second.alerts()]).toEqual(upTo(1, 309));
  second.cut();
});

test('the alert list names the event from which the stream goes on', async () => {
  raise(2);
  const browser = pretendBrowser(house);
  browser.jar.cookie = cookie;
  const { atEventId, alerts } = (await browser.get('/api/alerts')).json();
  expect(atEventId).toBe(2);
  expect(alerts[0].version).toBe(2);
  raise(1);
  const stream = await listen(`/api/stream?after=${atEventId}`);
  await stream.until(() => stream.alerts().length === 1);
  expect(stream.alerts()).toEqual([3]);
  stream.cut();
});

test.each([
  ['an id the desk has forgotten', '5'],
  ['an id of another life of the desk', '999999'],
])('%s is answered by a reset, then by what is new', async (_case, id) => {
  raise(1_200);
  const stream = await listen('/api/stream', { 'last-event-id': id });
  await stream.until(() => stream.told.length > 0);
  expect(stream.told[0]).toMatchObject({ event: 'reset', id: 1_200 });
  raise(1);
  await stream.until(() => stream.alerts().length > 0);
  expect(stream.alerts()).toEqual([1_201]);
  stream.cut();
});

test('a heartbeat comes at once and tells the time of the cloud', async () => {
  const stream = await listen('/api/stream');
  await stream.until(() => stream.told.length > 0);
  expect(stream.told[0]).toMatchObject({ event: 'heartbeat', data: { lastEventId: 0 } });
  expect(stream.response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  expect(stream.response.headers['x-content-type-options']).toBe('nosniff');
  stream.cut();
});

test('the end of a session closes its stream within five seconds', async () => {
  const stream = await listen('/api/stream');
  const startedAtMs = performance.now();
  house.dashboard.accounts.setAccess('ada', { role: 'viewer' }, 'test');
  await stream.closed;
  expect(performance.now() - startedAtMs).toBeLessThan(5_000);
});

test('ten thousand alerts do not pile up for a console that never reads, and reach one that does', async () => {
  const dead = connect(house.port, '127.0.0.1');
  await new Promise<void>((resolve) => dead.once('connect', resolve));
  dead.pause();
  dead.write(`GET /api/stream HTTP/1.1\r\nhost: x\r\ncookie: ${cookie}\r\n\r\n`);
  const live = await listen('/api/stream');
  await live.until(() => live.told.length > 0);
  const before = process.memoryUsage().arrayBuffers;
  for (let burst = 0; burst < 10; burst += 1) {
    raise(1_000);
    const last = (burst + 1) * 1_000;
    await live.until(() => live.alerts().at(-1) === last);
  }
  expect(live.alerts()).toEqual(upTo(1, 10_000));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64e6);
  dead.destroy();
  live.cut();
});

test('stopping the server closes every stream at once', async () => {
  const streams = await Promise.all([listen('/api/stream'), listen('/api/stream')]);
  await house.dashboard.stop();
  await Promise.all(streams.map(({ closed }) => closed));
});
