import { openDuckdb } from './duckdb/duckdb.ts';

/** Every series store there is; a new one is one folder and one line here. InfluxDB will be the second. */
export const seriesStores = [{ name: 'duckdb', open: openDuckdb }] as const;

export { type DuckdbOptions, type DuckdbStore, openDuckdb } from './duckdb/duckdb.ts';
export { openOrRebuild, type RebuildOptions } from './duckdb/rebuild.ts';
export { createSeriesWriter, type SeriesWriter, type SeriesWriterOptions } from './writer.ts';
