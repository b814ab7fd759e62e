import { randomBytes } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckdbOptions, openDuckdb, openOrRebuild } from '@tocsin/ingest/series';
import { afterEach, expect, test } from 'vitest';
import { batchOf, day0, dayMs } from './series-store.ts';

const folders: string[] = [];
const folder = () => {
  const path = mkdtempSync(join(tmpdir(), 'tocsin-series-damage-'));
  folders.push(path);
  return path;
};
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

const options: DuckdbOptions = { memoryLimitMb: 128, mergeEveryMs: 0 };
const key = { site: 'quarry', device: 'crack-1', channel: 'opening' };
const nextDay = day0 + dayMs + 7_200_000;

function damage(path: string, at: number, bytes = 64): void {
  const file = openSync(path, 'r+');
  writeSync(file, randomBytes(bytes), 0, bytes, at);
  closeSync(file);
}

/** Everything the log would bring again: two days that are closed (one twice, because of a late reading), and one that is not. */
const log = [
  batchOf(1, [
    { atMs: day0, value: 1 },
    { atMs: day0 + dayMs, value: 2 },
  ]),
  batchOf(2, [{ atMs: day0 + 1_000, value: 3, device: 'crack-2' }]),
  batchOf(3, [
    { atMs: day0 + 2_000, value: 4 },
    { atMs: day0 + dayMs + 1, value: 5 },
  ]),
  batchOf(4, [
    { atMs: day0 + 3_000, value: 6 },
    { atMs: day0 + dayMs + 2, value: 7 },
  ]),
];

async function contents(store: Awaited<ReturnType<typeof openDuckdb>>) {
  const of = async (device: string) => {
    const { tMs, avg } = await store.range({
      ...key,
      device,
      fromMs: day0 - dayMs,
      toMs: day0 + 9 * dayMs,
      points: 99,
    });
    return tMs.map((t, i) => [t - day0, avg[i]]);
  };
  const latest = (await store.latest()).map(({ device, value }) => `${device} ${value}`).sort();
  return { one: await of('crack-1'), two: await of('crack-2'), latest };
}

async function rebuilt(dir: string) {
  const told: string[] = [];
  const store = await openOrRebuild(dir, { ...options, nowMs: () => day0, onTrouble: (text) => told.push(text) });
  return { store, told };
}

test('a damaged database is set aside, its closed days stay, and the log applied again doubles and loses nothing', async () => {
  const dir = folder();
  const store = await openDuckdb(dir, options);
  await store.append(log.slice(0, 2));
  await store.maintain(nextDay);
  await store.append(log.slice(2, 3));
  await store.maintain(nextDay);
  await store.append(log.slice(3));
  const before = await contents(store);
  expect(before.one).toHaveLength(6);
  await store.close();
  damage(join(dir, 'series.duckdb'), 4_096, 8_192);
  await expect(openDuckdb(dir, options)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  const { store: again, told } = await rebuilt(dir);
  expect(told[0]).toMatch(/set aside as series\.duckdb\.damaged-2026.*1 closed days were taken over/);
  expect(readdirSync(dir).some((name) => name.startsWith('series.duckdb.damaged-2026'))).toBe(true);
  expect(await again.cursor()).toBe(0);
  expect((await contents(again)).two).toEqual(before.two);
  for (const batch of log) await again.append([batch]);
  expect(await contents(again)).toEqual(before);
  await again.maintain(nextDay + dayMs);
  expect(await contents(again)).toEqual(before);
  await again.close();
  const { store: third, told: quiet } = await rebuilt(dir);
  expect(quiet).toEqual([]);
  expect(await contents(third)).toEqual(before);
  await third.close();
});

test('wherever the file is damaged, it is either read rightly or set aside', async () => {
  const source = folder();
  const store = await openDuckdb(source, options);
  await store.append(log);
  await store.close();
  const { size } = statSync(join(source, 'series.duckdb'));
  for (let round = 0; round < 12; round += 1) {
    const dir = folder();
    copyFileSync(join(source, 'series.duckdb'), join(dir, 'series.duckdb'));
    damage(join(dir, 'series.duckdb'), Math.floor((size - 64) * (round / 11)));
    const { store: again, told } = await rebuilt(dir);
    if (told.length > 0) await again.append(log);
    expect((await contents(again)).one, `round ${round}`).toHaveLength(6);
    await again.close();
  }
});

test('days that cannot be taken over are set aside with the database, and the store goes on', async () => {
  const dir = folder();
  const store = await openDuckdb(dir, options);
  await store.append(log);
  await store.maintain(nextDay);
  await store.close();
  damage(join(dir, 'series.duckdb'), 4_096, 8_192);
  damage(join(dir, 'series.parquet'), 0, statSync(join(dir, 'series.parquet')).size);
  const { store: again, told } = await rebuilt(dir);
  expect(told[0]).toContain('set aside as well');
  expect(existsSync(join(dir, 'days'))).toBe(false);
  await again.append(log);
  expect((await contents(again)).one).toHaveLength(6);
  await again.close();
});
