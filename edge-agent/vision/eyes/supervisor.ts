/**
 * Keeps one process of the eyes running: starts it, waits until its models are loaded, ends it when it takes too long, and starts it
 * anew after a growing pause when it is gone. It knows nothing of pictures.
 */
import { type Clock, Fault, type Logger } from '@tocsin/contracts';
import { type Child, startChild } from './child.ts';
import type { Answer, LoadedModel, Order, StartOrder } from './messages.ts';

/** Well, or not and why in a sentence for people. */
export type EyesState = { ok: true } | { ok: false; why: string };

/** How a run of the process can fail. */
export type Failure = 'modelFailures' | 'timeouts' | 'memoryExceeded' | 'crashes';
export type FailureCounters = Record<Failure | 'restarts', number>;

/** Full jitter (AWS Architecture Blog, 2015): a uniform wait below a bound that doubles up to the most. */
const pauseFirstMs = 250;
const pauseMaxMs = 30_000;
/** Failures in a row from which the eyes call themselves blind; one may happen to anybody. */
const failuresMax = 3;

export type SupervisorOptions = {
  /** Made at each start; a Fault refuses the first one for good. */
  startOrder(): StartOrder;
  startTimeoutMs: number;
  memoryBytesMax: number;
  clock: Clock;
  random(): number;
  logger: Logger;
  ready(): void;
  answered(answer: Exclude<Answer, { type: 'ready' | 'refused' }>): void;
  /** The process is gone or was given up; nothing that was asked of it will be answered. */
  gone(why: string): void;
};

export type Supervisor = ReturnType<typeof createSupervisor>;

/** Makes a supervisor; nothing runs until `start`. */
export function createSupervisor(options: SupervisorOptions) {
  const { clock, logger } = options;
  const counters: FailureCounters = { modelFailures: 0, timeouts: 0, memoryExceeded: 0, crashes: 0, restarts: 0 };
  let order: StartOrder | undefined;
  let phase: 'stopped' | 'starting' | 'ready' | 'pausing' = 'stopped';
  let child: Child | undefined;
  let models: readonly LoadedModel[] = [];
  let wasReady = false;
  let failuresInRow = 0;
  let lastWhy = 'The eyes have not been started.';
  let cancelTimer: () => void = () => {};
  let firstAttempt: { resolve(): void; reject(fault: Fault): void } | undefined;
  let whenEnded: (() => void)[] = [];

  function launch(): void {
    phase = 'starting';
    const { memoryBytesMax, startTimeoutMs } = options;
    child = startChild({ clock, memoryBytesMax, answered, ended: gone });
    child.send(order!);
    limit(startTimeoutMs, 'The models were not loaded');
  }

  function limit(ms: number, what: string): void {
    cancelTimer();
    cancelTimer = clock.after(ms, () => child?.kill('timeouts', `${what} within ${ms} ms.`));
  }

  function answered(answer: Answer): void {
    if (answer.type === 'ready') {
      cancelTimer();
      phase = 'ready';
      wasReady = true;
      models = answer.models;
      logger.info({ models: models.map(({ name }) => name) }, 'The eyes are open.');
      firstAttempt?.resolve();
      firstAttempt = undefined;
      options.ready();
    } else if (answer.type === 'refused') {
      // On a first start somebody is there to act; later a file was changed below us, which may be put right again.
      if (firstAttempt === undefined) child?.kill('modelFailures', answer.detail);
      else giveUp(new Fault('MODEL_INVALID', answer.detail));
    } else options.answered(answer);
  }

  function gone({ why, failure }: { why: string; failure: Failure }): void {
    cancelTimer();
    child = undefined;
    models = [];
    if (phase === 'stopped') {
      for (const ended of whenEnded) ended();
      whenEnded = [];
      return;
    }
    counters[failure] += 1;
    failuresInRow += 1;
    if (why !== lastWhy) logger.warn({ why, failuresInRow }, 'The eyes failed and are started again.');
    lastWhy = why;
    phase = 'pausing';
    const bound = Math.min(pauseMaxMs, pauseFirstMs * 2 ** Math.min(failuresInRow, 10));
    cancelTimer = clock.after(options.random() * bound, () => {
      counters.restarts += 1;
      launch();
    });
    options.gone(why);
    firstAttempt?.resolve();
    firstAttempt = undefined;
  }

  function giveUp(fault: Fault): void {
    const attempt = firstAttempt;
    firstAttempt = undefined;
    void end(fault.detail).then(() => attempt?.reject(fault));
  }

  function end(why: string): Promise<void> {
    cancelTimer();
    phase = 'stopped';
    wasReady = false;
    lastWhy = why;
    options.gone(why);
    firstAttempt?.resolve();
    firstAttempt = undefined;
    return new Promise((resolve) => {
      if (child === undefined) return resolve();
      whenEnded.push(resolve);
      child.kill('crashes', why);
    });
  }

  function start(): Promise<void> {
    if (phase !== 'stopped') return Promise.resolve();
    // The last run is still being ended: its successor waits for that.
    if (child !== undefined) return new Promise<void>((resolve) => whenEnded.push(resolve)).then(start);
    failuresInRow = 0;
    lastWhy = 'The eyes are being started.';
    return new Promise((resolve, reject) => {
      try {
        order = options.startOrder();
      } catch (fault) {
        lastWhy = (fault as Fault).detail;
        return reject(fault);
      }
      firstAttempt = { resolve, reject };
      launch();
    });
  }

  return {
    start,
    stop: () => end('The eyes were stopped.'),
    /** Sends an order that must be answered within `ms`, or the process is ended. */
    send(order: Order, ms: number, what: string): void {
      child?.send(order);
      limit(ms, what);
    },
    /** The order was answered in time; `isProof` when the answer shows that models work. */
    settled(isProof: boolean): void {
      cancelTimer();
      if (isProof) failuresInRow = 0;
    },
    /** The answer cannot be used: the process is ended and started anew. */
    failed: (why: string) => child?.kill('modelFailures', why),
    /** Why nothing can be asked now; undefined when it can, at once or as soon as models are loaded. */
    closedWhy: () => (phase === 'stopped' || phase === 'pausing' ? lastWhy : undefined),
    isReady: () => phase === 'ready',
    state(): EyesState {
      if (failuresInRow >= failuresMax) {
        return { ok: false, why: `The eyes failed ${failuresInRow} times in a row. ${lastWhy}` };
      }
      return wasReady ? { ok: true } : { ok: false, why: lastWhy };
    },
    counters,
    models: () => models,
    usage: () => ({ pid: child?.pid, rssBytes: child?.rssBytes() ?? 0 }),
  };
}
