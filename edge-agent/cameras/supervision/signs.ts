import type { Grid } from '../../vision/types.ts';
import type { SupervisionConfig } from './config.ts';
import type { Measures } from './measure.ts';
import type { Signs } from './troubles.ts';
import { settledFromMs, type Usual } from './usual.ts';
import { edgesOf, type Fit, fitViews, isView, lossOf, type View } from './view.ts';

/** Black: a cap or no light at all; a dark street has lamps, and a sensor at its limit has noise. */
const black = { p99Below: 24, noiseBelow: 1.5, textureBelow: 1.5 };
/** Burnt out: from a third of the picture on people get lost in it, from three quarters nothing is left. */
const burnt = { halfFrom: 0.35, blindFrom: 0.75 };
/** Nothing but one tone: no steps between cells, no detail (measured: blurred by 12 pixels real streets keep 0.9 and 0.7). */
const uniform = { textureBelow: 0.6, detailBelow: 2 };
/** Steps that have gone, and detail and texture that are left, when something is before the lens. */
const cover = { allFrom: 0.7, partFrom: 0.25, detailBelow: 0.3, noiseFrom: 0.6, noisyFrom: 0.85, textureBelow: 0.4 };
/** Too dark: dim, and most of the sharpness is noise; or half of the picture next to black. */
const dark = { meanBelow: 45, noiseFrom: 1.5, noiseShareFrom: 0.8, medianBelow: 12 };
/**
 * Blurred: detail left beside what contrast explains. Measured on real streets: blurred by 2 pixels of 640 it is 0.07 to
 * 0.25, in a fog of 0.4 of the contrast 0.9 to 1.4.
 */
const blur = { detailBelow: 0.3, muchBelow: 0.12, detailUsualFrom: 4, textureFrom: 0.7 };
/**
 * Moved: clearly more alike elsewhere than here; or nowhere like anything known, although full of detail. Measured on real
 * streets: the same view 0.43 to 0.94 here, turned by 4 to 12 % 0.46 to 0.89 there, turned upside down below 0.05 here.
 */
const moved = { bestFrom: 0.4, gain: 0.1, unknownBelow: 0.15, detailFrom: 0.3, textureFrom: 0.5 };

const percent = (share: number) => `${Math.round(100 * share)} %`;
const level = (value: number) => value.toFixed(value < 10 ? 1 : 0);

/** What the light of one picture says: black, burnt out. `isBlind` where nothing else can be told from it. */
export function lightSigns({ p99, noise, texture, hotShare, mean }: Measures): { signs: Signs; isBlind: boolean } {
  const isBlack = p99 < black.p99Below && noise < black.noiseBelow && texture < black.textureBelow;
  const factor = hotShare >= burnt.blindFrom ? 0 : 0.5;
  const isBurnt = hotShare >= burnt.halfFrom;
  return {
    isBlind: isBlack || (isBurnt && factor === 0),
    signs: {
      black: { isBad: isBlack, factor: 0, detail: `The picture is black: mean brightness ${level(mean)} of 255.` },
      'over-exposed': { isBad: isBurnt, factor, detail: `${percent(hotShare)} of the picture is burnt out.` },
    },
  };
}

/** What a picture is held against. */
export type Known = { usual: Usual | undefined; reference: View | undefined; config: SupervisionConfig };

const isSettled = (usual: Usual | undefined): usual is Usual => usual !== undefined && usual.learntMs >= settledFromMs;

function coverSign(loss: number | undefined, now: Measures, { usual, config }: Known): Signs['covered'] {
  const isUniform = now.texture < uniform.textureBelow && now.detailMost < uniform.detailBelow;
  // Without light one tone is no cover, unless there was light before.
  if (isUniform && (usual !== undefined || now.mean >= dark.meanBelow))
    return { isBad: true, factor: 0, detail: 'The picture is of one tone: the lens is covered or in fog.' };
  if (loss === undefined || usual === undefined) return { isBad: false };
  const left = usual.detail > 0 ? now.detailMost / usual.detail : 1;
  // A bus right before the lens hides the street as well, but has windows and lines of its own.
  const isPlain = now.texture < cover.textureBelow * usual.texture;
  // In noise nobody knows what detail is left, so that more edges must have gone.
  const isHidden =
    left < cover.detailBelow ? loss >= cover.allFrom : now.noiseShare > cover.noiseFrom && loss >= cover.noisyFrom;
  if (isHidden && isPlain) {
    const detail = `${percent(loss)} of the usual edges have gone and ${percent(Math.min(1, left))} of the detail is left: something covers the lens.`;
    return { isBad: true, factor: 0, detail };
  }
  if (!isSettled(usual)) return { isBad: false };
  const detail = `${percent(loss)} of the usual edges have gone: something covers part of the view.`;
  return { isBad: loss >= cover.partFrom, factor: 1 - loss, onsetMs: config.partMs, detail };
}

function blurSign(loss: number | undefined, now: Measures, { usual }: Known): Signs['blurred'] {
  if (now.texture < blur.textureFrom) return undefined;
  // Beside a cover the rest keeps its detail; only a lens quite out of focus loses edges and all detail.
  const below = isSettled(usual) && (loss ?? 0) >= cover.partFrom ? blur.muchBelow : blur.detailBelow;
  const isSoft = now.detailMost < uniform.detailBelow;
  const canTell = isSettled(usual) && usual.detail >= blur.detailUsualFrom && usual.texture > 0;
  const left = canTell ? now.detailMost / usual.detail / (now.texture / usual.texture) ** 2 : 1;
  const detail = canTell
    ? `${percent(Math.min(1, left))} of the usual fine detail is left: the lens is out of focus, wet or dirty.`
    : `There is no fine detail (sharpness ${level(now.detailMost)}): the lens is out of focus, wet or dirty.`;
  return { isBad: isSoft || left < below, factor: 0.5, detail };
}

function darkSign({ mean, median, noise, noiseShare }: Measures): Signs['too-dark'] {
  const isNoisy = mean < dark.meanBelow && noise >= dark.noiseFrom && noiseShare >= dark.noiseShareFrom;
  const detail = `Brightness ${level(mean)} of 255, ${percent(noiseShare)} of what looks sharp is noise: people cannot be told.`;
  return { isBad: isNoisy || median < dark.medianBelow, factor: 0, detail };
}

function moveSign(grid: Grid, now: Measures, { usual, reference, config }: Known): Signs['moved'] {
  const edges = edgesOf(grid.y);
  const fits: Fit[] = [];
  if (reference && isView(reference)) fits.push(fitViews(edgesOf(reference.luma), edges));
  // At night a reference taken by day may say nothing; then the view learnt lately is asked.
  if (isSettled(usual) && !(fits[0] && fits[0].best >= moved.bestFrom)) fits.push(fitViews(edgesOf(usual.luma), edges));
  const says = fits.find(({ best }) => best >= moved.bestFrom);
  if (says !== undefined) return turnSign(says, grid);
  if (!isSettled(usual)) return undefined;
  const here = Math.max(...fits.map((fit) => fit.here));
  const isFull = now.detail >= moved.detailFrom * usual.detail && now.texture >= moved.textureFrom * usual.texture;
  const detail = `The view is not the known one: likeness ${here.toFixed(2)}.`;
  return { isBad: here < moved.unknownBelow && isFull, factor: 0, onsetMs: config.partMs, detail };
}

function turnSign({ here, best, shift: [x, y] }: Fit, { columns, rows }: Grid): Signs['moved'] {
  const [across, down] = [Math.round((100 * x) / columns), Math.round((100 * y) / rows)];
  const alike = `likeness ${best.toFixed(2)} there, ${here.toFixed(2)} here`;
  const detail = `The view has moved by ${across} % of its width and ${down} % of its height (${alike}).`;
  return { isBad: best - here >= moved.gain, factor: 0, detail };
}

/** What a picture says when it is held against what is known. */
export function lookSigns(grid: Grid, now: Measures, known: Known): Signs {
  const loss = known.usual && lossOf(known.usual.luma, grid.y);
  const covered = coverSign(loss, now, known);
  const tooDark = darkSign(now);
  const isHidden = covered!.isBad && covered!.factor === 0;
  const blurred = isHidden ? undefined : blurSign(loss, now, known);
  const turned = isHidden || tooDark!.isBad ? undefined : moveSign(grid, now, known);
  // One cause is told once: edges that a blur took, or that lie elsewhere now, are not covered.
  const isExplained = blurred?.isBad || (turned?.isBad && turned.onsetMs === undefined);
  const signs: Signs = { covered: isExplained ? { isBad: false } : covered, 'too-dark': tooDark };
  if (blurred !== undefined) signs.blurred = blurred;
  if (turned !== undefined) signs.moved = turned;
  return signs;
}
