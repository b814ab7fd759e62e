/** The value of clean air, followed slowly: the input is smoothed first, so that a limit of speed does not turn noise into drift. */
export type Baseline = { smooth: number; base: number };

export type BaselineLimits = {
  /** Time constant of the smoothing. */
  smoothMs: number;
  /** Fastest change of the base, per hour. */
  upPerH: number;
  downPerH: number;
  /** The base never leaves this range, whatever the input does. */
  low: number;
  high: number;
  /** After switching on, the base is the mean so far, within its range. */
  settleMs: number;
};

/** Silence longer than this tells nothing about the base. */
const believedGapMs = 600_000;
const msPerH = 3_600_000;

/** The base at the first sample. */
export function firstBase(value: number, { low, high }: BaselineLimits): Baseline {
  const base = Math.max(low, Math.min(high, value));
  return { smooth: base, base };
}

/** The base one sample on; `ageMs` is how long the channel had been on at the sample before. */
export function followBase(
  before: Baseline,
  { value, gapMs, ageMs }: { value: number; gapMs: number; ageMs: number },
  { smoothMs, upPerH, downPerH, low, high, settleMs }: BaselineLimits,
): Baseline {
  const dtMs = Math.min(gapMs, believedGapMs);
  const share = Math.max(dtMs / (smoothMs + dtMs), dtMs / (ageMs + 2 * dtMs));
  const smooth = before.smooth + (Math.max(low, Math.min(high, value)) - before.smooth) * share;
  if (ageMs < settleMs) return { smooth, base: smooth };
  const wanted = smooth - before.base;
  const move = Math.max((-downPerH * dtMs) / msPerH, Math.min((upPerH * dtMs) / msPerH, wanted));
  return { smooth, base: before.base + move };
}
