import type { SignalChange } from './signal-log.ts';

/**
 * A plain fixed-time signal for recordings that have none, so that they can be judged at all. Walk 7 s and clearance at 1.07 m/s
 * (MUTCD 2009 4E.06), 3 s of steady hand before vehicles move (figure 4E-2), yellow 3 s and red clearance 2 s, at least 7 s of
 * vehicle green (domain.md §3.3), and a cycle of 60 s unless that is too short.
 */
export type SignalPlan = { clearanceMs: number; cycleMs: number };

const walkMs = 7_000;
const designSpeedMps = 1.07;
const bufferMs = 3_000;
const vehicleGreenMinMs = 7_000;
const yellowMs = 3_000;
const redClearanceMs = 2_000;
const cycleMinMs = 60_000;

/** The plan for a crossing of this length, or with the clearance that is known. */
export function planFor({ lengthM, clearanceMs }: { lengthM: number; clearanceMs?: number }): SignalPlan {
  const clearance = clearanceMs ?? Math.ceil(lengthM / designSpeedMps) * 1000;
  const least = walkMs + clearance + bufferMs + vehicleGreenMinMs + yellowMs + redClearanceMs;
  return { clearanceMs: clearance, cycleMs: Math.max(cycleMinMs, least) };
}

/** The plan in words for the person who reads the replay. */
export function sayPlan({ clearanceMs, cycleMs }: SignalPlan): string {
  return `walk ${walkMs / 1000} s, clearance ${clearanceMs / 1000} s, every ${cycleMs / 1000} s`;
}

/** What the plan shows from an instant on, without end; the first walk begins there. */
export function* planChanges({ clearanceMs, cycleMs }: SignalPlan, fromMs: number): Generator<SignalChange> {
  for (let walkAtMs = fromMs; ; walkAtMs += cycleMs) {
    const clearAtMs = walkAtMs + walkMs;
    const stopAtMs = clearAtMs + clearanceMs;
    const redClearAtMs = walkAtMs + cycleMs - redClearanceMs;
    yield { atMs: walkAtMs, signal: 'vehicle', state: 0 };
    yield { atMs: walkAtMs, signal: 'phase', state: 1 };
    yield { atMs: clearAtMs, signal: 'phase', state: 2 };
    yield { atMs: stopAtMs, signal: 'phase', state: 0 };
    yield { atMs: stopAtMs + bufferMs, signal: 'vehicle', state: 1 };
    yield { atMs: redClearAtMs - yellowMs, signal: 'vehicle', state: 2 };
    yield { atMs: redClearAtMs, signal: 'vehicle', state: 3 };
  }
}
