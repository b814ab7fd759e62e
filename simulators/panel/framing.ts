/** How requests and answers are wrapped on the socket. */
export type Framing = 'tcp' | 'rtu-over-tcp';

/** A request as it came: unit, function and data, and its transaction where the framing has one. */
export type Framed = { transaction: number; bytes: Buffer };

/** CRC-16 of Modbus over serial line V1.02, section 6.2.2: polynomial A001 hex, reflected, start FFFF hex. */
export function crcOf(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

/** Takes the whole requests off the front of what was received; bytes that are none are skipped one by one. */
export function takeRequests(framing: Framing, received: Buffer): { requests: Framed[]; rest: Buffer } {
  const requests: Framed[] = [];
  let at = 0;
  while (at < received.length) {
    const length = framing === 'tcp' ? tcpLength(received, at) : rtuLength(received, at);
    if (length === undefined || at + length > received.length) break;
    if (framing === 'tcp') {
      const isModbus = received.readUInt16BE(at + 2) === 0;
      if (isModbus)
        requests.push({ transaction: received.readUInt16BE(at), bytes: received.subarray(at + 6, at + length) });
      at += isModbus ? length : 1;
      continue;
    }
    const bytes = received.subarray(at, at + length - 2);
    const isWhole = crcOf(bytes) === received.readUInt16LE(at + length - 2);
    if (isWhole) requests.push({ transaction: 0, bytes });
    at += isWhole ? length : 1;
  }
  return { requests, rest: received.subarray(at) };
}

/** Wraps an answer. */
export function wrap(framing: Framing, { transaction, bytes }: Framed): Buffer {
  if (framing === 'tcp') {
    const head = Buffer.alloc(6);
    head.writeUInt16BE(transaction, 0);
    head.writeUInt16BE(bytes.length, 4);
    return Buffer.concat([head, bytes]);
  }
  const tail = Buffer.alloc(2);
  tail.writeUInt16LE(crcOf(bytes), 0);
  return Buffer.concat([bytes, tail]);
}

function tcpLength(received: Buffer, at: number): number | undefined {
  return received.length - at < 6 ? undefined : 6 + received.readUInt16BE(at + 4);
}

function rtuLength(received: Buffer, at: number): number | undefined {
  if (received.length - at < 7) return undefined;
  const fn = received[at + 1]!;
  return fn === 15 || fn === 16 ? 9 + received[at + 6]! : 8;
}
