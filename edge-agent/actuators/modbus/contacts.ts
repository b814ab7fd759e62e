import type { DriverHost } from '../types.ts';
import { exceptionOf } from './exceptions.ts';
import type { Modbus } from './hand.ts';
import type { Line, Outcome } from './line.ts';
import { contradiction, keyOf, pointOf, rangesOf, wordOf } from './points.ts';

/** Looks at the contacts of one actuator and reports what they show; never what was ordered. */
export type Contacts = {
  /** An order is about to leave: what is looked at from now on until it was answered proves nothing. */
  ordered(action: string): void;
  /** The order was answered or given up; when it may have been carried out the contacts are watched closely. */
  answered(action: string, mayHaveActed: boolean, commandId?: string): void;
  opened(): void;
  /** The state is not known any more. */
  blind(why: string): void;
  /** Looks now and reports what it sees, changed or not. */
  ask(): void;
  /** The state reported last, as long as it is known. */
  state(): string | undefined;
  /** True when the last order was this action and the contacts confirmed it. */
  wasProved(action: string): boolean;
  stop(): void;
};

type Options = { actuator: Modbus; line: Line; unit: number; host: DriverHost };

/** Distance of looks while the effect of an order is awaited. */
const watchMs = 50;
/** A state that does not change is reported again after this time, so that “confirmed at” stays young. */
const repeatMs = 10_000;

/** Begins to look as soon as the line opens, every `lookMs`, and every 50 ms while an order is awaited. */
export function createContacts({ actuator, line, unit, host }: Options): Contacts {
  const { feedback, lookMs = 500, readBackWithinMs, echo } = actuator;
  const { clock } = host;
  const points = [...new Map(feedback.map((contact) => [keyOf(pointOf(contact)), pointOf(contact)])).values()];
  const ranges = rangesOf(points);
  let state: string | undefined;
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  let wanted = true;
  let last: { action: string; commandId?: string; untilMs: number; isProved: boolean } | undefined;
  /** Counts orders and their answers: a look that one of them overtook is thrown away. */
  let turn = 0;
  let outstanding = 0;
  let looking = false;
  let life = 0;
  let suspect = false;
  let stopped = false;
  let cancel = () => {};

  const isWatching = () => last !== undefined && !last.isProved && clock.monotonicMs() < last.untilMs;

  function look(): void {
    cancel();
    if (looking || stopped || line.problem() !== undefined) return;
    looking = true;
    const began = { turn, life };
    const values = new Map<string, number>();
    let left = ranges.length;
    let failure: Outcome | undefined;
    for (const range of ranges) {
      const heard = (outcome: Outcome) => {
        if (outcome.kind === 'values')
          for (const [i, value] of outcome.values.entries())
            values.set(keyOf({ table: range.table, address: range.address + i }), value);
        else failure ??= outcome;
        left -= 1;
        if (left === 0 && began.life === life) seen(began.turn, values, failure);
      };
      const why = line.push({ request: { unit, ...range }, rank: 'look', heard });
      if (why !== undefined) heard({ kind: 'unsent', why });
    }
  }

  function seen(began: number, values: ReadonlyMap<string, number>, failure: Outcome | undefined): void {
    looking = false;
    if (failure !== undefined) {
      if (failure.kind !== 'unsent') blind(whyOf(failure));
      again(lookMs);
      return;
    }
    // It was taken before an order, or while one was under way: for that order it is no proof.
    if (began !== turn || outstanding > 0) {
      again(0);
      return;
    }
    const word = wordOf(feedback, values);
    // Contacts that are read one after the other can seem to contradict each other while they move.
    const isSure = word !== contradiction || suspect;
    suspect = word === contradiction;
    if (word !== undefined && isSure) report(word);
    again(!isSure ? 0 : isWatching() ? watchMs : lookMs);
  }

  function report(word: string): void {
    host.trouble('unreachable', undefined);
    const isDone = last !== undefined && last.action === word && clock.monotonicMs() < last.untilMs;
    const isNews = wanted || word !== state || isWatching() || clock.monotonicMs() - reportedAtMs >= repeatMs;
    if (isDone) {
      if (echo !== undefined && !last!.isProved && last!.commandId !== undefined) host.accepted(last!.commandId);
      last!.isProved = true;
    }
    wanted = false;
    state = word;
    if (!isNews) return;
    reportedAtMs = clock.monotonicMs();
    if (echo === undefined) host.readBack(word);
  }

  function again(delayMs: number): void {
    cancel();
    if (delayMs === 0) look();
    else cancel = clock.after(delayMs, look);
  }

  function blind(why: string): void {
    state = undefined;
    wanted = true;
    suspect = false;
    host.trouble('unreachable', why);
    if (line.problem() === undefined) return;
    life += 1;
    looking = false;
    cancel();
  }

  return {
    ordered(action) {
      turn += 1;
      outstanding += 1;
      last = { action, untilMs: Number.POSITIVE_INFINITY, isProved: false };
    },
    answered(action, mayHaveActed, commandId) {
      turn += 1;
      outstanding -= 1;
      if (outstanding > 0) return;
      last = mayHaveActed
        ? { action, commandId, untilMs: clock.monotonicMs() + readBackWithinMs, isProved: false }
        : undefined;
      wanted = true;
      look();
    },
    opened: look,
    blind,
    ask() {
      wanted = true;
      look();
    },
    state: () => state,
    wasProved: (action) => last?.action === action && last.isProved,
    stop() {
      stopped = true;
      life += 1;
      cancel();
    },
  };
}

function whyOf(outcome: Outcome): string {
  if (outcome.kind === 'exception') return `its contacts cannot be read: ${exceptionOf(outcome.code).words}`;
  return 'why' in outcome ? outcome.why : 'its contacts cannot be read';
}
