import { sayDuration, sayNumber, sayValue } from '../../engine/words.ts';
import type { MotionState } from './motion.ts';
import type { Motion } from './motion-types.ts';
import { followsTemperature, noticeableR2, strongR2 } from './swing.ts';

/** What the motion itself gives to doubt: a factor on confidence, a floor of the indication, and sentences. Never less danger. */
export type Doubt = { factor: number; indication: 0 | 1; reasons: readonly string[] };

/** Confidence in a sensor that hangs: it is not trusted, and what it said before stands. */
export const stuckConfidence = 0.1;
/** Factors of doubt are the project's own: one doubt leaves most of the confidence, three leave a third. */
const factors = { jump: 0.7, reset: 0.8, gap: 0.8, temperature: 0.8 };
const dayMs = 86_400_000;
/** A doubt is told for a day, or for eight steps where readings are sparse. */
const stepsTold = 8;

/** Doubts at one evaluation; `slipMin` is the jump, in mm or deg, from which one that nobody explains is yellow. */
export function doubtOf(state: MotionState, motion: Motion, about: { unit: 'mm' | 'deg'; slipMin: number }): Doubt {
  const { level, gap, pace } = state;
  const { unit, slipMin } = about;
  const { atMs, stepMs } = motion;
  const told = (sinceMs: number) => sinceMs >= 0 && atMs - sinceMs <= Math.max(dayMs, stepsTold * stepMs);
  const reasons: string[] = [];
  let factor = 1;
  let indication: 0 | 1 = 0;
  if (told(level.jumpAtMs) && level.was !== 'movement') {
    const size = sayValue(level.jump, unit);
    const ago = sayDuration(atMs - level.jumpAtMs);
    factor *= factors[level.was];
    if (level.was === 'reset') reasons.push(`Re-zeroed by ${size} after a reset ${ago} ago.`);
    else {
      reasons.push(`A jump of ${size} ${ago} ago stays, with the same pace after it: a reset or a block that slipped.`);
      if (pace.sign * level.jump >= slipMin) indication = 1;
    }
  }
  if (told(gap.untilMs)) {
    const lasted = sayDuration(gap.untilMs - gap.fromMs);
    factor *= factors.gap;
    reasons.push(
      `No readings for ${lasted} until ${sayDuration(atMs - gap.untilMs)} ago, ${sayValue(gap.moved, unit)} between.`,
    );
  }
  const { perCel, r2 } = followsTemperature(pace.swing);
  if (r2 >= noticeableR2) {
    factor *= factors.temperature;
    const fit = `${sayNumber(Number(perCel.toPrecision(2)))} ${unit}/K, R² ${r2.toFixed(2)}`;
    const taken = r2 >= strongR2 ? 'the swing is taken out of the velocity' : 'too loosely to take it out';
    reasons.push(`Readings follow the temperature (${fit}); ${taken}.`);
  }
  return { factor, indication, reasons };
}
