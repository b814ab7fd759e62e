/**
 * Walking speed from ground positions by least squares over 1 to 2 s (domain.md §3.6: never frame differences), and
 * over up to 6 s for somebody who walks steadily: at 2.5 pictures a second and 0.15 m of noise two seconds leave ±0.09
 * m/s, which is more than 2 s of error for a slow walker with 6 m to go. The longest window is taken that agrees with
 * every shorter one within its error (intersection of confidence intervals: Goldenshluger and Nemirovski 1997), so
 * that somebody who slows down or turns round is believed within two seconds.
 */
const spanMinMs = 1000;
const windowsMs = [2000, 4000, 6000];
const pathMs = 6000;
/** Pictures are averaged over a quarter of a second, so that 30 a second cost as much memory as four. */
const cellMs = 250;
/** Numbers per cell of a path: mean time, mean `s`, mean `across`, count. */
const cellSize = 4;
/** Scatter of one ground position, 1 sigma (domain.md §3.6). */
const positionSigmaM = 0.15;
/** Half width of an interval in standard errors: 99 in 100 estimates of a steady walker lie within. */
const errorsAllowed = 2.5;

/**
 * Velocity in m/s: `along` the walk (sign of `s`) and `ground`, in any direction; `s` is the fitted place at the
 * newest time.
 */
export type Motion = { along: number; ground: number; s: number };

/** A path with one more position; the given one is left as it is. `originMs` fixes the cells. */
export function extendPath(path: readonly number[], tMs: number, s: number, across: number, originMs: number) {
  let from = 0;
  while (from < path.length && path[from]! < tMs - pathMs) from += cellSize;
  const next = path.slice(from);
  const at = next.length - cellSize;
  if (at >= 0 && Math.floor((next[at]! - originMs) / cellMs) === Math.floor((tMs - originMs) / cellMs)) {
    const count = next[at + 3]! + 1;
    next[at] = next[at]! + (tMs - next[at]!) / count;
    next[at + 1] = next[at + 1]! + (s - next[at + 1]!) / count;
    next[at + 2] = next[at + 2]! + (across - next[at + 2]!) / count;
    next[at + 3] = count;
  } else next.push(tMs, s, across, 1);
  return next;
}

/** The path moved sideways by a step that was no walking: another detection took over the same person. */
export function movePath(path: readonly number[], byS: number, byAcross: number): number[] {
  return path.map((value, i) => (i % cellSize === 1 ? value + byS : i % cellSize === 2 ? value + byAcross : value));
}

/** Motion at `tMs`, or null before a second of path. */
export function motionOf(path: readonly number[], tMs: number): Motion | null {
  let n = 0;
  let nt = 0;
  let ntt = 0;
  let ns = 0;
  let nts = 0;
  let na = 0;
  let nta = 0;
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  let best: Motion | null = null;
  let window = 0;
  const last = path.length - cellSize;
  for (let at = last; at >= 0; at -= cellSize) {
    const t = (path[at]! - tMs) / 1000;
    const s = path[at + 1]!;
    const a = path[at + 2]!;
    const count = path[at + 3]!;
    n += count;
    nt += count * t;
    ntt += count * t * t;
    ns += count * s;
    nts += count * t * s;
    na += count * a;
    nta += count * t * a;
    const spanMs = path[last]! - path[at]!;
    if (at > last - 2 * cellSize || spanMs < (at === 0 ? spanMinMs : windowsMs[window]!)) continue;
    while (window < windowsMs.length && spanMs >= windowsMs[window]!) window += 1;
    const below = ntt - (nt * nt) / n;
    const along = (nts - (nt * ns) / n) / below;
    const error = (errorsAllowed * positionSigmaM) / Math.sqrt(below);
    low = Math.max(low, along - error);
    high = Math.min(high, along + error);
    if (low > high) break;
    best = { along, ground: Math.hypot(along, (nta - (nt * na) / n) / below), s: ns / n - (along * nt) / n };
    if (window === windowsMs.length) break;
  }
  return best;
}
