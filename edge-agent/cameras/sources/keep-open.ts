import { Fault } from '@tocsin/contracts';
import type { Picture } from '../jpeg.ts';
import { readJpeg } from '../jpeg.ts';
import type { OpenSource, SourceCounters, SourceHost } from '../types.ts';

/** Full jitter (AWS Architecture Blog, 2015): a uniform wait below a bound that doubles from the first to the longest. */
const retryMsFirst = 1_000;
const retryMsMax = 30_000;
/** A connection that gave pictures for this long was a good one: the next failure is news again and retried soon. */
const steadyMs = 10_000;
/** Different reasons logged for one outage; the rest are told as trouble only. */
const reasonsLoggedMax = 8;

/** One connection as a kind of source makes it. */
export type Connection = {
  /** Aborted when the connection must end: on stop, or when it was silent for too long. */
  signal: AbortSignal;
  /** Hands a picture over that was captured `delayMs` before now. */
  take(picture: Picture, delayMs?: number): void;
  /** Checks bytes that ought to be one picture, and hands it over. */
  takeBytes(bytes: Uint8Array, delayMs?: number): void;
  /** Counts a picture that is not taken; `why` continues “a picture was refused: …”. */
  refuse(why: string): void;
  /** Counts bytes that belong to no picture. */
  skip(bytes: number): void;
};

export type KeepOpenOptions = {
  host: SourceHost;
  /** A connection without a picture for this long is ended and made anew. */
  silenceMs: number;
  /** Silence is told, but the connection is left as it is: for pictures that come by themselves. */
  outlivesSilence?: boolean;
  /**
   * Makes one connection and lives as long as it does. Rejects with a Fault when it fails; resolves with a sentence when it is over
   * for good. Must settle soon after `signal` aborts, with nothing of its own left behind.
   */
  connect(connection: Connection): Promise<string>;
};

/** Keeps a connection to a camera open for ever: numbers its pictures, watches for silence, retries, and tells each trouble once. */
export function keepOpen({ host, silenceMs, outlivesSilence = false, connect }: KeepOpenOptions): OpenSource {
  const { clock, logger } = host;
  const counters: SourceCounters = { pictures: 0, refused: 0, skippedBytes: 0, failures: 0 };
  const logged = new Set<string>();
  let lastRefusal: string | undefined;
  let state: 'new' | 'open' | 'stopped' = 'new';
  let trouble: string | undefined;
  let tries = 0;
  let controller = new AbortController();
  let cancelRetry = () => {};
  let under: Promise<void> = Promise.resolve();

  function tell(why: string): void {
    if (why === trouble) return;
    trouble = why;
    host.trouble(why);
    if (logged.has(why) || logged.size >= reasonsLoggedMax) return;
    logged.add(why);
    logger.warn({ why }, 'No pictures come.');
  }

  function wellAgain(): void {
    if (trouble === undefined) return;
    trouble = undefined;
    host.trouble(undefined);
  }

  async function attempt(): Promise<void> {
    const mine = new AbortController();
    controller = mine;
    let isSilent = false;
    let firstAtMs: number | undefined;
    const listen = () =>
      clock.after(silenceMs, () => {
        if (outlivesSilence) {
          counters.failures += 1;
          return tell(silence());
        }
        isSilent = true;
        mine.abort();
      });
    let cancelSilence = listen();
    const connection: Connection = {
      signal: mine.signal,
      take({ jpeg }, delayMs = 0) {
        if (mine.signal.aborted) return;
        cancelSilence();
        cancelSilence = listen();
        const nowMs = clock.monotonicMs();
        firstAtMs ??= nowMs;
        if (tries > 0 && nowMs - firstAtMs >= steadyMs) {
          tries = 0;
          logged.clear();
          logger.info({}, 'Pictures come again.');
        }
        counters.pictures += 1;
        wellAgain();
        host.emit({ jpeg, capturedAtMs: clock.nowMs() - delayMs, number: counters.pictures });
      },
      takeBytes(bytes, delayMs) {
        const read = readJpeg(bytes);
        if (read.ok) connection.take(read.picture, delayMs);
        else connection.refuse(read.why);
      },
      refuse(why) {
        counters.refused += 1;
        lastRefusal = why;
      },
      skip(bytes) {
        counters.skippedBytes += bytes;
      },
    };
    lastRefusal = undefined;
    const end = await connect(connection).then(
      (over) => ({ why: over, isOver: true }),
      (error: unknown) => ({ why: sentence(error), isOver: false }),
    );
    cancelSilence();
    // Whatever still holds the connection must not hand anything over any more.
    mine.abort();
    if (state === 'stopped') return;
    if (end.isOver) return tell(end.why);
    counters.failures += 1;
    tell(isSilent ? silence() : end.why);
    const boundMs = Math.min(retryMsMax, retryMsFirst * 2 ** Math.min(tries, 10));
    tries += 1;
    cancelRetry = clock.after(host.random() * boundMs, () => {
      under = attempt();
    });
  }

  function silence(): string {
    const refusal = lastRefusal === undefined ? '' : `; the last one was refused: ${lastRefusal}`;
    return `No picture came for ${silenceMs / 1000} s${refusal}.`;
  }

  return {
    start() {
      if (state !== 'new') return;
      state = 'open';
      under = attempt();
    },
    async stop() {
      state = 'stopped';
      cancelRetry();
      controller.abort();
      await under;
    },
    counters: () => ({ ...counters }),
  };
}

/** What an operator reads about a failure. Only Faults are words of ours; of anything else just the name is told, never its text. */
function sentence(error: unknown): string {
  if (error instanceof Fault) return error.remedy === undefined ? error.detail : `${error.detail} ${error.remedy}`;
  return `The source failed unexpectedly (${error instanceof Error ? error.name : 'no error'}).`;
}

/** Waits; answers early when the signal aborts. */
export function pause(host: Pick<SourceHost, 'clock'>, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const cancel = host.clock.after(delayMs, () => {
      signal.removeEventListener('abort', early);
      resolve();
    });
    function early(): void {
      cancel();
      resolve();
    }
    signal.addEventListener('abort', early, { once: true });
  });
}

/** A signal that aborts after a time, or with `signal`; `release` frees both. */
export function within(host: Pick<SourceHost, 'clock'>, delayMs: number, signal: AbortSignal) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const cancel = host.clock.after(delayMs, abort);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  return {
    signal: controller.signal,
    release() {
      cancel();
      signal.removeEventListener('abort', abort);
    },
  };
}
