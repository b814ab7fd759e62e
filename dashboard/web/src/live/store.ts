import type { DeskEvent } from '@tocsin/contracts';
import { applyEvents, emptyWorld, type World } from './state.ts';

/** The server beats every 5 s; after this much silence its data are called old (reliability.md fault 64: within 10 s). */
export const staleAfterMs = 8_000;
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
  /** Since when the cloud takes in no alerts, on the server's clock; it says so itself. */
  alertsStoppedAtMs: number | undefined;
};

/** True when what the page shows may not be the present: nothing is heard, or what is heard holds no new alerts. */
export const isStale = ({ link, alertsStoppedAtMs }: LiveState) => link === 'stale' || alertsStoppedAtMs !== undefined;

/** What the page draws from: one value, replaced as a whole, at most every 50 ms however many events come. */
export type Store = {
  get(): LiveState;
  subscribe(listener: () => void): () => void;
  set(change: Partial<LiveState>): void;
  take(event: DeskEvent): void;
  /** Replaces everything; events still waiting to be drawn are part of it already. */
  replace(world: World): void;
  /** Notes a sign of life from the stream; with the server's clock when it told it. */
  heard(serverAtMs?: number): void;
  /** Notes the cloud's own word on whether alerts are taken in. */
  stopped(alertsStoppedAtMs: number | undefined): void;
  silentMs(): number;
  /** The newest event taken, drawn or not. */
  lastEventId(): number;
  stop(): void;
};

/** Makes a store that knows nothing yet. */
export function createStore(): Store {
  let state: LiveState = {
    world: emptyWorld,
    link: 'connecting',
    heardAtMs: undefined,
    offsetMs: 0,
    loaded: false,
    alertsStoppedAtMs: undefined,
  };
  let queue: DeskEvent[] = [];
  let drawing: ReturnType<typeof setTimeout> | undefined;
  let heardAtMs: number | undefined;
  const listeners = new Set<() => void>();
  const silentMs = () => Date.now() - (heardAtMs ?? Date.now());
  const set = (change: Partial<LiveState>) => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };
  const draw = () => {
    drawing = undefined;
    const events = queue;
    queue = [];
    const alive = heardAtMs !== undefined && state.link === 'stale' && silentMs() < staleAfterMs;
    set({ world: applyEvents(state.world, events), heardAtMs, ...(alive ? { link: 'live' } : {}) });
  };
  return {
    get: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set,
    take(event) {
      queue.push(event);
      drawing ??= setTimeout(draw, drawEveryMs);
    },
    replace(world) {
      queue = [];
      set({ world, loaded: true });
    },
    heard(serverAtMs) {
      heardAtMs = Date.now();
      if (serverAtMs !== undefined) set({ heardAtMs, offsetMs: serverAtMs - heardAtMs, link: 'live' });
    },
    stopped(alertsStoppedAtMs) {
      if (alertsStoppedAtMs !== state.alertsStoppedAtMs) set({ alertsStoppedAtMs });
    },
    silentMs,
    lastEventId: () => Math.max(state.world.lastEventId, ...queue.slice(-1).map(({ id }) => id)),
    stop: () => clearTimeout(drawing),
  };
}
