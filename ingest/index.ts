export type { IngestCounters } from './counters.ts';
export type { IngestHealth } from './group-commit.ts';
export { createIngest, type Ingest, type IngestDeps, type IngestLimits, type SecurityNote } from './ingest.ts';
export type { DamagedRow } from './log/rows.ts';
export { openSqliteLog, type RecoveredLog, type SqliteLog } from './log/sqlite.ts';
export { openQuarantine, type Quarantine, type Refused } from './quarantine/quarantine.ts';
export type { SeriesTrouble } from './series/messages.ts';
export { createSeriesWriter, type SeriesWriter } from './series/writer.ts';
export { openSites, type Sites } from './sites/sites.ts';
