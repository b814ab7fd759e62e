import type { Duplex } from 'node:stream';

/**
 * The sending side of one connection: all that is written during one turn of the event loop leaves in one system call, and
 * a slow reader is never waited for. aedes alone makes a system call per packet and holds messages for everybody back while
 * one reader's socket is full; here `write` always says "go on", and whoever lets too much pile up is cut.
 */
export type Outbound = {
  /** Bytes that wait for the reader. */
  waitingBytes(): number;
  /** True when bytes waited at the last call too and none of them has left since. */
  stalledSinceLastLook(): boolean;
};

/** Takes over `write`, `cork` and `uncork` of `stream`; calls `onOverflow` when more than `bytesMax` wait. */
export function coalesceWrites(stream: Duplex, bytesMax: number, onOverflow: () => void): Outbound {
  const write = stream.write;
  const cork = stream.cork;
  const uncork = stream.uncork;
  let corked = false;
  let writtenBytes = 0;
  let takenAtLastLook = -1;

  const release = () => {
    corked = false;
    uncork.call(stream);
    if (stream.writableLength > bytesMax) onOverflow();
  };
  stream.cork = () => {
    if (corked) return;
    corked = true;
    cork.call(stream);
    setImmediate(release);
  };
  // The packet writer uncorks after each packet; only `release` may.
  stream.uncork = () => {};
  stream.write = ((chunk: string | Uint8Array, ...rest: [never]) => {
    writtenBytes += chunk.length;
    write.call(stream, chunk, ...rest);
    return true;
  }) as typeof stream.write;

  return {
    waitingBytes: () => stream.writableLength,
    stalledSinceLastLook() {
      const waiting = stream.writableLength;
      const taken = writtenBytes - waiting;
      const stalled = waiting > 0 && taken === takenAtLastLook;
      takenAtLastLook = waiting > 0 ? taken : -1;
      return stalled;
    },
  };
}
