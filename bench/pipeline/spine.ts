import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, type CommittedBatch, type Publish, silentLogger, systemClock } from '@tocsin/contracts';
import { createIngest, createSeriesWriter, openQuarantine, openSites, openSqliteLog } from '@tocsin/ingest';
import { descriptorOf, type Message } from './load.ts';

/** The bench's readings are of one fixed day, so its clock says so. */
export const dayClock = (nowMs: number): Clock => ({ ...systemClock, nowMs: () => nowMs });

export type SpineOptions = {
  sites: number;
  withSeries: boolean;
  decide?(batch: CommittedBatch): void;
  publish?: Publish;
  /** Memory of the series store; its default is that of the product. */
  memoryLimitMb?: number;
  nowMs: number;
};

/** Ingest with all its stores in a folder of its own, as `tocsin up` wires it. */
export async function openSpine({ sites, withSeries, decide, publish, memoryLimitMb, nowMs }: SpineOptions) {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const clock = dayClock(nowMs);
  const shared = { clock, logger: silentLogger };
  const logPath = join(dir, 'log.sqlite');
  const log = openSqliteLog(logPath, shared);
  const quarantine = openQuarantine({ path: join(dir, 'quarantine.sqlite'), ...shared });
  const siteBook = openSites({ path: join(dir, 'sites.sqlite'), ...shared });
  const config = memoryLimitMb === undefined ? {} : { memoryLimitMb };
  const writer = withSeries ? createSeriesWriter({ logPath, dir: join(dir, 'series'), config, ...shared }) : undefined;
  let acks = 0;
  const ingest = createIngest({
    log,
    quarantine,
    sites: siteBook,
    publish(topic, payload) {
      acks += 1;
      publish?.(topic, payload);
    },
    onCommitted(batch) {
      decide?.(batch);
      writer?.wake();
    },
    ...shared,
  });
  await writer?.start();
  ingest.start();
  for (let site = 0; site < sites; site += 1) {
    const { topic, payload } = descriptorOf(site);
    ingest.receive(topic, payload);
  }

  return {
    dir,
    ingest,
    writer,
    log,
    acks: () => acks,
    /** Hands messages over, `perTurn` in one turn of the event loop, as a busy broker would; resolves when all are acknowledged. */
    async send(messages: readonly Message[], perTurn: number): Promise<void> {
      for (let i = 0; i < messages.length; i += perTurn) {
        for (const { topic, payload } of messages.slice(i, i + perTurn)) ingest.receive(topic, payload);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await new Promise((resolve) => setImmediate(resolve));
    },
    /** Resolves when the series have committed everything that is in the log, and said so. */
    async queryable(): Promise<void> {
      while (writer!.stats().cursor < log.end()) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    async close(): Promise<void> {
      await ingest.stop();
      await writer?.stop();
      for (const part of [log, quarantine, siteBook]) part.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
