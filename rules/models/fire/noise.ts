/** Mean distance of two readings in sigmas of one, for normal noise. */
const meanStepSigmas = 1.128;
/** Learned over ten minutes, from the first step on. */
const learnMs = 600_000;

/**
 * Noise of a reading (1 sigma) one step on, from the distance between neighbours. A single step counts for `stepMax` at most, and
 * the caller asks only while nothing is going on, so that a fire does not pass for noise.
 */
export function learnNoise(
  noise: number,
  step: number,
  { gapMs, ageMs, stepMax }: { gapMs: number; ageMs: number; stepMax: number },
): number {
  const share = Math.max(gapMs / (learnMs + gapMs), gapMs / (ageMs + 2 * gapMs));
  return noise + (Math.min(Math.abs(step), stepMax) / meanStepSigmas - noise) * share;
}
