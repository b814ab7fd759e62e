import type { Points } from './points.ts';

/**
 * Saito's tertiary creep: with three instants of equal displacement steps, tr − t1 = ½ (t2 − t1)² / [(t2 − t1) − ½ (t3 − t1)]
 * (Saito 1969, domain.md §1.3). A second opinion beside inverse velocity, nothing rests on it alone.
 * Answers the time from the newest point to failure in ms; undefined where displacement turns back or does not accelerate.
 */
export function saitoMs(points: Points, index: number): number | undefined {
  const { x, atMs } = points;
  const last = x.length - 1;
  if (last - index < 4) return undefined;
  for (let i = index + 1; i <= last; i += 1) if (x[i]! <= x[i - 1]!) return undefined;
  const half = (x[index]! + x[last]!) / 2;
  let i = index + 1;
  while (x[i]! < half) i += 1;
  const part = (half - x[i - 1]!) / (x[i]! - x[i - 1]!);
  const t2 = atMs[i - 1]! + part * (atMs[i]! - atMs[i - 1]!) - atMs[index]!;
  return saitoTertiaryMs(t2, atMs[last]! - atMs[index]!);
}

/** The formula itself: `t2Ms` and `t3Ms` after the first instant; the time from the third to failure. */
export function saitoTertiaryMs(t2Ms: number, t3Ms: number): number | undefined {
  const below = t2Ms - t3Ms / 2;
  // A slope that hardly accelerates fails in the far future: beyond ten times what was seen nothing is said.
  if (below <= t2Ms / 40) return undefined;
  return Math.max(0, (t2Ms * t2Ms) / 2 / below - t3Ms);
}
