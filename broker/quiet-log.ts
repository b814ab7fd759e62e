import type { Clock, Logger } from '@tocsin/contracts';

/** One line per kind in this time; what strangers do must not fill a disk. */
const quietMs = 10_000;

/** Writes a warning of a kind, or counts it. */
export type QuietLog = (kind: string, fields: object, text: string) => void;

/** Warns at most once per kind in ten seconds and says how many lines were left out since. */
export function quietLog(logger: Logger, clock: Clock): QuietLog {
  const kinds = new Map<string, { atMs: number; leftOut: number }>();
  return (kind, fields, text) => {
    const atMs = clock.monotonicMs();
    const last = kinds.get(kind);
    if (last !== undefined && atMs - last.atMs < quietMs) {
      last.leftOut += 1;
      return;
    }
    logger.warn(last?.leftOut ? { ...fields, leftOut: last.leftOut } : fields, `broker: ${text}`);
    kinds.set(kind, { atMs, leftOut: 0 });
  };
}
