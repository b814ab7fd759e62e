import type { CrossingPlan } from './plan.ts';

/**
 * What the controller says of itself. Pedestrian phase: 0 don't walk, 1 walk, 2 clearance; vehicles: 0 red, 1 green, 2
 * yellow, 3 red clearance; anything else is unknown (null). Instants are -1 where there is none.
 */
export type Signal = {
  /**
   * Last known phase, since when, and when it was last heard; `known` is false while the controller says something
   * else.
   */
  phase: 0 | 1 | 2 | null;
  phaseSinceMs: number;
  phaseHeardMs: number;
  known: boolean;
  vehicle: 0 | 1 | 2 | 3 | null;
  vehicleSinceMs: number;
  vehicleHeardMs: number;
  /** Since when the vehicles have had no green and no yellow. */
  redSinceMs: number;
  preempt: boolean;
  preemptHeardMs: number;
  /** When the clearance ends by the controller's own plan, without what was asked; -1 outside a clearance. */
  plannedEndMs: number;
  /** The controller itself named that end. */
  endHeard: boolean;
};

export const noSignal: Signal = {
  phase: null,
  phaseSinceMs: -1,
  phaseHeardMs: -1,
  known: false,
  vehicle: null,
  vehicleSinceMs: -1,
  vehicleHeardMs: -1,
  redSinceMs: -1,
  preempt: false,
  preemptHeardMs: -1,
  plannedEndMs: -1,
  endHeard: false,
};

/**
 * No conflicting green comes sooner after don't walk (buffer, MUTCD 2009 figure 4E-2): the green nobody reports begins
 * then.
 */
const bufferMs = 3000;

/** Why a request would be illegal now (domain.md §3.4); the words end a sentence that begins with what was asked. */
export type Cause = 'unknown' | 'preempt' | 'yellow' | 'redClearance' | 'green' | 'dontWalk' | 'walk';

/**
 * The signal after the pedestrian phase was heard. Without a vehicle stream the vehicles' red begins with the walk. A
 * silence too short for a walk and the vehicles' minimum green hides no other cycle, so that a link that comes and
 * goes grants nothing twice; after a longer one the clearance began at an unknown time, at the earliest when the
 * controller was last heard.
 */
export function hearPhase(signal: Signal, value: number, atMs: number, plan: CrossingPlan): Signal {
  if (atMs < signal.phaseHeardMs) return signal;
  if (value !== 0 && value !== 1 && value !== 2) return signal.known ? { ...signal, known: false } : signal;
  const phase = value;
  const silent = signal.phaseHeardMs >= 0 && (!signal.known || isStale(signal, atMs, plan));
  const hides = silent && atMs - signal.phaseHeardMs >= plan.walkMs + plan.minVehicleGreenS * 1000;
  if (phase === signal.phase && !hides) return { ...signal, phaseHeardMs: atMs, known: true };
  const redBegins = !plan.hasVehicle && phase > 0 && (hides || signal.phase === 0 || signal.phase === null);
  const beganMs = silent ? signal.phaseHeardMs : atMs;
  return {
    ...signal,
    phase,
    phaseSinceMs: atMs,
    phaseHeardMs: atMs,
    known: true,
    redSinceMs: redBegins ? atMs : signal.redSinceMs,
    plannedEndMs: phase === 2 ? Math.max(atMs, beganMs + plan.clearanceMs) : -1,
    endHeard: false,
  };
}

/** The signal after the vehicles' aspect was heard. */
export function hearVehicle(signal: Signal, value: number, atMs: number): Signal {
  if (atMs < signal.vehicleHeardMs) return signal;
  const vehicle = value === 0 || value === 1 || value === 2 || value === 3 ? value : null;
  const isRed = vehicle === 0 || vehicle === 3;
  const wasRed = signal.vehicle === 0 || signal.vehicle === 3;
  return {
    ...signal,
    vehicle,
    vehicleSinceMs: vehicle === signal.vehicle ? signal.vehicleSinceMs : atMs,
    vehicleHeardMs: atMs,
    redSinceMs: isRed ? (wasRed ? signal.redSinceMs : atMs) : -1,
  };
}

/** The signal after the pre-emption input was heard. */
export function hearPreempt(signal: Signal, value: number, atMs: number): Signal {
  if (atMs < signal.preemptHeardMs || signal.preempt === (value !== 0)) return signal;
  return { ...signal, preempt: value !== 0, preemptHeardMs: atMs };
}

/**
 * The signal after the controller said how long its clearance still takes. Once time was asked for (`asked`), a later
 * end is what was granted and not its plan, so that nothing is asked twice; an earlier end is always believed. Ends
 * less than a second later than before are the rounding of a countdown in whole seconds.
 */
export function hearLeft(signal: Signal, leftS: number, atMs: number, asked: boolean): Signal {
  if (signal.phase !== 2 || atMs < signal.phaseSinceMs || leftS < 0 || leftS > 3600) return signal;
  const endMs = atMs + leftS * 1000;
  const laterMs = endMs - signal.plannedEndMs;
  if (laterMs >= 0 && (asked || (signal.endHeard && laterMs < 1000))) return signal;
  return { ...signal, plannedEndMs: endMs, endHeard: true };
}

function isStale(signal: Signal, atMs: number, plan: CrossingPlan): boolean {
  return signal.phaseHeardMs < 0 || atMs - signal.phaseHeardMs > plan.phaseStaleMs;
}

/** The pedestrian phase, or null while nobody knows it. */
export function phaseAt(signal: Signal, atMs: number, plan: CrossingPlan): 0 | 1 | 2 | null {
  return signal.known && !isStale(signal, atMs, plan) ? signal.phase : null;
}

/**
 * Seconds until the clearance ends by plan, negative once it is overdue. In a walk that is the rest of the walk and
 * the whole clearance; in don't walk, and while nobody knows, there is none.
 */
export function leftS(signal: Signal, atMs: number, plan: CrossingPlan): number {
  const phase = phaseAt(signal, atMs, plan);
  if (phase === 1) return (Math.max(0, plan.walkMs - (atMs - signal.phaseSinceMs)) + plan.clearanceMs) / 1000;
  return phase === 2 ? (signal.plannedEndMs - atMs) / 1000 : 0;
}

/** Why nothing at all may be asked now; undefined when the phase decides. */
function barred(signal: Signal, atMs: number, plan: CrossingPlan): Cause | undefined {
  if (phaseAt(signal, atMs, plan) === null) return 'unknown';
  if (signal.preempt) return 'preempt';
  if (signal.vehicle === 2) return 'yellow';
  return signal.vehicle === 3 ? 'redClearance' : undefined;
}

/** Why more time may not be asked now: only in walk and clearance, and never against a vehicle green. */
export function timeBarred(signal: Signal, atMs: number, plan: CrossingPlan): Cause | undefined {
  const cause = barred(signal, atMs, plan);
  if (cause !== undefined) return cause;
  if (signal.phase === 0) return 'dontWalk';
  return signal.vehicle === 1 ? 'green' : undefined;
}

/** Why a walk may not be called now: not while there is one. */
export function callBarred(signal: Signal, atMs: number, plan: CrossingPlan): Cause | undefined {
  return barred(signal, atMs, plan) ?? (signal.phase === 1 ? 'walk' : undefined);
}

/** Since when the vehicles have had green, or -1. Without a vehicle stream it is taken to begin 3 s into don't walk. */
export function greenSinceMs(signal: Signal, atMs: number, plan: CrossingPlan): number {
  if (plan.hasVehicle) return signal.vehicle === 1 ? signal.vehicleSinceMs : -1;
  return signal.phase === 0 && atMs - signal.phaseSinceMs >= bufferMs ? signal.phaseSinceMs + bufferMs : -1;
}
