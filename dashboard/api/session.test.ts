import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '@tocsin/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPretendClock, type PretendClock } from '../pretend/clock.ts';
import { goodPassword, type PretendDashboard, pretendBrowser, startPretendDashboard } from '../pretend/dashboard.ts';
import { openAccounts } from './api.ts';

let clock: PretendClock;
let house: PretendDashboard;

beforeEach(async () => {
  clock = createPretendClock();
  house = await startPretendDashboard({ clock });
});
afterEach(() => house.close());

const setUp = (browser: ReturnType<typeof pretendBrowser>, code = house.setupCode!) =>
  browser.post('/api/setup', { code, name: 'Ada', password: goodPassword });
const logIn = (browser: ReturnType<typeof pretendBrowser>, password = goodPassword, name = 'Ada') =>
  browser.post('/api/session', { name, password });
const acts = () => house.ledger.entries(0, 1_000).map(({ body }) => JSON.parse(body).act);

test('the set-up code makes the first user, an admin who is logged in at once, and then is spent', async () => {
  const browser = pretendBrowser(house);
  expect((await browser.get('/api/setup')).json()).toEqual({ needed: true });
  const first = await setUp(browser);
  expect(first.json()).toMatchObject({ name: 'Ada', role: 'admin' });
  expect((await browser.get('/api/session')).statusCode).toBe(200);
  expect((await browser.get('/api/setup')).json()).toEqual({ needed: false });
  expect((await setUp(pretendBrowser(house))).json().code).toBe('SETUP_CODE_WRONG');
  expect(acts()).toContain('user.first');
});

test('two people who use the set-up code at the same moment make one user', async () => {
  const answers = await Promise.all([
    setUp(pretendBrowser(house)),
    pretendBrowser(house).post('/api/setup', { code: house.setupCode, name: 'Bob', password: goodPassword }),
  ]);
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 403]);
  expect(house.dashboard.accounts.count()).toBe(1);
});

test('a set-up code dies after a day, and a refused password does not use it up', async () => {
  const browser = pretendBrowser(house);
  const weak = await browser.post('/api/setup', { code: house.setupCode, name: 'Ada', password: 'password123' });
  expect(weak.json()).toMatchObject({ code: 'PASSWORD_REFUSED' });
  expect(weak.statusCode).toBe(400);
  clock.advance(24 * 3_600_000);
  expect((await setUp(browser)).statusCode).toBe(403);
});

test('each start without a user has another code, and a start with one has none', async () => {
  const { dir } = house;
  await house.dashboard.stop();
  const second = await startPretendDashboard({ clock, dir });
  expect(second.setupCode).toMatch(/^([0-9A-Z]{4}-){6}[0-9A-Z]{4}$/);
  expect(second.setupCode).not.toBe(house.setupCode);
  await setUp(pretendBrowser(second), second.setupCode);
  await second.close();
  const third = await startPretendDashboard({ clock, dir });
  expect(third.setupCode).toBeUndefined();
  await third.close();
});

test('a code typed in lower case, without hyphens and with O for 0 is understood', async () => {
  const sloppy = house.setupCode!.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
  expect((await setUp(pretendBrowser(house), sloppy)).statusCode).toBe(200);
});

test('a session id from before the log-in is worthless after it', async () => {
  await setUp(pretendBrowser(house));
  const browser = pretendBrowser(house);
  browser.jar.cookie = 'tocsin=chosen-by-somebody-else';
  await logIn(browser);
  expect(browser.jar.cookie).not.toContain('chosen');
  const old = browser.jar.cookie;
  await logIn(browser);
  expect(browser.jar.cookie).not.toBe(old);
  const thief = pretendBrowser(house);
  thief.jar.cookie = old;
  expect((await thief.get('/api/session')).statusCode).toBe(401);
});

test('log-out ends the session for whoever kept its cookie, and is on the ledger', async () => {
  const browser = pretendBrowser(house);
  await setUp(browser);
  const { cookie } = browser.jar;
  expect((await browser.delete('/api/session')).statusCode).toBe(200);
  browser.jar.cookie = cookie!;
  expect((await browser.get('/api/session')).json()).toMatchObject({ code: 'LOGIN_REQUIRED' });
  expect(acts()).toContain('logout');
});

test('a session survives a restart of the server, ends after twelve hours, and after two without a request', async () => {
  const browser = pretendBrowser(house);
  await setUp(browser);
  await house.dashboard.stop();
  await house.dashboard.start();
  for (let hour = 1; hour < 12; hour += 1) {
    clock.advance(3_600_000);
    expect((await browser.get('/api/session')).statusCode, `after ${hour} h`).toBe(200);
  }
  clock.advance(3_600_000);
  expect((await browser.get('/api/session')).statusCode).toBe(401);
  await logIn(browser);
  clock.advance(2 * 3_600_000);
  expect((await browser.get('/api/session')).statusCode).toBe(401);
});

test('a new password or another role ends every session of the person', async () => {
  const one = pretendBrowser(house);
  const two = pretendBrowser(house);
  await setUp(one);
  await logIn(two);
  const next = 'eight loud herons dance';
  const wrong = await one.post('/api/session/password', { current: 'not the password', password: next });
  expect(wrong.json().code).toBe('LOGIN_FAILED');
  expect((await one.post('/api/session/password', { current: goodPassword, password: next })).statusCode).toBe(200);
  for (const browser of [one, two]) expect((await browser.get('/api/session')).statusCode).toBe(401);
  expect((await logIn(one)).statusCode).toBe(401);
  expect((await logIn(one, next)).statusCode).toBe(200);
  house.dashboard.accounts.setAccess('ada', { role: 'viewer' }, 'Root');
  expect((await one.get('/api/session')).statusCode).toBe(401);
  expect(acts()).toEqual(expect.arrayContaining(['user.password', 'user.access', 'login']));
});

test('a wrong password and an unknown name answer alike', async () => {
  await setUp(pretendBrowser(house));
  const wrong = await logIn(pretendBrowser(house), 'not this one at all');
  const unknown = await logIn(pretendBrowser(house), 'not this one at all', 'Nobody');
  expect(wrong.statusCode).toBe(401);
  expect(unknown.body).toBe(wrong.body);
});

test('guessing is slowed, told on the ledger once a burst, and never locks the usual place out', async () => {
  const home = pretendBrowser(house);
  await setUp(home);
  await logIn(home);
  const stranger = pretendBrowser(house);
  const from = { remoteAddress: '203.0.113.9' };
  const guess = () => stranger.post('/api/session', { name: 'Ada', password: 'a wrong guess' }, from);
  for (let n = 0; n < 5; n += 1) expect((await guess()).statusCode).toBe(401);
  const slowed = await guess();
  expect(slowed.statusCode).toBe(429);
  expect(slowed.json().remedy).toMatch(/^Try again in \d+ s\.$/);
  clock.advance(1_000);
  expect((await guess()).statusCode).toBe(401);
  clock.advance(1_000);
  expect((await guess()).statusCode).toBe(429);
  expect(acts().filter((act) => act === 'login.burst')).toHaveLength(1);
  expect((await logIn(home)).statusCode).toBe(200);
});

test('names tried in vain are not recorded, because one may be a password in the wrong field', async () => {
  await setUp(pretendBrowser(house));
  const stranger = pretendBrowser(house);
  for (let n = 0; n < 5; n += 1)
    await stranger.post('/api/session', { name: 'hunter-two-secret', password: 'whatever' });
  const burst = house.ledger.entries(0, 100).find(({ body }) => body.includes('login.burst'));
  expect(burst?.kind).toBe('security');
  expect(burst?.body).not.toContain('hunter');
});

test('neither passwords nor session ids stand in the file of users', async () => {
  const browser = pretendBrowser(house);
  await setUp(browser);
  const bytes = ['users.sqlite', 'users.sqlite-wal']
    .map((name) => readFileSync(join(house.dir, name), 'latin1'))
    .join();
  expect(bytes).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
  expect(bytes).not.toContain(goodPassword);
  expect(bytes).not.toContain(browser.jar.cookie!.split('=')[1]);
});

test('a user added on the command line beside the running cloud can log in, and ends the need of a set-up', async () => {
  const usersFile = join(house.dir, 'users.sqlite');
  const bob = { name: 'Bob', password: goodPassword, role: 'viewer' } as const;
  const accounts = openAccounts({ usersFile, clock, ledger: house.ledger });
  await accounts.create(bob, 'console of the host');
  expect((await setUp(pretendBrowser(house))).statusCode).toBe(403);
  expect((await logIn(pretendBrowser(house), goodPassword, ' bOB ')).json()).toMatchObject({ role: 'viewer' });
  const again = accounts.create({ ...bob, name: 'BOB' }, 'console of the host');
  await expect(again).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  accounts.close();
});

test('a change of people whose entry cannot be written to the ledger is taken back', async () => {
  const ledger = {
    append() {
      throw new Fault('STORE_BUSY', 'locked');
    },
    entries: () => [],
  };
  const usersFile = join(house.dir, 'users.sqlite');
  const kept = openAccounts({ usersFile, clock });
  await kept.create({ name: 'Bob', password: goodPassword, role: 'viewer' }, 'test');
  const accounts = openAccounts({ usersFile, clock, ledger });
  const busy = { code: 'STORE_BUSY' };
  await expect(accounts.create({ name: 'Eve', password: goodPassword, role: 'admin' }, 'x')).rejects.toMatchObject(
    busy,
  );
  await expect(accounts.setPassword('bob', 'nine other herons fly', 'x')).rejects.toMatchObject(busy);
  expect(() => accounts.setAccess('bob', { role: 'admin' }, 'x')).toThrow(expect.objectContaining(busy));
  expect(() => accounts.remove('bob', 'x')).toThrow(expect.objectContaining(busy));
  expect(accounts.list()).toEqual([{ id: 'bob', name: 'Bob', role: 'viewer' }]);
  expect(await accounts.verify('Bob', goodPassword)).toMatchObject({ role: 'viewer' });
  accounts.close();
  kept.close();
});

test.each([
  ['1234567', 'too short'],
  ['x'.repeat(257), 'too long'],
  ['1q2w3e4r', 'common'],
  ['abababababab', 'the same few characters'],
  ['Adalovelace1', 'the name'],
])('the password %s is refused (%s)', async (password) => {
  const answer = await pretendBrowser(house).post('/api/setup', {
    code: house.setupCode,
    name: 'Ada Lovelace',
    password,
  });
  expect(answer.json().code).toBe('PASSWORD_REFUSED');
});
