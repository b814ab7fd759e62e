import assert from 'node:assert';
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock, Logger, Publish, Running } from '@tocsin/contracts';
import { Aedes, type AedesOptions, type Client } from 'aedes';
import { type Accounts, accountMark } from './accounts.ts';
import { boundedMemory } from './bounded-memory.ts';
import { openSession } from './connection.ts';
import { type CounterName, type Counters, zeroCounters } from './counters.ts';
import { createGate } from './gate.ts';
import { type BrokerLimits, brokerLimits } from './limits.ts';
import { type Listen, openListener } from './listener.ts';
import { quietLog } from './quiet-log.ts';
import { compileRights, isTopic } from './rights.ts';
import { createSessions, type Session } from './sessions.ts';
import { noteTakeOver, type TakeOvers } from './take-overs.ts';
import { createTraffic, type Message } from './traffic.ts';

export { type Account, type Accounts, hashSecret, siteAccount } from './accounts.ts';
export type { CounterName, Counters } from './counters.ts';
export { BrokerLimits, brokerLimits } from './limits.ts';
export type { Listen } from './listener.ts';
export { isFilter, isTopic } from './rights.ts';
export type { Message } from './traffic.ts';

export type BrokerOptions = {
  /** Left out: no socket, only `accept`. */
  listen?: Listen;
  accounts: Accounts;
  /** Defaults for what is left out. */
  limits?: Partial<BrokerLimits>;
  clock: Clock;
  logger: Logger;
  /** Called in this process for every message a client was allowed to publish, and for its will; must not block. */
  onPublish?(message: Message): void;
};

export type ClientView = {
  clientId: string;
  username: string;
  address: string;
  connectedMs: number;
  waitingBytes: number;
};

export type Broker = Running & {
  /** Opens the socket and resolves with its port (0 without `listen`); throws LISTEN_FAILED. */
  start(): Promise<{ port: number }>;
  /** Serves a stream that was connected by other means, such as one end of an in-memory pair. */
  accept(stream: Duplex, address?: string): void;
  /** Publishes as the broker itself: to subscribers only, not to `onPublish`. */
  publish: Publish;
  /** Asks `accounts` again and cuts every session whose account is gone or changed. */
  refreshAccounts(): void;
  counters(): Counters;
  clients(): ClientView[];
};

/** What is used of aedes beyond its types: who is registered, to know when a session that is taken over has gone. */
type Registered = { clients: Record<string, Client | undefined> };

/**
 * An MQTT 3.1.1 broker (QoS 0 and 1) with an identity, rights and limits for every connection, as a site's field broker
 * and as the cloud's. An acknowledgement (PUBACK) says that a message was received, never that it was stored.
 */
export function createBroker(options: BrokerOptions): Broker {
  const { accounts, clock, logger } = options;
  const limits = brokerLimits(options.limits);
  const counters = zeroCounters();
  const count = (name: CounterName) => {
    counters[name] += 1;
  };
  const warn = quietLog(logger, clock);
  const sessions = createSessions(count);
  const memory = boundedMemory({
    limits,
    count,
    isGranted: (clientId, filter) => sessions.byClientId(clientId)?.filters.has(filter) === true,
  });
  const takeOvers: TakeOvers = new Map();
  let server: Server | undefined;
  let cancelSweep = () => {};
  let state: 'new' | 'running' | 'stopped' = 'new';

  function takeOver(older: Session, proceed: () => void): void {
    const clientId = older.asked!.clientId;
    count('takeOvers');
    if (noteTakeOver(takeOvers, clientId, clock.monotonicMs())) {
      warn('takeOvers', { clientId, address: older.address }, 'two devices seem to use one client id');
    }
    const whenGone = () => {
      if ((aedes as unknown as Registered).clients[clientId] === older.client) setImmediate(whenGone);
      else proceed();
    };
    older.client!.close(whenGone);
  }

  const traffic = createTraffic({
    limits,
    sessions,
    count,
    warn,
    onPublish: (message) => {
      if (state === 'running') options.onPublish?.(message);
    },
  });
  const aedes = new Aedes({
    ...aedesOptions(limits),
    ...createGate({ accounts, limits, clock, sessions, count, warn, takeOver }),
    ...traffic,
    persistence: memory,
  });
  aedes.on('clientError', () => count('clientErrors'));
  aedes.on('connectionError', () => count('clientErrors'));
  aedes.on('unsubscribe', (filters, client) => {
    for (const filter of filters) sessions.of(client)?.filters.delete(filter);
  });
  (aedes as unknown as NodeJS.EventEmitter).on('error', (error) => logger.error({ error }, 'broker: internal error'));

  function admits(address: string, handshakes: number): boolean {
    const fits =
      state === 'running' &&
      sessions.total() + handshakes < limits.connectionsMax &&
      sessions.pending() + handshakes < limits.loginsPendingMax &&
      sessions.fromAddress(address) < limits.connectionsPerAddressMax;
    if (!fits) {
      count('refusedConnections');
      warn('refusedConnections', { address, open: sessions.total() }, 'connection refused: too many are open');
    }
    return fits;
  }

  function accept(stream: Duplex, address = 'in-process'): void {
    assert(state === 'running', 'The broker serves connections only between start and stop.');
    count('connections');
    const session = openSession(stream, address, { limits, monotonicMs: clock.monotonicMs, cut: sessions.cut });
    session.client = aedes.handle(stream);
    sessions.add(session);
    stream.once('close', () => sessions.remove(session));
  }

  /** Cuts readers that take nothing; three looks in `stallMs`, two without progress end a session within that time. */
  function sweep(): void {
    for (const session of [...sessions.all()]) {
      session.stalledLooks = session.outbound.stalledSinceLastLook() ? session.stalledLooks + 1 : 0;
      if (session.stalledLooks < 2) continue;
      warn('cutStalled', { clientId: session.asked?.clientId }, 'a client that does not read was cut');
      sessions.cut(session, 'cutStalled');
    }
    cancelSweep = clock.after(limits.stallMs / 3, sweep);
  }

  async function stop(): Promise<void> {
    if (state !== 'running') return;
    state = 'stopped';
    cancelSweep();
    const closed = new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
    for (const session of [...sessions.all()]) {
      // The sites did not go away, the broker does: no will is published.
      delete session.login;
      session.cut = true;
      session.stream.destroy();
    }
    await closed;
    await new Promise<void>((resolve) => aedes.close(resolve));
  }

  return {
    async start() {
      assert(state === 'new', 'A broker starts once.');
      await aedes.listen();
      state = 'running';
      sweep();
      const { listen } = options;
      if (listen === undefined) return { port: 0 };
      const deps = {
        listen,
        handshakeTimeoutMs: limits.connectTimeoutMs,
        admits,
        onTlsError: () => count('tlsErrors'),
      };
      const onConnection = (socket: Socket) => accept(socket, socket.remoteAddress);
      const opened = await openListener({ ...deps, onConnection }).catch(async (fault: unknown) => {
        await stop();
        throw fault;
      });
      server = opened.server;
      return { port: opened.port };
    },
    stop,
    accept,
    publish(topic, payload, { retain = false, qos = 0 } = {}) {
      assert(isTopic(topic), 'The broker publishes on legal topics only.');
      const packet = {
        cmd: 'publish',
        topic,
        payload: Buffer.from(payload as Uint8Array),
        retain,
        qos,
        dup: false,
      } as const;
      aedes.publish(packet, (error) => {
        if (error) count('publishErrors');
      });
    },
    refreshAccounts() {
      for (const session of [...sessions.all()]) {
        if (session.login === undefined) continue;
        const { account, mark } = session.login;
        const current = accounts.find(account.username);
        if (current !== undefined && accountMark(current) === mark) continue;
        logger.info({ clientId: account.clientId }, 'broker: session ended because its account changed');
        // Its will may still be published where the account's rights of now allow it.
        if (current?.clientId === account.clientId) session.login.rights = compileRights(current);
        else delete session.login;
        void memory.forget(account.clientId);
        sessions.cut(session, 'cutAccount');
      }
    },
    counters: () => ({ ...counters }),
    clients: () => [...sessions.all()].flatMap((session) => viewOf(session, clock.monotonicMs())),
  };
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

function viewOf(session: Session, nowMs: number): ClientView[] {
  if (session.login === undefined) return [];
  const { username, clientId } = session.login.account;
  const { address, openedAtMs, outbound } = session;
  return [{ clientId, username, address, connectedMs: nowMs - openedAtMs, waitingBytes: outbound.waitingBytes() }];
}
