import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { qualityFlags, type SeriesStore } from '@tocsin/contracts';
import { type DuckdbOptions, openDuckdb } from '@tocsin/ingest/series';
import { afterEach, describe, expect, test } from 'vitest';
import { openMemorySeries } from './memory-series.ts';
import { batchOf, day0, dayMs, type Given, seriesSuite } from './series-store.ts';

const folders: string[] = [];
const folder = () => {
  const path = mkdtempSync(join(tmpdir(), 'tocsin-series-'));
  folders.push(path);
  return path;
};
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

const options: DuckdbOptions = { memoryLimitMb: 128, mergeEveryMs: 0 };
const key = { site: 'quarry', device: 'crack-1', channel: 'opening' };
/** A time at which `day0` is over and due to be closed. */
const nextDay = day0 + dayMs + 7_200_000;

describe('the port SeriesStore', () => {
  seriesSuite('memory', async () => {
    const store = openMemorySeries();
    return { store, reopen: async () => store, dispose: () => store.close() };
  });
  seriesSuite('duckdb', async () => {
    const dir = folder();
    let store: SeriesStore = await openDuckdb(dir, options);
    return {
      store,
      async reopen() {
        await store.close();
        store = await openDuckdb(dir, options);
        return store;
      },
      dispose: () => store.close(),
    };
  });
});

/** Readings every ten seconds over whole days, with flags here and there. */
function days(count: number, everyMs = 10_000): Given[] {
  return Array.from({ length: (count * dayMs) / everyMs }, (_, i) => ({
    atMs: day0 + i * everyMs,
    value: Math.round(1_000 * Math.sin(i / 500) + (i % 7)) / 100,
    quality: i % 50 === 0 ? qualityFlags.spike : 0,
  }));
}

const filesOf = (dir: string) =>
  existsSync(join(dir, 'days')) ? readdirSync(join(dir, 'days'), { recursive: true }).map(String).sort() : [];

/** How many readings a range holds, counted one by one. */
async function countOf(store: SeriesStore): Promise<number> {
  const { count } = await store.range({ ...key, fromMs: day0 - dayMs, toMs: day0 + 10 * dayMs, points: 100_000 });
  return count.reduce((sum, n) => sum + n, 0);
}

describe('a series store in DuckDB', () => {
  test('a closed day becomes Parquet that answers the same as the hot table', async () => {
    const dir = folder();
    const store = await openDuckdb(dir, options);
    await store.append([batchOf(1, days(1))]);
    const queries = [
      { ...key, fromMs: day0, toMs: day0 + dayMs, points: 500 },
      { ...key, fromMs: day0 + 12_345, toMs: day0 + 600_000, points: 100 },
      { ...key, fromMs: day0, toMs: day0 + dayMs, points: 24 },
    ];
    const before = await Promise.all(queries.map((query) => store.range(query)));
    await store.maintain(nextDay);
    expect(filesOf(dir)).toEqual([
      '2026-11-20',
      '2026-11-20/hour-1.parquet',
      '2026-11-20/minute-1.parquet',
      '2026-11-20/raw-1.parquet',
    ]);
    for (const [i, query] of queries.entries()) {
      const after = await store.range(query);
      expect({ ...after, avg: [] }).toEqual({ ...before[i]!, avg: [] });
      for (const [at, value] of after.avg.entries()) expect(value).toBeCloseTo(before[i]!.avg[at]!, 9);
    }
    await store.close();
  });

  test('a day that is not over, or over for less than the delay, stays open', async () => {
    const dir = folder();
    const store = await openDuckdb(dir, options);
    await store.append([batchOf(1, [{ atMs: day0, value: 1 }])]);
    await store.maintain(day0 + dayMs + 3_599_999);
    expect(filesOf(dir)).toEqual([]);
    await store.maintain(day0 + dayMs + 3_600_000);
    expect(filesOf(dir)).toHaveLength(4);
    await store.close();
  });

  test('roll-ups say what counting by hand says, when the readings themselves are gone', async () => {
    const dir = folder();
    const store = await openDuckdb(dir, { ...options, rawDays: 1 });
    const given = days(4);
    await store.append([batchOf(1, given)]);
    await store.maintain(day0 + 6 * dayMs);
    await store.maintain(day0 + 6 * dayMs);
    expect(filesOf(dir).filter((name) => name.includes('raw'))).toEqual([]);
    const twin = openMemorySeries();
    await twin.append([batchOf(1, given)]);
    for (const points of [96, 4 * 24, 16, 4 * 24 * 60]) {
      const query = { ...key, fromMs: day0, toMs: day0 + 4 * dayMs, points };
      const [ours, theirs] = [await store.range(query), await twin.range(query)];
      expect({ ...ours, avg: [] }, `${points} points`).toEqual({ ...theirs, avg: [] });
      for (const [at, value] of ours.avg.entries()) expect(value).toBeCloseTo(theirs.avg[at]!, 9);
    }
    await store.close();
  });

  test('late readings of a closed day are answered at once, merged at a later closing, and doubled never', async () => {
    const dir = folder();
    const store = await openDuckdb(dir, options);
    await store.append([batchOf(1, days(1))]);
    await store.maintain(nextDay);
    await store.append([batchOf(2, [{ atMs: day0 + 5, value: -50 }])]);
    const query = { ...key, fromMs: day0, toMs: day0 + 60_000, points: 100 };
    const before = await store.range(query);
    expect(before.min).toContain(-50);
    await store.maintain(nextDay + 1);
    expect(await store.range(query)).toEqual(before);
    expect(filesOf(dir).filter((name) => name.endsWith('-2.parquet'))).toHaveLength(3);
    await store.maintain(nextDay + 2);
    expect(filesOf(dir), 'What was replaced is swept at the next maintenance.').toHaveLength(4);
    const hours = await store.range({ ...key, fromMs: day0, toMs: day0 + dayMs, points: 24 });
    expect(Math.min(...hours.min)).toBe(-50);
    await store.close();
  });

  test('late readings are not merged more often than configured', async () => {
    const dir = folder();
    const store = await openDuckdb(dir, { ...options, mergeEveryMs: 3_600_000 });
    await store.append([batchOf(1, [{ atMs: day0, value: 1 }])]);
    await store.maintain(nextDay);
    await store.append([batchOf(2, [{ atMs: day0 + 1, value: 2 }])]);
    await store.maintain(nextDay + 3_599_999);
    expect(filesOf(dir)).toContain('2026-11-20/raw-1.parquet');
    await store.maintain(nextDay + 3_600_000);
    expect(filesOf(dir)).toContain('2026-11-20/raw-2.parquet');
    expect(await countOf(store)).toBe(2);
    await store.close();
  });

  test('a crash after any step of closing loses nothing and doubles nothing', async () => {
    const given = days(1, 60_000);
    let crashes = 0;
    for (let n = 0; ; n += 1) {
      const dir = folder();
      let left = n;
      const afterStep = () => {
        if (left === 0) throw new Error('The process died here.');
        left -= 1;
      };
      const store = await openDuckdb(dir, { ...options, afterStep });
      await store.append([batchOf(1, given)]);
      const died = await store.maintain(nextDay).then(
        () => false,
        () => true,
      );
      await store.close();
      const again = await openDuckdb(dir, options);
      expect(await countOf(again), `step ${n}`).toBe(given.length);
      await again.maintain(nextDay);
      expect(await countOf(again), `step ${n}, closed again`).toBe(given.length);
      expect(filesOf(dir).filter((name) => name.endsWith('.part'))).toEqual([]);
      await again.close();
      if (!died) break;
      crashes += 1;
    }
    expect(crashes).toBe(4);
  });

  test('retention forgets readings, minutes and hours at their own ages', async () => {
    const dir = folder();
    const store = await openDuckdb(dir, { ...options, rawDays: 2, minuteDays: 4, hourDays: 6 });
    await store.append([batchOf(1, days(1, 60_000))]);
    const left = async (daysLater: number) => {
      await store.maintain(day0 + daysLater * dayMs);
      await store.maintain(day0 + daysLater * dayMs);
      return filesOf(dir)
        .map((name) => name.split(/[/-]/)[3])
        .filter((kind) => kind !== undefined);
    };
    expect(await left(2)).toEqual(['hour', 'minute', 'raw']);
    expect(await left(3)).toEqual(['hour', 'minute']);
    expect(await left(5)).toEqual(['hour']);
    expect(await left(7)).toEqual([]);
    await store.close();
  });

  test('an append that fails leaves nothing, and the same append then succeeds', async () => {
    const dir = folder();
    const store = await openDuckdb(dir, options);
    await store.append([batchOf(1, [{ atMs: day0, value: 1 }])]);
    const bad = batchOf(2, [{ atMs: day0 + 1, value: 2, device: 'crack-9' }]);
    const broken = { ...bad, columns: { ...bad.columns, takenAtMs: undefined as unknown as Float64Array } };
    await expect(store.append([batchOf(2, [{ atMs: day0, value: 3 }]), { ...broken, offset: 3 }])).rejects.toThrow();
    expect(await store.cursor()).toBe(1);
    expect(await countOf(store)).toBe(1);
    expect(await store.latest()).toHaveLength(1);
    await store.append([bad]);
    expect(await store.latest()).toHaveLength(2);
    await store.close();
  });

  test('the readings of one channel in two units are shown in the newer one', async () => {
    const dir = folder();
    const store = await openDuckdb(dir, options);
    await store.append([
      batchOf(1, [{ atMs: day0, value: 2, unit: 'cm' }]),
      batchOf(2, [{ atMs: day0 + 1_000, value: 21, unit: 'mm' }]),
    ]);
    const range = await store.range({ ...key, fromMs: day0, toMs: day0 + dayMs, points: 10 });
    expect([range.unit, range.avg]).toEqual(['mm', [20, 21]]);
    expect(await store.latest()).toEqual([{ ...key, unit: 'mm', takenAtMs: day0 + 1_000, value: 21, quality: 0 }]);
    await store.close();
  });

  test('readings of more series than allowed are left out and counted, the others kept', async () => {
    const store = await openDuckdb(folder(), { ...options, seriesMax: 2 });
    await store.append([
      batchOf(
        1,
        ['a', 'b', 'c', 'a'].map((device, i) => ({ atMs: day0 + i, value: i, device })),
      ),
    ]);
    expect(await store.latest()).toHaveLength(2);
    expect([store.leftOut(), store.series(), await store.cursor()]).toEqual([1, 2, 1]);
    await store.close();
  });

  test('a Parquet export holds every reading of hot table and closed days, with names', async () => {
    const dir = folder();
    const store = await openDuckdb(dir, options);
    await store.append([batchOf(1, days(1, 3_600_000))]);
    await store.maintain(nextDay);
    await store.append([
      batchOf(2, [
        { atMs: day0 + dayMs, value: 7.25 },
        { atMs: day0 + 2 * dayMs, value: 8 },
      ]),
    ]);
    const path = join(dir, "it's.parquet");
    expect(await store.export({ site: 'quarry', fromMs: day0, toMs: day0 + 2 * dayMs }, 'parquet', path)).toBe(25);
    expect(await store.export({ site: 'tunnel', fromMs: 0, toMs: day0 + 9 * dayMs }, 'parquet', path)).toBe(0);
    expect(await store.export({ fromMs: day0, toMs: day0 + 2 * dayMs }, 'parquet', path)).toBe(25);
    await store.close();
    const reader = await (await DuckDBInstance.create()).connect();
    const rows = await reader.runAndReadAll(
      `SELECT site, device, channel, unit, taken_at_ms::DOUBLE, value, quality FROM '${path.replace("'", "''")}'`,
    );
    expect(rows.getRowsJS().at(-1)).toEqual(['quarry', 'crack-1', 'opening', 'mm', day0 + dayMs, 7.25, 0]);
    const folderOfDays = join(dir, 'days', '*', 'raw-*.parquet');
    const joined = await reader.runAndReadAll(
      `SELECT count(*)::INTEGER FROM '${folderOfDays}' JOIN '${join(dir, 'series.parquet')}' USING (series_id)`,
    );
    expect(joined.getRowsJS(), 'The folder can be read without Tocsin.').toEqual([[24]]);
  });

  test('a CSV export runs no formula in a spreadsheet and leaves numbers as numbers', async () => {
    const dir = folder();
    const store = await openDuckdb(dir, options);
    const given = [
      { atMs: day0 + 1, value: -1.5, device: '-cmd', unit: '=1+1' },
      { atMs: day0 + 2, value: 2, device: 'a', unit: '@x' },
      { atMs: day0 + 3, value: 3, device: 'b', unit: '+y,"z"' },
      { atMs: day0 + 4, value: 4, device: 'c', unit: '\tq' },
      { atMs: day0 + 5, value: 5, device: 'd', unit: '%' },
    ];
    await store.append([batchOf(1, given)]);
    const path = join(dir, 'out.csv');
    expect(await store.export({ fromMs: 0, toMs: day0 + dayMs }, 'csv', path)).toBe(5);
    await store.close();
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines).toEqual([
      'time,taken_at_ms,site,device,channel,unit,value,quality',
      `2026-11-20T00:00:00.001Z,${day0 + 1},quarry,'-cmd,opening,'=1+1,-1.5,0`,
      `2026-11-20T00:00:00.002Z,${day0 + 2},quarry,a,opening,'@x,2.0,0`,
      `2026-11-20T00:00:00.003Z,${day0 + 3},quarry,b,opening,"'+y,""z""",3.0,0`,
      `2026-11-20T00:00:00.004Z,${day0 + 4},quarry,c,opening,'\tq,4.0,0`,
      `2026-11-20T00:00:00.005Z,${day0 + 5},quarry,d,opening,%,5.0,0`,
    ]);
  });

  test('a file that is no database is refused with a remedy and left alone', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'series.duckdb'), 'not a database at all'.repeat(1_000));
    await expect(openDuckdb(dir, options)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    expect(existsSync(join(dir, 'series.duckdb'))).toBe(true);
  });
});
