import type { DeskEvent } from '@tocsin/contracts';
import type { Store } from './store.ts';

type Ends = {
  /** The server can no longer tell what came after our last event. */
  onReset(): void;
  onCut(): void;
};

type Heartbeat = { atMs: number; lastEventId: number; alertsStoppedAtMs?: number };

/** Opens the event stream where the store stands and feeds the store; nothing more comes after `close`. */
export function openStream(store: Store, { onReset, onCut }: Ends): EventSource {
  const stream = new EventSource(`/api/stream?after=${store.lastEventId()}`);
  const on = <T>(kind: string, listener: (data: T) => void) =>
    stream.addEventListener(kind, ({ data }) => listener(JSON.parse(data)));
  for (const kind of ['alert', 'actuator', 'site']) {
    on<DeskEvent>(kind, (event) => {
      store.heard();
      store.take(event);
    });
  }
  on<Heartbeat>('heartbeat', ({ atMs, lastEventId, alertsStoppedAtMs }) => {
    const { world } = store.get();
    // Events of sites that are not ours move the stream too.
    if (lastEventId > store.lastEventId()) store.set({ world: { ...world, lastEventId } });
    store.heard(atMs);
    store.stopped(alertsStoppedAtMs);
  });
  on('reset', onReset);
  stream.onerror = () => {
    stream.close();
    onCut();
  };
  return stream;
}
