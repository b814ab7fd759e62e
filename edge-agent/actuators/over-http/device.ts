import type { IncomingMessage } from 'node:http';
import { placeOf } from '../../http/address.ts';
import { createHttpClient, HttpFailure, type HttpRequest, statusFailure, unreachable } from '../../http/client.ts';
import type { DriverHost } from '../types.ts';
import type { HttpDeviceFields } from './fields.ts';

/** A report of a siren or a sign is a few hundred bytes; larger is refused. */
export const reportBytesMax = 16_384;
/** After an order the state is asked for this often, until it is what was ordered or this long has passed. */
const watchEveryMs = 100;
const watchMs = 3_000;
/** One report that does not come may be chance. */
const missesMax = 2;
/** Full jitter on top of the usual interval, below a bound that doubles with each miss up to this. */
const retryMsMax = 30_000;
/** A release on the way out gets this long. */
const farewellMs = 1_500;

export type HttpOrder = {
  commandId: string;
  request: HttpRequest;
  /** State, in the words of `report`, that ends the eager watching. */
  wanted: string;
  /** When it is too late, monotonic. */
  expiresAtMs: number;
  /** The device may have got it. */
  left(atMs: number): void;
};

export type HttpDeviceOptions = {
  http: HttpDeviceFields;
  host: Pick<DriverHost, 'clock' | 'random' | 'logger' | 'readSecret' | 'accepted' | 'failed' | 'trouble'>;
  /** Takes a report that was asked for at `atMs`; answers the state in it, or undefined when it holds none. */
  report(body: Uint8Array, atMs: number): string | undefined;
};

/** A device that is asked over HTTP, one request at a time; an order goes before a question, and the newest order wins. */
export type HttpDevice = {
  start(): void;
  order(order: HttpOrder): void;
  ask(): void;
  /** Gives up what is under way, sends a last request, where there is one then, and closes everything. */
  stop(farewell: () => HttpRequest | undefined): Promise<void>;
};

export function createHttpDevice({ http, host, report }: HttpDeviceOptions): HttpDevice {
  const { url, timeoutMs, state } = http;
  const { clock } = host;
  const place = placeOf(url);
  const client = createHttpClient(http, { directory: '.', readSecret: host.readSecret });
  let told: string | undefined;
  let waiting: HttpOrder | undefined;
  let watched: { wanted: string; untilMs: number } | undefined;
  let isDue = false;
  let isAlive = false;
  let isStopped = false;
  let misses = 0;
  let refused = 0;
  let working: Promise<void> | undefined;
  let poll: AbortController | undefined;
  let delivery: AbortController | undefined;
  let cancelNext = () => {};

  /** Tells why the device cannot be reached or understood, or that it can again, once each. */
  function wrong(why: string | undefined): void {
    if (why !== told) host.trouble('unreachable', why);
    told = why;
  }

  /** Runs `use` with a time limit; whatever goes wrong becomes an HttpFailure. */
  async function bounded<T>(
    limitMs: number,
    use: (signal: AbortSignal) => Promise<T>,
    controller = new AbortController(),
  ): Promise<T> {
    const cancel = clock.after(limitMs, () => controller.abort());
    try {
      return await use(controller.signal);
    } catch (error) {
      if (error instanceof HttpFailure) throw error;
      throw new HttpFailure(error instanceof Error ? error.message : String(error));
    } finally {
      cancel();
    }
  }

  async function success(request: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const response = await client.ask(request, signal);
    const { statusCode: status = 0 } = response;
    if (status >= 200 && status < 300) return response;
    response.destroy();
    throw statusFailure(place, status);
  }

  async function deliver({ commandId, request, expiresAtMs, left, wanted }: HttpOrder): Promise<void> {
    if (clock.monotonicMs() >= expiresAtMs)
      return host.failed(commandId, 'its time was over before the device was free');
    try {
      // On a connection of its own: one that was kept may be closed under it, and an order is not sent twice.
      delivery = new AbortController();
      const response = await bounded(timeoutMs, (signal) => success({ ...request, alone: true }, signal), delivery);
      response.destroy();
      host.accepted(commandId);
      left(clock.monotonicMs());
    } catch (error) {
      const failure = error as HttpFailure;
      if (failure.left) left(clock.monotonicMs());
      else host.failed(commandId, failure.message);
      if (failure.left) wrong(failure.message);
    }
    watched = { wanted, untilMs: clock.monotonicMs() + watchMs };
    isDue = true;
  }

  async function look(): Promise<void> {
    const askedAtMs = clock.monotonicMs();
    poll = new AbortController();
    try {
      const body = await bounded(
        timeoutMs,
        async (signal) => {
          const response = await success({ path: state.path, accept: 'application/json, text/plain' }, signal);
          return readBody(response, place, signal);
        },
        poll,
      );
      const said = report(body, askedAtMs);
      if (said === undefined) throw new HttpFailure(`${place} answers with something that holds no state.`);
      misses = 0;
      wrong(undefined);
      if (said === watched?.wanted) watched = undefined;
    } catch (error) {
      // It gave way to an order.
      if (waiting === undefined && !isStopped) missed((error as HttpFailure).message);
    } finally {
      poll = undefined;
    }
  }

  function missed(why: string): void {
    misses += 1;
    refused += 1;
    // The first of every power of ten: a device that is away for a week must not fill the log.
    if (Math.log10(refused) % 1 === 0) host.logger.warn({ place, refused, why }, 'A device gives no report.');
    if (misses >= missesMax) wrong(why);
  }

  function next(): void {
    if (isStopped || !isAlive) return;
    cancelNext();
    const isEager = watched !== undefined && clock.monotonicMs() < watched.untilMs;
    const boundMs = Math.min(retryMsMax, state.everyMs * 2 ** Math.min(misses, 10));
    const delayMs = isEager ? watchEveryMs : misses === 0 ? state.everyMs : state.everyMs + host.random() * boundMs;
    cancelNext = clock.after(delayMs, () => {
      isDue = true;
      work();
    });
  }

  function work(): void {
    working ??= (async () => {
      while (!isStopped && (waiting !== undefined || isDue)) {
        const order = waiting;
        waiting = undefined;
        if (order !== undefined) await deliver(order);
        else {
          isDue = false;
          await look();
        }
      }
    })().finally(() => {
      working = undefined;
      next();
    });
  }

  return {
    start() {
      isAlive = true;
      isDue = true;
      work();
    },
    order(order) {
      if (waiting !== undefined) host.failed(waiting.commandId, 'a newer order came before it left');
      waiting = order;
      poll?.abort();
      work();
    },
    ask() {
      isDue = true;
      work();
    },
    async stop(farewell) {
      isStopped = true;
      cancelNext();
      if (waiting !== undefined) host.failed(waiting.commandId, 'the agent stops');
      poll?.abort();
      delivery?.abort();
      await working;
      const last = farewell();
      if (last !== undefined)
        await bounded(farewellMs, (signal) => success({ ...last, alone: true }, signal)).then(
          (response) => response.destroy(),
          () => {},
        );
      client.close();
    },
  };
}

/** Reads a body of at most `reportBytesMax`; anything longer is left on the line with its connection. */
async function readBody(response: IncomingMessage, place: string, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > reportBytesMax) throw new HttpFailure(`${place} sends more than ${reportBytesMax} bytes.`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    throw error instanceof HttpFailure ? error : unreachable(place, error as Error, { signal });
  } finally {
    response.destroy();
  }
}
