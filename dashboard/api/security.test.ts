import { afterEach, beforeEach, expect, test } from 'vitest';
import { pretendAlert } from '../pretend/alerts.ts';
import { goodPassword, type PretendDashboard, pretendBrowser, startPretendDashboard } from '../pretend/dashboard.ts';
import type { Role } from './api.ts';

let house: PretendDashboard;
const key = 'hillside/creep/crown';
const path = `/api/alerts/${key}`;

beforeEach(async () => {
  house = await startPretendDashboard();
  house.desk.raise(pretendAlert({ takenAtMs: 1_000 }));
  house.desk.raise(pretendAlert({ takenAtMs: 2_000, site: 'mill-house', rule: 'smoke', subject: 'kitchen' }));
  house.desk.setSite({ site: 'hillside' });
  house.desk.setSite({ site: 'mill-house' });
});
afterEach(() => house.close());

/** A browser in which a person of this role is logged in. */
async function person(role: Role, sites?: string[], at = house) {
  const browser = pretendBrowser(at);
  await at.dashboard.accounts.create({ name: `${role} ${sites}`, password: goodPassword, role, sites }, 'test');
  await browser.post('/api/session', { name: `${role} ${sites}`, password: goodPassword });
  return browser;
}

const guarded = [
  '/api/session',
  '/api/alerts',
  path,
  '/api/actuators',
  '/api/sites',
  '/api/series/latest',
  '/api/series/range?site=hillside&device=ext-1&channel=displacement&fromMs=0&toMs=9',
  '/api/series/export?format=csv&fromMs=0&toMs=9',
  '/api/ledger',
  '/api/stream',
];
test.each(guarded)('%s is closed without a session', async (url) => {
  expect((await pretendBrowser(house).get(url)).json()).toMatchObject({ code: 'LOGIN_REQUIRED' });
});

test('the health check is open and says no more than ok or degraded', async () => {
  expect((await pretendBrowser(house).get('/api/health')).json()).toEqual({ status: 'ok' });
});

test.each([
  ['another origin', { origin: 'https://evil.example' }],
  ['an opaque origin', { origin: 'null' }],
  ['another site by fetch metadata', { 'sec-fetch-site': 'cross-site' }],
  ['another port of this host', { 'sec-fetch-site': 'same-site' }],
  ['no console header', { 'x-tocsin-console': '' }],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['text that is JSON', { 'content-type': 'text/plain' }],
])('an acknowledgement from %s is refused and changes nothing', async (_case, headers) => {
  const browser = await person('dispatcher');
  const answer = await browser.post(`${path}/acknowledge`, {}, { headers, payload: '{}' });
  expect(answer.json()).toMatchObject({ code: 'ORIGIN_WRONG' });
  expect(house.desk.alert(key)?.alert.operator).toBe('unacknowledged');
});

test('a request that no browser vouches for changes nothing', async () => {
  const { jar } = await person('dispatcher');
  const headers = { cookie: jar.cookie!, 'x-tocsin-console': '1', 'content-type': 'application/json' };
  const answer = await house.dashboard.app.inject({
    method: 'POST',
    url: `${path}/acknowledge`,
    headers,
    payload: '{}',
  });
  expect(answer.json()).toMatchObject({ code: 'ORIGIN_WRONG' });
});

test('a page of another site can neither read nor open the stream', async () => {
  const browser = await person('viewer');
  for (const url of ['/api/alerts', '/api/stream']) {
    const answer = await browser.get(url, { headers: { 'sec-fetch-site': 'cross-site' } });
    expect(answer.json()).toMatchObject({ code: 'ORIGIN_WRONG' });
  }
});

test.each([
  ['viewer', 403, 403, 403],
  ['dispatcher', 200, 403, 403],
  ['engineer', 200, 200, 200],
  ['admin', 200, 200, 200],
] as const)(
  'a %s may acknowledge (%i), export (%i) and read the ledger (%i)',
  async (role, acknowledge, take, read) => {
    const browser = await person(role);
    expect((await browser.post(`${path}/acknowledge`, {})).statusCode).toBe(acknowledge);
    expect((await browser.get('/api/series/export?format=csv&fromMs=0&toMs=9')).statusCode).toBe(take);
    expect((await browser.get('/api/ledger')).statusCode).toBe(read);
  },
);

test('a person with a list of sites sees only these, and others answer like sites that do not exist', async () => {
  const browser = await person('engineer', ['hillside']);
  expect((await browser.get('/api/alerts')).json().alerts.map(({ site }: { site: string }) => site)).toEqual([
    'hillside',
  ]);
  expect((await browser.get('/api/sites')).json().sites).toHaveLength(1);
  expect((await browser.get('/api/series/latest')).json().readings).toHaveLength(1);
  const both = [
    ['/api/alerts?site=mill-house', '/api/alerts?site=nowhere'],
    ['/api/alerts/mill-house/smoke/kitchen', '/api/alerts/nowhere/smoke/kitchen'],
    ['/api/actuators?site=mill-house', '/api/actuators?site=nowhere'],
    ['/api/series/latest?site=mill-house', '/api/series/latest?site=nowhere'],
    [
      '/api/series/range?site=mill-house&device=a&channel=b&fromMs=0&toMs=9',
      '/api/series/range?site=nowhere&device=a&channel=b&fromMs=0&toMs=9',
    ],
    [
      '/api/series/export?format=csv&site=mill-house&fromMs=0&toMs=9',
      '/api/series/export?format=csv&site=x&fromMs=0&toMs=9',
    ],
  ];
  for (const [hidden, absent] of both) {
    const answer = await browser.get(hidden!);
    expect(answer.statusCode, hidden).toBe(404);
    expect(answer.body).toBe((await browser.get(absent!)).body);
  }
  const act = await browser.post('/api/alerts/mill-house/smoke/kitchen/acknowledge', {});
  expect(act.json()).toMatchObject({ code: 'ALERT_UNKNOWN' });
  expect(house.desk.alert('mill-house/smoke/kitchen')?.alert.operator).toBe('unacknowledged');
  expect((await browser.get('/api/series/export?format=csv&fromMs=0&toMs=9')).statusCode).toBe(403);
  expect((await browser.get('/api/ledger')).statusCode).toBe(403);
  expect((await (await person('viewer', [])).get('/api/alerts')).json().alerts).toEqual([]);
});

test('text from outside comes back as the same text, as JSON that no browser runs', async () => {
  const event = '<script>alert(1)</script>"\u2028\r\nSet-Cookie: a=b';
  house.desk.raise(pretendAlert({ takenAtMs: 3_000, rule: 'xss', event, reasons: ['<img src=x onerror=alert(1)>'] }));
  const answer = await (await person('viewer')).get('/api/alerts/hillside/xss/crown');
  expect(answer.json().alert.event).toBe(event);
  expect(answer.headers['content-type']).toContain('application/json');
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
});

test('answers forbid frames, scripts, storing and sniffing', async () => {
  const { headers } = await pretendBrowser(house).get('/api/health');
  expect(headers['content-security-policy']).toBe("default-src 'none';base-uri 'none';frame-ancestors 'none'");
  expect(headers['x-frame-options']).toBe('DENY');
  expect(headers['cache-control']).toBe('no-store');
  expect(headers['referrer-policy']).toBe('no-referrer');
  expect(headers['strict-transport-security']).toBeUndefined();
});

test('behind TLS the cookie is bound to the host and HSTS is on; otherwise it is at least HttpOnly and strict', async () => {
  const safe = await startPretendDashboard({ secureCookies: true });
  const cookieOf = async (at: PretendDashboard) => {
    await at.dashboard.accounts.create({ name: 'Ada', password: goodPassword, role: 'viewer' }, 'test');
    return (await pretendBrowser(at).post('/api/session', { name: 'Ada', password: goodPassword })).headers;
  };
  const tls = await cookieOf(safe);
  expect(tls['set-cookie']).toMatch(
    /^__Host-tocsin=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
  );
  expect(tls['strict-transport-security']).toBeDefined();
  expect((await cookieOf(house))['set-cookie']).toMatch(
    /^tocsin=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
  );
  await safe.close();
});

test.each([
  ['unknown field', '/api/alerts?opne=true'],
  ['number that is none', '/api/alerts?limit=12abc'],
  ['number too large', '/api/alerts?limit=100000'],
  ['fraction for a whole', '/api/alerts?limit=1.5'],
  ['empty number', '/api/alerts?limit='],
  ['prototype', '/api/alerts?__proto__=1'],
  ['path in a name', '/api/series/latest?site=..%2f..%2fetc'],
  ['too many points', '/api/series/range?site=a&device=b&channel=c&fromMs=0&toMs=9&points=2001'],
  ['time backwards', '/api/series/range?site=hillside&device=b&channel=c&fromMs=9&toMs=0'],
  ['export of a year', '/api/series/export?format=csv&fromMs=0&toMs=31536000000'],
  ['unknown format', '/api/series/export?format=exe&fromMs=0&toMs=9'],
])('a query with a %s is refused', async (_case, url) => {
  expect((await (await person('admin')).get(url)).json()).toMatchObject({ code: 'CONTRACT_BROKEN' });
});

test.each([
  ['a number for text', { note: 5 }, 400],
  ['an unknown field', { note: 'x', admin: true }, 400],
  ['a note of a novel', { note: 'x'.repeat(501) }, 400],
  ['a body beyond the limit', { note: 'x'.repeat(20_000) }, 413],
])('a body with %s is refused', async (_case, body, status) => {
  const browser = await person('dispatcher');
  expect((await browser.post(`${path}/acknowledge`, body)).statusCode).toBe(status);
});

test('broken JSON, deep JSON and unknown addresses are refused with a code and no stack', async () => {
  const browser = await person('dispatcher');
  const json = { headers: { 'content-type': 'application/json' } };
  const broken = await browser.post(`${path}/acknowledge`, {}, { ...json, payload: '{"note":' });
  expect(broken.json()).toEqual({ code: 'PAYLOAD_MALFORMED', message: expect.any(String) });
  const deep = await browser.post(
    `${path}/acknowledge`,
    {},
    { ...json, payload: `${'['.repeat(7_000)}${']'.repeat(7_000)}` },
  );
  expect(deep.statusCode).toBe(400);
  const proto = await browser.post(`${path}/acknowledge`, {}, { ...json, payload: '{"__proto__":{"x":1}}' });
  expect(proto.statusCode).toBe(400);
  expect((await browser.get('/api/nothing')).json()).toMatchObject({ code: 'NOT_FOUND' });
});

test('an error inside tells the log, not the asker', async () => {
  const lines: unknown[] = [];
  const logger = { info() {}, warn() {}, error: (fields: object) => void lines.push(fields) };
  const sad = await startPretendDashboard({ logger, desk: { ...house.desk, sites: () => JSON.parse('secret path') } });
  const browser = await person('viewer', undefined, sad);
  const answer = await browser.get('/api/sites');
  expect(answer.statusCode).toBe(500);
  expect(answer.body).not.toContain('secret');
  expect(lines).toHaveLength(1);
  await sad.close();
});
