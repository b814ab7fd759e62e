import { type Clock, type CommittedBatch, Fault, type Logger } from '@tocsin/contracts';
import { type createConsumer, PoisonedEvent } from './consumer.ts';
import { type Core, isStoreError, storeFault } from './core.ts';
import type { Engines } from './engines.ts';
import type { createNotices } from './notices.ts';
import type { createPresence } from './presence.ts';

/** Pauses between attempts to read on after a failure double up to half a minute. */
const retryMs = { first: 500, most: 30_000 };
/** A transaction that shows this much is committed without waiting for the end of the turn. */
const showsPerCommit = 2000;
/** Reading on after a gap takes less; what takes longer is told, because meanwhile the desk does not show the present. */
const readingOnMs = 5000;

export type KeeperDeps = {
  /** Opens the database with engines and sites as they were last committed. */
  open(): Core;
  engines: Engines;
  presence: ReturnType<typeof createPresence>;
  notices: ReturnType<typeof createNotices>;
  consumer: ReturnType<typeof createConsumer>;
  clock: Clock;
  logger: Logger;
};

/** Whether alerts are being taken in; `sinceMs` (milliseconds since 1970) tells since when they are not. */
export type RulesHealth = { status: 'ok' | 'degraded'; sinceMs?: number; why?: string };

export type Keeper = ReturnType<typeof createKeeper>;

/**
 * Keeps memory and disk together. While all is well batches are applied as they come and committed at the end of the
 * turn that
 * brought alerts or receipts. After any failure everything since the last commit is taken back, and the log is read
 * again
 * from the committed cursor: a failed write is never retried in place, because a failed fsync says nothing about what
 * is on disk.
 */
export function createKeeper({ open, engines, presence, notices, consumer, clock, logger }: KeeperDeps) {
  let core: Core | undefined;
  let applied = 0;
  let saved = 0;
  let behind = true;
  let behindSince = { atMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
  let failure: string | undefined;
  let running = false;
  let catching = false;
  let flushQueued = false;
  let failures = 0;
  let pauseMs = retryMs.first;
  let cancelRetry = () => {};

  function close(): void {
    try {
      core?.close();
    } catch (error) {
      logger.error({ error: String(error) }, 'The state database did not close');
    }
    core = undefined;
  }

  function reopen(): Core {
    core = open();
    applied = saved = core.cursor;
    return core;
  }

  function rollback(): boolean {
    try {
      core!.work.rollback();
      engines.reload(core!.store);
    } catch {
      return false;
    }
    applied = saved;
    consumer.forget();
    presence.forget();
    return true;
  }

  function fallBehind(): void {
    if (!behind) behindSince = { atMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
    behind = true;
  }

  /** Takes everything since the last commit back and reads it again from the log. */
  function fail(error: unknown): void {
    fallBehind();
    failures += 1;
    const poisoned = error instanceof PoisonedEvent;
    if (poisoned) consumer.poison(error.place);
    else failure = error instanceof Error ? error.message : String(error);
    if (isStoreError(error) || !rollback()) {
      close();
      consumer.forget();
      presence.forget();
    }
    if (poisoned || pauseMs === retryMs.first)
      logger.error({ error: String(error) }, 'The rules service goes back to its last commit');
    cancelRetry();
    if (!running) return;
    cancelRetry = clock.after(poisoned ? 0 : pauseMs, () => void catchUp());
    if (!poisoned) pauseMs = Math.min(pauseMs * 2, retryMs.most);
  }

  function isIdle({ work }: Core): boolean {
    const pending = work.isOpen() || engines.isDirty() || notices.waiting() > 0 || presence.unsaved().length > 0;
    return !pending && applied === saved;
  }

  /** Commits what is pending and shows it. Throws when the database fails. */
  function commit(open: Core): void {
    // After a failure only a commit proves that the disk takes writes again.
    if (failure === undefined && isIdle(open)) return;
    const { work, store } = open;
    const nowMs = clock.nowMs();
    work.begin();
    engines.save(store);
    const shownSites: string[] = [];
    for (const known of presence.unsaved()) {
      store.putSite(known.view);
      if (!presence.isDue(known, nowMs)) continue;
      work.showSite(known.view);
      shownSites.push(known.view.site);
    }
    notices.save(store, work);
    const { shown, tasks } = work.commit(applied, nowMs);
    saved = applied;
    presence.saved(shownSites, nowMs);
    notices.saved();
    pauseMs = retryMs.first;
    failure = undefined;
    perform(tasks);
    notices.emit(shown);
  }

  function perform(tasks: readonly (() => void)[]): void {
    for (const task of tasks) {
      try {
        task();
      } catch (error) {
        logger.error({ error: String(error) }, 'A command could not be handed over; it is repeated');
      }
    }
  }

  /** Runs a task on the open core; when it throws, everything uncommitted is taken back. */
  function attempt(task: (open: Core) => void): void {
    if (core === undefined) return;
    try {
      task(core);
    } catch (error) {
      fail(error);
    }
  }

  function flushSoon(): void {
    if (flushQueued) return;
    flushQueued = true;
    queueMicrotask(() => {
      flushQueued = false;
      attempt(commit);
    });
  }

  /** Applies one bite of the log; true when there was something to apply. */
  function bite(open: Core): boolean {
    const entries = consumer.next(applied);
    for (const entry of entries) {
      consumer.takeEntry(open, entry);
      applied = entry.offset;
    }
    commit(open);
    return entries.length > 0;
  }

  async function catchUp(): Promise<void> {
    if (catching) return;
    catching = true;
    fallBehind();
    try {
      while (running && behind) {
        behind = bite(core ?? reopen());
        if (behind) await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      fail(error);
    } finally {
      catching = false;
    }
  }

  function settled(): Core {
    attempt(commit);
    if (core !== undefined) return core;
    const remedy = 'Try again; if it lasts, look at the disk of the cloud.';
    throw new Fault('STORE_BUSY', 'The state of the rules service is being reopened.', { remedy });
  }

  return {
    attempt,
    commit,
    flushSoon,
    /** Reads with nothing pending; throws STORE_BUSY, STORE_FULL or STORE_DAMAGED when the database does not answer. */
    read<T>(task: (open: Core) => T): T {
      const open = settled();
      try {
        return task(open);
      } catch (error) {
        if (!isStoreError(error)) throw error;
        fail(error);
        throw storeFault(error);
      }
    },
    isBehind: () => behind,
    /** Degraded from the first failure on until a commit has succeeded and the log is read to its end. */
    health(): RulesHealth {
      const isLong = clock.monotonicMs() - behindSince.monotonicMs >= readingOnMs;
      if (!behind || (failure === undefined && !isLong)) return { status: 'ok' };
      return { status: 'degraded', sinceMs: behindSince.atMs, why: failure ?? 'The log is still being read.' };
    },
    cursor: () => saved,
    counters: () => ({ applied, failures, behind: Number(behind) }),
    async start(): Promise<void> {
      reopen();
      running = true;
      await catchUp();
    },
    stop(): void {
      running = false;
      cancelRetry();
      attempt(commit);
      behind = true;
      close();
    },
    /** Takes the next batch of the log as it was committed; anything but the next one is read from the log instead. */
    take(batch: CommittedBatch): void {
      if (behind || batch.offset <= applied) return;
      if (batch.offset !== applied + 1) {
        void catchUp();
        return;
      }
      attempt((open) => {
        const urgent = consumer.take(open, batch);
        applied = batch.offset;
        if (!urgent) return;
        if (open.work.size() >= showsPerCommit) commit(open);
        else flushSoon();
      });
    },
    /** Runs an act in a transaction of its own; a refusal (a Fault) changes nothing. */
    transact<T>(act: (open: Core) => T): T {
      const open = settled();
      try {
        open.work.begin();
        const answer = act(open);
        commit(open);
        return answer;
      } catch (error) {
        if (error instanceof Fault && rollback()) throw error;
        fail(error);
        throw isStoreError(error) ? storeFault(error) : error;
      }
    },
  };
}
