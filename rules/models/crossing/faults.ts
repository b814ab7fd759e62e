import type { CrossingPlan } from './plan.ts';
import type { Walker } from './walkers.ts';

/**
 * When the detector is not believed, as in Puffin practice (domain.md §3.3). Stuck on: the road was never seen clear
 * in some cycles in a row, it wanted the longest extension in each of them, or one track stays on the road for
 * minutes. Stuck off: nobody was ever seen in some cycles in which a button was pressed.
 */
export type Watch = {
  /** Since this cycle began. */
  sawPicture: boolean;
  sawClear: boolean;
  sawSomebody: boolean;
  pressed: boolean;
  /** Cycles in a row. */
  neverClear: number;
  atLimit: number;
  unseen: number;
};

export const noWatch: Watch = {
  sawPicture: false,
  sawClear: false,
  sawSomebody: false,
  pressed: false,
  neverClear: 0,
  atLimit: 0,
  unseen: 0,
};

/** 0 good, 1 blind, 2 stuck on, 3 stuck off, 4 no phase. */
export type Fault = 0 | 1 | 2 | 3 | 4;
export const faultWords = [
  'The detector is in order.',
  'No pictures from the detector: blind.',
  'The detector is stuck on: somebody is always on the road.',
  'The detector is stuck off: it sees nobody although the button is pressed.',
  'The phase of the signal is not known.',
] as const;

/** What a picture showed. */
export function watchPicture(watch: Watch, onCrossing: number, people: number): Watch {
  const sawClear = watch.sawClear || onCrossing === 0;
  const sawSomebody = watch.sawSomebody || people > 0;
  const unseen = people > 0 ? 0 : watch.unseen;
  if (watch.sawPicture && sawClear === watch.sawClear && sawSomebody === watch.sawSomebody && unseen === watch.unseen)
    return watch;
  return { ...watch, sawPicture: true, sawClear, sawSomebody, unseen };
}

/** A cycle ends where the next walk begins; one without pictures teaches nothing. */
export function closeCycle(watch: Watch, peakS: number, { maxExtensionS, stuckCycles }: CrossingPlan): Watch {
  const fresh = { ...watch, sawPicture: false, sawClear: false, sawSomebody: false, pressed: false };
  if (!watch.sawPicture) return fresh;
  const count = (so: boolean, before: number) => (so ? Math.min(stuckCycles, before + 1) : 0);
  return {
    ...fresh,
    neverClear: count(!watch.sawClear, watch.neverClear),
    atLimit: count(maxExtensionS > 0 && peakS >= maxExtensionS, watch.atLimit),
    unseen: watch.sawSomebody ? 0 : watch.pressed ? Math.min(stuckCycles, watch.unseen + 1) : watch.unseen,
  };
}

/** True while somebody seems to be on the road for ever. */
export function isStuckOn(watch: Watch, walkers: readonly Walker[], atMs: number, plan: CrossingPlan): boolean {
  if (watch.neverClear >= plan.stuckCycles || watch.atLimit >= plan.stuckCycles) return true;
  return walkers.some(({ role, sinceMs }) => role === 'road' && atMs - sinceMs >= plan.stuckOnMs);
}
