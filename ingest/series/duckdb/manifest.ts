import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { CommittedBatch } from '@tocsin/contracts';
import { rowsOf } from './database.ts';
import { type DayFile, dayMs, dayPath, kinds, publishFile, sqlText } from './files.ts';

/**
 * `closed.json` beside the days says which Parquet files count, and for every day up to which offset of the log its readings are in them.
 * The database says the same; the file is there so that the database can be lost: a new one takes the days over and leaves out what the
 * log brings again. It is written before files that it does not name are swept, so that what it names is always there.
 */
export type Manifest = { v: 1; files: DayFile[]; through: [day: number, offset: number][] };

const manifestPath = (dir: string) => join(dir, 'closed.json');
const dictionaryPath = (dir: string) => join(dir, 'series.parquet');
/** `latest` of a store that was begun anew looks so many closed days back. */
const latestDaysMax = 30;

/** Files that count, by day and kind. */
export async function listFiles(connection: DuckDBConnection): Promise<DayFile[]> {
  return rowsOf<DayFile>(
    connection,
    `SELECT day, kind, generation, "rows"::DOUBLE AS "rows", closed_at_ms::DOUBLE AS "closedAtMs" FROM day_file ORDER BY day`,
  );
}

/** Offset of the log up to which the readings of a day are in its files, by day. */
export async function closedThrough(connection: DuckDBConnection): Promise<Map<number, number>> {
  const rows = await rowsOf<{ day: number; through: number }>(
    connection,
    'SELECT day, through::DOUBLE AS through FROM day_through ORDER BY day',
  );
  return new Map(rows.map(({ day, through }) => [day, through]));
}

/** Writes the manifest as the database has it, in one step. */
export async function writeManifest(connection: DuckDBConnection, dir: string): Promise<void> {
  const files = await listFiles(connection);
  const path = manifestPath(dir);
  if (files.length === 0 && !existsSync(path)) return;
  const text = JSON.stringify({ v: 1, files, through: [...(await closedThrough(connection))] } satisfies Manifest);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  writeFileSync(`${path}.part`, text, { mode: 0o600 });
  publishFile(`${path}.part`, path);
}

/** Takes closed days over into a new database; throws when what is there cannot be read. Answers how many days those are. */
export async function adoptDays(connection: DuckDBConnection, dir: string): Promise<number> {
  if (!existsSync(manifestPath(dir))) return 0;
  const { files, through } = JSON.parse(readFileSync(manifestPath(dir), 'utf8')) as Manifest;
  const present = files.filter((file) => kinds.includes(file.kind) && existsSync(dayPath(dir, file)));
  if (present.length === 0) return 0;
  await connection.run(
    `INSERT INTO series SELECT series_id, site, device, channel, unit FROM read_parquet(${sqlText(dictionaryPath(dir))})`,
  );
  for (const { day, kind, generation, rows, closedAtMs } of present)
    await connection.run(
      `INSERT INTO day_file VALUES (${[day, sqlText(kind), generation, rows, closedAtMs].join(', ')})`,
    );
  for (const [day, offset] of through) await connection.run(`INSERT INTO day_through VALUES (${day}, ${offset})`);
  const newest = present.filter(({ kind }) => kind === 'raw').slice(-latestDaysMax);
  if (newest.length > 0)
    await connection.run(
      `INSERT INTO latest SELECT series_id, max(taken_at_ms), arg_max(value, taken_at_ms), arg_max(quality, taken_at_ms)
       FROM read_parquet([${newest.map((file) => sqlText(dayPath(dir, file))).join(', ')}]) GROUP BY series_id`,
    );
  return new Set(present.map(({ day }) => day)).size;
}

/** Puts the closed days out of the way, because they cannot be taken over. */
export function setDaysAside(dir: string, suffix: string): void {
  for (const path of [join(dir, 'days'), manifestPath(dir), dictionaryPath(dir)])
    if (existsSync(path)) renameSync(path, path + suffix);
}

/** The batch without readings that are in closed files already; itself while there are none, which is nearly always. */
export function withoutClosed(batch: CommittedBatch, through: ReadonlyMap<number, number>): CommittedBatch['columns'] {
  const { series, takenAtMs, value, quality } = batch.columns;
  const keep = (_: number, i: number) =>
    (through.get(Math.floor(Math.round(takenAtMs[i]!) / dayMs)) ?? -1) < batch.offset;
  return {
    series: series.filter(keep),
    takenAtMs: takenAtMs.filter(keep),
    value: value.filter(keep),
    quality: quality.filter(keep),
  };
}
