/** What an external request may write: the objects of NTCIP 1202 that ask, and those that Tocsin never writes. */
export const registers = ['hold', 'call', 'force', 'phaseOmit', 'pedOmit', 'forceOff', 'vehCall'] as const;
export type Register = (typeof registers)[number];

/** Times of one phase in milliseconds; a phase has vehicles, pedestrians or both. */
export type PhasePlan = {
  /** 1 to 24. */
  number: number;
  vehicle?: { minGreenMs: number; yellowMs: number; redClearMs: number };
  /** `bufferMs` is don't walk before anything else may go; `extensionMaxMs` bounds what a hold can add to the clearance. */
  pedestrian?: { walkMs: number; clearanceMs: number; extensionMaxMs: number; bufferMs: number };
};

/** A controller with one ring; all its phases conflict with each other. */
export type ControllerPlan = {
  ring: readonly PhasePlan[];
  /** Without a SET for so long it forgets every request (NTCIP 1202 unitBackupTime); 0 switches that off. */
  backupMs: number;
  /** The first phase leaves its green only in the first `yieldMs` of each cycle; without this the controller runs free. */
  coordination?: { cycleMs: number; yieldMs: number };
};

/** What happens to a controller; every event first lets time pass until it. */
export type ControllerEvent = { atMs: number } & (
  | { kind: 'tick' }
  | { kind: 'press'; phase: number }
  | { kind: 'set'; register: Register; mask: number }
  | { kind: 'preempt'; on: boolean }
  | { kind: 'backupTime'; ms: number }
  | { kind: 'reboot' }
);

/** The bit of a phase in a mask over all phases. */
export const bitOf = (phase: number): number => 1 << (phase - 1);

/**
 * A crossing of its own with one vehicle phase (4) and one pedestrian phase (2). Walk 7 s and 1.07 m/s for 9.6 m are MUTCD 2009 4E.06;
 * buffer 3 s its figure 4E-2; extension 13 s the most of Green Man+; green 7 s and yellow 3 s usual (domain.md §3.3).
 */
export const crossingPlan: ControllerPlan = {
  ring: [
    { number: 4, vehicle: { minGreenMs: 7000, yellowMs: 3000, redClearMs: 1000 } },
    { number: 2, pedestrian: { walkMs: 7000, clearanceMs: 9000, extensionMaxMs: 13_000, bufferMs: 3000 } },
  ],
  backupMs: 6000,
};
