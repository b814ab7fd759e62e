import assert from 'node:assert';
import type { Duplex } from 'node:stream';
import type { Clock, Logger } from '@tocsin/contracts';
import { Aedes, type AedesOptions, type Client } from 'aedes';
import { type Accounts, accountMark } from './accounts.ts';
import { type BoundedMemory, boundedMemory } from './bounded-memory.ts';
import { openSession } from './connection.ts';
import { type CounterName, type Counters, zeroCounters } from './counters.ts';
import { createGate } from './gate.ts';
import type { BrokerLimits } from './limits.ts';
import { stalledSinceLastLook } from './outbound.ts';
import { type QuietLog, quietLog } from './quiet-log.ts';
import { rightsOf } from './rights.ts';
import { createSessions, type Session, type Sessions } from './sessions.ts';
import { noteTakeOver } from './take-overs.ts';
import { createTraffic, type Message } from './traffic.ts';

export type ServingDeps = {
  accounts: Accounts;
  limits: BrokerLimits;
  clock: Clock;
  logger: Logger;
  onPublish(message: Message): void;
};

/** Everything of a broker but its socket: aedes with our gate, our traffic rules and our bounded memory around it. */
export type Serving = ServingDeps & {
  readonly aedes: Aedes;
  readonly sessions: Sessions;
  readonly memory: BoundedMemory;
  readonly counters: Counters;
  readonly warn: QuietLog;
  count(name: CounterName): void;
  /** False before the start and from the stop on. */
  open: boolean;
};

/** What is used of aedes beyond its types: who is registered, to know when a session that is taken over has gone. */
type Registered = { clients: Record<string, Client | undefined> };

/** Puts the parts together; nothing runs yet. */
export function createServing(deps: ServingDeps): Serving {
  const { limits, clock, logger } = deps;
  const counters = zeroCounters();
  const count = (name: CounterName) => {
    counters[name] += 1;
  };
  const warn = quietLog(logger, clock);
  const sessions = createSessions(count);
  const isGranted = (clientId: string, filter: string) => sessions.byClientId(clientId)?.filters.has(filter) === true;
  const memory = boundedMemory({ limits, count, isGranted });
  const onPublish = (message: Message) => {
    if (serving.open) deps.onPublish(message);
  };
  const aedes = new Aedes({
    ...aedesOptions(limits),
    ...createGate({ ...deps, sessions, count, warn, takeOver: takeOvers(() => serving) }),
    ...createTraffic({ limits, sessions, count, warn, onPublish }),
    persistence: memory,
  });
  aedes.on('clientError', () => count('clientErrors'));
  aedes.on('connectionError', () => count('clientErrors'));
  aedes.on('unsubscribe', (filters, client) => {
    for (const filter of filters) sessions.of(client)?.filters.delete(filter);
  });
  (aedes as unknown as NodeJS.EventEmitter).on('error', (error) => logger.error({ error }, 'broker: internal error'));
  const serving: Serving = { ...deps, aedes, sessions, memory, counters, warn, count, open: false };
  return serving;
}

function aedesOptions(limits: BrokerLimits): AedesOptions {
  return {
    connectTimeout: limits.connectTimeoutMs,
    drainTimeout: limits.stallMs,
    keepaliveLimit: limits.keepAliveSecondsMax,
    // Client ids of protocol 3.1 may be as long as ours.
    maxClientsIdLength: 64,
  };
}

/** Ends an older session under the same client id; the new one goes on when aedes has let go of it. */
function takeOvers(serving: () => Serving): (older: Session, proceed: () => void) => void {
  const recent = new Map<string, number[]>();
  return (older, proceed) => {
    const { aedes, clock, count, warn } = serving();
    const clientId = older.asked!.clientId;
    count('takeOvers');
    if (noteTakeOver(recent, clientId, clock.monotonicMs())) {
      warn('takeOvers', { clientId, address: older.address }, 'two devices seem to use one client id');
    }
    const whenGone = () => {
      if ((aedes as unknown as Registered).clients[clientId] === older.client) setImmediate(whenGone);
      else proceed();
    };
    older.client!.close(whenGone);
  };
}

/** Whether one more connection from `address` fits; `handshakes` are those not yet handed to `serve`. */
export function admits(serving: Serving, address: string, handshakes: number): boolean {
  const { limits, sessions } = serving;
  const fits =
    serving.open &&
    sessions.total() + handshakes < limits.connectionsMax &&
    sessions.pending() + handshakes < limits.loginsPendingMax &&
    sessions.fromAddress(address) < limits.connectionsPerAddressMax;
  if (!fits) {
    serving.count('refusedConnections');
    const fields = { address, open: sessions.total() };
    serving.warn('refusedConnections', fields, 'connection refused: too many are open');
  }
  return fits;
}

/** Begins a session on a connected stream. */
export function serve(serving: Serving, stream: Duplex, address: string): void {
  assert(serving.open, 'The broker serves connections only between start and stop.');
  const { limits, clock, sessions } = serving;
  serving.count('connections');
  const session = openSession(stream, address, { limits, monotonicMs: clock.monotonicMs, cut: sessions.cut });
  session.client = serving.aedes.handle(stream);
  sessions.add(session);
  stream.on('close', () => sessions.remove(session));
}

/** Cuts readers that take nothing. Called three times in `stallMs`: two looks without progress lie within that time. */
export function cutStalled({ sessions, warn }: Serving): void {
  for (const session of [...sessions.all()]) {
    session.stalledLooks = stalledSinceLastLook(session.outbound) ? session.stalledLooks + 1 : 0;
    if (session.stalledLooks < 2) continue;
    warn('cutStalled', { clientId: session.asked?.clientId }, 'a client that does not read was cut');
    sessions.cut(session, 'cutStalled');
  }
}

/** Cuts every session whose account is gone or not what it was at the log-in. */
export function cutChanged({ accounts, sessions, memory, logger }: Serving): void {
  for (const session of [...sessions.all()]) {
    if (session.login === undefined) continue;
    const { username, clientId, mark } = session.login;
    const current = accounts.find(username);
    if (current !== undefined && accountMark(current) === mark) continue;
    logger.info({ clientId }, 'broker: session ended because its account changed');
    if (current?.clientId === clientId) {
      // Its will and its durable session live on as far as the account's rights of now allow.
      session.login.rights = rightsOf(current);
    } else {
      delete session.login;
      void memory.forget(clientId);
    }
    sessions.cut(session, 'cutAccount');
  }
}

/** Ends every session without its will: the sites did not go away, the broker does. */
export async function endAll(serving: Serving): Promise<void> {
  serving.open = false;
  for (const session of [...serving.sessions.all()]) {
    delete session.login;
    session.cut = true;
    session.stream.destroy();
  }
  await new Promise<void>((resolve) => serving.aedes.close(resolve));
}
