import { breakNoise, hearNoise, type Noise, silent } from './noise.ts';

/**
 * Decides which readings are believed. A reading far from where the motion leads waits for the next one: if that is far off on
 * the same side too, both are believed, else the first was a spike (domain.md §1.7, one-sample spike). A pace that grows up
 * to fourfold from one reading to the next passes at once, because the last day of a slope looks like that.
 */
export type Gate = {
  /** The newest believed readings, at most five, oldest first. */
  tMs: number[];
  x: number[];
  noise: Noise;
  /** The reading that waits; -1 for none. */
  heldAtMs: number;
  heldX: number;
};

export const openGate: Gate = { tMs: [], x: [], noise: silent, heldAtMs: -1, heldX: 0 };

/** `jump`: the level changed between `fromMs` and `atMs` and the pace did not. */
export type Jump = { fromMs: number; atMs: number; size: number };
export type Belief = { gate: Gate; believed: readonly Reading[]; jump?: Jump };
export type Reading = { tMs: number; x: number };

const remembered = 5;
/** Six sigma of a reading: the 5 MAD of domain.md §1.7 (3.4 sigma) widened by the noise of the reading before. */
const noiseMax = 6;
/** A reading may lie this many usual steps beyond where the motion leads. */
const stepsMax = 3;
/** Below three second differences the noise is not known and everything is believed. */
const differencesMin = 3;
/** Share of a jump that movement beside it may have: ten steps of motion at least, and an unchanged pace within a tenth. */
const jumpShare = 0.1;
/** Below ten sigma (domain.md §1.8) a change of level may be noise, and is left to the velocity. */
const jumpSigma = 10;

const none: readonly Reading[] = [];

/** Believes a reading, or keeps it waiting. `ratePerMs` is the pace so far; the time must be newer than all before. */
export function believe(gate: Gate, reading: Reading, ratePerMs: number): Belief {
  const last = gate.tMs.length - 1;
  if (last < 1 || gate.noise.count < differencesMin) return accept(gate, reading);
  const { off, allowed } = compare(gate, reading, ratePerMs);
  if (Math.abs(off) <= allowed) return accept(gate, reading);
  const held = { tMs: gate.heldAtMs, x: gate.heldX };
  const heldOff = held.tMs < 0 ? 0 : compare(gate, held, ratePerMs).off;
  if (off * heldOff <= 0 || Math.abs(off) < Math.abs(heldOff) / 2)
    return { gate: { ...gate, heldAtMs: reading.tMs, heldX: reading.x }, believed: none };
  const movedMs = held.tMs - gate.tMs[last]!;
  const after = reading.x - held.x - ratePerMs * (reading.tMs - held.tMs);
  const small = jumpShare * Math.abs(heldOff);
  const steady = Math.abs(ratePerMs) * movedMs <= small && Math.abs(after) <= Math.max(small, 3 * gate.noise.sigma);
  if (!steady || Math.abs(heldOff) < jumpSigma * gate.noise.sigma)
    return { gate: remember(remember(gate, held), reading), believed: [held, reading] };
  const jump = { fromMs: gate.tMs[last]!, atMs: held.tMs, size: heldOff };
  const moved = shiftGate(gate, held.tMs, heldOff);
  return { gate: remember(remember(moved, held), reading), believed: [held, reading], jump };
}

/** How far a reading lies off where the motion leads, and how far it may. */
export function compare(gate: Gate, reading: Reading, ratePerMs: number): { off: number; allowed: number } {
  const last = gate.tMs.length - 1;
  const passedMs = reading.tMs - gate.tMs[last]!;
  const stepMs = gate.tMs[last]! - gate.tMs[last - 1]!;
  const step = Math.abs(gate.x[last]! - gate.x[last - 1]!) * Math.min(stepsMax, passedMs / stepMs);
  const off = reading.x - gate.x[last]! - ratePerMs * passedMs;
  const allowed = Math.max(noiseMax * gate.noise.sigma, stepsMax * Math.max(step, Math.abs(ratePerMs) * passedMs));
  return { off, allowed };
}

function accept(gate: Gate, reading: Reading): Belief {
  return { gate: remember(gate, reading), believed: [reading] };
}

function remember(gate: Gate, { tMs, x }: Reading): Gate {
  const from = gate.tMs.length >= remembered ? 1 : 0;
  const times = gate.tMs.slice(from);
  const values = gate.x.slice(from);
  times.push(tMs);
  values.push(x);
  return { tMs: times, x: values, noise: hearNoise(gate.noise, tMs, x), heldAtMs: -1, heldX: 0 };
}

/** Moves what was read before `atMs` by `size` to the level of what came after, so that the motion leads on from there. */
export function shiftGate(gate: Gate, atMs: number, size: number): Gate {
  return { ...gate, x: gate.x.map((x, i) => (gate.tMs[i]! < atMs ? x + size : x)), noise: breakNoise(gate.noise) };
}

/** The largest step between believed readings, beyond the pace: where a reset must have been. */
export function largestStep({ tMs, x }: Gate, ratePerMs: number): Jump | undefined {
  let found: Jump | undefined;
  for (let i = 1; i < tMs.length; i += 1) {
    const size = x[i]! - x[i - 1]! - ratePerMs * (tMs[i]! - tMs[i - 1]!);
    if (found === undefined || Math.abs(size) > Math.abs(found.size))
      found = { fromMs: tMs[i - 1]!, atMs: tMs[i]!, size };
  }
  return found;
}

/** Begins anew after silence; what was learned of the noise stays. */
export function reopen(gate: Gate): Gate {
  return { ...openGate, noise: breakNoise(gate.noise) };
}
