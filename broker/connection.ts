import type { Duplex } from 'node:stream';
import type { CounterName } from './counters.ts';
import { frameGuard, scanFrames } from './frame-guard.ts';
import type { BrokerLimits } from './limits.ts';
import { coalesceWrites } from './outbound.ts';
import type { Session } from './sessions.ts';
import { fullBucket, take } from './token-bucket.ts';

export type ConnectionDeps = {
  limits: BrokerLimits;
  monotonicMs(): number;
  cut(session: Session, why: CounterName): void;
};

/**
 * Wraps a stream that was just accepted: packet lengths and rates are checked on the way in, writes gathered on the
 * way out.
 */
export function openSession(stream: Duplex, address: string, deps: ConnectionDeps): Session {
  const { limits, monotonicMs, cut } = deps;
  const openedAtMs = monotonicMs();
  const session: Session = {
    stream,
    address,
    guard: frameGuard(limits.connectBytesMax),
    outbound: coalesceWrites(stream, limits.bufferedBytesMax, () => cut(session, 'cutBuffered')),
    messages: fullBucket(limits.messagesPerSecondMax, openedAtMs),
    bytes: fullBucket(limits.bytesPerSecondMax, openedAtMs),
    openedAtMs,
    filters: new Set(),
    stalledLooks: 0,
    cut: false,
  };
  const read = stream.read;
  stream.read = (size) => {
    const chunk = read.call(stream, size) as Uint8Array | null;
    if (chunk === null) return null;
    const why = session.cut ? undefined : judge(session, chunk, deps);
    if (why !== undefined) cut(session, why);
    return session.cut ? null : chunk;
  };
  return session;
}

function judge(session: Session, chunk: Uint8Array, { limits, monotonicMs }: ConnectionDeps): CounterName | undefined {
  const { guard } = session;
  const verdict = scanFrames(guard, chunk);
  if (verdict !== 'ok') return verdict === 'tooLong' ? 'cutTooLong' : 'cutMalformed';
  const atMs = monotonicMs();
  const packets = guard.packets;
  guard.packets = 0;
  const inTime =
    take(session.messages, limits.messagesPerSecondMax, { cost: packets, atMs }) &&
    take(session.bytes, limits.bytesPerSecondMax, { cost: chunk.length, atMs });
  return inTime ? undefined : 'cutRate';
}
