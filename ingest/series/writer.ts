import assert from 'node:assert';
import { mkdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Clock, Fault, type Logger, type Running, type SeriesReader } from '@tocsin/contracts';
import type { DuckdbConfig } from './duckdb/config.ts';
import type {
  Answers,
  FromWorker,
  Request,
  SeriesTrouble,
  ToWorker,
  WorkerSettings,
  WriterProgress,
} from './messages.ts';

export type SeriesWriterOptions = {
  /** The log's file, which the thread reads through a connection of its own. */
  logPath: string;
  /** Folder of the series store. */
  dir: string;
  /** Exports are written here and nowhere else. Default: `exports` beside `dir`. */
  exportDir?: string;
  retention?: Partial<Pick<DuckdbConfig, 'rawDays' | 'minuteDays' | 'hourDays'>>;
  config?: Partial<DuckdbConfig>;
  clock: Clock;
  logger: Logger;
  /** Called for what was lost, set aside or does not run, in words for a person; not bounded in number. */
  onTrouble?(trouble: SeriesTrouble): void;
  timeLimitMs?: number;
  maintainEveryMs?: number;
  gatherMs?: number;
};

export type WriterStats = WriterProgress & { restarts: number; waiting: number };

export type SeriesWriter = Running & {
  /** Resolves when the thread has opened its store, or failed to; a thread that fails is started again, later and later. */
  start(): Promise<void>;
  /** Says that the log holds more; cheap enough to be called after every batch. */
  wake(): void;
  reader: SeriesReader;
  /** Offset of the last batch applied. */
  cursor(): Promise<number>;
  maintainNow(): Promise<void>;
  stats(): WriterStats;
};

/** Questions that wait for an answer; more are refused with TOO_MANY_REQUESTS. */
const waitingMax = 64;
const defaultTimeLimitMs = 30_000;
/** Closing is cheap when nothing is due. */
const defaultMaintainEveryMs = 600_000;
const defaultGatherMs = 250;
const restartFirstMs = 200;
const restartMaxMs = 30_000;
/** Closing a large day may take minutes. */
const maintainLimitMs = 3_600_000;
const stopLimitMs = 30_000;

type Waiting = { resolve(answer: unknown): void; reject(fault: Fault): void; cancel(): void };

/** Keeps the series store in a thread of its own, so that no question ever waits on, or holds up, the path of alarms. */
export function createSeriesWriter(options: SeriesWriterOptions): SeriesWriter {
  const { logPath, dir, clock, logger, timeLimitMs = defaultTimeLimitMs } = options;
  const exportDir = resolve(options.exportDir ?? join(dir, '..', 'exports'));
  const settings: WorkerSettings = {
    logPath,
    dir,
    config: { ...options.config, ...options.retention },
    timeLimitMs,
    gatherMs: options.gatherMs ?? defaultGatherMs,
  };
  const waiting = new Map<number, Waiting>();
  let progress: WriterProgress = { cursor: 0, readings: 0, leftOut: 0, damagedBatches: 0 };
  let state: 'new' | 'running' | 'stopping' | 'stopped' = 'new';
  let worker: Worker | undefined;
  let idle = false;
  let wanted = false;
  let nextId = 1;
  let restarts = 0;
  let restartMs = restartFirstMs;
  let cancelRestart = () => {};
  let cancelMaintain = () => {};

  const post = (message: ToWorker) => worker?.postMessage(message);

  function wake(): void {
    if (!idle) wanted = true;
    else {
      idle = false;
      post({ kind: 'wake' });
    }
  }

  function heard(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        return;
      case 'idle':
        idle = true;
        if (wanted) {
          wanted = false;
          wake();
        }
        return;
      case 'progress':
        progress = message.progress;
        // Opening the store proves little; one that dies of every batch is started less and less often.
        if (progress.readings > 0) restartMs = restartFirstMs;
        return;
      case 'trouble':
        options.onTrouble?.(message.trouble);
        return;
      case 'log':
        logger[message.level](message.fields, message.text);
        return;
      case 'answer':
        settle(message.id, (one) => one.resolve(message.answer));
        return;
      case 'refused':
        settle(message.id, (one) => one.reject(new Fault(message.code, message.detail)));
        return;
      default:
        message satisfies never;
    }
  }

  function settle(id: number, how: (one: Waiting) => void): void {
    const one = waiting.get(id);
    if (one === undefined) return;
    waiting.delete(id);
    one.cancel();
    how(one);
  }

  function ended(error: Error | undefined): void {
    worker = undefined;
    idle = false;
    for (const id of [...waiting.keys()])
      settle(id, (one) => one.reject(new Fault('STORE_BUSY', 'The series thread ended and is started again.')));
    if (state !== 'running') return;
    restarts += 1;
    logger.error({ error: error?.message, restarts, restartMs }, 'series: the thread ended; it is started again');
    if (restartMs === restartFirstMs) {
      const text = `The thread that keeps the history ended (${error?.message ?? 'no reason'}); it is started again.`;
      options.onTrouble?.({ code: 'STORE_BUSY', text });
    }
    cancelRestart = clock.after(restartMs, () => void spawn().catch(() => undefined));
    restartMs = Math.min(restartMaxMs, restartMs * 2);
  }

  /** Resolves when the thread is ready, rejects when it ends before. */
  function spawn(): Promise<void> {
    const started = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings });
    worker = started;
    wanted = false;
    let failure: Error | undefined;
    return new Promise<void>((ready, failed) => {
      started.on('message', (message: FromWorker) => {
        heard(message);
        if (message.kind === 'ready') ready();
      });
      started.on('error', (error) => {
        failure = error as Error;
      });
      started.on('exit', () => {
        failed(failure ?? new Fault('STORE_BUSY', 'The series thread ended.'));
        ended(failure);
      });
    });
  }

  function ask<K extends Request['kind']>(request: Request & { kind: K }, limitMs: number): Promise<Answers[K]> {
    if (worker === undefined) return Promise.reject(new Fault('STORE_BUSY', 'The series thread is not running.'));
    if (waiting.size >= waitingMax)
      return Promise.reject(new Fault('TOO_MANY_REQUESTS', `${waitingMax} questions wait already.`));
    const id = nextId;
    nextId += 1;
    return new Promise((resolve, reject) => {
      const late = () => settle(id, (one) => one.reject(new Fault('STORE_BUSY', `No answer within ${limitMs} ms.`)));
      waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject, cancel: clock.after(limitMs, late) });
      post({ kind: 'request', id, request });
    });
  }

  /** A name under the export folder; anything else is refused, whatever it looks like. */
  function exportPath(path: string): string {
    const full = resolve(exportDir, path);
    const inside = relative(exportDir, full);
    if (inside === '' || inside.startsWith('..') || inside.includes(sep) || inside.includes('\0'))
      throw new Fault('NOT_ALLOWED', 'Exports are written in the export folder only.');
    mkdirSync(exportDir, { recursive: true, mode: 0o700 });
    return full;
  }

  const maintainNow = () => ask({ kind: 'maintain', nowMs: clock.nowMs() }, maintainLimitMs);

  function maintainSoon(delayMs: number): void {
    cancelMaintain = clock.after(delayMs, () => {
      maintainNow()
        .catch((error: unknown) => logger.warn({ error: (error as Error).message }, 'series: closing days failed'))
        .finally(() => {
          if (state === 'running') maintainSoon(options.maintainEveryMs ?? defaultMaintainEveryMs);
        });
    });
  }

  async function stop(): Promise<void> {
    cancelMaintain();
    cancelRestart();
    const running = worker;
    state = running === undefined ? 'stopped' : 'stopping';
    if (running === undefined) return;
    await new Promise<void>((done) => {
      const cancel = clock.after(stopLimitMs, () => void running.terminate());
      running.on('exit', () => {
        cancel();
        done();
      });
      running.postMessage({ kind: 'stop' } satisfies ToWorker);
    });
    state = 'stopped';
  }

  return {
    async start() {
      assert(state === 'new', 'A series writer starts once.');
      state = 'running';
      await spawn().catch(() => undefined);
      if (state !== 'running') return;
      maintainSoon(Math.min(60_000, options.maintainEveryMs ?? defaultMaintainEveryMs));
    },
    stop,
    wake,
    reader: {
      latest: (filter) => ask({ kind: 'latest', filter }, timeLimitMs + 1_000),
      range: (query) => ask({ kind: 'range', query }, timeLimitMs + 1_000),
      export: async (query, format, path) =>
        ask({ kind: 'export', query, format, path: exportPath(path) }, timeLimitMs + 1_000),
    },
    cursor: () => ask({ kind: 'cursor' }, timeLimitMs + 1_000),
    maintainNow: () => maintainNow(),
    stats: () => ({ ...progress, restarts, waiting: waiting.size }),
  };
}
