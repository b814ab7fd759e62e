import type { Duplex } from 'node:stream';
import type { Client } from 'aedes';
import type { CounterName } from './counters.ts';
import type { FrameGuard } from './frame-guard.ts';
import type { Outbound } from './outbound.ts';
import type { Rights } from './rights.ts';
import type { TokenBucket } from './token-bucket.ts';

/** One connection, from the moment it was accepted until it is closed. */
export type Session = {
  readonly stream: Duplex;
  readonly address: string;
  readonly guard: FrameGuard;
  readonly outbound: Outbound;
  readonly messages: TokenBucket;
  readonly bytes: TokenBucket;
  readonly openedAtMs: number;
  client?: Client;
  /** What CONNECT asked for, kept until the log-in is decided. */
  asked?: { clientId: string; will?: { topic: string; qos?: number; retain?: boolean } };
  /** Set by the log-in; taken away when the session is cut. */
  login?: { username: string; clientId: string; mark: string; rights: Rights };
  /** Filters it was granted and has not given back. */
  readonly filters: Set<string>;
  stalledLooks: number;
  /** True once its end is decided; nothing is allowed any more. */
  cut: boolean;
};

/** All open connections, by address, client and client id. */
export type Sessions = {
  add(session: Session): void;
  remove(session: Session): void;
  /** Notes that `session` logged in under its client id; it replaces an older one there. */
  logIn(session: Session): void;
  of(client: Client | null): Session | undefined;
  byClientId(clientId: string): Session | undefined;
  all(): Iterable<Session>;
  total(): number;
  fromAddress(address: string): number;
  /** Connections that have not logged in. */
  pending(): number;
  /** Ends a session: counts why and closes the connection. Safe to call twice. */
  cut(session: Session, why: CounterName): void;
};

/** An empty register. */
export function createSessions(count: (name: CounterName) => void): Sessions {
  const open = new Set<Session>();
  const perAddress = new Map<string, number>();
  const loggedIn = new Map<string, Session>();
  const clients = new WeakMap<Client, Session>();

  return {
    add(session) {
      open.add(session);
      perAddress.set(session.address, (perAddress.get(session.address) ?? 0) + 1);
      if (session.client) clients.set(session.client, session);
    },
    remove(session) {
      if (!open.delete(session)) return;
      const left = (perAddress.get(session.address) ?? 1) - 1;
      if (left > 0) perAddress.set(session.address, left);
      else perAddress.delete(session.address);
      const clientId = session.asked?.clientId;
      if (clientId !== undefined && loggedIn.get(clientId) === session) loggedIn.delete(clientId);
    },
    logIn(session) {
      if (session.asked) loggedIn.set(session.asked.clientId, session);
    },
    of: (client) => (client === null ? undefined : clients.get(client)),
    byClientId: (clientId) => loggedIn.get(clientId),
    all: () => open,
    total: () => open.size,
    fromAddress: (address) => perAddress.get(address) ?? 0,
    pending: () => open.size - loggedIn.size,
    cut(session, why) {
      if (session.cut) return;
      session.cut = true;
      count(why);
      session.stream.destroy();
    },
  };
}
