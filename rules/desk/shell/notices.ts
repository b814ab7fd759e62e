import type { Clock, DeskEvent, Logger } from '@tocsin/contracts';
import type { Store } from './store.ts';
import type { Shown, Work } from './work.ts';

type Notice = { key: string; occurrence: number; atMs: number; transitions: number[] };
type Listener = (event: DeskEvent) => void;

/**
 * Hands committed events to who listens and remembers when it did, so that the ladder's *notified* is a fact: with
 * nobody
 * listening nobody was notified. The instants are written with the next transaction.
 */
export function createNotices({ clock, logger }: { clock: Clock; logger: Logger }) {
  const listeners = new Set<Listener>();
  let notices: Notice[] = [];

  function told({ event, transitions }: Shown, atMs: number): DeskEvent {
    if (event.kind !== 'alert') return event;
    const { alert } = event;
    notices.push({ key: alert.key, occurrence: alert.occurrence, atMs, transitions });
    const notifiedAtMs = alert.ladder.notifiedAtMs ?? atMs;
    return { ...event, alert: { ...alert, ladder: { ...alert.ladder, notifiedAtMs } } };
  }

  return {
    subscribe(listener: Listener): () => void {
      // A function of its own, so that subscribing twice is two subscriptions.
      const own: Listener = (event) => listener(event);
      listeners.add(own);
      return () => listeners.delete(own);
    },
    count: () => listeners.size,
    emit(shown: readonly Shown[]): void {
      if (listeners.size === 0) return;
      const atMs = clock.nowMs();
      for (const one of shown) {
        const event = told(one, atMs);
        for (const listener of listeners) {
          try {
            listener(event);
          } catch (error) {
            logger.error({ error: String(error) }, 'A reader of desk events failed');
          }
        }
      }
    },
    waiting: () => notices.length,
    /** Writes the instants into the open transaction. */
    save(store: Store, work: Work): void {
      for (const { key, occurrence, atMs, transitions } of notices) {
        for (const id of transitions) store.addNotice(id, atMs);
        const record = work.alert(key);
        if (record?.occurrence === occurrence && record.notifiedAtMs === undefined)
          work.putQuietly({ ...record, notifiedAtMs: atMs });
      }
    },
    saved(): void {
      notices = [];
    },
  };
}
