import type { Clock } from '@tocsin/contracts';
import { getArguments, type Line, run, type Version } from './tools.ts';

/** A contact bounces for some milliseconds: a level counts when it was read twice, this long apart. */
const settleMs = 30;
/** A level that did not change is told again this often. */
const tellAgainMs = 10_000;
/** After an order it is read again at once for this long. */
const watchMs = 2_000;

export type FeedbackOptions = {
  clock: Clock;
  everyMs: number;
  /** The contact is in this state, as it was read twice. */
  level(active: boolean): void;
  /** Why it cannot be read, or undefined when it can. */
  wrong(why: string | undefined): void;
};

/** Reads a contact again and again, one reading at a time. */
export type Feedback = {
  start(version: Version, line: Line): void;
  /** Reads soon and tells whatever it finds. */
  ask(): void;
  stop(): void;
};

export function createFeedback({ clock, everyMs, level, wrong }: FeedbackOptions): Feedback {
  let contact: { version: Version; line: Line } | undefined;
  let cancel = () => {};
  let isReading = false;
  let last: boolean | undefined;
  let told: { active: boolean; atMs: number } | undefined;
  let watchUntilMs = 0;
  let isAsked = false;
  let isStopped = false;

  async function read(): Promise<void> {
    cancel();
    if (isReading || contact === undefined || isStopped) return;
    isReading = true;
    const found = await run('gpioget', getArguments(contact.version, contact.line));
    isReading = false;
    if (isStopped) return;
    const isLevel = found.ok && /^[01]$/.test(found.text);
    if (!isLevel) {
      last = undefined;
      told = undefined;
      wrong(found.ok ? 'gpioget answers neither 0 nor 1' : found.why);
      return next(everyMs);
    }
    wrong(undefined);
    const active = found.text === '1';
    const isSettled = active === last;
    last = active;
    if (isSettled) tell(active);
    const isQuick = !isSettled || clock.monotonicMs() < watchUntilMs;
    next(isQuick ? settleMs : everyMs);
  }

  function tell(active: boolean): void {
    const atMs = clock.monotonicMs();
    if (!isAsked && told?.active === active && atMs - told.atMs < tellAgainMs) return;
    isAsked = false;
    told = { active, atMs };
    level(active);
  }

  function next(delayMs: number): void {
    cancel = clock.after(delayMs, () => void read());
  }

  return {
    start(version, line) {
      contact = { version, line };
      void read();
    },
    ask() {
      isAsked = true;
      watchUntilMs = clock.monotonicMs() + watchMs;
      // What was read before the question is no answer to it.
      last = undefined;
      void read();
    },
    stop() {
      isStopped = true;
      cancel();
    },
  };
}
