import type { DatabaseSync } from 'node:sqlite';

/** Where the log's entries lie, found with a few look-ups and without reading the entries between. */
export type Ages = {
  /** Offset of the entry that has `rows - 1` newer ones, 0 when there are not so many. */
  offsetOfNewest(rows: number): number;
  /** Offset of the newest entry that arrived before an instant, 0 when none did. */
  newestBefore(atMs: number): number;
};

/** Stretches of offsets without a gap that are looked at, one per opening of the file; older ones count as one entry each. */
const stretchesMax = 10_000;

/** Prepares the look-ups. Offsets grow by one while the file stays open and jump ahead, to the clock's microseconds, when it is opened. */
export function prepareAges(db: DatabaseSync): Ages {
  const at = db.prepare('SELECT 1 AS here FROM batch WHERE offset = ?');
  const below = db.prepare('SELECT offset FROM batch WHERE offset < ? ORDER BY offset DESC LIMIT 1');
  const from = db.prepare('SELECT offset, received_at_ms AS atMs FROM batch WHERE offset >= ? ORDER BY offset LIMIT 1');
  const isHere = (offset: number) => at.get(offset) !== undefined;
  const nextBelow = (offset: number) => (below.get(offset) as { offset: number } | undefined)?.offset;

  /** First offset of the stretch that ends at `end`. The jump before a stretch is longer than the stretch, so that bisection is right. */
  function startOf(end: number): number {
    let present = end;
    let step = 1;
    while (isHere(end - step)) {
      present = end - step;
      step *= 2;
    }
    let absent = end - step;
    while (present - absent > 1) {
      const middle = Math.floor((present + absent) / 2);
      if (isHere(middle)) present = middle;
      else absent = middle;
    }
    return present;
  }

  return {
    offsetOfNewest(rows) {
      let left = rows;
      let end = nextBelow(Number.MAX_SAFE_INTEGER);
      for (let stretches = 0; end !== undefined; stretches += 1) {
        const start = stretches < stretchesMax ? startOf(end) : end;
        if (end - start + 1 >= left) return end - left + 1;
        left -= end - start + 1;
        end = nextBelow(start);
      }
      return 0;
    },
    newestBefore(atMs) {
      const newest = nextBelow(Number.MAX_SAFE_INTEGER);
      let low = (from.get(0) as { offset: number } | undefined)?.offset;
      if (newest === undefined || low === undefined) return 0;
      let high = newest + 1;
      // Lies before `low`: too old; at or after `high`: not before the instant.
      while (low < high) {
        const middle: number = Math.floor((low + high) / 2);
        const entry = from.get(middle) as { offset: number; atMs: number } | undefined;
        if (entry !== undefined && entry.atMs < atMs) low = entry.offset + 1;
        else high = middle;
      }
      return nextBelow(low) ?? 0;
    },
  };
}
