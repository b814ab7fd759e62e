import type { ExportQuery, FaultCode, LatestReading, RangeQuery, RangeResult, SeriesKey } from '@tocsin/contracts';
import type { DuckdbConfig } from './duckdb/config.ts';

/** What the alarm-carrying thread asks of the thread that keeps the series, and what it hears back. Plain data only. */
export type Request =
  | { kind: 'latest'; filter: Partial<SeriesKey> | undefined }
  | { kind: 'range'; query: RangeQuery }
  | { kind: 'export'; query: ExportQuery; format: 'parquet' | 'csv'; path: string }
  | { kind: 'cursor' }
  | { kind: 'maintain'; nowMs: number };

export type Answers = {
  latest: LatestReading[];
  range: RangeResult;
  export: number;
  cursor: number;
  maintain: undefined;
};

export type ToWorker = { kind: 'wake' } | { kind: 'stop' } | { kind: 'request'; id: number; request: Request };

/** What went wrong with the series, in words for a person. */
export type SeriesTrouble = { code: 'STORE_DAMAGED' | 'STORE_BUSY' | 'STORE_FULL' | 'LOG_GAP'; text: string };

/** How far the series are, and what could not be taken from the log. */
export type WriterProgress = {
  /** Offset of the last batch applied. */
  cursor: number;
  readings: number;
  /** Readings left out because there are too many series. */
  leftOut: number;
  /** Batches of the log that failed their checksum or could not be decoded. */
  damagedBatches: number;
};

export type FromWorker =
  | { kind: 'ready' }
  /** Everything in the log is applied; a wake is needed for more. */
  | { kind: 'idle' }
  | { kind: 'progress'; progress: WriterProgress }
  | { kind: 'answer'; id: number; answer: unknown }
  | { kind: 'refused'; id: number; code: FaultCode; detail: string }
  /** Something a person at the desk has to know: what was lost or set aside. */
  | { kind: 'trouble'; trouble: SeriesTrouble }
  | { kind: 'log'; level: 'info' | 'warn' | 'error'; fields: object; text: string };

export type WorkerSettings = {
  logPath: string;
  dir: string;
  config: Partial<DuckdbConfig>;
  timeLimitMs: number;
  /** Small groups of batches wait this long for company, because each transaction costs an fsync. */
  gatherMs: number;
};
