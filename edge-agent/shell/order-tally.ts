import type { OrderRefusal } from './orders.ts';

export type RefusedOrder = { why: OrderRefusal; detail: string; atMs: number };

/** What is to be written down: single refusals, or what was folded; and the reasons of the standing alert. */
export type Told = { entries: { why: string; detail: string; folded?: Record<string, number> }[]; reasons: string[] };

/** So many refusals a minute are written down one by one; what comes beyond is one entry with its counts. */
const entriesPerMinute = 20;
const minuteMs = 60_000;
/** The alert is over when no order was refused for this long; it stays on the list until a person has seen it. */
const quietMs = 600_000;
/** Reasons shown in the alert; the rest is summed up. */
const shownMax = 8;

/**
 * Counts refused orders so that whoever floods a gateway with them can fill neither its ledger nor the alert list, and none goes uncounted.
 * Times are monotonic milliseconds, so that a clock that is set cannot hold an entry back.
 */
export function createOrderTally() {
  /** Counts by reason since the alert began. */
  let counts = new Map<string, { count: number; detail: string }>();
  let minuteFromMs = Number.NEGATIVE_INFINITY;
  let written = 0;
  let folded = new Map<string, number>();
  let lastMs = Number.NEGATIVE_INFINITY;

  /** What was folded, as one entry. */
  function unfold(): Told['entries'] {
    if (folded.size === 0) return [];
    const counted = Object.fromEntries(folded);
    const total = [...folded.values()].reduce((sum, count) => sum + count, 0);
    folded = new Map();
    return [{ why: 'many', detail: `${total} more orders were refused within a minute.`, folded: counted }];
  }

  function reasons(): string[] {
    const sorted = [...counts].sort(([, a], [, b]) => b.count - a.count);
    const shown = sorted
      .slice(0, shownMax)
      .map(([why, { count, detail }]) => `${why}: ${count}. ${detail}`.slice(0, 240));
    const rest = sorted.slice(shownMax).reduce((sum, [, { count }]) => sum + count, 0);
    return rest === 0 ? shown : [...shown, `For other reasons: ${rest}.`];
  }

  return {
    /** Takes one refusal in; answers what is to be written down now. */
    note({ why, detail }: RefusedOrder, monotonicMs: number): Told {
      lastMs = monotonicMs;
      counts.set(why, { count: (counts.get(why)?.count ?? 0) + 1, detail });
      const entries: Told['entries'] = [];
      if (monotonicMs - minuteFromMs >= minuteMs) {
        entries.push(...unfold());
        minuteFromMs = monotonicMs;
        written = 0;
      }
      if (written < entriesPerMinute) {
        written += 1;
        entries.push({ why, detail });
      } else folded.set(why, (folded.get(why) ?? 0) + 1);
      return { entries, reasons: reasons() };
    },
    /** Lets time pass; answers what was folded in a minute that is over. */
    pass(monotonicMs: number): Told {
      const entries = monotonicMs - minuteFromMs >= minuteMs ? unfold() : [];
      if (monotonicMs - lastMs >= quietMs) counts = new Map();
      return { entries, reasons: reasons() };
    },
    /** What is still folded, when the agent ends. */
    close: unfold,
    isQuiet: () => counts.size === 0 && folded.size === 0,
  };
}
