/** Drives the console as a person would: by what is written on it, never by its markup. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Debian's Chromium, or another by the environment. */
const executablePath = process.env.TOCSIN_CHROMIUM ?? '/usr/bin/chromium';
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

export type Person = { name: string; password: string };

/** Starts Chromium, or says how to get it. */
export async function launchChromium(): Promise<Browser> {
  if (!existsSync(executablePath)) {
    throw new Error(
      `There is no Chromium at ${executablePath}. Install it (apt-get install chromium) or set TOCSIN_CHROMIUM.`,
    );
  }
  return chromium.launch({ executablePath, args: flags });
}

/** A page of its own session; `complaints` gathers what the browser objected to (scripts, policy), which must stay empty. */
export async function openPage(browser: Browser, url: string): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // A refused request is part of life without a session or a server; everything else is a fault of the page.
    if (message.type() === 'error' && !/Failed to load resource|ERR_/.test(message.text()))
      complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints };
}

/** Fills in the form for the first user and waits for the console. */
export async function setUp(page: Page, { code, name, password }: Person & { code: string }): Promise<void> {
  await page.getByRole('textbox', { name: 'Set-up code' }).fill(code);
  await page.getByRole('textbox', { name: 'Your name' }).fill(name);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Create the first user' }).click();
  await waitUntilLive(page);
}

/** Logs in and waits for the console. */
export async function logIn(page: Page, { name, password }: Person): Promise<void> {
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await waitUntilLive(page);
}

/** Waits until the page says that it shows the present. */
export async function waitUntilLive(page: Page): Promise<void> {
  await page
    .getByRole('status')
    .filter({ hasText: /^live$/ })
    .waitFor();
}

/** The rows of the alert list, in order. */
export const alertRows = (page: Page) => page.getByRole('listbox').getByRole('option');

/** The row of an alert by words of its event. */
export const alertRow = (page: Page, event: string | RegExp) => alertRows(page).filter({ hasText: event });

/** Opens an alert and answers its detail. */
export async function openAlert(page: Page, event: string | RegExp) {
  await alertRow(page, event).first().click();
  const detail = page.getByRole('article');
  await detail.getByRole('heading', { level: 2, name: event }).waitFor();
  return detail;
}

/** Acknowledges the open alert and answers what stands there then, name and time included. */
export async function acknowledge(page: Page, note = ''): Promise<string> {
  const detail = page.getByRole('article');
  if (note) await detail.getByRole('textbox', { name: 'Note (optional)' }).fill(note);
  await detail.getByRole('button', { name: 'Acknowledge' }).click();
  const done = detail.getByText(/Acknowledged by/);
  await done.waitFor();
  return done.innerText();
}

/** Resets the open latched alert, which needs a reason. */
export async function reset(page: Page, reason: string): Promise<void> {
  const detail = page.getByRole('article');
  await detail.getByRole('textbox', { name: 'Reason for the reset' }).fill(reason);
  await detail.getByRole('button', { name: 'Reset' }).click();
  await detail.getByRole('button', { name: 'Reset' }).waitFor({ state: 'detached' });
}

/** The banner that says that the page no longer shows the present. */
export const staleBanner = (page: Page) => page.getByRole('alert').filter({ hasText: 'Data is old since' });

/** The banner that says that the server lives and takes in no alerts. */
export const stoppedBanner = (page: Page) =>
  page.getByRole('alert').filter({ hasText: 'Alerts are not being taken in since' });

/** Addresses of pictures on the page that did not become one. */
export const brokenPictures = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const broken: string[] = [];
    for (const image of document.images) {
      await image.decode().catch(() => broken.push(image.src));
    }
    return broken;
  });
