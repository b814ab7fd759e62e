import { afterAll, beforeAll, expect, test } from 'vitest';
import { person } from '../e2e/console-client.ts';
import { fixtureSite } from '../e2e/fixture-site.ts';
import { eventually, type Program } from '../e2e/processes.ts';
import { countingSensor } from '../e2e/sensor.ts';
import {
  acknowledge,
  alertRow,
  launchChromium,
  openAlert,
  openPage,
  setUp,
  staleBanner,
  waitUntilLive,
} from './console-page.ts';

/** The dispatcher's half of the alarm path, against the real cloud and a real gateway: nothing is pretended here but the sensor. */
let site: Awaited<ReturnType<typeof fixtureSite>>;
let cloud: Program;
let edge: Program;
let browser: Awaited<ReturnType<typeof launchChromium>>;
let sensor: ReturnType<typeof countingSensor>;

beforeAll(async () => {
  site = await fixtureSite();
  [cloud, browser] = await Promise.all([site.startCloud(), launchChromium()]);
  edge = await site.startEdge();
  sensor = countingSensor({ port: site.ports.field, secret: site.secrets.TEST_FIELD });
  await eventually('the sensor is connected', () => sensor.client.connected || undefined);
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await sensor?.end();
  await edge?.kill('SIGTERM');
  await cloud?.kill('SIGTERM');
  site?.[Symbol.dispose]();
});

test('a person logs in, sees the alert live, acknowledges it, and all of it survives a kill of the server', {
  timeout: 90_000,
}, async () => {
  const { page, complaints } = await openPage(browser, `http://127.0.0.1:${site.ports.http}/`);
  await setUp(page, { code: cloud.announced.setupCode as string, ...person });
  for (let i = 0; i < 6; i += 1) sensor.read(20 + i);
  expect(await alertRow(page, 'Too hot in the test plant').count()).toBe(0);
  sensor.read(66);
  const detail = await openAlert(page, 'Too hot in the test plant');
  await detail.getByText('Look at the boiler.').waitFor();
  expect(await acknowledge(page, 'on my way')).toContain(person.name);

  await cloud.kill('SIGKILL');
  await staleBanner(page).waitFor({ timeout: 12_000 });
  cloud = await site.startCloud();
  await waitUntilLive(page);
  await detail.getByText(/Acknowledged by/).waitFor();
  expect(await detail.getByText(/Acknowledged by/).innerText()).toContain(person.name);
  sensor.read(20);
  await alertRow(page, 'Too hot in the test plant').first().waitFor();
  expect(complaints).toEqual([]);
  expect(cloud.announced.setupCode, 'the first user is known, so there is no second code').toBeUndefined();
});
