/**
 * One sensor as a witness: what its newest three samples indicate. A sample is one word of a model of type slope: 0 blue, 1
 * yellow, 2 orange, 3 red; `alone` says that it may raise red by itself.
 */
export type Witness = {
  /** Newest indication, -1 before the first. */
  atMs: number;
  /** The newest three indications that were looks of their own, newest last, and when the newest of them was. */
  lookAtMs: number;
  levels: readonly number[];
  alone: boolean;
  /** Newest distances of samples. */
  gapsMs: readonly number[];
  /** The sensor's own reasons for its newest indication. */
  why: readonly string[];
};

export const unheard: Witness = { atMs: -1, lookAtMs: -1, levels: [], alone: false, gapsMs: [], why: [] };

/** Two of three consecutive samples at or above a level persist (domain.md §1.8). */
const persistOf = 3;
const persistNeed = 2;
const gapsKept = 5;
/** Further apart than this many intervals is a gap, and a gap is unknown (domain.md §1.7). */
const intervalsUntilSilent = 3;
/** Two independent sensors agree within so many sampling intervals (domain.md §1.8). */
const intervalsToAgree = 2;
const whyMax = 4;

/**
 * Dense sensors repeat their newest evaluation until the next, in the same words and for an hour at most (`stepMs` of the model
 * slope). A repetition is no second look, so it cannot make a level persist.
 */
const sameLookMs = 3_600_000;

/** The witness after one more indication, which must be newer. */
export function indicate(witness: Witness, level: number, atMs: number, why: readonly string[]): Witness {
  const { levels, gapsMs, alone, lookAtMs } = witness;
  const heard = {
    atMs,
    lookAtMs,
    levels,
    alone,
    gapsMs: witness.atMs < 0 ? gapsMs : gapsAfter(gapsMs, atMs - witness.atMs),
    why: why.length > whyMax ? why.slice(0, whyMax) : why,
  };
  const repeated =
    atMs - lookAtMs < sameLookMs && level === newest(witness) && why.length > 0 && same(witness.why, heard.why);
  if (lookAtMs >= 0 && repeated) return heard;
  heard.lookAtMs = atMs;
  const calm = level === 0 && levels.length === persistOf && levels.every((before) => before === 0);
  if (!calm) heard.levels = [...levels.slice(-(persistOf - 1)), level];
  return heard;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}

function gapsAfter(gapsMs: readonly number[], gapMs: number): readonly number[] {
  // An even rhythm is the rule; its list need not be made anew.
  if (gapsMs.length === gapsKept && gapsMs.every((before) => before === gapMs)) return gapsMs;
  return [...gapsMs.slice(-(gapsKept - 1)), gapMs];
}

/** The highest level that persists. */
export function persisting({ levels }: Witness): number {
  if (levels.length < persistNeed) return 0;
  if (levels.length === persistNeed) return Math.min(levels[0]!, levels[1]!);
  const [a, b, c] = levels as [number, number, number];
  return Math.max(Math.min(a, b), Math.min(b, c), Math.min(a, c));
}

/** The newest indication alone. */
export function newest({ levels }: Witness): number {
  return levels[levels.length - 1] ?? 0;
}

/** Usual time between samples; the site's word is a lower bound, because models think in steps of their own. */
export function intervalOf({ gapsMs }: Witness, knownMs = 0): number {
  if (gapsMs.length === 0) return knownMs;
  const first = gapsMs[0]!;
  if (gapsMs.every((gapMs) => gapMs === first)) return Math.max(knownMs, first);
  const sorted = gapsMs.slice().sort((a, b) => a - b);
  return Math.max(knownMs, sorted[sorted.length >> 1]!);
}

/** Until when a witness counts as heard; one that was heard once has no rhythm yet and counts for its known interval. */
export function heardUntilMs(witness: Witness, knownMs: number | undefined): number {
  return witness.atMs < 0 ? -1 : witness.atMs + intervalsUntilSilent * intervalOf(witness, knownMs);
}

/** The highest level that two witnesses show within two sampling intervals, and who they are. */
export function agreed(
  witnesses: readonly Witness[],
  knownMs: number | undefined,
): { level: number; who: readonly number[] } {
  let level = 0;
  let who: number[] = [];
  for (let i = 0; i < witnesses.length; i += 1) {
    const a = witnesses[i]!;
    if (newest(a) <= level) continue;
    for (let j = i + 1; j < witnesses.length; j += 1) {
      const b = witnesses[j]!;
      const both = Math.min(newest(a), newest(b));
      if (both <= level) continue;
      const withinMs = intervalsToAgree * Math.max(intervalOf(a, knownMs), intervalOf(b, knownMs));
      if (Math.abs(a.atMs - b.atMs) > withinMs) continue;
      level = both;
      who = [i, j];
    }
  }
  return { level, who };
}
