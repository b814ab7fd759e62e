import type { Surroundings } from '../engine/types.ts';
import { sayStream } from '../engine/words.ts';
import type { LadderPlan } from './ladder.ts';
import type { LadderConfig } from './ladder-config.ts';

/** Without `staleAfterMs`: three usual intervals (a gap, domain.md §1.7), and never less than the 5 min Prometheus looks back. */
const intervalsUntilStale = 3;
const staleAtLeastMs = 300_000;

/** Completes a ladder with the unit and rhythm of its input. */
export function planLadder(config: LadderConfig & { input: string }, site: Surroundings, per = ''): LadderPlan {
  const { direction, ladder, input, missing = 'trouble' } = config;
  const sign = direction === 'above' ? 1 : -1;
  const usualMs = (site.intervalMsOf(input) ?? 0) * intervalsUntilStale;
  const staleAfterMs = config.staleAfterMs ?? Math.max(usualMs, staleAtLeastMs);
  return {
    sign,
    steps: ladder,
    firstAt: sign * ladder[0]!.at,
    missing,
    staleAfterMs,
    renewMs: Math.floor(staleAfterMs / 8),
    label: per === '' ? sayStream(input) : `change of ${sayStream(input)}`,
    unit: per === '' ? site.unitOf(input) : `${site.unitOf(input)}/${per}`,
  };
}
