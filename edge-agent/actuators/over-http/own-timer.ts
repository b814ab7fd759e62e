/** Later than its lease plus this, an act that still stands was not ended by the device: its clock, its rounding and a poll included. */
const toleranceMs = 2_000;

/** What is known of the timer by which a device ends an act when the agent falls silent. */
export type OwnTimer = {
  /** An order may have reached the device; `lapseMs` of the act away from rest, which must end by itself. */
  sent(order: { away: boolean; lapseMs: number | undefined; atMs: number }): void;
  /** The device reported what it does, asked at `atMs`; `leftMs` what its timer has left, where it tells that. */
  heard(report: { away: boolean; leftMs?: number | undefined; atMs: number }): void;
  /** Why the device would not let go by itself, as it showed; it stands until the timer is seen to be right. */
  wrong(): string | undefined;
  /** An act that ends by itself was ordered, and neither ended nor lapsed. */
  isHeld(): boolean;
};

/** Judges the device's own timer by what it reports; it reads no clock, instants are monotonic. `tells`: reports hold the time left. */
export function createOwnTimer(tells: boolean): OwnTimer {
  let held: { untilMs: number; lapseMs: number; sinceMs: number; isSeen: boolean } | undefined;
  let wrong: string | undefined;
  return {
    sent({ away, lapseMs, atMs }) {
      if (!away || lapseMs === undefined) held = undefined;
      else held = { untilMs: atMs + lapseMs, lapseMs, sinceMs: atMs, isSeen: held?.isSeen ?? false };
    },
    heard({ away, leftMs, atMs }) {
      // A report from before the order moved anything ends nothing.
      if (!away && held?.isSeen === true) held = undefined;
      if (!away || held === undefined || atMs < held.sinceMs) return;
      held.isSeen = true;
      const { untilMs, lapseMs } = held;
      if (atMs > untilMs + toleranceMs)
        wrong = `it was not renewed for ${lapseMs} ms, and the device did not end it by itself`;
      else if (tells) judge(leftMs, { lapseMs, isNearEnd: atMs > untilMs - toleranceMs / 2 });
    },
    wrong: () => wrong,
    isHeld: () => held !== undefined,
  };

  function judge(leftMs = 0, { lapseMs, isNearEnd }: { lapseMs: number; isNearEnd: boolean }): void {
    // Near the end a timer that reads 0 may be one that ends this very moment.
    if (leftMs <= 0 && isNearEnd) return;
    if (leftMs <= 0) wrong = 'the device reports that no timer of its own runs';
    else if (leftMs > lapseMs + toleranceMs) wrong = `its own timer ends long after the lease of ${lapseMs} ms`;
    else wrong = undefined;
  }
}
