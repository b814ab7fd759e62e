/**
 * The console in a real browser over the real API; only the desk behind it is in memory.
 * Goal: a person logs in, sees an alert come, takes it on, is told when the page goes blind, and goes on where they were.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@tocsin/contracts';
import type { Health } from '@tocsin/dashboard';
import {
  createPretendDesk,
  createPretendLedger,
  goodPassword,
  type PretendDashboard,
  pretendAlert,
  pretendSeries,
  startPretendDashboard,
  tellStory,
  townPictures,
  townSeries,
} from '@tocsin/dashboard/pretend';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { seriousViolations } from './accessibility.ts';
import * as consolePage from './console-page.ts';

const root = new URL('../../dashboard/web', import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), 'tocsin-browser-'));
const webDir = join(dir, 'web');
const ada = { name: 'Ada', password: goodPassword };
let browser: Browser;
let house: PretendDashboard;
let houseDir: string;

beforeAll(async () => {
  const configFile = join(root, 'vite.config.ts');
  await build({ root, configFile, logLevel: 'error', build: { outDir: webDir, emptyOutDir: true } });
  browser = await consolePage.launchChromium();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(async () => {
  health = { status: 'ok' };
  houseDir = mkdtempSync(join(dir, 'house-'));
  house = await startHouse();
});
afterEach(async () => {
  await house.close();
  for (const context of browser.contexts()) await context.close();
});

let health: Health;
const startHouse = (given: { desk?: PretendDashboard['desk']; port?: number } = {}) =>
  startPretendDashboard({
    health: () => health,
    dir: houseDir,
    desk: given.desk ?? createPretendDesk(),
    ledger: createPretendLedger(),
    series: townSeries(systemClock.nowMs, pretendSeries.export),
    pictures: townPictures(systemClock.nowMs),
    webDir,
    listen: { host: '127.0.0.1', port: given.port ?? 0 },
  });
const address = () => `http://127.0.0.1:${house.port}/`;
const atConsole = async () => {
  const opened = await consolePage.openPage(browser, address());
  await consolePage.setUp(opened.page, { ...ada, code: house.setupCode! });
  return opened;
};

test('the first user sets up, sees an alert come, acknowledges it, and name and time stand beside it', async () => {
  const { page, complaints } = await atConsole();
  await page.getByText('this quiet proves nothing').waitFor();
  const { key } = house.desk.raise(pretendAlert({ takenAtMs: systemClock.nowMs() }));
  await consolePage.alertRow(page, 'The slope is moving fast').waitFor();
  await consolePage.openAlert(page, 'The slope is moving fast');
  expect(await consolePage.acknowledge(page, 'On my way')).toMatch(
    /Acknowledged by Ada at \d\d:\d\d:\d\d.*“On my way”/s,
  );
  expect(house.desk.alert(key)?.alert.acknowledgedBy).toBe('Ada');
  expect(await consolePage.alertRow(page, 'The slope is moving fast').innerText()).toMatch(/✓ Ada \d\d:\d\d:\d\d/);
  house.desk.change(key, { condition: 'normal', latch: 'latched' });
  await consolePage.reset(page, 'Checked on site');
  expect(house.desk.alert(key)?.alert.latch).toBe('none');
  expect(complaints).toEqual([]);
});

test('two dispatchers at the same moment: the second is told who was first and when', async () => {
  const one = await atConsole();
  await house.dashboard.accounts.create({ name: 'Bob', password: goodPassword, role: 'dispatcher' }, 'test');
  const two = await consolePage.openPage(browser, address());
  await consolePage.logIn(two.page, { name: 'Bob', password: goodPassword });
  const { key } = house.desk.raise(pretendAlert({ takenAtMs: systemClock.nowMs() }));
  // Bob presses first, but his request is held on the way until Ada's has been answered.
  const { promise: adaDone, resolve: release } = Promise.withResolvers<void>();
  await two.page.route('**/acknowledge', (route) => adaDone.then(() => route.continue()));
  const detail = await consolePage.openAlert(two.page, 'The slope is moving fast');
  await detail.getByRole('button', { name: 'Acknowledge' }).click();
  await consolePage.openAlert(one.page, 'The slope is moving fast');
  await consolePage.acknowledge(one.page);
  release();
  await detail.getByText(/Ada was first, at \d\d:\d\d:\d\d/).waitFor();
  expect(house.desk.alert(key)?.alert.acknowledgedBy).toBe('Ada');
});

test('when the server falls silent a banner says since when; when it is back, session and stream go on', async () => {
  const { page, complaints } = await atConsole();
  const { desk, port } = house;
  desk.raise(pretendAlert({ takenAtMs: systemClock.nowMs(), event: 'Before the fall' }));
  await consolePage.alertRow(page, 'Before the fall').waitFor();
  await house.dashboard.stop();
  const silentAtMs = performance.now();
  await consolePage.staleBanner(page).waitFor({ timeout: 12_000 });
  expect(performance.now() - silentAtMs).toBeLessThan(10_000);
  expect(await consolePage.staleBanner(page).innerText()).toMatch(/Data is old since \d\d:\d\d:\d\d/);
  desk.raise(pretendAlert({ takenAtMs: systemClock.nowMs(), rule: 'meanwhile', event: 'While nobody saw' }));
  house = await startHouse({ desk, port });
  expect(house.setupCode).toBeUndefined();
  await consolePage.waitUntilLive(page);
  await consolePage.alertRow(page, 'While nobody saw').waitFor();
  await consolePage.staleBanner(page).waitFor({ state: 'detached' });
  expect(await consolePage.alertRows(page).count()).toBe(2);
  await page.reload();
  await consolePage.waitUntilLive(page);
  expect(complaints).toEqual([]);
}, 40_000);

test('when the server lives but takes in no alerts a banner says since when, until it does again', async () => {
  const { page, complaints } = await atConsole();
  house.desk.raise(pretendAlert({ takenAtMs: systemClock.nowMs(), event: 'Before the disk was full' }));
  await consolePage.alertRow(page, 'Before the disk was full').waitFor();
  health = { status: 'degraded', alertsStoppedAtMs: systemClock.nowMs() };
  await consolePage.stoppedBanner(page).waitFor({ timeout: 10_000 });
  expect(await consolePage.stoppedBanner(page).innerText()).toMatch(/taken in since \d\d:\d\d:\d\d/);
  expect(
    await page
      .getByRole('status')
      .filter({ hasText: /^live$/ })
      .count(),
  ).toBe(0);
  expect(await seriousViolations(page)).toEqual([]);
  health = { status: 'ok' };
  await consolePage.stoppedBanner(page).waitFor({ state: 'detached', timeout: 10_000 });
  await consolePage.waitUntilLive(page);
  expect(complaints).toEqual([]);
}, 40_000);

test('a console opened while the desk does not answer says that it can show nothing, and shows all once it can', async () => {
  const { page } = await atConsole();
  house.desk.raise(pretendAlert({ takenAtMs: systemClock.nowMs(), event: 'Behind the silence' }));
  await page.route('**/api/alerts*', (route) => route.fulfill({ status: 503, json: { code: 'STORE_BUSY' } }));
  await page.reload();
  await page.getByRole('alert').filter({ hasText: 'Nothing can be shown.' }).waitFor();
  await page.unroute('**/api/alerts*');
  await consolePage.alertRow(page, 'Behind the silence').waitFor();
  await consolePage.waitUntilLive(page);
}, 40_000);

test('nothing jumps under the pointer: what is new waits behind a bar until it is let in', async () => {
  const { page } = await atConsole();
  house.desk.raise(pretendAlert({ takenAtMs: systemClock.nowMs(), severity: 'Minor', event: 'A small thing' }));
  await consolePage.alertRow(page, 'A small thing').hover();
  for (const n of [1, 2, 3]) {
    const worse = { rule: `worse-${n}`, severity: n === 2 ? 'Extreme' : 'Severe', event: `Worse ${n}` } as const;
    house.desk.raise(pretendAlert({ takenAtMs: systemClock.nowMs(), ...worse }));
  }
  const bar = page.getByRole('button', { name: '3 new, worst Extreme: show' });
  await bar.waitFor();
  expect(await consolePage.alertRows(page).count()).toBe(1);
  await bar.click();
  await consolePage.alertRow(page, 'Worse 2').waitFor();
  expect(await consolePage.alertRows(page).first().innerText()).toContain('Worse 2');
});

test('the keyboard alone finds, opens and acknowledges an alert, and letters typed into a note stay text', async () => {
  const { page, complaints } = await atConsole();
  const raised = ['one', 'two'].map((rule, n) =>
    house.desk.raise(pretendAlert({ takenAtMs: 1_000 + n, rule, event: `Thing ${rule}` })),
  );
  await consolePage.alertRow(page, 'Thing two').waitFor();
  await page.keyboard.press('l');
  await page.keyboard.press('ArrowDown');
  await page.getByRole('heading', { level: 2, name: 'Thing two' }).waitFor();
  await page.keyboard.press('k');
  await page.getByRole('heading', { level: 2, name: 'Thing one' }).waitFor();
  await page.getByRole('textbox', { name: 'Note (optional)' }).focus();
  await page.keyboard.type('a jalapeno');
  expect(await page.getByRole('textbox', { name: 'Note (optional)' }).inputValue()).toBe('a jalapeno');
  expect(house.desk.alert(raised[0]!.key)?.alert.operator).toBe('unacknowledged');
  await consolePage.alertRow(page, 'Thing one').focus();
  await page.keyboard.press('a');
  await page.getByText(/Acknowledged by Ada/).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('region', { name: 'What is happening' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys and words' }).waitFor();
  expect(await seriousViolations(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

test('hostile text is text: nothing runs and the policy is not even tried', async () => {
  const { page, complaints } = await atConsole();
  const event = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';
  house.desk.raise(
    pretendAlert({ takenAtMs: systemClock.nowMs(), event, reasons: [event], advice: `javascript:${event}` }),
  );
  await consolePage.openAlert(page, '<img src=x');
  expect(await page.title()).toBe('Tocsin');
  expect(complaints).toEqual([]);
});

test('the frames of an alert are seen, enlarged and gone through by the keyboard alone, and who looked is on the record', async () => {
  const { page, complaints } = await atConsole();
  tellStory(house.desk, systemClock.nowMs());
  const detail = await consolePage.openAlert(page, 'Somebody needs longer to cross');
  const frames = detail.getByRole('button', { name: /camera kerb-north, people are blurred/ });
  await frames.nth(2).waitFor();
  await detail.getByText('Not here yet. The site sends it').waitFor();
  expect(await detail.getByText('Deleted. Pictures are kept').count()).toBe(0);
  await detail.getByRole('button', { name: '1 of earlier occurrences' }).click();
  await detail.getByText('Deleted. Pictures are kept for a limited time.').waitFor();
  expect(await consolePage.brokenPictures(page)).toEqual([]);
  await frames.nth(0).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: /^Before, \d\d:\d\d:\d\d, camera kerb-north/ });
  await dialog.getByRole('img', { name: /Somebody needs longer to cross: Before/ }).waitFor();
  expect(await seriousViolations(page)).toEqual([]);
  await page.keyboard.press('ArrowRight');
  await page.getByRole('dialog', { name: /^At the alert/ }).waitFor();
  await page.getByText('2 of 3').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.activeElement?.classList.contains('frame-open'));
  await page.getByRole('heading', { level: 2, name: 'Somebody needs longer to cross' }).waitFor();
  const viewed = house.ledger.entries(0, 500).filter(({ body }) => body.includes('picture.view'));
  expect(viewed.map(({ actor, body }) => [actor, JSON.parse(body).role])).toEqual(
    expect.arrayContaining([
      ['Ada', 'before'],
      ['Ada', 'at'],
      ['Ada', 'after'],
    ]),
  );
  expect(viewed.length).toBe(3);
  expect(complaints).toEqual([]);
});

test('a camera is seen live while it is in sight, says since when it is not, and is not asked about when nobody looks', async () => {
  const { page, complaints } = await atConsole();
  tellStory(house.desk, systemClock.nowMs());
  const card = page.getByRole('region', { name: 'Crossing at the school' });
  const live = card.getByRole('img', { name: /Camera kerb-north, live: 2 people, 1 vehicle. Sees 97 % of its view/ });
  await live.waitFor();
  const places = () =>
    live.locator('rect.camera-halo').evaluateAll((boxes) => boxes.map((box) => box.getAttribute('x')).join());
  const before = await places();
  await page.waitForFunction(
    (then) =>
      [...document.querySelectorAll('rect.camera-halo')]
        .slice(0, 3)
        .map((box) => box.getAttribute('x'))
        .join() !== then,
    before,
  );
  await card.getByText(/not live since \d\d:\d\d:\d\d/).waitFor();
  await card.getByText('⚠ The lens is covered').waitFor();
  await card.getByText('Blind: what happens there is not known').waitFor();
  let asked = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/cameras')) asked += 1;
  });
  await consolePage.openAlert(page, 'Fire in the kitchen');
  const answered = asked;
  // Three beats of the stream are fifteen seconds; two polls of the cards are enough to see that the cameras have none.
  for (let i = 0; i < 2; i += 1) await page.waitForResponse('**/api/sites');
  expect(asked - answered).toBeLessThanOrEqual(1);
  expect(complaints).toEqual([]);
}, 30_000);

test('set-up, log-in, list, detail and town have no serious accessibility violation in either theme, wide or narrow', async () => {
  const { page, complaints } = await consolePage.openPage(browser, address());
  await page.getByRole('heading', { name: 'Set up the first user' }).waitFor();
  expect(await seriousViolations(page)).toEqual([]);
  tellStory(house.desk, systemClock.nowMs());
  await consolePage.setUp(page, { ...ada, code: house.setupCode! });
  await page.getByRole('region', { name: 'What is happening' }).getByText('mm/h').waitFor();
  await page.getByText('⚠ The lens is covered').waitFor();
  expect(await seriousViolations(page)).toEqual([]);
  await consolePage.openAlert(page, /slope accelerates/);
  await page.getByText('NOT CONFIRMED').waitFor();
  expect(await seriousViolations(page)).toEqual([]);
  const crosses = await consolePage.openAlert(page, /needs longer to cross/);
  await crosses.getByText('Not here yet.').waitFor();
  expect(await seriousViolations(page)).toEqual([]);
  await page.getByRole('button', { name: /^Ada/ }).click();
  await page.getByRole('button', { name: 'Light theme' }).waitFor();
  expect(await seriousViolations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Light theme' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await seriousViolations(page)).toEqual([]);
  await page.setViewportSize({ width: 420, height: 900 });
  expect(await seriousViolations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Close this alert' }).click();
  await page.getByRole('button', { name: 'Town' }).click();
  await page.getByText('⚠ The lens is covered').waitFor();
  expect(await seriousViolations(page)).toEqual([]);
  expect(complaints).toEqual([]);
}, 40_000);
