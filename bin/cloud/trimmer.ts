import type { Clock, Log, Logger, Running } from '@tocsin/contracts';

/** Applied batches that are kept all the same, so that a consumer can be built anew from them. */
const entriesKept = 200_000;
const everyMs = 600_000;

/** Forgets from the log what every consumer has applied long ago; what one of them still needs is never touched. */
export function createTrimmer({
  log,
  cursors,
  clock,
  logger,
}: {
  log: Log;
  cursors(): Promise<number[]>;
  clock: Clock;
  logger: Logger;
}): Running {
  let stopped = false;
  let cancel = () => {};
  const later = () => {
    cancel = clock.after(everyMs, () => void trim());
  };
  const trim = async () => {
    try {
      const through = Math.min(...(await cursors())) - entriesKept;
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
