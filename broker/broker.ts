import assert from 'node:assert';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock, Logger, Publish, Running } from '@tocsin/contracts';
import type { Accounts } from './accounts.ts';
import type { Counters } from './counters.ts';
import { type BrokerLimits, brokerLimits } from './limits.ts';
import { type Listen, openListener } from './listener.ts';
import { isTopic } from './rights.ts';
import { admits, createServing, cutChanged, cutStalled, endAll, type Serving, serve } from './serving.ts';
import type { Session } from './sessions.ts';
import type { Message } from './traffic.ts';

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

/** A client that is logged in; `waitingBytes` have been written and not yet taken by its socket. */
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

/**
 * An MQTT 3.1.1 broker (QoS 0 and 1) with an identity, rights and limits for every connection, as a site's field broker
 * and as the cloud's. An acknowledgement (PUBACK) says that a message was received, never that it was stored.
 */
export function createBroker({ listen, limits, onPublish = () => {}, ...rest }: BrokerOptions): Broker {
  const serving = createServing({ ...rest, limits: brokerLimits(limits), onPublish });
  let started = false;
  let server: Server | undefined;
  let cancelSweep = () => {};

  const sweep = () => {
    cutStalled(serving);
    cancelSweep = rest.clock.after(serving.limits.stallMs / 3, sweep);
  };
  const stop = async () => {
    if (!serving.open) return;
    cancelSweep();
    const closed = new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
    await endAll(serving);
    await closed;
  };
  return {
    async start() {
      assert(!started, 'A broker starts once.');
      started = true;
      await serving.aedes.listen();
      serving.open = true;
      sweep();
      if (listen === undefined) return { port: 0 };
      const opened = await openSocket(serving, listen).catch(async (fault: unknown) => {
        await stop();
        throw fault;
      });
      server = opened.server;
      return { port: opened.port };
    },
    stop,
    accept: (stream, address = 'in-process') => serve(serving, stream, address),
    publish: (topic, payload, options) => publish(serving, { topic, payload, ...options }),
    refreshAccounts: () => cutChanged(serving),
    counters: () => ({ ...serving.counters }),
    clients: () => [...serving.sessions.all()].flatMap((session) => viewOf(session, rest.clock.monotonicMs())),
  };
}

function openSocket(serving: Serving, listen: Listen): Promise<{ server: Server; port: number }> {
  return openListener({
    listen,
    handshakeTimeoutMs: serving.limits.connectTimeoutMs,
    admits: (address, handshakes) => admits(serving, address, handshakes),
    onConnection: (socket) => serve(serving, socket, socket.remoteAddress ?? ''),
    onTlsError: () => serving.count('tlsErrors'),
  });
}

type OwnMessage = { topic: string; payload: Uint8Array | string; retain?: boolean; qos?: 0 | 1 };

function publish(serving: Serving, { topic, payload, retain = false, qos = 0 }: OwnMessage): void {
  assert(isTopic(topic), 'The broker publishes on legal topics only.');
  // A copy: subscribers may get it after the caller has used its buffer again.
  const copy = Buffer.from(payload as Uint8Array);
  serving.aedes.publish({ cmd: 'publish', topic, payload: copy, retain, qos, dup: false }, (error) => {
    if (error) serving.count('publishErrors');
  });
}

function viewOf({ login, address, openedAtMs, stream }: Session, nowMs: number): ClientView[] {
  if (login === undefined) return [];
  const { username, clientId } = login;
  return [{ clientId, username, address, connectedMs: nowMs - openedAtMs, waitingBytes: stream.writableLength }];
}
