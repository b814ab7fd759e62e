import type { Logger } from '@tocsin/contracts';
import { pino } from 'pino';

/** The program's own log: JSON lines on standard error, so that standard output stays for results. Text from outside is escaped by JSON. */
export function createLogger(name: string, level = 'info'): Logger {
  const log = pino(
    { name, level, base: { name }, redact: ['password', 'secret', 'token'] },
    pino.destination({ dest: 2, sync: true }),
  );
  return {
    info: (fields, text) => log.info(fields, text),
    warn: (fields, text) => log.warn(fields, text),
    error: (fields, text) => log.error(fields, text),
  };
}
