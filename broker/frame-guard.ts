/**
 * Follows the packet boundaries in a byte stream without keeping a byte, so that a packet which is too long is
 * refused when its length field has been read and not when it has been collected (aedes alone buffered a 200 MiB
 * packet before log-in). Format (MQTT 3.1.1, 2.2): one byte of type and flags, a length of 1 to 4 bytes with 7 bits
 * each, the body.
 */
export type FrameGuard = {
  /** Longest packet that is let through now, in bytes of its body. */
  bytesMax: number;
  /** True until the first packet began; the first must be CONNECT (3.1.0-1). */
  fresh: boolean;
  inLength: boolean;
  acknowledgement: boolean;
  length: number;
  factor: number;
  bodyLeft: number;
  /** Packets begun since the last time this was set to 0, acknowledgements left out. */
  packets: number;
};

export type FrameVerdict = 'ok' | 'tooLong' | 'malformed';

const connectHeader = 0x10;
/** Types 4 to 7: PUBACK, PUBREC, PUBREL, PUBCOMP; their number follows from what the broker itself sends. */
const isAcknowledgement = (header: number) => header >= 0x40 && header < 0x80;
/** Value of the fourth and last digit of a length (2.2.3). */
const factorMax = 128 ** 3;

/** A guard at the start of a connection. */
export function frameGuard(bytesMax: number): FrameGuard {
  return {
    bytesMax,
    fresh: true,
    inLength: false,
    acknowledgement: false,
    length: 0,
    factor: 1,
    bodyLeft: 0,
    packets: 0,
  };
}

/** Moves `guard` over `chunk`. After any verdict but `ok` the connection must be closed. */
export function scanFrames(guard: FrameGuard, chunk: Uint8Array): FrameVerdict {
  let at = 0;
  while (at < chunk.length) {
    if (guard.bodyLeft > 0) {
      const skipped = Math.min(guard.bodyLeft, chunk.length - at);
      guard.bodyLeft -= skipped;
      at += skipped;
      continue;
    }
    const byte = chunk[at]!;
    at += 1;
    const verdict = guard.inLength ? readLength(guard, byte) : readHeader(guard, byte);
    if (verdict !== 'ok') return verdict;
  }
  return 'ok';
}

function readHeader(guard: FrameGuard, byte: number): FrameVerdict {
  if (guard.fresh && byte !== connectHeader) return 'malformed';
  guard.fresh = false;
  guard.acknowledgement = isAcknowledgement(byte);
  guard.inLength = true;
  guard.length = 0;
  guard.factor = 1;
  return 'ok';
}

function readLength(guard: FrameGuard, byte: number): FrameVerdict {
  guard.length += (byte & 127) * guard.factor;
  if (guard.length > guard.bytesMax) return 'tooLong';
  if (byte >= 128) {
    if (guard.factor === factorMax) return 'malformed';
    guard.factor *= 128;
    return 'ok';
  }
  guard.inLength = false;
  guard.bodyLeft = guard.length;
  if (!guard.acknowledgement) guard.packets += 1;
  return 'ok';
}
