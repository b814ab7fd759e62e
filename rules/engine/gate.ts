import type { StreamNode } from './plan.ts';

/**
 * For every stream the samples that change no rule: values strictly between two bounds, taken before an instant. Nearly all
 * samples of a quiet site are such, and half a cache line tells. A gate is shut whenever a rule on its stream changes and opened
 * again after the next sample that was judged in full, so that it can save work and decide nothing.
 */
export type Gates = Float64Array;

const slots = 4;
const last = 0;
const low = 1;
const high = 2;
const until = 3;

export function createGates(streams: number): Gates {
  return new Float64Array(streams * slots).fill(-1);
}

/** True when a live sample changes nothing; the newest time is then noted. */
export function passes(gates: Gates, index: number, value: number, takenAtMs: number): boolean {
  const at = index * slots;
  if (takenAtMs < gates[at + last]! || takenAtMs >= gates[at + until]!) return false;
  if (!(value > gates[at + low]! && value < gates[at + high]!)) return false;
  gates[at + last] = takenAtMs;
  return true;
}

/** Notes a sample that was judged in full; answers false when it is older than the newest. */
export function advance(gates: Gates, index: number, takenAtMs: number): boolean {
  const at = index * slots + last;
  if (takenAtMs < gates[at]!) return false;
  gates[at] = takenAtMs;
  return true;
}

export function shut(gates: Gates, { index }: StreamNode): void {
  gates[index * slots + until] = -1;
}

/** Opens a gate as far as every rule on the stream allows. */
export function open(gates: Gates, { index, models, rules }: StreamNode): void {
  if (models.length > 0) return;
  const bounds = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };
  for (const { failed, type, state, config } of rules) {
    if (failed) continue;
    const calm = type.calm?.(state, config);
    if (calm === undefined) return;
    bounds.low = Math.max(bounds.low, calm.low);
    bounds.high = Math.min(bounds.high, calm.high);
    bounds.untilMs = Math.min(bounds.untilMs, calm.untilMs);
  }
  const at = index * slots;
  gates[at + low] = bounds.low;
  gates[at + high] = bounds.high;
  gates[at + until] = bounds.untilMs;
}
