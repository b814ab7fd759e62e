import type { DeskEvent } from '@tocsin/contracts';
import { api, Problem } from '../api.ts';
import { freshWorld } from './state.ts';
import { createStore, type LiveState, staleAfterMs } from './store.ts';
import { openStream } from './stream.ts';

/** A stream that has been silent for this long is opened anew. */
const reopenAfterMs = 12_000;
const retryMs = 1_500;
const lookEveryMs = 500;
/** When a site was last heard changes with every batch, so it is asked for and not streamed. */
const askSitesEveryMs = 5_000;

export type Live = {
  get(): LiveState;
  subscribe(listener: () => void): () => void;
  /** Takes over what an act answered, without waiting for the stream. */
  take(event: DeskEvent): void;
  stop(): void;
};

/** Follows the desk: fetches everything once, then streams, resumes after any cut, and says when it no longer knows. */
export function startLive(onLoggedOut: () => void): Live {
  const store = createStore();
  let retrying: ReturnType<typeof setTimeout> | undefined;
  let source: EventSource | undefined;
  let stopped = false;

  const later = (task: () => void) => {
    clearTimeout(retrying);
    // Chance spreads the consoles that all lost the same server.
    retrying = setTimeout(task, retryMs * (0.7 + Math.random() * 0.6));
  };
  const failed = (error: unknown, again: () => void) => {
    if (stopped) return;
    if (error instanceof Problem && error.status === 401) onLoggedOut();
    else later(again);
  };
  const fetchAll = async () => {
    const answers = await Promise.all([api.alerts(), api.sites(), api.actuators()]);
    if (stopped) return;
    const [{ atEventId, alerts }, { sites, nowMs }, { actuators }] = answers;
    store.replace(freshWorld({ alerts, actuators, sites, lastEventId: atEventId }));
    store.heard(nowMs);
  };
  const load = () =>
    fetchAll().then(open, (error) => {
      // Before the first answer nothing can be called old; without an answer nothing can be called present either.
      if (!stopped && !store.get().loaded) store.set({ link: 'stale' });
      failed(error, load);
    });
  const open = () => {
    if (stopped) return;
    source?.close();
    const stream = openStream(store, { onReset: load, onCut: () => source === stream && cut() });
    source = stream;
  };
  const cut = () => {
    if (stopped) return;
    if (store.get().link === 'live') store.set({ link: 'connecting' });
    // The stream does not say why it ended, so the session is asked about.
    api.me().then(
      () => later(open),
      (error) => failed(error, open),
    );
  };
  const look = setInterval(() => {
    if (store.silentMs() > staleAfterMs && store.get().link !== 'stale') store.set({ link: 'stale' });
    if (store.silentMs() > reopenAfterMs && source?.readyState === EventSource.OPEN) open();
  }, lookEveryMs);
  const askSites = setInterval(() => {
    if (store.get().link !== 'live') return;
    const takeAll = ({ sites, nowMs }: Awaited<ReturnType<typeof api.sites>>) => {
      for (const site of sites) store.take({ id: 0, atMs: nowMs, kind: 'site', site });
    };
    // A failure shows in the stream soon enough.
    api.sites().then(takeAll, () => {});
  }, askSitesEveryMs);

  void load();
  return {
    get: store.get,
    subscribe: store.subscribe,
    take: store.take,
    stop() {
      stopped = true;
      for (const timer of [look, askSites]) clearInterval(timer);
      clearTimeout(retrying);
      store.stop();
      source?.close();
    },
  };
}
