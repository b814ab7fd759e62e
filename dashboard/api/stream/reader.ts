import type { Clock } from '@tocsin/contracts';
import type { Frames } from './frames.ts';

/** So many events are joined into one write. */
const eventsPerWrite = 50;
/** A reader that leaves this much unread is not reading. */
const unreadBytesMax = 1_048_576;
/** A reader that has taken nothing for this long is closed; it resumes where it was. */
const stalledMs = 20_000;

export type Reader = {
  /** Sends what is new, as far as the socket takes it. */
  pump(): void;
  /** Tells that the stream lives, where the reader is, and since when alerts stand still, if they do. */
  beat(nowMs: number, alertsStoppedAtMs?: number): void;
  close(): void;
};

/** The part of an HTTP response that a reader writes to. */
type Sink = {
  readonly writableLength: number;
  readonly destroyed: boolean;
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
  end(): unknown;
  destroy(): unknown;
};

type ReaderDeps = {
  frames: Frames;
  clock: Clock;
  response: Sink;
  sees(site: string): boolean;
  /** The last event the reader has, or undefined to start with the next one. */
  after: number | undefined;
  /** Told when the desk did not answer; the reader stays where it is and asks again with the next beat. */
  deskFailed(error: unknown): void;
};

/**
 * One open console. It holds a position and no queue: what the socket does not take yet stays with the desk and is fetched
 * when the socket drains, so that a slow reader costs no memory and nothing is lost or sent twice.
 */
export function createReader({ frames, clock, response, sees, after, deskFailed }: ReaderDeps): Reader {
  let position = after ?? frames.lastId();
  let blockedSinceMs: number | undefined;
  let ended = false;
  const gone = () => ended || response.destroyed;

  const write = (text: string) => {
    if (response.write(text)) return;
    if (response.writableLength > unreadBytesMax) {
      response.destroy();
      return;
    }
    blockedSinceMs = clock.monotonicMs();
    response.once('drain', () => {
      blockedSinceMs = undefined;
      pump();
    });
  };

  const next = () => {
    try {
      return { page: frames.after(position, eventsPerWrite) };
    } catch (error) {
      deskFailed(error);
      return undefined;
    }
  };

  const pump = () => {
    while (blockedSinceMs === undefined && !gone()) {
      const answer = next();
      if (answer === undefined) return;
      const { page } = answer;
      if (page === undefined) {
        position = frames.lastId();
        write(`event: reset\nid: ${position}\ndata: {"lastEventId":${position}}\n\n`);
        continue;
      }
      if (page.length === 0) return;
      position = page.at(-1)!.id;
      const text = page.map((frame) => (sees(frame.site) ? frame.text : '')).join('');
      if (text !== '') write(text);
    }
  };

  return {
    pump,
    beat(nowMs, alertsStoppedAtMs) {
      if (gone()) return;
      pump();
      if (blockedSinceMs !== undefined) {
        if (clock.monotonicMs() - blockedSinceMs > stalledMs) response.destroy();
        return;
      }
      // The id moves a reader past events of sites it may not see, so that it need not start afresh later.
      const data = JSON.stringify({ atMs: nowMs, lastEventId: position, alertsStoppedAtMs });
      write(`event: heartbeat\nid: ${position}\ndata: ${data}\n\n`);
    },
    close() {
      ended = true;
      response.end();
    },
  };
}
