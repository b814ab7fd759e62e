import type { Batch } from '@tocsin/contracts';
import { type Item, itemsOf } from './sim-site.ts';

export type Verdict = { stored: number; missing: Item[]; doubled: string[]; unknown: string[]; gaps: number };

/**
 * Holds what the cloud has against what the site promised: every item committed is stored as often as it was committed, or a stored gap
 * covers its instant. `voided` items may be stored or not: their only disk was destroyed.
 */
export function judge(committed: readonly Item[], stored: readonly Batch[], voided: ReadonlySet<string>): Verdict {
  const owed = new Map<string, { count: number; atMs: number }>();
  for (const { name, atMs } of committed) {
    const known = owed.get(name);
    if (known === undefined) owed.set(name, { count: 1, atMs });
    else known.count += 1;
  }
  const had = new Map<string, number>();
  const gaps: { fromMs: number; toMs: number }[] = [];
  for (const batch of stored) {
    for (const { name } of itemsOf(batch)) had.set(name, (had.get(name) ?? 0) + 1);
    for (const event of batch.events) if (event.kind === 'gap') gaps.push(event);
  }
  const verdict: Verdict = { stored: had.size, missing: [], doubled: [], unknown: [], gaps: gaps.length };
  for (const [name, { count, atMs }] of owed) {
    const has = had.get(name) ?? 0;
    if (has > count) verdict.doubled.push(name);
    const isCovered = gaps.some(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs);
    if (has < count && !isCovered && !voided.has(name)) verdict.missing.push({ name, atMs });
  }
  // The uplink itself writes gaps and notes; anything else must have been committed.
  for (const name of had.keys())
    if (!owed.has(name) && !/^\{"kind":"(gap|note)"/.test(name)) verdict.unknown.push(name);
  return verdict;
}
