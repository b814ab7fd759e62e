import {
  type AppendResult,
  type Batch,
  type Clock,
  Fault,
  type Log,
  type Logger,
  type NewLogEntry,
} from '@tocsin/contracts';
import type { Refusal } from './judge.ts';

/** A batch that was judged and waits for the commit. */
export type Waiting = { entry: NewLogEntry; batch: Batch; refused: readonly Refusal[]; badEvents: readonly BadEvent[] };
export type BadEvent = { event: unknown; why: string };

/** Whether batches can be made durable now. `degraded` means that nothing is acknowledged and that the sites keep what they have. */
export type IngestHealth = { status: 'ok' | 'degraded'; sinceMs: number; why?: string };

export type GroupLimits = {
  /** A group is committed when it holds this many batches, or this many bytes, or when the event loop turns. */
  groupBatchesMax: number;
  groupBytesMax: number;
};

type Deps = {
  log: Log;
  clock: Clock;
  logger: Logger;
  limits: GroupLimits;
  /** Called after the commit with every batch and its outcome, in order of arrival. */
  onOutcome(group: readonly Waiting[], results: readonly AppendResult[]): void;
  onFailed(batches: number): void;
  onHealth(health: IngestHealth): void;
};

/** A store that fails is spared for this long at first, then twice as long each time, up to the maximum. */
const pauseFirstMs = 100;
const pauseMaxMs = 5_000;

/**
 * Gathers everything that arrives in one turn of the event loop into one durable transaction. When the store refuses, the whole group is
 * forgotten unacknowledged: the sites hold it and send it again, so nothing is lost and memory does not grow.
 */
export function createGroupCommit({ log, clock, logger, limits, onOutcome, onFailed, onHealth }: Deps) {
  let waiting: Waiting[] = [];
  let bytes = 0;
  let scheduled = false;
  let pauseMs = 0;
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
  let health: IngestHealth = { status: 'ok', sinceMs: clock.nowMs() };

  function setHealth(next: IngestHealth): void {
    const changed = next.status !== health.status;
    health = changed ? next : { ...next, sinceMs: health.sinceMs };
    if (changed) onHealth(health);
  }

  function failed(error: unknown, batches: number): void {
    pauseMs = pauseMs === 0 ? pauseFirstMs : Math.min(pauseMaxMs, pauseMs * 2);
    pausedUntilMs = clock.monotonicMs() + pauseMs;
    const why = error instanceof Fault ? `${error.code}: ${error.message}` : String(error);
    if (health.status === 'ok') logger.error({ error }, 'ingest: the log refuses to store; nothing is acknowledged');
    setHealth({ status: 'degraded', sinceMs: clock.nowMs(), why });
    onFailed(batches);
  }

  function commit(): void {
    scheduled = false;
    if (waiting.length === 0) return;
    const group = waiting;
    waiting = [];
    bytes = 0;
    let results: AppendResult[];
    try {
      results = log.append(group.map(({ entry }) => entry));
    } catch (error) {
      failed(error, group.length);
      return;
    }
    if (health.status !== 'ok') {
      pauseMs = 0;
      logger.info({}, 'ingest: the log stores again');
      setHealth({ status: 'ok', sinceMs: clock.nowMs() });
    }
    onOutcome(group, results);
  }

  return {
    /** True while a failing store is being spared; what arrives is not worth decoding then. */
    isPaused: () => health.status !== 'ok' && clock.monotonicMs() < pausedUntilMs,
    add(batch: Waiting): void {
      waiting.push(batch);
      bytes += batch.entry.body.byteLength;
      if (waiting.length >= limits.groupBatchesMax || bytes >= limits.groupBytesMax) commit();
      else if (!scheduled) {
        scheduled = true;
        setImmediate(commit);
      }
    },
    commit,
    health: () => health,
  };
}
