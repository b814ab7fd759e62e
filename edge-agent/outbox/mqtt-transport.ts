import type { Socket } from 'node:net';
import type { Clock, Logger } from '@tocsin/contracts';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { Transport, TransportListener } from './transport.ts';

export type MqttTransportOptions = {
  url: string;
  clientId: string;
  username?: string;
  password?: string;
  /** Certificates (PEM) that vouch for the broker in place of the public authorities. */
  ca?: string;
  /** Filters to listen on; the link counts as connected once they are granted. */
  subscribe: readonly string[];
  /** What the broker says for us when we vanish; retained. */
  will?: () => { topic: string; payload: string };
  clock: Clock;
  /** Uniform in [0, 1); spreads reconnections. */
  random(): number;
  logger: Logger;
  /** Makes a client; a test joins it to a broker in memory. */
  connect?(url: string, options: IClientOptions): MqttClient;
};

const keepaliveS = 30;
const connectTimeoutMs = 10_000;
/** Full jitter (AWS Architecture Blog, 2015): a uniform wait below a bound that doubles up to this. */
const reconnectMsMax = 30_000;
const reconnectMsFirst = 1_000;
/** A disconnect that the broker does not answer is not waited for. */
const stopMs = 1_000;

/**
 * MQTT 3.1.1 over TCP or TLS with a clean session: what was under way when a link broke is sent again by the outbox, not by the client.
 * Every connection is a client of its own, so that nothing of a broken one lives on.
 */
export function createMqttTransport(options: MqttTransportOptions): Transport {
  const { clock, logger } = options;
  let client: MqttClient | undefined;
  let listener: TransportListener | undefined;
  let connected = false;
  let attempts = 0;
  let lastWhy = '';
  let cancelRetry: () => void = () => {};

  function later(why: string): void {
    const wasConnected = connected;
    connected = false;
    client?.removeAllListeners();
    client?.on('error', () => {});
    client?.end(true);
    client = undefined;
    if (listener === undefined) return;
    if (wasConnected) listener.closed(why);
    if (why !== lastWhy) logger.warn({ why }, 'The cloud cannot be reached; what is sensed waits in the journal.');
    lastWhy = why;
    const bound = Math.min(reconnectMsMax, reconnectMsFirst * 2 ** Math.min(attempts, 10));
    attempts += 1;
    cancelRetry = clock.after(options.random() * bound, open);
  }

  function open(): void {
    const will = options.will?.();
    const one = (options.connect ?? mqtt.connect)(options.url, {
      protocolVersion: 4,
      clean: true,
      clientId: options.clientId,
      username: options.username,
      password: options.password,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      keepalive: keepaliveS,
      connectTimeout: connectTimeoutMs,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      will: will && { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true },
    });
    client = one;
    let why = 'connection closed';
    const mine = () => client === one;
    one.on('connect', () => {
      // Nagle's algorithm holds the second of two small packets for up to 40 ms (performance.md §0.1).
      (one.stream as Partial<Socket>).setNoDelay?.(true);
      one.subscribe([...options.subscribe], { qos: 1 }, (error, granted) => {
        if (!mine()) return;
        const refused = granted?.some(({ qos }) => Number(qos) >= 128);
        if (error || refused) {
          later(error?.message ?? 'subscription refused');
          return;
        }
        connected = true;
        attempts = 0;
        lastWhy = '';
        logger.info({ url: options.url }, 'Connected to the cloud.');
        listener?.connected();
      });
    });
    one.on('message', (topic, payload, packet) => {
      if (mine()) listener?.message(topic, payload, packet.retain);
    });
    one.on('error', (error) => {
      why = error.message === '' ? String((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
    });
    one.on('close', () => {
      if (mine()) later(why);
    });
  }

  return {
    start(next) {
      listener = next;
      open();
    },
    publish(topic, payload, { retain = false, qos = 1 } = {}) {
      if (!connected) return;
      client!.publish(topic, payload as Buffer | string, { qos, retain }, () => {});
    },
    async stop() {
      listener = undefined;
      cancelRetry();
      const last = client;
      client = undefined;
      connected = false;
      if (last === undefined) return;
      await new Promise<void>((resolve) => {
        const cancel = clock.after(stopMs, () => {
          last.end(true);
          resolve();
        });
        last.end(false, {}, () => {
          cancel();
          resolve();
        });
      });
    },
  };
}
