/** How one request at a time travels: with a Modbus TCP header, or as serial frames with a CRC through a gateway. */
export type Framing = 'tcp' | 'rtu-over-tcp';

/** The request under way: its bytes as a serial frame (unit, function, data, CRC), and its transaction number. */
export type Flight = { frame: Buffer; transaction: number };

/** What bytes meant: the answer as a serial frame, how many bytes belonged to nothing, and whether the stream is beyond repair. */
export type Taken = { answer?: Buffer; rest: Buffer; skippedBytes: number; lost?: string };

/** Header in front of unit and function (Modbus messaging on TCP/IP V1.0b, section 3.1.3). */
const headerBytes = 6;
/** Unit, function and data: 253 bytes and the unit (application protocol V1.1b3, section 4.1). */
const bodyBytesMax = 254;
const crcBytes = 2;
const exceptionBytes = 5;

/** CRC-16 of Modbus over serial line V1.02, section 6.2.2: polynomial A001 hex, reflected, start FFFF hex. */
export function crcOf(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

/** The bytes that carry a request. */
export function wrap(framing: Framing, { frame, transaction }: Flight): Buffer {
  if (framing === 'rtu-over-tcp') return frame;
  const body = frame.subarray(0, -crcBytes);
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(transaction, 0);
  header.writeUInt16BE(body.length, 4);
  return Buffer.concat([header, body]);
}

/**
 * Looks for the answer to the request under way in everything received and not yet used. Bytes that cannot belong to it are skipped and
 * counted; without a request under way everything is. A TCP stream that lost its headers cannot be found again: `lost` says so.
 */
export function take(framing: Framing, received: Buffer, flight: Flight | undefined): Taken {
  return framing === 'tcp' ? takeTcp(received, flight) : takeRtu(received, flight);
}

function takeTcp(received: Buffer, flight: Flight | undefined): Taken {
  let at = 0;
  let skippedBytes = 0;
  while (received.length - at >= headerBytes) {
    const bodyBytes = received.readUInt16BE(at + 4);
    if (received.readUInt16BE(at + 2) !== 0 || bodyBytes < 3 || bodyBytes > bodyBytesMax)
      return {
        rest: Buffer.alloc(0),
        skippedBytes: received.length - at,
        lost: 'it sent bytes that are not Modbus TCP',
      };
    const end = at + headerBytes + bodyBytes;
    if (end > received.length) break;
    if (received.readUInt16BE(at) === flight?.transaction) {
      const body = received.subarray(at + headerBytes, end);
      const crc = Buffer.alloc(crcBytes);
      crc.writeUInt16LE(crcOf(body), 0);
      return { answer: Buffer.concat([body, crc]), rest: received.subarray(end), skippedBytes };
    }
    skippedBytes += end - at;
    at = end;
  }
  return { rest: received.subarray(at), skippedBytes };
}

/** Length of the right answer to a request, as a serial frame; reads and single writes only. */
function answerBytes(frame: Buffer): number {
  const fn = frame[1]!;
  const count = frame.readUInt16BE(4);
  if (fn === 1 || fn === 2) return 3 + Math.ceil(count / 8) + crcBytes;
  return fn === 3 || fn === 4 ? 3 + 2 * count + crcBytes : 8;
}

function takeRtu(received: Buffer, flight: Flight | undefined): Taken {
  if (flight === undefined) return { rest: Buffer.alloc(0), skippedBytes: received.length };
  const [unit, fn] = [flight.frame[0]!, flight.frame[1]!];
  const lengths = [
    [fn, answerBytes(flight.frame)],
    [fn | 0x80, exceptionBytes],
  ] as const;
  for (let at = 0; at < received.length; at += 1) {
    if (received[at] !== unit) continue;
    for (const [wanted, bytes] of lengths) {
      const end = at + bytes;
      if (received[at + 1] !== wanted || end > received.length) continue;
      if (crcOf(received.subarray(at, end - crcBytes)) !== received.readUInt16LE(end - crcBytes)) continue;
      return { answer: Buffer.from(received.subarray(at, end)), rest: received.subarray(end), skippedBytes: at };
    }
  }
  // An answer may have begun in the last bytes; what lies before them cannot be part of one.
  const keepBytes = Math.max(lengths[0][1], exceptionBytes) - 1;
  const skippedBytes = Math.max(0, received.length - keepBytes);
  return { rest: received.subarray(skippedBytes), skippedBytes };
}
