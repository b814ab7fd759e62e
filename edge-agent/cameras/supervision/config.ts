import type { Delays } from './troubles.ts';

/** How a camera is watched. */
export type SupervisionConfig = {
  /** Fewer pictures a second than this are too few to follow people by. */
  fpsMin: number;
  /** Without a picture for this long there is none. */
  noPictureMs: number;
  /** An unchanged picture stands for a frozen one after this long, if all but a coder's work is unchanged after this long. */
  frozenMs: number;
  frozenNearMs: number;
  /** Something before part of the lens is no passing bus after this long. */
  partMs: number;
  delays: Delays;
};

/**
 * What holds where a site says nothing. 4 pictures a second: people outrun their boxes at 2.5 (vision.md §5).
 * Frozen: longer than the 1 to 4 s that a coder repeats a quiet picture between two whole ones. Covered: within 10 s of
 * covering. Part of the lens and moved: longer than a bus stands before it (20 s).
 */
export const usualSupervision: SupervisionConfig = {
  fpsMin: 4,
  noPictureMs: 3000,
  frozenMs: 15_000,
  frozenNearMs: 120_000,
  partMs: 60_000,
  delays: {
    'no-picture': { onsetMs: 0, recoveryMs: 2000 },
    black: { onsetMs: 3000, recoveryMs: 5000 },
    'over-exposed': { onsetMs: 8000, recoveryMs: 8000 },
    covered: { onsetMs: 5000, recoveryMs: 8000 },
    frozen: { onsetMs: 15_000, recoveryMs: 3000 },
    moved: { onsetMs: 30_000, recoveryMs: 15_000 },
    'too-dark': { onsetMs: 15_000, recoveryMs: 30_000 },
    blurred: { onsetMs: 20_000, recoveryMs: 20_000 },
    slow: { onsetMs: 5000, recoveryMs: 10_000 },
  },
};

/** What holds for a camera of which so many pictures a second are looked at: one that is looked at seldom by wish is not slow for that. */
export function supervisionFor(fps: number): SupervisionConfig {
  const { fpsMin, noPictureMs } = usualSupervision;
  return {
    ...usualSupervision,
    fpsMin: Math.min(fpsMin, 0.6 * fps),
    noPictureMs: Math.max(noPictureMs, 3_000 / fps),
  };
}
