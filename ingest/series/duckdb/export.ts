import { renameSync, rmSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ExportQuery } from '@tocsin/contracts';
import { rowsOf } from './database.ts';
import { type DayFile, dayMs, dayPath, parquetOf, sqlText } from './files.ts';

/**
 * Writes readings as they came, oldest first per series, to a file somebody takes away. Text that a spreadsheet would run as a formula
 * (first character = + - @ tab or carriage return; ASVS 5 §1.2.10) gets a leading apostrophe in CSV; numbers stay numbers.
 */
const formula = "'^[=+@\\t\\r-]'";
const safe = (column: string) =>
  `CASE WHEN regexp_matches(${column}, ${formula}) THEN '''' || ${column} ELSE ${column} END AS ${column}`;
const isoTime = "strftime(make_timestamp(taken_at_ms * 1000), '%Y-%m-%dT%H:%M:%S.%gZ') AS time";

const formats = {
  csv: { time: isoTime, text: safe, options: '(FORMAT csv, HEADER true)' },
  parquet: {
    time: 'epoch_ms(taken_at_ms) AS time',
    text: (column: string) => column,
    options: '(FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)',
  },
};

/** Answers how many readings the file holds; it appears under its name only when it is complete. */
export async function exportReadings(
  connection: DuckDBConnection,
  {
    query,
    format,
    path,
    files,
    dir,
  }: {
    query: ExportQuery;
    format: 'parquet' | 'csv';
    path: string;
    files: readonly DayFile[];
    dir: string;
  },
): Promise<number> {
  const { site, device, channel, fromMs, toMs } = query;
  const raw = files.filter(({ kind, day }) => kind === 'raw' && (day + 1) * dayMs > fromMs && day * dayMs < toMs);
  const from = ['reading', ...(raw.length > 0 ? [parquetOf(raw.map((file) => dayPath(dir, file)))] : [])];
  const within = `WHERE taken_at_ms >= ${Math.ceil(fromMs)} AND taken_at_ms < ${Math.ceil(toMs)}`;
  const which = Object.entries({ site, device, channel })
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([column, name]) => ` AND ${column} = ${sqlText(name)}`)
    .join('');
  const { time, text, options } = formats[format];
  const part = `${path}.part`;
  try {
    const [copied] = await rowsOf<{ Count: bigint }>(
      connection,
      `COPY (
         SELECT ${time}, taken_at_ms, ${['site', 'device', 'channel', 'unit'].map(text).join(', ')}, value, quality
         FROM (${from.map((source) => `SELECT * FROM ${source} ${within}`).join(' UNION ALL ')}) AS r
         JOIN series ON series.id = r.series_id WHERE true${which}
         ORDER BY series_id, taken_at_ms
       ) TO ${sqlText(part)} ${options}`,
    );
    renameSync(part, path);
    return Number(copied!.Count);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}
