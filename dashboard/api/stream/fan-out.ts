import { type Clock, type Desk, Fault, type Logger, silentLogger } from '@tocsin/contracts';
import { type Health, wellHealth } from '../health.ts';
import { createFrames } from './frames.ts';
import { createReader, type Reader } from './reader.ts';

/** Events that come together are sent together: one write per reader and window, and still faster than the eye. */
const windowMs = 40;
/** A reader that misses two of these knows that the stream is dead. */
export const heartbeatMs = 5_000;
/** An ended session loses its stream within this and a second. */
const checkSessionsMs = 2_000;
const readersMax = 500;
const readersPerUserMax = 24;

type ReaderOptions = Omit<Parameters<typeof createReader>[0], 'frames' | 'clock' | 'deskFailed'> & {
  user: string;
  /** False once the session has ended. */
  alive(): boolean;
};

export type FanOut = {
  start(): void;
  stop(): void;
  /** Adds a reader; the answer takes it away again. Throws TOO_MANY_REQUESTS. */
  add(options: ReaderOptions): () => void;
  readers(): number;
};

export type FanOutDeps = { desk: Desk; clock: Clock; health?(): Health; logger?: Logger };

/**
 * Hands the desk's events to every open console. A desk that does not answer costs no stream and never more than this beat:
 * the consoles go on being told that alerts stand still, and are told the rest once the desk answers again.
 */
export function createFanOut({ desk, clock, health = wellHealth, logger = silentLogger }: FanOutDeps): FanOut {
  const open = new Map<Reader, ReaderOptions>();
  let frames = createFrames(desk);
  let waiting = false;
  const desks = { failing: false, failedNow: false };
  let cancels: (() => void)[] = [];

  const deskFailed = (error: unknown) => {
    if (!desks.failing) logger.error({ error: String(error) }, 'The desk does not answer; consoles are told so.');
    desks.failing = desks.failedNow = true;
  };
  const beat = () => {
    desks.failedNow = false;
    for (const reader of open.keys()) beatOne(reader);
    desks.failing = desks.failedNow;
  };
  const beatOne = (reader: Reader) => reader.beat(clock.nowMs(), health().alertsStoppedAtMs);
  const flush = () => {
    waiting = false;
    for (const reader of open.keys()) reader.pump();
  };
  const every = (index: number, periodMs: number, task: () => void) => {
    cancels[index] = clock.after(periodMs, () => {
      every(index, periodMs, task);
      task();
    });
  };
  // A session that cannot be looked up is no session: its console comes back as soon as it can be.
  const isAlive = (alive: () => boolean) => {
    try {
      return alive();
    } catch (error) {
      logger.error({ error: String(error) }, 'A session could not be looked up; its stream is closed.');
      return false;
    }
  };
  const endDead = () => {
    for (const [reader, { alive }] of open) if (!isAlive(alive)) reader.close();
  };

  return {
    start() {
      frames = createFrames(desk);
      const unsubscribe = desk.subscribe((event) => {
        frames.take(event);
        if (waiting) return;
        waiting = true;
        cancels[0] = clock.after(windowMs, flush);
      });
      every(1, heartbeatMs, beat);
      every(2, checkSessionsMs, endDead);
      cancels[3] = unsubscribe;
    },
    stop() {
      for (const cancel of cancels) cancel?.();
      cancels = [];
      waiting = false;
      for (const reader of open.keys()) reader.close();
      open.clear();
    },
    add(options) {
      const own = [...open.values()].filter(({ user }) => user === options.user).length;
      if (open.size >= readersMax || own >= readersPerUserMax) {
        throw new Fault('TOO_MANY_REQUESTS', 'Too many consoles are open.', { remedy: 'Close some.' });
      }
      const reader = createReader({ ...options, frames, clock, deskFailed });
      open.set(reader, options);
      beatOne(reader);
      return () => void open.delete(reader);
    },
    readers: () => open.size,
  };
}
