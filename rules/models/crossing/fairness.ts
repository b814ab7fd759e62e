import type { Ask } from './ask.ts';
import type { CrossingPlan } from './plan.ts';
import { greenSinceMs, type Signal } from './signal.ts';

/** Extended cycles in a row, and since when the vehicles are owed their minimum green, or -1. */
export type Fairness = { run: number; owedSinceMs: number };
export const fair: Fairness = { run: 0, owedSinceMs: -1 };

/**
 * The vehicles' minimum green is noted as served; it is owed for no longer than the longest red, should nobody report
 * it.
 */
export function serve(fairness: Fairness, signal: Signal, atMs: number, plan: CrossingPlan): Fairness {
  if (fairness.owedSinceMs < 0) return fairness;
  const sinceMs = greenSinceMs(signal, atMs, plan);
  const served = sinceMs >= 0 && atMs - Math.max(sinceMs, fairness.owedSinceMs) >= plan.minVehicleGreenS * 1000;
  if (!served && atMs - fairness.owedSinceMs <= plan.maxRedS * 1000) return fairness;
  return { run: fairness.run >= plan.extendedCyclesMax ? 0 : fairness.run, owedSinceMs: -1 };
}

/** At the end of a clearance: it counts as extended when time was asked for until its planned end. */
export function closeClearance(fairness: Fairness, ask: Ask, signal: Signal, atMs: number): Fairness {
  const extended = ask.valueS > 0 || ask.spent || (ask.inClearance && atMs >= signal.plannedEndMs + 1000);
  if (extended) return { run: fairness.run + 1, owedSinceMs: atMs };
  return fairness.owedSinceMs >= 0 ? fairness : { ...fairness, run: 0 };
}
