import type { Grid } from '../../vision/types.ts';
import { cells, type Measures } from './measure.ts';

/**
 * What a camera usually sees, learnt slowly: mean luma by cells, fine detail and texture. Cameras that turn to infrared at
 * night have two of them. Learning stops while anything is suspected, so that a covered lens never becomes usual.
 */
export type Usual = { learntMs: number; luma: number[]; detail: number; texture: number };
export type Mode = 'colour' | 'grey';
/** By mode; null until that mode was seen. */
export type Usuals = Record<Mode, Usual | null>;

/** Light changes over many minutes and covers within seconds: in between lies the time constant. */
const memoryMs = 300_000;
/**
 * After so long something before the whole lens is told from it; after so long anything else. A bus may stand in the
 * view while it is learnt: it has texture and detail as a street has, but other edges.
 */
export const knownFromMs = 10_000;
export const settledFromMs = 120_000;

/** A mean that weighs everything alike until it is learnt, and forgets with the time constant from then on. */
function learn(old: Usual, { y }: Grid, measures: Measures, dtMs: number): Usual {
  const share = Math.min(1, dtMs / Math.min(memoryMs, old.learntMs + dtMs));
  const mix = (before: number, now: number) => before + share * (now - before);
  return {
    learntMs: Math.min(memoryMs, old.learntMs + dtMs),
    // Hundredths of a level are enough, and are short when stored.
    luma: old.luma.map((before, i) => Math.round(100 * mix(before, y[i]!)) / 100),
    detail: mix(old.detail, measures.detail),
    texture: mix(old.texture, measures.texture),
  };
}

/** What is usual after one more picture that shows nothing suspicious. */
export function learnUsual(usual: Usual | null, grid: Grid, measures: Measures, dtMs: number): Usual {
  if (usual !== null && usual.luma.length === cells) return learn(usual, grid, measures, dtMs);
  return { learntMs: 0, luma: Array.from(grid.y), detail: measures.detail, texture: measures.texture };
}

/** Infrared pictures have no colour at all, and the greyest day has some. */
const greyBelow = 0.5;
const colourFrom = 1;
/** A picture without colour and without detail is a covered lens rather than infrared. */
const detailKept = 0.3;

/** The mode of a picture. It changes only while the picture stays as detailed as usual. */
export function modeOf(mode: Mode, usuals: Usuals, { chroma, detail }: Measures): Mode {
  const next = chroma < greyBelow ? 'grey' : chroma > colourFrom ? 'colour' : mode;
  const usual = usuals[mode];
  if (next === mode || usual === null || usual.learntMs === 0) return next;
  return detail >= detailKept * usual.detail ? next : mode;
}
