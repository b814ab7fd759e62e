/** 0 up to `from`, 1 from `to` on, a line between; falls where `to` lies below `from`. */
export function ramp(value: number, from: number, to: number): number {
  return Math.max(0, Math.min(1, (value - from) / (to - from)));
}

/** The share of a step of `ms` that a mean of time constant `tauMs` takes over. */
export function share(ms: number, tauMs: number): number {
  return 1 - Math.exp(-ms / tauMs);
}

/** The median of the first `count` values between 0 and 4, to a thirty-second; `otherwise` where there are none. */
export function middle(values: Float32Array, count: number, otherwise: number): number {
  if (count === 0) return otherwise;
  const bins = new Uint16Array(129);
  for (let i = 0; i < count; i += 1) bins[Math.max(0, Math.min(128, Math.round(values[i]! * 32)))]! += 1;
  let below = 0;
  for (let bin = 0; bin < 129; bin += 1) {
    below += bins[bin]!;
    if (below * 2 >= count) return bin / 32;
  }
  return otherwise;
}
