/**
 * Turns single bad readings into a lasting trouble and back, with hysteresis: bad costs 3, good pays back 1. Three
 * bad ones in a row, or more than every fourth for a while, raise it; only a clean stretch clears it. The two
 * samples that a real step costs do not.
 */
const badCost = 3;
const raisedFrom = 9;
const scoreMax = 12;

/** The score and whether the trouble stands. */
export type Score = [score: number, raised: 0 | 1];

/** Counts one reading; answers true or false when the trouble is raised or cleared by it, else undefined. */
export function count(score: Score, bad: boolean): boolean | undefined {
  if (bad) {
    score[0] = Math.min(scoreMax, score[0] + badCost);
    if (score[1] === 1 || score[0] < raisedFrom) return undefined;
    score[1] = 1;
    return true;
  }
  if (score[0] === 0) return undefined;
  score[0] -= 1;
  if (score[0] > 0 || score[1] === 0) return undefined;
  score[1] = 0;
  return false;
}
