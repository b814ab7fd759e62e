import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';

const Count = (fallback: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 1_000_000_000, default: fallback, description });

/**
 * Every bound of a broker, with its default. Lengths are bytes on the wire, rates are per client, times are
 * milliseconds. The defaults come from measurements: 16 KiB before log-in, 3 s for a reader that makes no progress,
 * 120 s keep-alive.
 */
export const BrokerLimits = Type.Object(
  {
    connectionsMax: Count(10_000, 'Open connections in all; more are closed at once.'),
    connectionsPerAddressMax: Count(256, 'Open connections from one address; more are closed at once.'),
    loginsPendingMax: Count(
      1_000,
      'Connections that have not logged in yet, so that strangers cannot crowd out devices.',
    ),
    connectTimeoutMs: Count(5_000, 'Time in which a connection must have sent its CONNECT.'),
    connectBytesMax: Count(16 * 1024, 'Longest packet before the log-in is complete.'),
    packetBytesMax: Count(1024 * 1024, 'Longest packet after the log-in.'),
    keepAliveSecondsMax: Count(120, 'Longest keep-alive a client may ask for; 0 (never) is refused.'),
    stallMs: Count(3_000, 'A client that takes none of its waiting bytes for this long is cut.'),
    bufferedBytesMax: Count(4 * 1024 * 1024, 'A client with more bytes waiting than this is cut.'),
    messagesPerSecondMax: Count(
      20_000,
      'Packets (other than acknowledgements) a client may send, with two seconds of burst.',
    ),
    bytesPerSecondMax: Count(32 * 1024 * 1024, 'Bytes a client may send, with two seconds of burst.'),
    subscriptionsPerClientMax: Count(256, 'Subscriptions a client may hold; more are refused.'),
    retainedMessagesMax: Count(20_000, 'Retained messages kept; more are passed on but not kept.'),
    retainedBytesMax: Count(64 * 1024 * 1024, 'Retained bytes kept; more are passed on but not kept.'),
    queuedMessagesMax: Count(1_000, 'Messages kept for a client with a durable session; more are dropped and counted.'),
    queuedBytesMax: Count(1024 * 1024, 'Bytes kept for a client with a durable session; more are dropped and counted.'),
    refusalsWaitingMax: Count(256, 'Failed log-ins whose answer is being delayed; more are closed without an answer.'),
  },
  { additionalProperties: false },
);
export type BrokerLimits = Static<typeof BrokerLimits>;

/** Fills in the defaults; throws when a given limit is unknown or out of its bounds. */
export function brokerLimits(given: Partial<BrokerLimits> = {}): BrokerLimits {
  return Value.Parse(BrokerLimits, Value.Default(BrokerLimits, { ...given }));
}
