import { type Clock, type Desk, Fault } from '@tocsin/contracts';
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

type ReaderOptions = Omit<Parameters<typeof createReader>[0], 'frames' | 'clock'> & {
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

/** Hands the desk's events to every open console. */
export function createFanOut({ desk, clock }: { desk: Desk; clock: Clock }): FanOut {
  const open = new Map<Reader, ReaderOptions>();
  let frames = createFrames(desk);
  let waiting = false;
  let cancels: (() => void)[] = [];

  const flush = () => {
    waiting = false;
    for (const reader of open.keys()) reader.pump();
  };
  const every = (index: number, periodMs: number, task: () => void) => {
    cancels[index] = clock.after(periodMs, () => {
      task();
      every(index, periodMs, task);
    });
  };
  const endDead = () => {
    for (const [reader, { alive }] of open) if (!alive()) reader.close();
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
      every(1, heartbeatMs, () => {
        for (const reader of open.keys()) reader.beat(clock.nowMs());
      });
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
      const reader = createReader({ ...options, frames, clock });
      open.set(reader, options);
      reader.pump();
      reader.beat(clock.nowMs());
      return () => void open.delete(reader);
    },
    readers: () => open.size,
  };
}
