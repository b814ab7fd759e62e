import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { chance } from '@tocsin/simulators';
import { expect, test } from 'vitest';
import { type ConsoleClient, openConsole } from './console-client.ts';
import { fixtureSite } from './fixture-site.ts';
import { eventually, type Program, runProgram } from './processes.ts';
import { countingSensor } from './sensor.ts';

/**
 * Goal: count in = count out. Method: a sensor keeps its own record while cloud and edge are killed at random instants in the middle of
 * their work; when everything has healed, what the store hands out must be the sensor's record, each reading once and unchanged.
 */
const rounds = 24;

async function storedCounts(client: ConsoleClient): Promise<{ t: number; n: number }[]> {
  const span = `fromMs=${Date.now() - 3_600_000}&toMs=${Date.now() + 60_000}`;
  const csv = await client.text(`/api/series/export?format=csv&site=plant&device=sensor&channel=count&${span}`);
  const [head, ...lines] = csv.trim().split('\n');
  const names = head!.split(',').map((name) => name.replaceAll('"', ''));
  const at = (name: string) => names.indexOf(name);
  const [timeAt, valueAt] = [at('taken_at_ms'), at('value')];
  expect(Math.min(timeAt, valueAt), head).toBeGreaterThanOrEqual(0);
  return lines.map((line) => line.split(',')).map((cells) => ({ t: Number(cells[timeAt]), n: Number(cells[valueAt]) }));
}

test(`killing cloud and edge ${rounds} times in the middle of their work loses no reading and stores none twice`, {
  timeout: 240_000,
}, async () => {
  using site = await fixtureSite();
  const luck = chance('kill');
  let cloud: Program = await site.startCloud();
  let edge: Program = await site.startEdge();
  const setupCode = cloud.announced.setupCode as string;
  await openConsole(site.ports.http, setupCode);
  const sensor = countingSensor({ port: site.ports.field, secret: site.secrets.TEST_FIELD });
  await eventually('the sensor is connected', () => sensor.client.connected || undefined);
  const pulse = setInterval(() => sensor.read(), 20);
  try {
    for (let round = 0; round < rounds; round += 1) {
      await new Promise((done) => setTimeout(done, luck.integer(150, 700)));
      if (round % 3 === 2) {
        await edge.kill('SIGKILL');
        edge = await site.startEdge();
        await eventually('the sensor is connected again', () => sensor.client.connected || undefined);
      } else {
        await cloud.kill('SIGKILL');
        cloud = await site.startCloud();
      }
    }
  } finally {
    clearInterval(pulse);
  }
  expect(sensor.sent.length, 'The run must do enough to mean something.').toBeGreaterThan(700);
  const client = await openConsole(site.ports.http);
  const stored = await eventually(
    'everything sent is stored',
    async () => {
      const rows = await storedCounts(client);
      return rows.length >= sensor.sent.length ? rows : undefined;
    },
    60_000,
  ).catch(() => storedCounts(client));
  const key = ({ t, n }: { t: number; n: number }) => `${t}/${n}`;
  const counts = new Map<string, number>();
  for (const row of stored) counts.set(key(row), (counts.get(key(row)) ?? 0) + 1);
  expect(
    [...counts].filter(([, count]) => count > 1),
    'stored twice',
  ).toEqual([]);
  expect(
    sensor.sent.filter((reading) => !counts.has(key(reading))),
    'lost',
  ).toEqual([]);
  expect(stored.length).toBe(sensor.sent.length);

  await sensor.end();
  await edge.kill('SIGTERM');
  await cloud.kill('SIGTERM');
  for (const file of [join(site.folder.path, 'cloud/state.sqlite'), join(site.folder.path, 'edge/journal.sqlite')]) {
    expect(await runProgram(['ledger', 'verify', file])).toMatchObject({ code: 0 });
    const db = new DatabaseSync(file, { readOnly: true });
    expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    db.close();
  }
});
