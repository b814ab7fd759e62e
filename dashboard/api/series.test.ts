import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pretendAlert } from '../pretend/alerts.ts';
import { goodPassword, type PretendDashboard, pretendBrowser, startPretendDashboard } from '../pretend/dashboard.ts';

let house: PretendDashboard;
let browser: ReturnType<typeof pretendBrowser>;

beforeEach(async () => {
  house = await startPretendDashboard();
  browser = pretendBrowser(house);
  await browser.post('/api/setup', { code: house.setupCode, name: 'Ada', password: goodPassword });
});
afterEach(() => house.close());

test('a range comes as columns, the newest readings with the clock of the cloud', async () => {
  const range = await browser.get(
    '/api/series/range?site=hillside&device=ext-1&channel=displacement&fromMs=1000&toMs=9000&points=2',
  );
  expect(range.json()).toMatchObject({ unit: 'mm', bucketMs: null, tMs: [1_000, 2_000], avg: [0, 1] });
  const latest = (await browser.get('/api/series/latest?site=hillside')).json();
  expect(latest.readings).toMatchObject([{ site: 'hillside', value: 4.2 }]);
  expect(latest.nowMs).toBeGreaterThan(0);
});

test.each([
  ['csv', 'text/csv; charset=utf-8', 'site,device\nhillside,ext-1\n'],
  ['parquet', 'application/vnd.apache.parquet', 'PAR1'],
])('an export as %s is a file to save, is on the ledger, and leaves nothing behind', async (format, type, content) => {
  const answer = await browser.get(`/api/series/export?format=${format}&site=hillside&fromMs=0&toMs=9`);
  expect(answer.headers['content-type']).toBe(type);
  expect(answer.headers['content-disposition']).toBe(`attachment; filename="tocsin-hillside.${format}"`);
  expect(answer.body).toBe(content);
  // The file goes when its stream has closed, which may be a moment after the answer ended.
  await expect.poll(() => readdirSync(join(house.dir, 'exports'))).toEqual([]);
  const entry = house.ledger.entries(0, 100).at(-1);
  expect(entry).toMatchObject({ kind: 'operator', actor: 'Ada' });
  expect(JSON.parse(entry!.body)).toMatchObject({ act: 'series.export', format, site: 'hillside', readings: 1 });
});

test('exports left by a crash are swept at start, other files are not', async () => {
  const { dir } = house;
  await house.dashboard.stop();
  const exports = join(dir, 'exports');
  mkdirSync(exports, { recursive: true });
  writeFileSync(join(exports, 'export-0b5b0f2e-9c7b-4d1c-8f6e-2f5a3c1d7e90.csv'), 'left');
  writeFileSync(join(exports, 'mine.csv'), 'kept');
  await house.dashboard.start();
  expect(readdirSync(exports)).toEqual(['mine.csv']);
});

test('acknowledging shows who and when; the second person is told so', async () => {
  house.desk.raise(pretendAlert({ takenAtMs: 1_000 }));
  const path = '/api/alerts/hillside/creep/crown/acknowledge';
  const first = (await browser.post(path, { note: '  looking  ' })).json();
  expect(first).toMatchObject({ operator: 'acknowledged', acknowledgedBy: 'Ada', note: 'looking' });
  expect(first.ladder.acknowledgedAtMs).toBeGreaterThan(0);
  const second = await browser.post(path, {});
  expect(second.statusCode).toBe(409);
  const when = new Date(first.ladder.acknowledgedAtMs).toISOString();
  expect(second.json()).toMatchObject({ code: 'ALERT_ALREADY_ACKNOWLEDGED' });
  expect(second.json().message).toContain(`Ada did at ${when}.`);
});

test('a reset needs a reason and a cause that is gone', async () => {
  const { key } = house.desk.raise(pretendAlert({ takenAtMs: 1_000, latch: 'latched' }));
  const path = `/api/alerts/${key}/reset`;
  expect((await browser.post(path, {})).statusCode).toBe(400);
  expect((await browser.post(path, { note: '    ' })).statusCode).toBe(400);
  expect((await browser.post(path, { note: 'checked on site' })).json().code).toBe('ALERT_STILL_ACTIVE');
  house.desk.change(key, { condition: 'normal' });
  expect((await browser.post(path, { note: 'checked on site' })).json()).toMatchObject({ latch: 'none' });
});

test('open and closed alerts can be asked for apart', async () => {
  const { key } = house.desk.raise(pretendAlert({ takenAtMs: 1_000 }));
  house.desk.raise(pretendAlert({ takenAtMs: 2_000, rule: 'other' }));
  house.desk.change(key, { condition: 'normal', operator: 'acknowledged' });
  const rules = async (query: string) =>
    (await browser.get(`/api/alerts${query}`)).json().alerts.map(({ rule }: { rule: string }) => rule);
  expect(await rules('?open=true')).toEqual(['other']);
  expect(await rules('?open=false')).toEqual(['creep']);
  expect(await rules('?limit=1')).toHaveLength(1);
});

test('the ledger comes page by page', async () => {
  for (let n = 0; n < 5; n += 1) house.ledger.append({ atMs: n, kind: 'gap', actor: 'cloud', body: { n } });
  const first = (await browser.get('/api/ledger?limit=4')).json();
  expect(first).toMatchObject({ next: 4 });
  const second = (await browser.get('/api/ledger?limit=4&after=4')).json();
  expect(second.entries).toHaveLength(2);
  expect(second.next).toBeUndefined();
});

test('the API describes itself, and every route says what it takes and answers', async () => {
  const api = (await browser.get('/api/openapi.json')).json();
  const routes = Object.entries(api.paths as Record<string, Record<string, { responses: object }>>);
  expect(routes.length).toBeGreaterThan(12);
  for (const [path, methods] of routes) {
    for (const [method, route] of Object.entries(methods)) {
      expect(Object.keys(route.responses), `${method} ${path}`).toContain('200');
    }
  }
});

test('without a built console the page says how to build it; with one it gets a fresh nonce and a closed policy', async () => {
  const bare = await browser.get('/');
  expect(bare.statusCode).toBe(503);
  expect(bare.body).toContain('npm run build:web');
  const webDir = join(house.dir, 'web');
  mkdirSync(join(webDir, 'assets'), { recursive: true });
  writeFileSync(join(webDir, 'index.html'), '<meta nonce="__CSP_NONCE__"><script src="/assets/a.js"></script>');
  writeFileSync(join(webDir, 'assets', 'a.js'), 'let a;');
  const built = await startPretendDashboard({ webDir });
  const visitor = pretendBrowser(built);
  const pages = [await visitor.get('/'), await visitor.get('/')];
  const nonces = pages.map(({ body }) => /nonce="([^"]{24})"/.exec(body)?.[1]);
  expect(nonces[0]).not.toBe(nonces[1]);
  expect(pages[0]?.headers['content-security-policy']).toContain(`style-src 'self' 'nonce-${nonces[0]}'`);
  expect(pages[0]?.headers['content-security-policy']).not.toContain('unsafe');
  const asset = await visitor.get('/assets/a.js');
  expect(asset.headers['cache-control']).toContain('immutable');
  for (const path of ['..%2findex.html', '%2e%2e/index.html', '..\\index.html', '%00', '.hidden']) {
    expect([400, 403, 404], path).toContain((await visitor.get(`/assets/${path}`)).statusCode);
  }
  await built.close();
});
