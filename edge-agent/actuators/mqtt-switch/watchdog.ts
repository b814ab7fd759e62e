import type { Words } from './words.ts';

/** Later than its lease plus this, a hold that still stands was not ended by the device: clock drift, travel and reports included. */
export const lapseToleranceMs = 2_000;

/** An answer that comes sooner after an order may be one to a question asked before it. */
const freshAfterMs = 250;

/** What is known of the device's own timer, which must end a hold when the agent falls silent. */
export type Watchdog = {
  /** A setting was read; undefined when it is right. */
  setting(name: string, wrong: string | undefined): void;
  /** The running timer was read. */
  running(leftMs: number, atMs: number): void;
  /** The device reported its output. */
  output(on: boolean, atMs: number): void;
  /** An order left. */
  sent(on: boolean, atMs: number, lapseMs: number): void;
  /** The device restarted: what was read before says nothing. */
  forget(): void;
  /** What is wrong, or undefined. */
  wrong(): string | undefined;
  /** Settings that the device has not told yet. */
  unknown(): string[];
  /** A reversible hold that was ordered and neither ended nor lapsed. */
  isHeld(): boolean;
};

/** Judges whether the device ends a hold by itself. It reads no clock; instants are monotonic. */
export function createWatchdog(words: Words, names: readonly string[]): Watchdog {
  const settings = new Map<string, string | undefined>();
  let timer: string | undefined;
  let held: { sinceMs: number; untilMs: number; confirmed: boolean } | undefined;

  return {
    setting(name, wrong) {
      if (names.includes(name)) settings.set(name, wrong);
    },
    running(leftMs, atMs) {
      if (held === undefined || !held.confirmed) return;
      // In the second half of a lease a timer that reads 0 may be one that ends this very moment.
      if (!words.irreversible && atMs - held.sinceMs > words.lapseMs / 2) return;
      if (words.irreversible) timer = leftMs > 0 ? `its timer would undo ${words.away}` : undefined;
      else if (leftMs === 0) timer = `no timer of its own runs while ${words.away} is held`;
      else if (leftMs > words.lapseMs + lapseToleranceMs)
        timer = `its timer ends ${words.away} long after the lease of ${words.lapseMs} ms`;
      else if (leftMs < held.untilMs - atMs - lapseToleranceMs && atMs - held.sinceMs >= freshAfterMs)
        timer = `its timer ends ${words.away} before the lease: a renewal does not restart it`;
      else timer = undefined;
    },
    output(on, atMs) {
      if (on !== words.awayOutput) {
        // A report from before the order moved anything ends nothing.
        if (held?.confirmed) held = undefined;
        return;
      }
      if (held === undefined) return;
      held.confirmed = true;
      if (!words.irreversible && atMs > held.untilMs + lapseToleranceMs)
        timer = `${words.away} was not renewed for ${words.lapseMs} ms, and it did not end by itself`;
    },
    sent(on, atMs, lapseMs) {
      if (on !== words.awayOutput) held = undefined;
      else held = { sinceMs: atMs, untilMs: atMs + lapseMs, confirmed: held?.confirmed ?? false };
    },
    forget() {
      settings.clear();
      held = undefined;
      timer = undefined;
    },
    wrong: () => [...settings.values()].find((why) => why !== undefined) ?? timer,
    unknown: () => names.filter((name) => !settings.has(name)),
    isHeld: () => held !== undefined && !words.irreversible,
  };
}
