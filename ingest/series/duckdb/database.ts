import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { Fault } from '@tocsin/contracts';
import type { DuckdbConfig } from './config.ts';
import { sqlText } from './files.ts';

/**
 * Format, version 1. `reading` is the hot table, in order of arrival; `cursor` is the offset of the last batch applied and moves in the
 * transaction of its readings; `day_file` lists the Parquet files that count; `latest` is the newest reading per series as of the last
 * closing; `day_through` is the offset of the log up to which a day's readings are in its files. Instants are whole milliseconds.
 */
const version = 1;
const schema = `
  CREATE TABLE IF NOT EXISTS format (version INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS series (
    id INTEGER NOT NULL, site VARCHAR NOT NULL, device VARCHAR NOT NULL, channel VARCHAR NOT NULL, unit VARCHAR NOT NULL
  );
  CREATE TABLE IF NOT EXISTS reading (
    series_id INTEGER NOT NULL, taken_at_ms BIGINT NOT NULL, value DOUBLE NOT NULL, quality UTINYINT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS latest (
    series_id INTEGER NOT NULL, taken_at_ms BIGINT NOT NULL, value DOUBLE NOT NULL, quality UTINYINT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS cursor (through BIGINT NOT NULL);
  CREATE TABLE IF NOT EXISTS day_file (
    day INTEGER NOT NULL, kind VARCHAR NOT NULL, generation INTEGER NOT NULL, "rows" BIGINT NOT NULL,
    closed_at_ms BIGINT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS day_through (day INTEGER NOT NULL, through BIGINT NOT NULL);
  INSERT INTO format SELECT ${version} WHERE NOT EXISTS (FROM format);
  INSERT INTO cursor SELECT 0 WHERE NOT EXISTS (FROM cursor);
  INSERT INTO day_through SELECT DISTINCT day, (SELECT through FROM cursor) FROM day_file
    WHERE day NOT IN (SELECT day FROM day_through)`;

/** The write-ahead file is folded into the database when it is this large: seldom enough for speed, soon enough for a quick restart. */
const checkpointThreshold = '64MB';

export type Row = Record<string, unknown>;

/** Runs one statement and answers its rows as objects. */
export async function rowsOf<T = Row>(connection: DuckDBConnection, sql: string): Promise<T[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJS() as T[];
}

/** Runs `work` in one transaction. */
export async function inTransaction<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN TRANSACTION');
  try {
    const result = await work();
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** A file of a later DuckDB names a version of few digits; a damaged header names any number. */
const newerFormat = /with version number \d{1,3},/i;

/** Translates an error of DuckDB into a Fault. */
export function duckdbFault(cause: unknown, what: string): Fault {
  if (cause instanceof Fault) return cause;
  const text = (cause as Error).message ?? String(cause);
  const detail = `${what}: ${text.slice(0, 400)}`;
  if (/No space left|disk quota|max_temp_directory_size/i.test(text))
    return new Fault('STORE_FULL', detail, { cause, remedy: 'Free space on the disk.' });
  if (/Permission denied|Read-only file system|Too many open files/i.test(text))
    return new Fault('FILE_UNREADABLE', detail, { cause, remedy: 'Check the folder and its permissions.' });
  if (newerFormat.test(text)) return new Fault('VERSION_UNKNOWN', detail, { cause });
  if (/INTERRUPT|Conflicting lock|Could not set lock|Out of Memory/i.test(text))
    return new Fault('STORE_BUSY', detail, { cause });
  return new Fault('STORE_DAMAGED', detail, {
    cause,
    remedy: 'The next start sets the file aside and builds the store again from the closed days and the log.',
  });
}

/** Opens or creates the database in `dir` with bounded memory and threads. */
export async function openDatabase(dir: string, config: DuckdbConfig): Promise<DuckDBInstance> {
  mkdirSync(join(dir, 'tmp'), { recursive: true, mode: 0o700 });
  let instance: DuckDBInstance | undefined;
  try {
    instance = await DuckDBInstance.create(join(dir, 'series.duckdb'), {
      memory_limit: `${config.memoryLimitMb}MB`,
      threads: String(config.threads),
      temp_directory: join(dir, 'tmp'),
    });
    const connection = await instance.connect();
    await connection.run(`SET GLOBAL checkpoint_threshold = ${sqlText(checkpointThreshold)}`);
    // The row order of a sorted file must not depend on the number of threads.
    await connection.run('SET GLOBAL preserve_insertion_order = true');
    await connection.run(schema);
    const [format] = await rowsOf<{ version: number }>(connection, 'SELECT version FROM format');
    connection.closeSync();
    if (format!.version > version) {
      throw new Fault('VERSION_UNKNOWN', `The series store has schema ${format!.version}, known is ${version}.`, {
        remedy: 'Run the newer Tocsin again, or restore the backup made before the upgrade.',
      });
    }
    return instance;
  } catch (error) {
    instance?.closeSync();
    throw duckdbFault(error, `open the series store in ${dir}`);
  }
}
