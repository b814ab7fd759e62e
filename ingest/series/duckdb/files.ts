import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Names on disk: `days/2026-11-22/raw-1.parquet`, `minute-1.parquet`, `hour-1.parquet`, where the number grows when late data are merged.
 * Only files that the database lists count; others are left over from a crash and are swept.
 */
export const dayMs = 86_400_000;
export const kinds = ['raw', 'minute', 'hour'] as const;
export type Kind = (typeof kinds)[number];
export type DayFile = { day: number; kind: Kind; generation: number; rows: number; closedAtMs: number };

/** ISO date of a day counted from the Unix epoch. */
export const dateOf = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);

/** Folder of one day. */
export const dayFolder = (dir: string, day: number): string => join(dir, 'days', dateOf(day));

/** Path of one file of a day. */
export const dayPath = (dir: string, { day, kind, generation }: Pick<DayFile, 'day' | 'kind' | 'generation'>): string =>
  join(dayFolder(dir, day), `${kind}-${generation}.parquet`);

/** A string as an SQL literal. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** `read_parquet` of these files, which must not be none. */
export const parquetOf = (paths: readonly string[]): string => `read_parquet([${paths.map(sqlText).join(', ')}])`;

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Gives a finished file its name so that a power cut leaves either nothing or the whole of it under that name. */
export function publishFile(temporary: string, path: string): void {
  sync(temporary);
  renameSync(temporary, path);
  sync(dirname(path));
}

/** Makes a folder that is still there after a power cut. */
export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  sync(dirname(path));
}

/** Removes every file of days that is not listed, and folders that became empty. Answers how many files went. */
export function sweep(dir: string, listed: readonly DayFile[]): number {
  const days = join(dir, 'days');
  if (!existsSync(days)) return 0;
  const keep = new Set(listed.map((file) => dayPath(dir, file)));
  let removed = 0;
  for (const name of readdirSync(days)) {
    const folder = join(days, name);
    const files = readdirSync(folder);
    for (const file of files) {
      if (keep.has(join(folder, file))) continue;
      rmSync(join(folder, file), { force: true });
      removed += 1;
    }
    if (!files.some((file) => keep.has(join(folder, file)))) rmSync(folder, { recursive: true, force: true });
  }
  return removed;
}
