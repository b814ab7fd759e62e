import type { Duplex } from 'node:stream';

/**
 * The sending side of one connection: all that is written during one turn of the event loop leaves in one system
 * call, and a slow reader is never waited for. aedes alone makes a system call per packet and holds messages for
 * everybody back while one reader's socket is full; here `write` always says "go on", and whoever lets too much pile
 * up is cut.
 */
export type Outbound = {
  readonly stream: Duplex;
  gathered: Chunk[] | undefined;
  writtenBytes: number;
  takenAtLastLook: number;
};

type Chunk = string | Uint8Array;

/**
 * Chunks from this length on are passed on as they are; copying shorter ones together is cheaper than a vector of
 * them.
 */
const copyBytesMax = 4096;

/** Takes over `write` and `cork` of `stream`; calls `onOverflow` when more than `bytesMax` wait. */
export function coalesceWrites(stream: Duplex, bytesMax: number, onOverflow: () => void): Outbound {
  const outbound: Outbound = { stream, gathered: undefined, writtenBytes: 0, takenAtLastLook: -1 };
  const write = stream.write as (chunk: Uint8Array) => boolean;
  const release = () => {
    const chunks = outbound.gathered!;
    outbound.gathered = undefined;
    for (const bytes of joined(chunks)) {
      outbound.writtenBytes += bytes.length;
      write.call(stream, bytes);
    }
    if (stream.writableLength > bytesMax) onOverflow();
  };
  stream.write = (chunk: Chunk) => {
    if (outbound.gathered !== undefined) {
      outbound.gathered.push(chunk);
    } else {
      outbound.gathered = [chunk];
      setImmediate(release);
    }
    return true;
  };
  // The packet writer corks where it can, and would uncork after every packet.
  Object.assign(stream, { cork: undefined });
  return outbound;
}

/** True when bytes waited at the last call too and none of them has left since. */
export function stalledSinceLastLook(outbound: Outbound): boolean {
  const waiting = outbound.stream.writableLength;
  const taken = outbound.writtenBytes - waiting;
  const stalled = waiting > 0 && taken === outbound.takenAtLastLook;
  outbound.takenAtLastLook = waiting > 0 ? taken : -1;
  return stalled;
}

/** The same bytes in as few buffers as is worth the copying. */
function* joined(chunks: readonly Chunk[]): Generator<Uint8Array> {
  let first = 0;
  let length = 0;
  for (let at = 0; at < chunks.length; at += 1) {
    const chunk = chunks[at]!;
    if (typeof chunk !== 'string' && chunk.length >= copyBytesMax) {
      if (length > 0) yield joinOf(chunks, { first, end: at, length });
      yield chunk;
      first = at + 1;
      length = 0;
    } else {
      length += typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
    }
  }
  if (length > 0) yield joinOf(chunks, { first, end: chunks.length, length });
}

function joinOf(
  chunks: readonly Chunk[],
  { first, end, length }: { first: number; end: number; length: number },
): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let to = 0;
  for (let at = first; at < end; at += 1) {
    const chunk = chunks[at]!;
    if (typeof chunk === 'string') {
      to += bytes.write(chunk, to);
    } else {
      bytes.set(chunk, to);
      to += chunk.length;
    }
  }
  return bytes;
}
