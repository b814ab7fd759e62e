import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Logger } from '@tocsin/contracts';
import snmp, { type Session, type Varbind } from 'net-snmp';

/** One object to read and the only values that are believed. */
export type ReadObject = { oid: string; type: 'Integer' | 'OctetString' | 'TimeTicks'; max: number };
/** One object to write. */
export type WriteObject = { oid: string; value: number | Uint8Array };
/** Numbers, or for octet strings the octets, in the order of the objects. */
export type Values = readonly (number | Uint8Array)[];

/**
 * What came of a request. `sure` says that the device has certainly not done it: it said so itself, or nothing left. A request that
 * nobody answered may have been done.
 */
export type Answer = { ok: true; values: Values } | { ok: false; sure: boolean; why: string };

/** One SNMP v1 conversation over UDP. The caller asks one thing at a time. */
export type SnmpLine = {
  read(objects: readonly ReadObject[]): Promise<Answer>;
  /** `once`: sent a single time. Otherwise a lost one is sent again under the same request id. */
  write(objects: readonly WriteObject[], once: boolean): Promise<Answer>;
  close(): void;
  closed(): boolean;
  /** Datagrams that were not from the device or no answer to anything. */
  refused(): number;
};

export type LineOptions = {
  host: string;
  port: number;
  communities: { read: string; write: string };
  timeoutMs: number;
  logger: Logger;
};

/** An answer to a handful of objects fits one Ethernet frame; what is larger is none. */
const answerBytesMax = 1472;
/** Further tries of what may be sent again. */
const retries = 1;

/** Opens a line. Nothing is sent before it is asked to. */
export function openLine({ host, port, communities, timeoutMs, logger }: LineOptions): SnmpLine {
  const transport = isIPv6(host) ? 'udp6' : 'udp4';
  let refused = 0;
  let closed = false;
  const refuse = (why: string) => {
    refused += 1;
    // The first of each ten thousand is enough for a log that somebody may want to flood.
    if (refused % 10_000 === 1) logger.warn({ host, port, refused, why }, 'A datagram was refused.');
  };
  const session = (community: string, tries: number): Session => {
    const made = snmp.createSession(host, community, {
      port,
      version: snmp.Version1,
      timeout: timeoutMs,
      retries: tries,
      transport,
      reportOidMismatchErrors: true,
      dgramModule: { createSocket: (type) => guardedSocket(type, { host, port, refuse }) },
    });
    made.on('error', (error) => refuse(error.message));
    return made;
  };
  const reading = session(communities.read, retries);
  const writing = session(communities.write, retries);
  const writingOnce = session(communities.write, 0);
  /** Ends of what is under way, because the library forgets a request that a closed socket never sent. */
  const pending = new Set<(answer: Answer) => void>();
  const ask = (send: (done: Done) => void, take: Take) =>
    new Promise<Answer>((resolve) => {
      const end = (answer: Answer) => {
        pending.delete(end);
        resolve(answer);
      };
      pending.add(end);
      if (closed) end(closedAnswer);
      else answerOf(send, take, end);
    });
  return {
    read: (objects) =>
      ask(
        (done) =>
          reading.get(
            objects.map((object) => object.oid),
            done,
          ),
        (varbinds) => valuesOf(objects, varbinds),
      ),
    write(objects, once) {
      const varbinds = objects.map(({ oid, value }) =>
        typeof value === 'number'
          ? { oid, type: snmp.ObjectType.Integer, value }
          : { oid, type: snmp.ObjectType.OctetString, value: Buffer.from(value) },
      );
      return ask(
        (done) => (once ? writingOnce : writing).set(varbinds, done),
        () => [],
      );
    },
    closed: () => closed,
    close() {
      if (closed) return;
      closed = true;
      for (const each of [reading, writing, writingOnce]) each.close();
      for (const end of [...pending]) end(closedAnswer);
    },
    refused: () => refused,
  };
}

const closedAnswer: Answer = { ok: false, sure: false, why: 'the line is closed' };

type Done = (error: Error | null, varbinds?: Varbind[]) => void;

type Take = (varbinds: Varbind[]) => Values | string;

function answerOf(send: (done: Done) => void, take: Take, end: (answer: Answer) => void): void {
  try {
    send((error, varbinds) => {
      const values = error === null ? take(varbinds ?? []) : [];
      if (error !== null) end(failureOf(error));
      else if (typeof values === 'string') end({ ok: false, sure: false, why: values });
      else end({ ok: true, values });
    });
  } catch (error) {
    end({ ok: false, sure: true, why: `it could not be sent: ${textOf(error)}` });
  }
}

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** The library's errors as one sentence, and whether the device has certainly done nothing. */
function failureOf(error: Error): Answer {
  if (error instanceof snmp.RequestTimedOutError) return { ok: false, sure: false, why: 'it does not answer' };
  // RFC 1157 §4.1.5: a SET that is answered with an error has changed nothing.
  if (error instanceof snmp.RequestFailedError) return { ok: false, sure: true, why: `it answers ${error.message}` };
  return { ok: false, sure: false, why: `its answer is wrong: ${error.message}` };
}

/** The values of an answer, or why they are not believed. */
export function valuesOf(objects: readonly ReadObject[], varbinds: readonly Varbind[]): Values | string {
  if (varbinds.length !== objects.length) return `it answers ${varbinds.length} of ${objects.length} objects`;
  const values: (number | Uint8Array)[] = [];
  for (const [i, { oid, type, max }] of objects.entries()) {
    const { type: given, value } = varbinds[i]!;
    if (given !== snmp.ObjectType[type]) return `it does not have ${oid} as ${type}`;
    if (type === 'OctetString') {
      if (!Buffer.isBuffer(value) || value.length > max) return `${oid} is longer than ${max} octets`;
      values.push(new Uint8Array(value));
    } else {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max)
        return `${oid} is outside 0 to ${max}`;
      values.push(value);
    }
  }
  return values;
}

type Guard = { host: string; port: number; refuse(why: string): void };

/** A socket that hears only the device, never more than an answer can have, and that lets no error of a reader out. */
function guardedSocket(type: 'udp4' | 'udp6', { host, port, refuse }: Guard): Socket {
  const socket = createSocket(type);
  const emit = socket.emit.bind(socket) as (event: string, ...rest: unknown[]) => boolean;
  const guarded = (event: string, ...rest: unknown[]): boolean => {
    if (event !== 'message') return emit(event, ...rest);
    const [bytes, from] = rest as [Buffer, { address: string; port: number }];
    if (from.address !== host || from.port !== port) refuse('it came from elsewhere');
    else if (bytes.length > answerBytesMax) refuse('it is too long');
    else {
      try {
        return emit(event, ...rest);
      } catch (error) {
        refuse(textOf(error));
      }
    }
    return true;
  };
  return Object.assign(socket, { emit: guarded });
}
