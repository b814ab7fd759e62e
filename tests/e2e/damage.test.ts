import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { AlertView } from '@tocsin/contracts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ConsoleClient, openConsole } from './console-client.ts';
import { fixtureSite } from './fixture-site.ts';
import { eventually, type Program } from './processes.ts';
import { countingSensor } from './sensor.ts';

vi.setConfig({ testTimeout: 60_000 });

/**
 * Goal: no damaged file stops the alarm path, and none is passed over in silence. Method: real processes are ended, 64 random bytes are
 * written into one of their files, they are started again, and a sensor that turns hot must stand before the dispatcher.
 */
let site: Awaited<ReturnType<typeof fixtureSite>>;
let cloud: Program;
let edge: Program;
let client: ConsoleClient;
let sensor: ReturnType<typeof countingSensor>;
let pulse: NodeJS.Timeout;
let value = 20;

beforeAll(async () => {
  site = await fixtureSite();
  cloud = await site.startCloud();
  edge = await site.startEdge();
  client = await openConsole(site.ports.http, cloud.announced.setupCode as string);
  sensor = countingSensor({ port: site.ports.field, secret: site.secrets.TEST_FIELD });
  await eventually('the sensor is connected', () => sensor.client.connected || undefined);
  pulse = setInterval(() => sensor.read(value), 50);
  await turns(60, 'active');
}, 60_000);

afterAll(async () => {
  clearInterval(pulse);
  await sensor?.end();
  await edge?.kill('SIGTERM');
  await cloud?.kill('SIGTERM');
  site?.[Symbol.dispose]();
});

const alerts = async () => (await client.get<{ alerts: AlertView[] }>('/api/alerts')).alerts;

/** A log whose marks are lost looks like a restored backup; a gateway makes sure of that for 15 s (edge-agent/outbox/pace.ts). */
const withinMs = 40_000;

/** The sensor reads so much from now on, and the console shows what follows from it, decided after this moment. */
async function turns(reading: number, condition: AlertView['condition']): Promise<void> {
  const sinceMs = Date.now();
  value = reading;
  const isNews = ({ rule, ladder, ...alert }: AlertView) =>
    rule === 'hot' && alert.condition === condition && (condition === 'normal' || ladder.takenAtMs! >= sinceMs - 100);
  await eventually(
    `the alert is ${condition}`,
    async () => ((await alerts()).some(isNews) ? true : undefined),
    withinMs,
  );
}

function damage(path: string, where: 'header' | 'middle'): void {
  const at = where === 'header' ? 0 : Math.floor(statSync(path).size / 2);
  const file = openSync(path, 'r+');
  writeSync(file, randomBytes(64), 0, 64, at);
  closeSync(file);
}

const pathOf = (name: string) => join(site.folder.path, name);
const setAside = (name: string) =>
  readdirSync(dirname(pathOf(name))).filter((one) => one.startsWith(`${basename(name)}.damaged-`));

async function restartCloud(): Promise<void> {
  cloud = await site.startCloud();
  client = await openConsole(site.ports.http, cloud.announced.setupCode as string | undefined);
}

const toldAtDesk = ['cloud/log.sqlite', 'cloud/state.sqlite', 'cloud/series/series.duckdb', 'cloud/users.sqlite'];
const toldInLog = ['cloud/sites.sqlite', 'cloud/quarantine.sqlite'];

test.each([...toldAtDesk, ...toldInLog])(
  'a %s without its header is set aside and told, and the next alarm arrives',
  async (name) => {
    await turns(20, 'normal');
    await cloud.kill('SIGTERM');
    damage(pathOf(name), 'header');
    await restartCloud();
    await turns(60, 'active');
    const [aside] = await eventually('the file is set aside', () => {
      const found = setAside(name);
      return found.length > 0 ? found : undefined;
    });
    if (toldInLog.includes(name)) expect(cloud.stderr()).toContain(aside);
    else
      await eventually('a trouble names the file', async () =>
        (await alerts()).some((alert) => alert.site === 'cloud' && alert.reasons.join('').includes(aside!))
          ? true
          : undefined,
      );
    expect(cloud.announced.setupCode === undefined, 'a set-up code').toBe(name !== 'cloud/users.sqlite');
  },
);

test('files damaged in their middle, all at once, stop no alarm', async () => {
  await turns(20, 'normal');
  await cloud.kill('SIGTERM');
  for (const name of [...toldAtDesk, ...toldInLog]) damage(pathOf(name), 'middle');
  await restartCloud();
  await turns(60, 'active');
});

test.each(['header', 'middle'] as const)(
  'a gateway whose journal is damaged (%s) starts, goes on, and says so',
  async (where) => {
    await turns(20, 'normal');
    await edge.kill('SIGTERM');
    damage(pathOf('edge/journal.sqlite'), where);
    edge = await site.startEdge();
    await eventually('the sensor is back', () => sensor.client.connected || undefined);
    await turns(60, 'active');
    if (setAside('edge/journal.sqlite').length === 0) return;
    await eventually('the gap is told', async () =>
      (await alerts()).some(({ rule }) => rule === 'data-gap') ? true : undefined,
    );
  },
);
