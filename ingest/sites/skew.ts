/**
 * Estimates a site's clock against ours from what it stamps and when it arrives. Delay only ever makes a batch look older, so the largest
 * `sentAtMs - receivedAtMs` of a window is the nearest to the truth; two half windows make it follow a drifting or corrected clock.
 */
export type Skew = { windowStartMs: number; current: number; previous: number };

/** Long enough to meet a moment without queueing, short enough to follow a clock that is set. */
const halfWindowMs = 150_000;

/** Takes one live batch into the estimate. */
export function addSkew(skew: Skew | undefined, sentAtMs: number, receivedAtMs: number): Skew {
  const ahead = sentAtMs - receivedAtMs;
  if (skew === undefined) return { windowStartMs: receivedAtMs, current: ahead, previous: Number.NEGATIVE_INFINITY };
  const elapsed = receivedAtMs - skew.windowStartMs;
  if (elapsed >= 0 && elapsed < halfWindowMs) {
    if (ahead > skew.current) skew.current = ahead;
    return skew;
  }
  const recent = elapsed >= 0 && elapsed < 2 * halfWindowMs;
  return { windowStartMs: receivedAtMs, current: ahead, previous: recent ? skew.current : Number.NEGATIVE_INFINITY };
}

/** Site clock minus our clock in milliseconds, positive when the site is ahead. */
export function skewMsOf({ current, previous }: Skew): number {
  return Math.max(current, previous);
}
