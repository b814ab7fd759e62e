import { Fault, type Logger, type Running } from '@tocsin/contracts';
import type { FieldPort } from '@tocsin/edge-agent';
import { readSecret, type Site } from '@tocsin/edge-agent/site';
import mqtt from 'mqtt';

type Broker = Extract<NonNullable<Site['broker']>, { url: string }>;
type Parts = { site: string; env: Record<string, string | undefined>; logger: Logger };

/**
 * A client of a broker that already runs on site. The session is clean: what the broker would keep for a gateway that was away is old
 * when it comes, carries no mark that says so, and must not be taken for the present; a sensor that can repeat does so itself.
 */
export async function externalField(broker: Broker, { site, env, logger }: Parts): Promise<FieldPort & Running> {
  const password = broker.password && readSecret(broker.password, env);
  const client = mqtt.connect(broker.url, {
    clientId: `tocsin-${site}`,
    username: broker.username,
    password,
    protocolVersion: 4,
    clean: true,
    reconnectPeriod: 1_000,
    keepalive: 30,
    queueQoSZero: false,
  });
  let away: string | undefined = 'It has not answered yet.';
  let refused: string | undefined;
  client.on('error', (error) => {
    if (error.message !== away)
      logger.warn({ url: broker.url, error: error.message }, 'The field broker cannot be reached.');
    away = error.message;
  });
  client.on('close', () => {
    away ??= 'The connection was lost.';
  });
  client.on('connect', () => {
    away = undefined;
    (client.stream as { setNoDelay?: (on: boolean) => void }).setNoDelay?.(true);
    logger.info({ url: broker.url }, 'Connected to the field broker.');
  });
  return {
    publish(topic, payload, { retain = false, qos = 1 } = {}) {
      // An order that never left must not count as sent: the driver's caller hears of it and tries again.
      if (!client.connected) throw new Fault('BROKER_UNREACHABLE', `${broker.url}: ${away ?? 'not connected'}`);
      client.publish(topic, payload as Buffer | string, { qos, retain });
    },
    onMessage: (listener) =>
      void client.on('message', (topic, payload, packet) => listener(topic, payload, packet.retain)),
    subscribe: (topics) =>
      void client.subscribe([...topics], { qos: 1 }, (error, granted) => {
        const denied = granted?.filter(({ qos }) => Number(qos) >= 128).map(({ topic }) => topic) ?? [];
        if (!error && denied.length === 0) return;
        refused = error ? error.message : `It refuses ${denied.join(', ')}.`;
        logger.error({ url: broker.url, refused }, 'The field broker refuses what the site file listens to.');
      }),
    problem: () => {
      const what = away ?? refused;
      return what === undefined ? undefined : `Field broker ${broker.url}: ${what}`;
    },
    stop: () => client.endAsync(true),
  };
}
