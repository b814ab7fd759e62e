/**
 * Life expectancy: the predicted failure time at each update. Only one that falls 1:1 with time, that is a failure time that
 * stays where it is, deserves trust (Carlà et al. 2017; Mufundirwa et al. 2010; domain.md §1.1). Steady exponential growth gives a
 * constant life, a burst that levels off a growing one.
 */
export type Life = { atMs: number[]; tfMs: number[] };

export const noLife: Life = { atMs: [], tfMs: [] };

const updatesMax = 8;
const updatesMin = 4;
/**
 * Largest drift of tf per time that is still 1:1. A line through a curve of Voight's alpha 1.5 drifts by a half
 * (1/v ∝ (tf − t)², whose tangent is early by half of what is left); exponential growth drifts by one.
 */
const driftMax = 0.6;

/** The series with one more prediction. */
export function addLife({ atMs, tfMs }: Life, at: number, tf: number): Life {
  return { atMs: [...atMs.slice(1 - updatesMax), at], tfMs: [...tfMs.slice(1 - updatesMax), tf] };
}

/** Change of the predicted failure time per time over the newest updates; undefined with fewer than four. */
export function lifeDrift({ atMs, tfMs }: Life): number | undefined {
  const count = atMs.length;
  if (count < updatesMin) return undefined;
  let meanAt = 0;
  let meanTf = 0;
  for (let i = 0; i < count; i += 1) {
    meanAt += (atMs[i]! - atMs[0]!) / count;
    meanTf += (tfMs[i]! - tfMs[0]!) / count;
  }
  let above = 0;
  let below = 0;
  for (let i = 0; i < count; i += 1) {
    const at = atMs[i]! - atMs[0]! - meanAt;
    above += at * (tfMs[i]! - tfMs[0]! - meanTf);
    below += at * at;
  }
  return below > 0 ? above / below : undefined;
}

/** Whether life expectancy falls 1:1 with time. */
export function fallsOneToOne(life: Life): boolean {
  const drift = lifeDrift(life);
  return drift !== undefined && Math.abs(drift) <= driftMax;
}
