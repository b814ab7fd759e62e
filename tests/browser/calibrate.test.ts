/**
 * The calibration of a camera in a real browser over its real local server: a drawn street whose pin-hole is known is
 * clicked and measured, and what is saved is what the gateway reads.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@tocsin/contracts';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startCalibration } from '../../bin/camera/calibrate.ts';
import { inputsFor } from '../../bin/camera/model-inputs.ts';
import { filesOf } from '../../bin/camera/saved-file.ts';
import { stillsOfFile } from '../../bin/camera/stills.ts';
import type { Pair, Zone } from '../../dashboard/web/calibrate/words.ts';
import { readCalibration, toGround } from '../../edge-agent/vision/ground/ground.ts';
import { seriousViolations } from './accessibility.ts';
import { launchChromium, openPage } from './console-page.ts';
import { drawStreet, measured, pixelOf, street } from './drawn-street.ts';

const root = new URL('../../dashboard/web', import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), 'tocsin-calibrate-'));
const webDir = join(dir, 'web');
const pictureFile = join(dir, 'street.jpg');
let browser: Browser;
let outDir: string;
/** What the detector would see in the picture on screen. */
let people: number;
let served: Awaited<ReturnType<typeof startCalibration>>;

beforeAll(async () => {
  const input = join(root, 'calibrate.html');
  const built = { outDir: webDir, emptyOutDir: true, rolldownOptions: { input } };
  await build({ root, configFile: join(root, 'vite.config.ts'), logLevel: 'error', build: built });
  [browser] = await Promise.all([launchChromium(), drawStreet(pictureFile)]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  rmSync(dir, { recursive: true, force: true });
});
/** Longer than a busy machine needs; Playwright itself gives up after half of it. */
const longMs = 60_000;

beforeEach(async () => {
  outDir = mkdtempSync(join(dir, 'out-'));
  people = 0;
  served = await serve();
});
afterEach(async () => {
  await served.stop();
  for (const context of browser.contexts()) await context.close();
});

const paths = () => filesOf(join(outDir, 'cam-1.calibration.json'));
const serve = (zones: Zone[] = []) =>
  startCalibration({
    camera: {
      id: 'cam-1',
      name: 'Crossing north',
      stills: stillsOfFile(pictureFile),
      ...paths(),
      zones,
      ...inputsFor('nanodet-g-256x416-int8'),
      glance: async () => ({ people }),
    },
    webDir,
    clock: systemClock,
    minutes: 5,
    onSaved() {},
  });

async function atBench() {
  const opened = await openPage(browser, served.url);
  await opened.page.getByRole('heading', { level: 1, name: 'Crossing north' }).waitFor();
  return opened;
}

/** Clicks where the picture shows a pixel, whatever its size on screen is. */
async function clickPixel(page: Page, [x, y]: Pair) {
  const box = (await page.getByRole('application').boundingBox())!;
  const scale = Math.min(box.width / street.width, box.height / street.height);
  const left = box.x + (box.width - street.width * scale) / 2;
  const top = box.y + (box.height - street.height * scale) / 2;
  await page.mouse.click(left + x * scale, top + y * scale);
}

const metre = (page: Page, point: number, axis: 'x' | 'y') =>
  page.getByRole('textbox', { name: `Point ${point} ground ${axis} in metres` });
const pixel = (page: Page, point: number, axis: 'x' | 'y') =>
  page.getByRole('textbox', { name: `Point ${point} picture ${axis} in pixels` });

async function measure(page: Page, point: number, [x, y]: Pair) {
  await metre(page, point, 'x').fill(String(x));
  await metre(page, point, 'y').fill(String(y).replace('.', ','));
}

async function clickAll(page: Page, places: readonly Pair[]) {
  for (const [index, m] of places.entries()) {
    await clickPixel(page, pixelOf(m));
    await measure(page, index + 1, m);
  }
}

/** The root mean square that the page shows once it is of the points as they are. */
async function shownRms(page: Page): Promise<number> {
  const text = await page.getByText(/^RMS \d/).innerText();
  return Number(/RMS (\d+\.\d+) m/.exec(text)![1]);
}

test(
  'four clicked and measured points place the camera, and a fifth and a sixth prove it',
  async () => {
    const { page, complaints } = await atBench();
    await page.getByText('Click four places on the ground.').waitFor();
    await clickAll(page, measured.slice(0, 4));
    await page.getByText('Four points fit any picture exactly').waitFor();
    expect(await shownRms(page)).toBeLessThan(0.02);
    // After a click the metres are typed straight away.
    for (const m of measured.slice(4)) {
      await clickPixel(page, pixelOf(m));
      await page.waitForFunction(() => document.activeElement?.id.startsWith('metres-'));
      await page.keyboard.type(`${m[0]}`);
      await page.keyboard.press('Tab');
      await page.keyboard.type(`${m[1]}`);
    }
    await page.getByText('The points agree with one another.').waitFor();
    expect(await shownRms(page)).toBeLessThan(0.02);

    // A child at the far kerb is too small for the light model, which the site uses, and tall enough for the other.
    await page.getByRole('button', { name: 'Add a zone' }).click();
    await page.getByRole('textbox', { name: 'Name of the zone' }).fill('far-kerb');
    for (const m of street.farKerb) await clickPixel(page, pixelOf(m));
    await page
      .getByText(/far-kerb: a child is 1\d px tall .*too small; .*use the 384x640 model/s)
      .first()
      .waitFor();
    await page
      .getByRole('combobox', { name: 'Picture the network sees' })
      .selectOption({ label: '640 × 384 (default)' });
    await page
      .getByText(/far-kerb: a child is 2\d px tall .*tall enough/)
      .first()
      .waitFor();

    people = 2;
    const takeReference = page.getByRole('button', { name: 'Take the picture on screen as reference' });
    await takeReference.click();
    await page.getByText('2 people are in it. Wait until the street is empty').waitFor();
    people = 0;
    await page.getByRole('button', { name: 'New picture' }).click();
    await takeReference.click();
    await page.getByText('Nobody is seen in it.').waitFor();
    await page.getByRole('button', { name: 'Save the calibration' }).click();
    await page.getByText('Saved:').waitFor();
    const yaml = await page.getByLabel('Lines for the site file').innerText();
    expect(yaml).toMatch(/^calibration: cam-1\.calibration\.json\nzones:\n {2}- \{ id: far-kerb, outline: \[/);

    const { calibrationFile, referenceFile } = paths();
    const { file, calibration } = readCalibration(readFileSync(calibrationFile, 'utf8'), calibrationFile);
    expect(file).toMatchObject({
      camera: 'cam-1',
      reference: 'cam-1.reference.jpg',
      picture: { width: 1280, height: 720 },
    });
    expect(readFileSync(referenceFile)).toEqual(readFileSync(pictureFile));
    const [x, y] = toGround(calibration.ground, pixelOf([4, 3.5]))!;
    expect(Math.hypot(x - 4, y - 3.5)).toBeLessThan(0.03);
    expect(complaints).toEqual([]);
  },
  longMs,
);

test(
  'what was saved is loaded, corrected and saved again, and the one before is kept',
  async () => {
    const { calibrationFile } = paths();
    const points = measured.map((m) => ({ px: pixelOf(m), m }));
    const before = JSON.stringify({ version: 1, camera: 'cam-1', picture: { width: 1280, height: 720 }, points });
    writeFileSync(calibrationFile, before);
    await served.stop();
    served = await serve([{ id: 'far-kerb', name: 'Far kerb', outline: street.farKerb }]);
    const { page } = await atBench();
    await page.getByText('The points agree with one another.').waitFor();
    await page
      .getByText(/Far kerb: a child is/)
      .first()
      .waitFor();
    await metre(page, 6, 'x').fill('4,5');
    await page.getByText(/fits worst/).waitFor();
    await page.getByText('Look at point 6 first').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('The points agree with one another.').waitFor();
    expect(await metre(page, 6, 'x').inputValue()).toBe(String(measured[5]![0]));
    await page.getByRole('button', { name: 'Remove point 6' }).click();
    await page.getByRole('button', { name: 'Save the calibration' }).click();
    await page.getByText('Saved:').waitFor();
    const saved = JSON.parse(readFileSync(calibrationFile, 'utf8')) as { points: unknown[] };
    expect(saved.points.length).toBe(measured.length - 1);
    expect(readFileSync(`${calibrationFile}.bak`, 'utf8')).toBe(before);
    expect(await page.getByLabel('Lines for the site file').innerText()).toContain(
      '{ id: far-kerb, name: Far kerb, outline:',
    );
    await page.getByText('No reference view was taken: a moved camera stays unnoticed.').waitFor();
  },
  longMs,
);

test(
  'points that cannot place a camera are refused in words, and nothing can be saved',
  async () => {
    const { page } = await atBench();
    const line: Pair[] = [0, 1, 2, 3].map((y) => [0.5, 0.5 + y * 2]);
    await clickAll(page, line);
    await page.getByText('All points lie on one line: take some beside it.').waitFor();
    const save = page.getByRole('button', { name: 'Save the calibration' });
    expect(await save.isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Remove point 4' }).click();
    await page.getByRole('button', { name: 'Add a point by numbers' }).click();
    await pixel(page, 4, 'x').fill(await pixel(page, 1, 'x').inputValue());
    await pixel(page, 4, 'y').fill(await pixel(page, 1, 'y').inputValue());
    await measure(page, 4, [3, 3]);
    await page.getByText('point 1 and point 4 are the same place in the picture.').waitFor();
    expect(await save.isDisabled()).toBe(true);
    expect(existsSync(paths().calibrationFile)).toBe(false);
  },
  longMs,
);

test(
  'the keyboard alone sets points, draws a zone and saves',
  async () => {
    const { page } = await atBench();
    for (const [index, m] of measured.slice(0, 4).entries()) {
      await page.getByRole('button', { name: 'Add a point by numbers' }).press('Enter');
      const [x, y] = pixelOf(m);
      await pixel(page, index + 1, 'x').fill(String(x));
      await pixel(page, index + 1, 'y').fill(String(y));
      await measure(page, index + 1, m);
    }
    await page.getByText(/^RMS \d/).waitFor();
    const stage = page.getByRole('application');
    await stage.press('Shift+ArrowRight');
    await stage.press('Enter');
    await pixel(page, 5, 'x').waitFor();
    await page.keyboard.press('Control+z');
    await pixel(page, 5, 'x').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Add a zone' }).press('Enter');
    for (const [index, [x, y]] of street.farKerb.entries()) {
      await page.getByRole('button', { name: 'Add a corner by numbers' }).press('Enter');
      await page.getByRole('textbox', { name: `zone-1 corner ${index + 1} x in metres` }).fill(String(x));
      await page.getByRole('textbox', { name: `zone-1 corner ${index + 1} y in metres` }).fill(String(y));
    }
    await page
      .getByText(/zone-1: a child is/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Save the calibration', disabled: false }).press('Enter');
    await page.getByText('Saved:').waitFor();
  },
  longMs,
);

test(
  'the bench has no serious accessibility violation in either theme, wide or narrow',
  async () => {
    const { page, complaints } = await atBench();
    expect(await seriousViolations(page)).toEqual([]);
    await clickAll(page, measured);
    await page.getByText('The points agree with one another.').waitFor();
    await page.getByRole('button', { name: 'Add a zone' }).click();
    for (const m of street.farKerb) await clickPixel(page, pixelOf(m));
    await page.getByRole('button', { name: 'Take the picture on screen as reference' }).click();
    await page.getByRole('img', { name: 'The view that was taken as reference' }).waitFor();
    await page.getByRole('button', { name: 'Save the calibration' }).click();
    await page.getByText('Saved:').waitFor();
    for (const size of [
      { width: 1440, height: 900 },
      { width: 420, height: 900 },
    ]) {
      await page.setViewportSize(size);
      for (const theme of ['Light', 'Dark']) {
        await page.getByRole('button', { name: theme, exact: true }).click();
        await settled(page);
        expect(await seriousViolations(page), `${theme} at ${size.width}`).toEqual([]);
      }
    }
    expect(complaints).toEqual([]);
  },
  longMs,
);

/** Colours in the middle of a transition are nobody's choice. */
const settled = (page: Page) =>
  page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))));

test('a request without the address, of another host or another origin is refused', async () => {
  const { page } = await atBench();
  const [cookie] = await page.context().cookies();
  const own = { cookie: `${cookie!.name}=${cookie!.value}` };
  const host = `127.0.0.1:${served.port}`;
  const post = { ...own, origin: `http://${host}`, 'content-type': 'application/json' };
  expect((await ask('GET', '/api/session', own)).status).toBe(200);
  expect((await ask('POST', '/api/picture', post)).status).toBe(200);
  const refused: [string, string, Record<string, string>][] = [
    ['GET', '/', {}],
    ['GET', '/api/picture', {}],
    ['GET', '/assets/index.js', {}],
    ['GET', new URL(served.url).pathname + new URL(served.url).search, {}],
    ['GET', '/', { ...own, host: 'rebound.example' }],
    ['GET', '/', { ...own, 'sec-fetch-site': 'cross-site' }],
    ['POST', '/api/save', { ...post, origin: 'http://rebound.example' }],
    ['POST', '/api/save', { ...post, cookie: '' }],
    ['POST', '/api/save', { ...own, origin: `http://${host}`, 'content-type': 'text/plain' }],
  ];
  for (const [method, path, headers] of refused) {
    expect((await ask(method, path, headers)).status, `${method} ${path} ${JSON.stringify(headers)}`).toBe(403);
  }
  expect((await ask('GET', '/assets/..%2f..%2fcalibrate.html', own)).status).toBe(404);
  expect((await ask('POST', '/api/solve', post, '{"points":1}')).status).toBe(400);
  expect((await ask('POST', '/api/solve', post, `"${'x'.repeat(200_000)}"`)).status).toBe(413);
  const { headers } = await ask('GET', '/', own);
  expect(headers['content-security-policy']).toContain("script-src 'self';");
  expect(headers['content-security-policy']).not.toContain('unsafe-inline');
});

/** One request with exactly these headers, which `fetch` would not let us say. */
function ask(method: string, path: string, headers: Record<string, string>, body = method === 'POST' ? '{}' : '') {
  return new Promise<{ status: number; headers: Record<string, unknown> }>((done, failed) => {
    const sent = request({ host: '127.0.0.1', port: served.port, method, path, headers, agent: false }, (response) => {
      response.resume();
      response.on('end', () => done({ status: response.statusCode!, headers: response.headers }));
    });
    sent.on('error', failed);
    sent.end(body);
  });
}
