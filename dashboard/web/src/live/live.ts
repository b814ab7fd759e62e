import type { DeskEvent } from '@tocsin/contracts';
import { api, Problem } from '../api.ts';
import { applyEvents, emptyWorld, freshWorld, type World } from './state.ts';

/** The server beats every 5 s; after this much silence its data are called old (reliability.md fault 64: within 10 s). */
const staleAfterMs = 8_000;
/** A stream that has been silent for this long is opened anew. */
const reopenAfterMs = 12_000;
const retryMs = 1_500;
/** When a site was last heard changes with every batch, so it is asked for and not streamed. */
const askSitesEveryMs = 5_000;
/** Events that come together are drawn together. */
const drawEveryMs = 50;

export type Link = 'connecting' | 'live' | 'stale';

export type LiveState = {
  world: World;
  link: Link;
  /** When the server was last heard, on this machine's clock. */
  heardAtMs: number | undefined;
  /** The server's clock minus this machine's. */
  offsetMs: number;
  loaded: boolean;
};

export type Live = {
  get(): LiveState;
  subscribe(listener: () => void): () => void;
  /** Takes over what an act answered, without waiting for the stream. */
  take(event: DeskEvent): void;
  stop(): void;
};

/** Follows the desk: fetches everything once, then streams, resumes after any cut, and says when it no longer knows. */
export function startLive(onLoggedOut: () => void): Live {
  let state: LiveState = { world: emptyWorld, link: 'connecting', heardAtMs: undefined, offsetMs: 0, loaded: false };
  const listeners = new Set<() => void>();
  let queue: DeskEvent[] = [];
  let drawing: ReturnType<typeof setTimeout> | undefined;
  let retrying: ReturnType<typeof setTimeout> | undefined;
  let source: EventSource | undefined;
  let stopped = false;
  let heardAtMs: number | undefined;

  const set = (change: Partial<LiveState>) => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };
  const draw = () => {
    drawing = undefined;
    const events = queue;
    queue = [];
    set({ world: applyEvents(state.world, events), heardAtMs, link: heardAtMs === undefined ? state.link : 'live' });
  };
  const take = (event: DeskEvent) => {
    queue.push(event);
    drawing ??= setTimeout(draw, drawEveryMs);
  };
  const heard = (serverAtMs: number) => {
    heardAtMs = Date.now();
    set({ heardAtMs, offsetMs: serverAtMs - heardAtMs, link: 'live' });
  };
  const later = (task: () => void) => {
    clearTimeout(retrying);
    retrying = setTimeout(task, retryMs * (0.7 + Math.random() * 0.6));
  };
  const fetchAll = async () => {
    const [{ atEventId, alerts }, { sites, nowMs }, { actuators }] = await Promise.all([
      api.alerts(),
      api.sites(),
      api.actuators(),
    ]);
    if (stopped) return;
    queue = [];
    const world = freshWorld({ alerts, actuators, sites, lastEventId: atEventId });
    set({ world, loaded: true });
    heard(nowMs);
  };
  const failed = (error: unknown, again: () => void) => {
    if (stopped) return;
    if (error instanceof Problem && error.status === 401) onLoggedOut();
    else later(again);
  };
  const load = () => fetchAll().then(open, (error) => failed(error, load));
  const reload = () => fetchAll().catch((error) => failed(error, reload));

  const open = () => {
    if (stopped) return;
    source?.close();
    const from = Math.max(state.world.lastEventId, queue.at(-1)?.id ?? 0);
    const stream = new EventSource(`/api/stream?after=${from}`);
    source = stream;
    const on = <T>(kind: string, listener: (data: T) => void) =>
      stream.addEventListener(kind, ({ data }) => listener(JSON.parse(data)));
    for (const kind of ['alert', 'actuator', 'site']) {
      on<DeskEvent>(kind, (event) => {
        heardAtMs = Date.now();
        take(event);
      });
    }
    on<{ atMs: number; lastEventId: number }>('heartbeat', ({ atMs, lastEventId }) => {
      if (queue.length === 0 && lastEventId > state.world.lastEventId) set({ world: { ...state.world, lastEventId } });
      heard(atMs);
    });
    on('reset', () => void reload());
    stream.onerror = () => {
      stream.close();
      if (stopped || source !== stream) return;
      set({ link: state.link === 'live' ? 'connecting' : state.link });
      api.me().then(
        () => later(open),
        (error) => failed(error, open),
      );
    };
  };

  const watch = setInterval(() => {
    const silentMs = Date.now() - (heardAtMs ?? Date.now());
    if (silentMs > staleAfterMs && state.link !== 'stale') set({ link: 'stale' });
    if (silentMs > reopenAfterMs && source?.readyState === EventSource.OPEN) open();
  }, 500);

  const askSites = setInterval(() => {
    if (state.link !== 'live') return;
    // A failure shows in the stream soon enough.
    const takeAll = ({ sites, nowMs }: Awaited<ReturnType<typeof api.sites>>) => {
      for (const site of sites) take({ id: 0, atMs: nowMs, kind: 'site', site });
    };
    api.sites().then(takeAll, () => {});
  }, askSitesEveryMs);

  void load();
  return {
    get: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    take,
    stop() {
      stopped = true;
      clearInterval(watch);
      clearInterval(askSites);
      clearTimeout(retrying);
      clearTimeout(drawing);
      source?.close();
    },
  };
}
