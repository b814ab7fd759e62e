import type { DecodedBatch, SiteEvent } from './batch.ts';
import type { ActuatorTruth, AlertDetail, AlertView, DeskEvent, SiteView } from './desk.ts';
import type { LedgerEntry, LedgerKind } from './ledger.ts';
import type { CameraState } from './picture.ts';
import type { Lane } from './topics.ts';

/** A part that has been started and can be stopped. */
export type Running = { stop(): Promise<void> };

/** Sends one message; resolves when it was handed over (which proves nothing about storage). */
export type Publish = (
  topic: string,
  payload: Uint8Array | string,
  options?: { retain?: boolean; qos?: 0 | 1 },
) => void;

/** Writes one line to the program's log; `fields` must not hold secrets. */
export type Logger = {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
};

export const silentLogger: Logger = { info() {}, warn() {}, error() {} };

/** A batch as the log keeps it; `body` is the CBOR as it came after refused points were taken out. */
export type NewLogEntry = {
  site: string;
  epoch: string;
  lane: Lane;
  seq: number;
  receivedAtMs: number;
  body: Uint8Array;
  /** CRC-32 of the batch as the site sent it, where ingest took points out; a repeat has the same. Default: that of `body`. */
  sentChecksum?: number;
};
export type LogEntry = NewLogEntry & { offset: number };

/**
 * What became of an appended batch; `storedThrough` is the lane's mark afterwards and may be acknowledged once `append` returned.
 * stored: new. duplicate: had it, same content. conflict: had the number with other content; kept out. early: the one before is missing.
 */
export type AppendResult = {
  outcome: 'stored' | 'duplicate' | 'conflict' | 'early';
  storedThrough: number;
  offset?: number;
};

/**
 * The cloud's source of truth: accepted batches in order of arrival, each kept with its mark in one durable commit.
 * When `append` returns, everything it answered for is on disk; when it throws, nothing of the call is.
 */
export type Log = {
  append(entries: readonly NewLogEntry[]): AppendResult[];
  /** Entries with an offset greater than `after`, oldest first, at most `entriesMax` and about `bytesMax`. */
  read(after: number, entriesMax: number, bytesMax?: number): LogEntry[];
  /** Offset of the newest entry, 0 when empty. */
  end(): number;
  /** The highest seq of a lane such that it and all before it are stored; 0 when nothing is. */
  mark(site: string, epoch: string, lane: Lane): number;
  /** Forgets entries up to `offset` (consumers have applied them); marks stay. */
  trim(offset: number): void;
  close(): void;
};

/** A committed batch as consumers see it. */
export type CommittedBatch = DecodedBatch['batch'] & { offset: number; receivedAtMs: number };

export type SeriesKey = { site: string; device: string; channel: string };
export type LatestReading = SeriesKey & { unit: string; takenAtMs: number; value: number; quality: number };

export type RangeQuery = SeriesKey & { fromMs: number; toMs: number; points: number };
/** At most `points` buckets of equal length, or the raw samples when there are no more than that. */
export type RangeResult = {
  unit: string;
  bucketMs: number | null;
  tMs: number[];
  min: number[];
  avg: number[];
  max: number[];
  count: number[];
  quality: number[];
};

export type ExportQuery = { site?: string; device?: string; channel?: string; fromMs: number; toMs: number };

/**
 * Keeps time series. `append` applies whole batches and moves the cursor in the same transaction, so that after any crash
 * each batch of the log was applied exactly once.
 */
export type SeriesStore = {
  append(batches: readonly CommittedBatch[]): Promise<void>;
  /** Offset of the last batch applied, 0 when none was. */
  cursor(): Promise<number>;
  latest(filter?: Partial<SeriesKey>): Promise<LatestReading[]>;
  range(query: RangeQuery): Promise<RangeResult>;
  /** Writes a file at `path` and answers how many readings it holds. */
  export(query: ExportQuery, format: 'parquet' | 'csv', path: string): Promise<number>;
  /** Closes finished days, refreshes roll-ups and deletes what is older than the retention. */
  maintain(nowMs: number): Promise<void>;
  close(): Promise<void>;
};

/** The reading half of a series store, as the console uses it from a worker. */
export type SeriesReader = Pick<SeriesStore, 'latest' | 'range' | 'export'>;

/** The append-only, hash-chained record of acts of power. */
export type Ledger = {
  append(entry: { atMs: number; kind: LedgerKind; actor: string; body: unknown }): LedgerEntry;
  entries(after: number, limit: number): LedgerEntry[];
};

export type OperatorAct = { key: string; by: string; atMs: number; note?: string };

/** The alarm desk: merges what edge and cloud say, keeps every transition, and is where operators act. Errors are Faults. */
export type Desk = {
  alerts(filter?: { site?: string; open?: boolean; limit?: number }): AlertView[];
  alert(key: string): AlertDetail | undefined;
  actuators(site?: string): ActuatorTruth[];
  sites(): SiteView[];
  acknowledge(act: OperatorAct): AlertView;
  reset(act: OperatorAct): AlertView;
  lastEventId(): number;
  /** Oldest event id that can still be replayed; a reader older than that must start afresh. */
  firstEventId(): number;
  eventsAfter(id: number, limit: number): DeskEvent[];
  subscribe(listener: (event: DeskEvent) => void): () => void;
};

/** What becomes of a picture a site sends: it belongs to an alert and is awaited or here, nobody wants it, or nothing is known of it yet. */
export type PictureFate = 'awaited' | 'here' | 'unwanted' | 'unknown';

/**
 * What the desk knows of the pictures of alerts; it has the notes, never the bytes. Every call is on disk when it returns; what changes
 * something is in the ledger. Throws STORE_BUSY or STORE_FULL when the desk cannot store.
 */
export type PictureBook = {
  fate(site: string, sha256: string): PictureFate;
  /** The bytes are on disk now. */
  stored(site: string, sha256: string): void;
  /** The bytes are about to be deleted, or cannot be believed any more; `what` says in a word why. */
  gone(site: string, pictures: readonly string[], what: 'age' | 'budget' | 'altered'): void;
};

/** Pictures and live views as the console asks for them. */
export type PictureReader = {
  /** The bytes of a picture as its hash says, or undefined when it is not here. Throws PICTURE_INVALID when they were altered. */
  read(site: string, sha256: string): Promise<Uint8Array | undefined>;
  /** The cameras of a site that were heard of lately, by name. */
  cameras(site: string): CameraState[];
  /** The still of the empty street a camera names, or undefined when it is not here. */
  scene(site: string, camera: string): Promise<Uint8Array | undefined>;
};

/** What a consumer of the log receives for each batch it has not yet applied. */
export type BatchListener = (batch: CommittedBatch, badEvents: number) => void;
export type { SiteEvent };
