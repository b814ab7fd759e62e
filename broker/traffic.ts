import type { AedesOptions, PublishPacket } from 'aedes';
import type { CounterName } from './counters.ts';
import type { BrokerLimits } from './limits.ts';
import { mayPublish, mayReceive, mayRetain, maySubscribe, type Rights } from './rights.ts';
import type { Session, Sessions } from './sessions.ts';

/** A message a client was allowed to publish, or its will. */
export type Message = { topic: string; payload: Uint8Array; clientId: string; retain: boolean };

export type TrafficDeps = {
  limits: BrokerLimits;
  sessions: Sessions;
  count(name: CounterName): void;
  warn(why: CounterName, fields: object, text: string): void;
  onPublish(message: Message): void;
};

type TrafficHooks = Required<Pick<AedesOptions, 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'>>;

/** The rights of a session are asked for every message it sends or gets and for every filter it asks for. */
export function createTraffic({ limits, sessions, count, warn, onPublish }: TrafficDeps): TrafficHooks {
  function hand(session: Session, packet: PublishPacket): void {
    const { topic, retain } = packet;
    try {
      onPublish({ topic, payload: packet.payload as Buffer, clientId: session.login!.clientId, retain });
    } catch (error) {
      // The consumer is this process's own code; its bug must not end everybody's connection.
      count('consumerErrors');
      warn('consumerErrors', { error, topic }, 'a consumer of published messages threw');
    }
  }

  return {
    // A client of null would be a will of another broker's client; there are none.
    authorizePublish(client, packet, done) {
      const session = sessions.of(client);
      const rights = session?.login?.rights;
      const problem = rights === undefined ? 'has no rights' : misuse(rights, packet);
      if (session === undefined || problem !== undefined) {
        count('refusedPublishes');
        const clientId = session?.login?.clientId;
        warn('refusedPublishes', { clientId, topic: packet.topic.slice(0, 128) }, `publish refused: ${problem}`);
        done(new Error(`publish refused: ${problem}`));
        return;
      }
      count('published');
      hand(session, packet);
      done(null);
    },
    authorizeSubscribe(client, subscription, done) {
      const session = sessions.of(client);
      const { topic, qos } = subscription;
      const fits =
        session !== undefined &&
        (session.filters.has(topic) || session.filters.size < limits.subscriptionsPerClientMax);
      // aedes would still announce QoS 2 in SUBACK if it were lowered here, so it is refused (0x80).
      if (!fits || qos > 1 || session.login === undefined || !maySubscribe(session.login.rights, topic)) {
        count('refusedSubscribes');
        warn(
          'refusedSubscribes',
          { clientId: session?.login?.clientId, filter: topic.slice(0, 128) },
          'subscribe refused',
        );
        return done(null, null);
      }
      session.filters.add(topic);
      done(null, subscription);
    },
    authorizeForward(client, packet) {
      const rights = sessions.of(client)?.login?.rights;
      if (rights !== undefined && mayReceive(rights, packet.topic)) return packet;
      count('refusedForwards');
      return null;
    },
  };
}

function misuse(rights: Rights, { topic, qos, retain }: PublishPacket): string | undefined {
  if (qos > 1) return 'QoS 2 is not offered';
  if (!mayPublish(rights, topic)) return 'the topic is not allowed';
  if (retain && !mayRetain(rights, topic)) return 'retained messages are not allowed there';
  return undefined;
}
