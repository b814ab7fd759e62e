import type { Clock, Logger, Running } from '@tocsin/contracts';
import type { SqliteLog } from '@tocsin/ingest';

/** Applied batches that are kept all the same, so that a consumer can be built anew from them: days of it, within about a gigabyte. */
const keptMs = 7 * 86_400_000;
const keptRows = 1_000_000;
const everyMs = 600_000;

export type TrimmerDeps = {
  log: Pick<SqliteLog, 'offsetOfNewest' | 'newestBefore' | 'trim'>;
  /** How far each consumer has applied the log. */
  cursors(): Promise<number[]>;
  clock: Clock;
  logger: Logger;
};

/** Forgets from the log what every consumer has applied and is old, or too much; what one of them still needs is never touched. */
export function createTrimmer({ log, cursors, clock, logger }: TrimmerDeps): Running {
  let stopped = false;
  let cancel = () => {};
  const later = () => {
    cancel = clock.after(everyMs, () => void trim());
  };
  const trim = async () => {
    try {
      const applied = Math.min(...(await cursors()));
      // Entries are counted, never offsets: those jump ahead whenever the log is opened.
      const old = Math.max(log.newestBefore(clock.nowMs() - keptMs), log.offsetOfNewest(keptRows) - 1);
      const through = Math.min(applied, old);
      if (!stopped && through > 0) log.trim(through);
    } catch (error) {
      logger.warn({ error: (error as Error).message }, 'The log could not be trimmed; it will be tried again.');
    }
    if (!stopped) later();
  };
  later();
  return {
    async stop() {
      stopped = true;
      cancel();
    },
  };
}
