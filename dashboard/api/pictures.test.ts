import { createHash } from 'node:crypto';
import { type AlertPicture, type CameraView, Fault, type PictureReader, pretendJpeg } from '@tocsin/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pretendAlert } from '../pretend/alerts.ts';
import { goodPassword, type PretendDashboard, pretendBrowser, startPretendDashboard } from '../pretend/dashboard.ts';
import type { Role } from './users/accounts.ts';

const jpegs = [1, 2, 3].map((n) => Buffer.from(pretendJpeg({ scan: [n] })));
const hashes = jpegs.map((jpeg) => createHash('sha256').update(jpeg).digest('hex'));
const view: CameraView = {
  ...{ v: 1, site: 'hillside', camera: 'mast', atMs: 5, picture: { width: 640, height: 360 }, boxes: [], zones: [] },
  ...{ troubles: [], coverage: 100, fps: 10 },
};

/** Everything the store has, of whatever site and alert; the API must ask for no more than it may show. */
function pretendStore() {
  const asked: string[] = [];
  const altered = new Set<string>();
  const store: PictureReader = {
    async read(site, sha256) {
      asked.push(`${site} ${sha256}`);
      if (altered.has(sha256)) throw new Fault('PICTURE_INVALID', 'It is not what its hash says.');
      return jpegs[hashes.indexOf(sha256)];
    },
    cameras: (site) => (site === 'hillside' ? [{ camera: 'mast', heardAtMs: 7, view, scene: hashes[2]! }] : []),
    scene: async (site, camera) => (site === 'hillside' && camera === 'mast' ? jpegs[2] : undefined),
  };
  return { store, asked, altered };
}

const picture = (index: number, more: Partial<AlertPicture> = {}): AlertPicture => ({
  ...{ sha256: hashes[index]!, occurrence: 1, earlier: false, camera: 'mast', role: 'at', takenAtMs: 1_000 },
  ...{ width: 640, height: 360, blurred: true, state: 'here' },
  ...more,
});

let house: PretendDashboard;
let shelf: ReturnType<typeof pretendStore>;
beforeEach(async () => {
  shelf = pretendStore();
  house = await startPretendDashboard({ pictures: shelf.store });
  house.desk.raise(pretendAlert({ takenAtMs: 1_000, pictures: [picture(0), picture(1, { state: 'expired' })] }));
  house.desk.raise(pretendAlert({ takenAtMs: 1_000, site: 'mill-house', pictures: [picture(2)] }));
});
afterEach(() => house.close());

async function logIn(name: string, role: Role, sites?: string[]) {
  await house.dashboard.accounts.create({ name, password: goodPassword, role, ...(sites ? { sites } : {}) }, 'test');
  const browser = pretendBrowser(house);
  await browser.post('/api/session', { name, password: goodPassword });
  return browser;
}

const at = (sha256: string, key = 'hillside/creep/crown') => `/api/alerts/${key}/pictures/${sha256}`;
const viewings = () =>
  house.ledger
    .entries(0, 500)
    .filter(({ body }) => body.includes('picture.view'))
    .map(({ actor, kind, body }) => ({ actor, kind, ...JSON.parse(body) }));

test('a picture is served as it is to whom its site belongs, kept by no cache, and each person’s looking is written down once', async () => {
  const ada = await logIn('Ada', 'viewer', ['hillside']);
  const bob = await logIn('Bob', 'admin');
  for (const browser of [ada, ada, bob]) {
    const answer = await browser.get(at(hashes[0]!));
    expect([answer.statusCode, Buffer.compare(answer.rawPayload, jpegs[0]!)]).toEqual([200, 0]);
    expect(answer.headers).toMatchObject({
      'content-type': 'image/jpeg',
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    });
  }
  const entry = { kind: 'operator', act: 'picture.view', key: 'hillside/creep/crown', sha256: hashes[0] };
  expect(viewings()).toMatchObject([
    { ...entry, actor: 'Ada', camera: 'mast', role: 'at' },
    { ...entry, actor: 'Bob' },
  ]);
});

test('for whom the site does not exist, its pictures and cameras do not exist either, to the letter', async () => {
  const eve = await logIn('Eve', 'engineer', ['mill-house']);
  const theirs = await eve.get(at(hashes[0]!));
  const none = await eve.get('/api/alerts/hillside/none/none');
  expect([theirs.statusCode, theirs.body]).toEqual([none.statusCode, none.body]);
  const unknown = await eve.get('/api/series/latest?site=nowhere');
  for (const url of ['/api/sites/hillside/cameras', '/api/sites/hillside/cameras/mast/scene']) {
    const answer = await eve.get(url);
    expect([answer.statusCode, answer.body], url).toEqual([404, unknown.body]);
  }
  expect([shelf.asked, viewings()]).toEqual([[], []]);
});

test('without a session nothing is shown', async () => {
  const stranger = pretendBrowser(house);
  for (const url of [at(hashes[0]!), '/api/sites/hillside/cameras', '/api/sites/hillside/cameras/mast/scene'])
    expect((await stranger.get(url)).statusCode, url).toBe(401);
});

test.each([
  ['of another alert', hashes[2]!, 404, 'PICTURE_UNKNOWN'],
  ['that nobody announced', 'f'.repeat(64), 404, 'PICTURE_UNKNOWN'],
  ['that was deleted', hashes[1]!, 404, 'PICTURE_UNKNOWN'],
  ['whose name is none', 'F'.repeat(64), 400, 'CONTRACT_BROKEN'],
  ['whose name is a path', '..%2f..%2fstate.sqlite', 400, 'CONTRACT_BROKEN'],
])('a picture %s is not asked of the store and not served', async (_, sha256, status, code) => {
  const ada = await logIn('Ada', 'admin');
  const answer = await ada.get(at(sha256));
  expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  expect(shelf.asked).toEqual([]);
});

test('an altered picture is refused, and nobody is written down as having seen it', async () => {
  const ada = await logIn('Ada', 'admin');
  shelf.altered.add(hashes[0]!);
  const answer = await ada.get(at(hashes[0]!));
  expect([answer.statusCode, answer.json().code, viewings()]).toEqual([400, 'PICTURE_INVALID', []]);
});

test('while the ledger cannot be written no picture is shown', async () => {
  const ada = await logIn('Ada', 'admin');
  const { append } = house.ledger;
  house.ledger.append = () => {
    throw new Fault('STORE_FULL', 'The disk is full.');
  };
  expect((await ada.get(at(hashes[0]!))).statusCode).toBe(507);
  house.ledger.append = append;
  expect((await ada.get(at(hashes[0]!))).statusCode).toBe(200);
  expect(viewings().length).toBe(1);
});

test('cameras are told with their view and the still they name', async () => {
  const ada = await logIn('Ada', 'viewer', ['hillside']);
  const { nowMs, cameras } = (await ada.get('/api/sites/hillside/cameras')).json();
  expect([typeof nowMs, cameras]).toEqual(['number', [{ camera: 'mast', heardAtMs: 7, view, scene: hashes[2] }]]);
  const still = await ada.get(`/api/sites/hillside/cameras/mast/scene?v=${hashes[2]}`);
  expect([still.statusCode, Buffer.compare(still.rawPayload, jpegs[2]!)]).toEqual([200, 0]);
  expect((await ada.get('/api/sites/hillside/cameras/other/scene')).json().code).toBe('PICTURE_UNKNOWN');
});
