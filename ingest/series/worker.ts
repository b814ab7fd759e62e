import assert from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import { type CommittedBatch, decodeBatch, Fault, type LogEntry, systemClock } from '@tocsin/contracts';
import { openSqliteLogReader } from '../log/reader.ts';
import type { DamagedRow } from '../log/rows.ts';
import type { DuckdbStore } from './duckdb/duckdb.ts';
import { openOrRebuild } from './duckdb/rebuild.ts';
import type { FromWorker, Request, SeriesTrouble, ToWorker, WorkerSettings, WriterProgress } from './messages.ts';

/**
 * The thread that keeps the series. It reads the log at its own pace from its own cursor, which moves in the transaction of the readings,
 * so that it may die at any instant and go on where it was. Questions are answered here and never on the thread that carries alarms.
 * Any failure ends the thread; the other side starts it again.
 */
const settings = workerData as WorkerSettings;
const port = parentPort;
assert(port !== null, 'This file runs as a worker.');
const say = (message: FromWorker) => port.postMessage(message);

/** One transaction takes about this much; smaller ones pay an fsync too often, larger ones delay questions. */
const readBytesMax = 4_000_000;
const readEntriesMax = 20_000;
/** A group with fewer readings than this, and with nothing behind it, waits `gatherMs` for more. */
const smallGroupReadings = 20_000;
/** Questions at the same time; more would leave no thread of the pool to the writer. */
const askingMax = 2;

const trouble = (code: SeriesTrouble['code'], text: string) => say({ kind: 'trouble', trouble: { code, text } });

const progress: WriterProgress = { cursor: 0, readings: 0, leftOut: 0, damagedBatches: 0 };
const damaged = (offset: number, { site, lane, seq }: DamagedRow, error?: unknown) => {
  progress.damagedBatches += 1;
  const fields = { offset, site, lane, seq, error: error instanceof Error ? error.message : undefined };
  say({ kind: 'log', level: 'error', fields, text: 'series: a batch of the log is damaged and left out' });
  trouble('STORE_DAMAGED', `Batch ${lane}/${seq} of ${site} is damaged in the log and missing in the history.`);
};
const log = openSqliteLogReader(settings.logPath, damaged);

function decoded(entry: LogEntry): CommittedBatch | undefined {
  const { body, offset, receivedAtMs } = entry;
  try {
    return Object.assign(decodeBatch(body).batch, { offset, receivedAtMs });
  } catch (error) {
    damaged(offset, entry, error);
    return undefined;
  }
}

const pause = (delayMs: number) => new Promise<void>((resolve) => void systemClock.after(delayMs, resolve));

/** Applies one group; says whether it was nothing, less than would be worth a transaction, or plenty. */
async function applyOnce(store: DuckdbStore): Promise<'nothing' | 'little' | 'plenty'> {
  const entries = log.read(progress.cursor, readEntriesMax, readBytesMax);
  if (entries.length === 0) return 'nothing';
  const batches = entries.map(decoded).filter((batch) => batch !== undefined);
  const readings = batches.reduce((sum, batch) => sum + batch.columns.series.length, 0);
  await store.append(batches);
  progress.cursor = entries.at(-1)!.offset;
  progress.readings += readings;
  progress.leftOut = store.leftOut();
  say({ kind: 'progress', progress });
  return readings < smallGroupReadings && entries.length < readEntriesMax ? 'little' : 'plenty';
}

let woken = true;
let stopping = false;
let wake = () => {};

/** Runs until told to stop. */
async function follow(store: DuckdbStore): Promise<void> {
  while (!stopping) {
    woken = false;
    const applied = await applyOnce(store);
    if (applied === 'little' && !stopping) await pause(settings.gatherMs);
    else if (applied === 'nothing' && !woken && !stopping) {
      const called = new Promise<void>((resolve) => {
        wake = resolve;
      });
      say({ kind: 'idle' });
      await called;
    }
  }
}

async function answer(store: DuckdbStore, request: Request): Promise<unknown> {
  switch (request.kind) {
    case 'latest':
      return store.latest(request.filter);
    case 'range':
      return store.range(request.query);
    case 'export':
      return store.export(request.query, request.format, request.path);
    case 'cursor':
      return store.cursor();
    case 'maintain':
      return store.maintain(request.nowMs);
    default:
      return request satisfies never;
  }
}

let asking = 0;
const queue: (() => void)[] = [];

async function serve(store: DuckdbStore, id: number, request: Request): Promise<void> {
  // Answered from memory or by the writer itself, so they need no place among the questions.
  const free = request.kind === 'latest' || request.kind === 'cursor' || request.kind === 'maintain';
  if (!free && asking >= askingMax) await new Promise<void>((resolve) => queue.push(resolve));
  if (!free) asking += 1;
  try {
    say({ kind: 'answer', id, answer: await answer(store, request) });
  } catch (error) {
    const fault = error instanceof Fault ? error : new Fault('STORE_BUSY', String(error));
    say({ kind: 'refused', id, code: fault.code, detail: fault.detail });
  } finally {
    if (!free) asking -= 1;
    if (!free) queue.shift()?.();
  }
}

const store = await openOrRebuild(settings.dir, {
  ...settings.config,
  timeLimitMs: settings.timeLimitMs,
  nowMs: () => systemClock.nowMs(),
  onTrouble(text) {
    say({ kind: 'log', level: 'error', fields: {}, text: `series: ${text}` });
    trouble('STORE_DAMAGED', text);
  },
});
progress.cursor = await store.cursor();
const trimmedThrough = log.trimmedThrough();
if (progress.cursor > 0 && progress.cursor < trimmedThrough)
  trouble(
    'LOG_GAP',
    `The history had come to ${progress.cursor} of the log, which reaches back to ${trimmedThrough} only: readings between are missing.`,
  );
port.on('message', (message: ToWorker) => {
  if (message.kind === 'request') void serve(store, message.id, message.request);
  else {
    if (message.kind === 'stop') stopping = true;
    woken = true;
    wake();
  }
});
say({ kind: 'ready' });
say({ kind: 'progress', progress });
await follow(store);
await store.close();
log.close();
port.close();
