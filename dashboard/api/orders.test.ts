import { Fault, type HeldAct, type OrderRequest, type Orders, type OrderView, type SiteView } from '@tocsin/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { goodPassword, type PretendDashboard, pretendBrowser, startPretendDashboard } from '../pretend/dashboard.ts';
import type { Role } from './api.ts';

let house: PretendDashboard;
let asked: OrderRequest[];
let waiting: OrderView[];
let acts: (HeldAct & { act: string })[];

const order = (more: Partial<OrderView> = {}): OrderView => ({
  ...{
    id: 'order-1',
    site: 'hillside',
    actuator: 'breaker',
    action: 'open',
    mode: 'live',
    reason: 'Fire',
    issuer: 'Ada',
  },
  ...{ askedAtMs: 1, state: 'left', number: 7 },
  ...more,
});
const orders: Orders = {
  order(request) {
    asked.push(request);
    if (request.actuator === 'valve') throw new Fault('DEVICE_UNKNOWN', 'No valve.');
    const { by: issuer, atMs: askedAtMs, mode = 'live', ...rest } = request;
    return order({ ...rest, issuer, askedAtMs, mode });
  },
  find: (id) => [order({ id: 'order-2', site: 'mill-house' }), order()].find((one) => one.id === id),
  held: (sees) => {
    const visible = waiting.filter(({ site }) => sees(site));
    return { orders: visible, held: visible.length, sites: visible.length, stage: 20, nextStageAtMs: 0 };
  },
  release: (act) => noted('release', act),
  withdraw: (act) => noted('withdraw', act),
};
function noted(act: string, given: HeldAct): OrderView[] {
  acts.push({ act, ...given });
  return waiting.filter(given.may);
}

const site = (name: string): SiteView => ({
  site: name,
  descriptor: {
    ...{ v: 1, site: name, name, version: '1', configHash: 'h', mode: 'live', devices: [], rules: [] },
    actuators: [
      {
        actuator: 'breaker',
        driver: 'd',
        actions: ['open', 'closed'],
        rest: 'closed',
        onSilence: '-',
        irreversible: true,
      },
      { actuator: 'old-breaker', driver: 'd', actions: ['open', 'closed'], onSilence: '-', irreversible: true },
      { actuator: 'siren', driver: 'd', actions: ['on', 'off'], rest: 'off', onSilence: '-', irreversible: false },
    ],
  },
});

beforeEach(async () => {
  [asked, acts, waiting] = [[], [], []];
  house = await startPretendDashboard({ orders });
  for (const name of ['hillside', 'mill-house']) house.desk.setSite(site(name));
});
afterEach(() => house.close());

async function person(role: Role, sites?: string[]) {
  const browser = pretendBrowser(house);
  await house.dashboard.accounts.create({ name: `${role} ${sites}`, password: goodPassword, role, sites }, 'test');
  await browser.post('/api/session', { name: `${role} ${sites}`, password: goodPassword });
  return browser;
}
const path = (actuator = 'breaker', at = 'hillside') => `/api/sites/${at}/actuators/${actuator}/orders`;
const body = { action: 'open', reason: 'Fire in the hall' };

test('a dispatcher orders an actuator in their own name and is told the id under which its receipts come', async () => {
  const answer = await (await person('dispatcher')).post(path(), {
    ...body,
    reason: ' Fire in the hall ',
    mode: 'exercise',
  });
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({ id: 'order-1', state: 'left', mode: 'exercise', number: 7 });
  expect(asked).toMatchObject([
    { site: 'hillside', actuator: 'breaker', action: 'open', reason: 'Fire in the hall', by: 'dispatcher undefined' },
  ]);
});

test.each<[Role, string, string, number]>([
  ['viewer', 'siren', 'on', 403],
  ['dispatcher', 'siren', 'on', 200],
  ['dispatcher', 'siren', 'off', 200],
  ['dispatcher', 'breaker', 'open', 200],
  ['dispatcher', 'breaker', 'closed', 403],
  ['engineer', 'breaker', 'closed', 200],
  ['dispatcher', 'old-breaker', 'open', 403],
  ['engineer', 'old-breaker', 'open', 200],
  ['dispatcher', 'siren', 'arm', 200],
  ['dispatcher', 'siren', 'bypass', 403],
  ['engineer', 'siren', 'bypass', 200],
])('%s orders %s %s: %i', async (role, actuator, action, status) => {
  const answer = await (await person(role)).post(path(actuator), { ...body, action });
  expect(answer.statusCode).toBe(status);
  expect(asked).toHaveLength(status === 200 ? 1 : 0);
});

test.each([
  ['no reason', { action: 'open' }],
  ['a blank reason', { action: 'open', reason: '    ' }],
  ['an unknown field', { ...body, by: 'Somebody else' }],
  ['an action that is no word', { ...body, action: 'open; close' }],
  ['an unknown mode', { ...body, mode: 'loud' }],
  ['a value that is no number', { ...body, value: '1' }],
  ['a reason without end', { ...body, reason: 'x'.repeat(501) }],
])('%s is refused and orders nothing', async (_what, wrong) => {
  const answer = await (await person('engineer')).post(path(), wrong);
  expect([answer.statusCode, asked]).toEqual([400, []]);
});

test('a site that is hidden answers like one that does not exist, and so do its orders', async () => {
  const browser = await person('engineer', ['hillside']);
  const hidden = await browser.post(path('breaker', 'mill-house'), body);
  expect(hidden.statusCode).toBe(404);
  expect(hidden.body).toBe((await browser.post(path('breaker', 'nowhere'), body)).body);
  expect((await browser.get('/api/orders/order-2')).body).toBe((await browser.get('/api/orders/order-9')).body);
  expect((await browser.get('/api/orders/order-1')).json()).toMatchObject({ id: 'order-1' });
  expect(asked).toEqual([]);
});

test('what the desk refuses is answered in its words', async () => {
  const answer = await (await person('engineer')).post(path('valve'), body);
  expect(answer.json()).toMatchObject({ code: 'DEVICE_UNKNOWN' });
});

test('without a session, the console’s header or its origin nothing is ordered, released or withdrawn', async () => {
  const browser = await person('engineer');
  for (const url of [path(), '/api/orders/held/release', '/api/orders/held/withdraw']) {
    const given = url === path() ? body : { count: 1 };
    expect((await pretendBrowser(house).post(url, given)).json()).toMatchObject({ code: 'LOGIN_REQUIRED' });
    for (const headers of [{ origin: 'https://evil.example' }, { 'x-tocsin-console': '' }])
      expect((await browser.post(url, given, { headers })).json()).toMatchObject({ code: 'ORIGIN_WRONG' });
  }
  expect([asked, acts]).toEqual([[], []]);
});

test('more orders than a person gives are refused, whoever else orders at the same time', async () => {
  const [one, other] = [await person('dispatcher'), await person('engineer')];
  let refused = 0;
  for (let n = 0; n < 40; n += 1) refused += Number((await one.post(path(), body)).statusCode === 429);
  expect(refused).toBe(10);
  expect((await other.post(path(), body)).statusCode).toBe(200);
});

test('held orders are shown with their counts, and each person decides about those they could have given', async () => {
  waiting = [
    order({ id: 'a', state: 'held' }),
    order({ id: 'b', state: 'held', action: 'closed' }),
    order({ id: 'c', state: 'held', site: 'mill-house' }),
  ];
  const dispatcher = await person('dispatcher', ['hillside']);
  expect((await dispatcher.get('/api/orders/held')).json()).toMatchObject({ held: 2, sites: 2, stage: 20 });
  const released = await dispatcher.post('/api/orders/held/release', { count: 3 });
  expect(released.json()).toMatchObject({ orders: [{ id: 'a' }], held: 2 });
  expect(acts).toMatchObject([{ act: 'release', by: 'dispatcher hillside', count: 3 }]);
  const withdrawn = await dispatcher.post('/api/orders/held/withdraw', { count: 3 });
  expect(withdrawn.json().orders.map(({ id }: OrderView) => id)).toEqual(['a', 'b']);
  const engineer = await person('engineer');
  expect((await engineer.post('/api/orders/held/release', { count: 3 })).json().orders).toHaveLength(3);
  const viewer = await person('viewer');
  expect((await viewer.post('/api/orders/held/release', { count: 3 })).statusCode).toBe(403);
  expect((await engineer.post('/api/orders/held/release', { count: 0 })).statusCode).toBe(400);
});

test('the routes are in the published description', async () => {
  const { paths } = (await pretendBrowser(house).get('/api/openapi.json')).json() as { paths: Record<string, object> };
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining([
      '/api/sites/{site}/actuators/{actuator}/orders',
      '/api/orders/held',
      '/api/orders/held/release',
      '/api/orders/held/withdraw',
      '/api/orders/{id}',
    ]),
  );
});
