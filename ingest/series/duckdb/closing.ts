import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { unusableFlags } from '@tocsin/contracts';
import type { DuckdbConfig } from './config.ts';
import { inTransaction, rowsOf } from './database.ts';
import {
  type DayFile,
  dayFolder,
  dayMs,
  dayPath,
  type Kind,
  kinds,
  makeFolder,
  parquetOf,
  publishFile,
  sqlText,
  sweep,
} from './files.ts';
import { closedThrough, listFiles, writeManifest } from './manifest.ts';

/**
 * Turns finished days into Parquet files and forgets what is older than the retention. A day's files are written beside the old ones
 * under new names; then one transaction deletes the day from the hot table and lists the new files. A crash before it leaves files that
 * nothing lists, a crash after it leaves old files that nothing lists any more: the next sweep removes both, and nothing is lost or doubled.
 *
 * Roll-ups keep usable and unusable readings apart (`usable`), so that they can be merged and read by the same rule as readings.
 */
const parquet = '(FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2, ROW_GROUP_SIZE 122880)';
const rollupMs = { minute: 60_000, hour: 3_600_000 } as const;

/** Names every column of a roll-up file; `start_ms` is the beginning of its minute or hour. */
const merged = (unitMs: number, from: string) => `
  SELECT series_id, (start_ms // ${unitMs}) * ${unitMs} AS start_ms, usable, min(min) AS min, max(max) AS max,
         sum(sum) AS sum, sum(count)::BIGINT AS count, bit_or(quality) AS quality
  FROM (${from}) GROUP BY ALL ORDER BY series_id, start_ms, usable`;

const asRollup = (from: string) => `
  SELECT series_id, taken_at_ms AS start_ms, (quality & ${unusableFlags}) = 0 AS usable, value AS min, value AS max,
         value AS sum, 1 AS count, quality FROM ${from}`;

/** Hooks for tests of crashes; called after each durable step. */
export type ClosingSteps = { afterStep?(step: string): void };

type Deps = { connection: DuckDBConnection; dir: string; config: DuckdbConfig } & ClosingSteps;

async function write({ connection, afterStep }: Deps, query: string, path: string): Promise<number> {
  const temporary = `${path}.part`;
  await connection.run(`COPY (${query}) TO ${sqlText(temporary)} ${parquet}`);
  publishFile(temporary, path);
  afterStep?.(`wrote ${path}`);
  const [row] = await rowsOf<{ n: number }>(connection, `SELECT count(*)::DOUBLE AS n FROM ${parquetOf([path])}`);
  return row!.n;
}

async function closeDay(deps: Deps, day: number, had: readonly DayFile[], nowMs: number): Promise<void> {
  const { connection, dir, afterStep } = deps;
  const generation = Math.max(0, ...had.map((file) => file.generation)) + 1;
  const hot = `(SELECT * FROM reading WHERE taken_at_ms >= ${day * dayMs} AND taken_at_ms < ${(day + 1) * dayMs})`;
  const before = (kind: Kind) => {
    const file = had.find((one) => one.kind === kind);
    return file === undefined ? '' : ` UNION ALL SELECT * FROM ${parquetOf([dayPath(dir, file)])}`;
  };
  const path = (kind: Kind) => dayPath(dir, { day, kind, generation });
  makeFolder(dayFolder(dir, day));
  const rows: Record<Kind, number> = { raw: 0, minute: 0, hour: 0 };
  rows.raw = await write(
    deps,
    `SELECT * FROM (SELECT * FROM ${hot}${before('raw')}) ORDER BY series_id, taken_at_ms`,
    path('raw'),
  );
  // Merged with the old roll-ups instead of computed afresh, because the old readings may be past their retention.
  const fromHot = merged(rollupMs.minute, asRollup(hot));
  rows.minute = await write(
    deps,
    merged(rollupMs.minute, `(SELECT * FROM (${fromHot}))${before('minute')}`),
    path('minute'),
  );
  rows.hour = await write(deps, merged(rollupMs.hour, `(SELECT * FROM (${fromHot}))${before('hour')}`), path('hour'));
  await inTransaction(connection, async () => {
    await connection.run(
      `CREATE OR REPLACE TEMP TABLE newer AS
       SELECT series_id, max(taken_at_ms) AS taken_at_ms, arg_max(value, taken_at_ms) AS value,
              arg_max(quality, taken_at_ms) AS quality FROM (FROM latest UNION ALL FROM ${hot}) GROUP BY series_id`,
    );
    await connection.run('DELETE FROM latest');
    await connection.run('INSERT INTO latest FROM newer');
    await connection.run(
      `DELETE FROM reading WHERE taken_at_ms >= ${day * dayMs} AND taken_at_ms < ${(day + 1) * dayMs}`,
    );
    await connection.run(`DELETE FROM day_file WHERE day = ${day}`);
    // While a store is built again, files hold more of the day than the cursor has come to.
    const through = (await closedThrough(connection)).get(day) ?? 0;
    await connection.run(`DELETE FROM day_through WHERE day = ${day}`);
    await connection.run(`INSERT INTO day_through SELECT ${day}, greatest(through, ${through}) FROM cursor`);
    for (const kind of kinds)
      await connection.run(
        `INSERT INTO day_file VALUES (${day}, ${sqlText(kind)}, ${generation}, ${rows[kind]}, ${Math.floor(nowMs)})`,
      );
  });
  afterStep?.(`listed ${day}`);
}

async function expire({ connection, config }: Deps, nowMs: number): Promise<void> {
  const keptDays: Record<Kind, number> = { raw: config.rawDays, minute: config.minuteDays, hour: config.hourDays };
  const today = Math.floor(nowMs / dayMs);
  await inTransaction(connection, async () => {
    for (const kind of kinds)
      await connection.run(`DELETE FROM day_file WHERE kind = ${sqlText(kind)} AND day < ${today - keptDays[kind]}`);
    await connection.run('DELETE FROM day_through WHERE day NOT IN (SELECT day FROM day_file)');
  });
}

/** The dictionary beside the files, so that the folder can be taken away and read by anything that reads Parquet. */
async function writeDictionary({ connection, dir }: Deps): Promise<void> {
  const path = join(dir, 'series.parquet');
  await connection.run(
    `COPY (SELECT id AS series_id, site, device, channel, unit FROM series ORDER BY id) TO ${sqlText(`${path}.part`)} ${parquet}`,
  );
  publishFile(`${path}.part`, path);
}

/** Removes what a crash or an earlier closing left behind. */
export async function sweepFiles({ connection, dir }: Pick<Deps, 'connection' | 'dir'>): Promise<number> {
  const part = join(dir, 'series.parquet.part');
  if (existsSync(part)) rmSync(part);
  await writeManifest(connection, dir);
  return sweep(dir, await listFiles(connection));
}

/** Closes every day that is due and applies the retention. */
export async function closeDays(deps: Deps, nowMs: number): Promise<void> {
  const { connection, config } = deps;
  // Files replaced last time have had a whole interval for queries that still read them.
  await sweepFiles(deps);
  const openFrom = Math.floor((nowMs - config.closeDelayMs) / dayMs);
  const due = await rowsOf<{ day: number }>(
    connection,
    `SELECT DISTINCT (taken_at_ms // ${dayMs})::INTEGER AS day FROM reading WHERE taken_at_ms < ${openFrom * dayMs} ORDER BY day`,
  );
  const listed = await listFiles(connection);
  // Before the days, so that whoever finds a day finds the names of its series.
  if (due.length > 0) await writeDictionary(deps);
  let closed = 0;
  for (const { day } of due) {
    const had = listed.filter((file) => file.day === day);
    if (had.some(({ closedAtMs }) => nowMs - closedAtMs < config.mergeEveryMs)) continue;
    await closeDay(deps, day, had, nowMs);
    closed += 1;
  }
  await expire(deps, nowMs);
  await writeManifest(connection, deps.dir);
  if (closed === 0) return;
  await connection.run('CHECKPOINT');
}
