import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBatch, silentLogger, systemClock } from '@tocsin/contracts';
import { afterEach, expect, test, vi } from 'vitest';
import { openSqliteLog } from '../log/sqlite.ts';
import { createSeriesWriter, type SeriesWriterOptions } from './writer.ts';

const atMs = Date.UTC(2026, 10, 20);
const cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function open(more: Partial<SeriesWriterOptions> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-writer-'));
  const logPath = join(dir, 'log.sqlite');
  const log = openSqliteLog(logPath, { clock: systemClock, logger: silentLogger });
  const options = { logPath, dir: join(dir, 'series'), clock: systemClock, logger: silentLogger, gatherMs: 1, ...more };
  const make = () => {
    const writer = createSeriesWriter(options);
    cleanUps.push(() => writer.stop());
    return writer;
  };
  cleanUps.push(() => {
    log.close();
    rmSync(dir, { recursive: true, force: true });
  });
  let seq = 0;
  const put = (values: number[], body?: Uint8Array) => {
    seq += 1;
    const batch = {
      site: 'quarry',
      epoch: 'e1',
      lane: 'live' as const,
      seq,
      sentAtMs: atMs,
      series: [{ device: 'crack-1', channel: 'opening', unit: 'mm' }],
      columns: {
        series: new Uint8Array(values.length),
        takenAtMs: Float64Array.from(values, (_, i) => atMs + seq * 1_000 + i),
        value: Float64Array.from(values),
        quality: new Uint8Array(values.length),
      },
      events: [],
    };
    log.append([{ ...batch, receivedAtMs: atMs, body: body ?? encodeBatch(batch) }]);
  };
  return { dir, log, put, make };
}

const query = {
  site: 'quarry',
  device: 'crack-1',
  channel: 'opening',
  fromMs: atMs,
  toMs: atMs + 86_400_000,
  points: 1_000,
};
type Writer = ReturnType<typeof createSeriesWriter>;
const reaches = (writer: Writer, offset: number) =>
  vi.waitFor(async () => expect(await writer.cursor()).toBe(offset), { timeout: 15_000, interval: 20 });

test('what is in the log can be asked for, before and after a wake, and once only after a restart', async () => {
  const { log, put, make } = open();
  put([1, 2]);
  const first = make();
  await first.start();
  await reaches(first, log.end());
  put([3]);
  first.wake();
  await reaches(first, log.end());
  expect((await first.reader.range(query)).avg).toEqual([1, 2, 3]);
  expect(await first.reader.latest()).toMatchObject([{ value: 3 }]);
  await first.stop();
  await expect(first.reader.latest()).rejects.toMatchObject({ code: 'STORE_BUSY' });
  put([4]);
  const second = make();
  await second.start();
  await reaches(second, log.end());
  expect((await second.reader.range(query)).avg).toEqual([1, 2, 3, 4]);
});

test('a batch that cannot be read is left out and counted, and those behind it are applied', async () => {
  const { log, put, make } = open();
  put([1]);
  put([2], Uint8Array.of(1, 2, 3));
  put([3]);
  const writer = make();
  await writer.start();
  await reaches(writer, log.end());
  expect((await writer.reader.range(query)).avg).toEqual([1, 3]);
  expect(writer.stats()).toMatchObject({ damagedBatches: 1, readings: 2 });
});

test('a thread that dies is started again and goes on where it was, without doubling', async () => {
  const { dir, log, put, make } = open();
  put([1]);
  const writer = make();
  await writer.start();
  await reaches(writer, log.end());
  // The log vanishes under the thread, which ends it; a moment later the file is there again.
  const logFile = join(dir, 'log.sqlite');
  put([2]);
  log.close();
  const away = join(dir, 'away');
  renameSync(logFile, away);
  writer.wake();
  await vi.waitFor(() => expect(writer.stats().restarts).toBeGreaterThan(0), { timeout: 10_000, interval: 10 });
  renameSync(away, logFile);
  const again = openSqliteLog(logFile, { clock: systemClock, logger: silentLogger });
  await vi.waitFor(async () => expect((await writer.reader.range(query)).avg).toEqual([1, 2]), {
    timeout: 15_000,
    interval: 50,
  });
  again.close();
});

test('a damaged store is set aside and told, and what the log holds is applied again', async () => {
  const troubles: object[] = [];
  const { dir, log, put, make } = open({ onTrouble: (trouble) => troubles.push(trouble) });
  put([1, 2]);
  mkdirSync(join(dir, 'series'));
  writeFileSync(join(dir, 'series', 'series.duckdb'), 'nonsense'.repeat(5_000));
  const writer = make();
  await writer.start();
  await reaches(writer, log.end());
  expect((await writer.reader.range(query)).avg).toEqual([1, 2]);
  expect(troubles).toEqual([{ code: 'STORE_DAMAGED', text: expect.stringContaining('series.duckdb.damaged-') }]);
});

test('a store that cannot be opened holds nothing up: it is told once and tried again until it can', async () => {
  const troubles: object[] = [];
  const { dir, log, put, make } = open({ onTrouble: (trouble) => troubles.push(trouble) });
  put([1]);
  writeFileSync(join(dir, 'series'), 'a file where the folder should be');
  const writer = make();
  await writer.start();
  await vi.waitFor(() => expect(writer.stats().restarts).toBeGreaterThan(1), { timeout: 10_000, interval: 10 });
  expect(troubles).toMatchObject([{ code: 'STORE_BUSY' }]);
  rmSync(join(dir, 'series'));
  await reaches(writer, log.end());
  expect((await writer.reader.range(query)).avg).toEqual([1]);
});

test('a history that is older than the log reaches back says that readings are missing between', async () => {
  const troubles: object[] = [];
  const { log, put, make } = open({ onTrouble: (trouble) => troubles.push(trouble) });
  put([1]);
  const first = make();
  await first.start();
  await reaches(first, log.end());
  await first.stop();
  put([2]);
  log.trim(log.end());
  put([3]);
  const second = make();
  await second.start();
  await reaches(second, log.end());
  expect((await second.reader.range(query)).avg).toEqual([1, 3]);
  expect(troubles).toMatchObject([{ code: 'LOG_GAP' }]);
});

test('exports are written in their folder and nowhere else', async () => {
  const { dir, log, put, make } = open();
  put([1, 2, 3]);
  const writer = make();
  await writer.start();
  await reaches(writer, log.end());
  const all = { fromMs: 0, toMs: atMs + 86_400_000 };
  expect(await writer.reader.export(all, 'csv', join(dir, 'exports', 'a.csv'))).toBe(3);
  expect(await writer.reader.export(all, 'parquet', 'b.parquet')).toBe(3);
  expect(readdirSync(join(dir, 'exports')).sort()).toEqual(['a.csv', 'b.parquet']);
  for (const path of ['../c.csv', '/c.csv', '', 'x/../../c.csv', 'sub/c.csv', 'c\0.csv'])
    await expect(writer.reader.export(all, 'csv', path), path).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
  expect(existsSync(join(dir, 'c.csv'))).toBe(false);
});

test('more questions than may wait are refused, the others answered', async () => {
  const { put, make } = open();
  put([1]);
  const writer = make();
  await writer.start();
  const answers = await Promise.allSettled(Array.from({ length: 80 }, () => writer.reader.range(query)));
  const refused = answers.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(16);
  expect(refused[0]).toMatchObject({ reason: { code: 'TOO_MANY_REQUESTS' } });
});
