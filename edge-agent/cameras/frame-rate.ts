/** Times of the newest pictures, oldest first. Pure: `count` and `framesPerSecond` get time from outside. */
export type FrameRate = { readonly sinceAtMs: number | undefined; readonly timesAtMs: readonly number[] };

/** Most pictures of a window that are counted: 5 s of 100 pictures a second, more than any camera here gives. */
const timesMax = 500;

/** Before the first picture. */
export const noFrames: FrameRate = { sinceAtMs: undefined, timesAtMs: [] };

/** Counts a picture at an instant of a clock that does not go backwards, and forgets what left the window. */
export function countFrame(rate: FrameRate, atMs: number, windowMs: number): FrameRate {
  const recent = rate.timesAtMs.filter((timeAtMs) => timeAtMs > atMs - windowMs);
  return { sinceAtMs: rate.sinceAtMs ?? atMs, timesAtMs: [...recent.slice(1 - timesMax), atMs] };
}

/** Pictures per second over the window before `atMs`; undefined until a whole window has passed since the first picture. */
export function framesPerSecond(rate: FrameRate, atMs: number, windowMs: number): number | undefined {
  if (rate.sinceAtMs === undefined || atMs - rate.sinceAtMs < windowMs) return undefined;
  const inside = rate.timesAtMs.filter((timeAtMs) => timeAtMs > atMs - windowMs && timeAtMs <= atMs).length;
  return (inside * 1000) / windowMs;
}
