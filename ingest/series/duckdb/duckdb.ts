import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type CommittedBatch, type SeriesStore, systemClock } from '@tocsin/contracts';
import { type ClosingSteps, closeDays, sweepFiles } from './closing.ts';
import { type DuckdbConfig, duckdbConfig } from './config.ts';
import { duckdbFault, inTransaction, openDatabase, rowsOf } from './database.ts';
import { exportReadings } from './export.ts';
import { closedThrough, listFiles, withoutClosed } from './manifest.ts';
import { queryRange } from './query.ts';
import { createRowFiller } from './rows.ts';
import { loadSeries, type SeriesBook } from './series.ts';

export type DuckdbStore = SeriesStore & {
  /** Readings left out because the store knows as many series as it may. */
  leftOut(): number;
  series(): number;
};

/** `timeLimitMs` ends a question that takes longer with STORE_BUSY. */
export type DuckdbOptions = Partial<DuckdbConfig> & { timeLimitMs?: number } & ClosingSteps;

const defaultTimeLimitMs = 30_000;
/** A page of the console asks for a few thousand; more would only fill memory. */
const pointsMax = 100_000;

/**
 * Opens the embedded series store in a folder of its own. One writer works at a time (append, maintain); questions run beside it on
 * connections of their own and see whole transactions only. Throws STORE_DAMAGED, STORE_BUSY, STORE_FULL or VERSION_UNKNOWN.
 */
export async function openDuckdb(dir: string, options: DuckdbOptions = {}): Promise<DuckdbStore> {
  const { timeLimitMs = defaultTimeLimitMs, afterStep, ...given } = options;
  const config = duckdbConfig(given);
  const instance = await openDatabase(dir, config);
  const { connection, book: loaded, through } = await load(instance, { dir, config });
  let book = loaded;
  /** Batches up to here may be in closed files; only a store that was begun anew sees them. */
  const closedMax = Math.max(0, ...through.values());
  let leftOut = 0;
  const filler = createRowFiller();

  let tail: Promise<unknown> = Promise.resolve();
  /** One writer at a time, in the order they came. */
  function alone<T>(what: string, work: () => Promise<T>): Promise<T> {
    const mine = tail.then(work).catch((error: unknown) => {
      throw duckdbFault(error, what);
    });
    tail = mine.catch(() => undefined);
    return mine;
  }

  async function ask<T>(what: string, work: (asking: DuckDBConnection) => Promise<T>): Promise<T> {
    const asking = await instance.connect();
    const cancel = systemClock.after(timeLimitMs, () => asking.interrupt());
    try {
      return await work(asking);
    } catch (error) {
      throw duckdbFault(error, what);
    } finally {
      cancel();
      asking.closeSync();
    }
  }

  async function insertFresh(): Promise<void> {
    const fresh = book.takeFresh();
    if (fresh.length === 0) return;
    const appender = await connection.createAppender('series');
    for (const { id, site, device, channel, unit } of fresh) {
      appender.appendInteger(id);
      for (const text of [site, device, channel, unit]) appender.appendVarchar(text);
      appender.endRow();
    }
    appender.flushSync();
    appender.closeSync();
  }

  async function append(batches: readonly CommittedBatch[]): Promise<void> {
    const after = await cursor(connection);
    const todo = batches.filter(({ offset }) => offset > after);
    if (todo.length === 0) return;
    const ids = todo.map((batch) => book.idsOf(batch));
    let left = 0;
    try {
      await inTransaction(connection, async () => {
        await insertFresh();
        filler.begin(await connection.createAppender('reading'));
        for (const [i, batch] of todo.entries()) {
          const columns = batch.offset > closedMax ? batch.columns : withoutClosed(batch, through);
          left += filler.add(columns, ids[i]!);
        }
        filler.end();
        await connection.run(`UPDATE cursor SET through = ${todo.at(-1)!.offset}`);
      });
    } catch (error) {
      // What the transaction took back must not be remembered.
      book = await loadSeries(connection, config.seriesMax);
      throw error;
    }
    leftOut += left;
    for (const [i, batch] of todo.entries()) book.note(batch, ids[i]!);
  }

  return {
    append: (batches) => alone('append readings', () => append(batches)),
    cursor: () => ask('read the cursor', cursor),
    latest: async (filter) => book.latest(filter),
    range: (query) =>
      ask('read a range', async (asking) => {
        const points = Math.max(1, Math.min(pointsMax, Math.floor(query.points)));
        const files = await listFiles(asking);
        return queryRange(asking, { query: { ...query, points }, series: book.of(query), files, dir });
      }),
    export: (query, format, path) =>
      ask('export readings', async (asking) =>
        exportReadings(asking, { query, format, path, files: await listFiles(asking), dir }),
      ),
    maintain: (nowMs) => alone('close days', () => closeDays({ connection, dir, config, afterStep }, nowMs)),
    async close() {
      await tail;
      connection.closeSync();
      instance.closeSync();
    },
    leftOut: () => leftOut,
    series: () => book.count(),
  };
}

type Place = { dir: string; config: DuckdbConfig };

/** What of the store is kept in memory; closes the database when it cannot be read. */
async function load(instance: DuckDBInstance, { dir, config }: Place) {
  const connection = await instance.connect();
  try {
    const book: SeriesBook = await loadSeries(connection, config.seriesMax);
    const through = await closedThrough(connection);
    await sweepFiles({ connection, dir });
    return { connection, book, through };
  } catch (error) {
    connection.closeSync();
    instance.closeSync();
    throw duckdbFault(error, `read the series store in ${dir}`);
  }
}

async function cursor(connection: DuckDBConnection): Promise<number> {
  const [row] = await rowsOf<{ through: number }>(connection, 'SELECT through::DOUBLE AS through FROM cursor');
  return row!.through;
}
