/**
 * Life expectancy: the predicted failure time at each update. Only one that falls 1:1 with time, that is a failure time that
 * stays where it is, deserves trust (Carlà et al. 2017; Mufundirwa et al. 2010; domain.md §1.1). Steady exponential growth gives a
 * constant life, a burst that levels off a growing one.
 */
export type Life = { atMs: number[]; tfMs: number[] };

export const noLife: Life = { atMs: [], tfMs: [] };

const updatesMax = 8;
const updatesMin = 4;
/** Updates closer together than this share of the life that is left say the same; eight of them so see it fall by half. */
const updateShare = 1 / 12;
/**
 * Largest drift of tf per time that is still 1:1: halfway and a little between a failure time that stays (0) and the constant
 * life of exponential growth (1). A line through a curve of Voight's alpha 1.5 drifts by a half.
 */
const driftMax = 0.6;
/** Failure that comes nearer by as much again as time passes is no reason to trust less; beyond that the line does not hold. */
const driftMin = -1;
/** Life must have been seen to fall to this share of what it was, or the fall is only scatter. */
const fallenShare = 0.7;

/** The series with one more prediction; one too soon after the one before changes nothing. */
export function addLife(life: Life, at: number, tf: number): Life {
  const { atMs, tfMs } = life;
  const last = atMs.length - 1;
  if (last >= 0 && at - atMs[last]! < updateShare * (tf - at)) return life;
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

/** Whether life expectancy falls 1:1 with time, far enough to be seen, and most of what was predicted can still come true. */
export function fallsOneToOne(life: Life): boolean {
  const drift = lifeDrift(life);
  if (drift === undefined || drift > driftMax || drift < driftMin) return false;
  const { atMs, tfMs } = life;
  const last = atMs.length - 1;
  if (tfMs[last]! - atMs[last]! > fallenShare * (tfMs[0]! - atMs[0]!)) return false;
  let passed = 0;
  for (const tf of tfMs) if (tf < atMs[last]!) passed += 1;
  return 2 * passed <= tfMs.length;
}
