import { type Account, createBroker, hashSecret } from '@tocsin/broker';
import { type Clock, Fault, type Logger, type Running, systemClock } from '@tocsin/contracts';
import type { FieldListener, FieldPort } from '@tocsin/edge-agent';
import { type FieldUser, readSecret, type Site } from '@tocsin/edge-agent/site';
import { externalField } from './external-field.ts';

type Env = Record<string, string | undefined>;
export type Field = FieldPort & Running & { port?: number };

function accountOf({ username, password, publish, subscribe }: FieldUser, env: Env): Account {
  // A device may keep its newest state for whoever comes later; the topics are the same.
  return {
    username,
    clientId: username,
    secretSha256: hashSecret(readSecret(password, env)),
    publish,
    subscribe,
    retain: publish,
  };
}

/** The gateway's own broker in this process: a message reaches the agent without a second hop over a socket. */
async function embedded(
  site: Site,
  { env, clock, logger }: { env: Env; clock: Clock; logger: Logger },
): Promise<Field> {
  const { broker } = site;
  if (broker === undefined || !('listen' in broker))
    throw new Fault('SITE_FILE_INVALID', 'There is no broker to listen with.');
  const accounts = new Map(broker.users.map((user) => [user.username, accountOf(user, env)]));
  const listeners: FieldListener[] = [];
  const own = createBroker({
    listen: broker.listen,
    accounts: { find: (username) => accounts.get(username) },
    clock,
    logger,
    // A retained message is news when it is published; it is old only for whoever subscribes later.
    onPublish: ({ topic, payload }) => {
      for (const listener of listeners) listener(topic, payload, false);
    },
  });
  const { port } = await own.start();
  return {
    port,
    publish: own.publish,
    onMessage: (listener) => listeners.push(listener),
    subscribe() {},
    stop: () => own.stop(),
  };
}

/** A site without a broker: nothing comes in and nothing goes out, which only a rehearsal wants. */
const silent: Field = { publish() {}, onMessage() {}, subscribe() {}, stop: async () => {} };

/** Opens the field side as the site file describes it. */
export function openField(site: Site, parts: { env: Env; clock?: Clock; logger: Logger }): Promise<Field> {
  const { clock = systemClock } = parts;
  if (site.broker === undefined) return Promise.resolve(silent);
  return 'listen' in site.broker
    ? embedded(site, { ...parts, clock })
    : externalField(site.broker, { ...parts, site: site.site });
}
