import type { Chance } from '../chance/chance.ts';

/**
 * A slope that creeps and may turn tertiary. Creep is uniform at `creepMmPerS` until `onsetS`; from then on the velocity follows
 * Voight's law with alpha = 2 (Fukuzono 1985; Voight 1989, Science 243:200), so that inverse velocity falls in a straight line
 * to zero at `failureS`: v(t) = v0 (tf − t0) / (tf − t). After failure the instrument hangs at its last value.
 */
export type SlopeStory = {
  creepMmPerS: number;
  onsetS?: number;
  failureS?: number;
  /** One sigma of the instrument; wire extensometers 0.1–0.5 mm (domain.md §1.7). */
  noiseMm: number;
  /** Velocity is capped where the mass is no longer one block. */
  velocityMaxMmPerS?: number;
};

/** True displacement in mm at `tS` seconds into the story. */
export function displacementMm(story: SlopeStory, tS: number): number {
  const { creepMmPerS: v0, onsetS, failureS, velocityMaxMmPerS = 100 } = story;
  if (onsetS === undefined || failureS === undefined || tS <= onsetS) return v0 * tS;
  const span = failureS - onsetS;
  const remainingAtCapS = (v0 * span) / velocityMaxMmPerS;
  const integral = (untilS: number) => v0 * span * Math.log(span / (failureS - untilS));
  const capS = Math.max(onsetS, failureS - remainingAtCapS);
  if (tS <= capS) return v0 * onsetS + integral(tS);
  return v0 * onsetS + integral(capS) + velocityMaxMmPerS * (Math.min(tS, failureS) - capS);
}

/** What an extensometer on that slope reads: displacement plus noise, to 0.01 mm. */
export function extensometerMm(story: SlopeStory, tS: number, luck: Chance): number {
  return Math.round((displacementMm(story, tS) + luck.gauss() * story.noiseMm) * 100) / 100;
}
