import type { Logger } from '@tocsin/contracts';
import mqtt from 'mqtt';

/** A simulated device's connection to its site's field broker. */
export type FieldClient = {
  publish(topic: string, payload: object | string, retain?: boolean): void;
  /** Sends a picture at QoS 0: one that comes late is worth nothing. */
  show(topic: string, picture: Uint8Array): void;
  subscribe(topic: string, listener: (payload: string) => void): void;
  end(): Promise<void>;
};

/** Connects over real MQTT with TCP_NODELAY; while the broker is away, live values are dropped as a real sensor would drop them. */
export function fieldClient(options: { url: string; username: string; secret: string; logger: Logger }): FieldClient {
  const { url, username, secret, logger } = options;
  const client = mqtt.connect(url, {
    username,
    password: secret,
    clientId: username,
    protocolVersion: 4,
    reconnectPeriod: 1_000,
    keepalive: 30,
    queueQoSZero: false,
  });
  const listeners = new Map<string, (payload: string) => void>();
  client.on('connect', () => {
    wasConnected = true;
    const { stream } = client as unknown as { stream?: { setNoDelay?: (on: boolean) => void } };
    stream?.setNoDelay?.(true);
  });
  let toldAway = false;
  let wasConnected = false;
  client.on('error', (error) => {
    // Before its first connection its gateway is still starting.
    if (wasConnected && !toldAway)
      logger.warn({ username, error: error.message }, 'A simulated device cannot reach its broker.');
    toldAway = true;
  });
  client.on('message', (topic, payload) => listeners.get(topic)?.(payload.toString()));
  return {
    publish(topic, payload, retain = false) {
      if (!client.connected) return;
      client.publish(topic, typeof payload === 'string' ? payload : JSON.stringify(payload), { qos: 1, retain });
    },
    show(topic, picture) {
      if (client.connected) client.publish(topic, Buffer.from(picture), { qos: 0 });
    },
    subscribe(topic, listener) {
      listeners.set(topic, listener);
      client.subscribe(topic, { qos: 1 });
    },
    end: async () => {
      await client.endAsync(true);
    },
  };
}
