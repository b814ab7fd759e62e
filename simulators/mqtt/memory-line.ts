import { type Duplex, duplexPair } from 'node:stream';
import type { Clock } from '@tocsin/contracts';

/** A line between a client and a broker inside one process; bytes are never lost or reordered, as with TCP. */
export type MemoryLine = {
  readonly clientEnd: Duplex;
  readonly brokerEnd: Duplex;
  /** Breaks the line; both ends see it close, no MQTT DISCONNECT is sent. */
  cut(): void;
  /** Holds everything back in both directions, as a partition does, until `thaw`. */
  freeze(): void;
  thaw(): void;
};

/** Joins two stream pairs; every chunk takes `delayMs` in each direction. */
export function memoryLine(clock: Clock, delayMs = 0): MemoryLine {
  const [clientEnd, nearClient] = duplexPair();
  const [nearBroker, brokerEnd] = duplexPair();
  relay(nearClient, nearBroker, { clock, delayMs });
  relay(nearBroker, nearClient, { clock, delayMs });
  const destroyAll = () => {
    for (const one of all) one.destroy();
  };
  const all = [clientEnd, nearClient, nearBroker, brokerEnd];
  // Without this link a client's graceful end waits for ever: closing one side of a pair does not close the other.
  for (const one of all) {
    one.on('error', () => {});
    one.once('close', () => setImmediate(() => clock.after(delayMs, destroyAll)));
  }
  return {
    clientEnd,
    brokerEnd,
    cut: destroyAll,
    freeze() {
      nearClient.pause();
      nearBroker.pause();
    },
    thaw() {
      nearClient.resume();
      nearBroker.resume();
    },
  };
}

function relay(from: Duplex, to: Duplex, { clock, delayMs }: { clock: Clock; delayMs: number }): void {
  const later = (task: () => void) => (delayMs > 0 ? void clock.after(delayMs, task) : task());
  from.on('data', (chunk: Uint8Array) =>
    later(() => {
      if (to.writable) to.write(chunk);
    }),
  );
  from.on('end', () => later(() => to.end()));
}
