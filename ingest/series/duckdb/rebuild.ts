import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '@tocsin/contracts';
import { duckdbConfig } from './config.ts';
import { inTransaction, openDatabase } from './database.ts';
import { type DuckdbOptions, type DuckdbStore, openDuckdb } from './duckdb.ts';
import { adoptDays, setDaysAside } from './manifest.ts';

export type RebuildOptions = DuckdbOptions & {
  nowMs(): number;
  /** Called when a damaged file was set aside and another begun, in words for a person. */
  onTrouble(text: string): void;
};

/** Takes over what the days beside the lost database hold; days that cannot be read are set aside too. */
async function adopt(dir: string, options: DuckdbOptions, suffix: string): Promise<string> {
  const { timeLimitMs: _, afterStep: __, ...given } = options;
  const instance = await openDatabase(dir, duckdbConfig(given));
  const connection = await instance.connect();
  try {
    const days = await inTransaction(connection, () => adoptDays(connection, dir));
    return `${days} closed days were taken over.`;
  } catch (error) {
    setDaysAside(dir, suffix);
    return `The closed days were set aside as well (${(error as Error).message.slice(0, 200)}).`;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/**
 * Opens the store as `openDuckdb` does. A damaged database is set aside under a time stamp and a new one begun at offset 0, which keeps the
 * closed days and takes the rest from the log again. Throws STORE_BUSY, STORE_FULL, FILE_UNREADABLE or VERSION_UNKNOWN.
 */
export async function openOrRebuild(dir: string, options: RebuildOptions): Promise<DuckdbStore> {
  const { nowMs, onTrouble, ...rest } = options;
  try {
    return await openDuckdb(dir, rest);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'STORE_DAMAGED') throw error;
    const suffix = `.damaged-${new Date(nowMs()).toISOString().replaceAll(/[:.]/g, '-')}`;
    const path = join(dir, 'series.duckdb');
    for (const ending of ['', '.wal']) if (existsSync(path + ending)) renameSync(path + ending, path + suffix + ending);
    const told = await adopt(dir, rest, suffix);
    onTrouble(
      `The series store was damaged and set aside as series.duckdb${suffix}. ${told} The rest is applied again as far as the log ` +
        `reaches back. ${error.detail.slice(0, 200)}`,
    );
    return openDuckdb(dir, rest);
  }
}
