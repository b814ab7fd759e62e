import { type Ask, noAsk } from './ask.ts';
import { type Call, noCall } from './call.ts';
import { type Fairness, fair } from './fairness.ts';
import { noWatch, type Watch } from './faults.ts';
import { noSignal, type Signal } from './signal.ts';
import type { Walker } from './walkers.ts';

/**
 * All a crossing remembers: at most 64 people with six seconds of path each, and a few numbers. Instants are -1 before
 * the first.
 */
export type CrossingState = {
  awakeAtMs: number;
  /** Newest picture. */
  seenAtMs: number;
  walkers: Walker[];
  /** Nobody has been on the road since. */
  clearSinceMs: number;
  signal: Signal;
  ask: Ask;
  call: Call;
  fairness: Fairness;
  watch: Watch;
  /** Causes of refusal told in this cycle. */
  told: readonly string[];
  said: { outputs: Record<string, number>; atMs: number };
};

export const start: CrossingState = {
  awakeAtMs: -1,
  seenAtMs: -1,
  walkers: [],
  clearSinceMs: -1,
  signal: noSignal,
  ask: noAsk,
  call: noCall,
  fairness: fair,
  watch: noWatch,
  told: [],
  said: { outputs: {}, atMs: -1 },
};
