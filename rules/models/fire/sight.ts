import { noVote, type Vote } from './verdict.ts';

/**
 * What a camera over the place makes of it: how much it looks like flames and like smoke, 0 to 1. Domain.md §2.7 lists what
 * fools it (clothes, lamps, sunset), so that it only supports signs of the detector's own channels and is never one itself.
 *
 * What it supports is a second vote beside the place's own one, which never hears of the camera: hence no camera, working or
 * broken, can lower a level, and whoever needs a witness takes the vote without it.
 */
export type Sight = {
  flame: Look;
  smokeSeen: Look;
  /** The vote with the support of the camera. */
  vote: Vote;
  /** What was said last of both: the level without the camera, and what the camera sees by itself. */
  said: { own: number; optical: number; opticalAtMs: number };
};

/** One quantity of the camera: newest sample, since when it looks like fire, since when it no longer does, -1 for never. */
export type Look = { atMs: number; value: number; sinceMs: number; lowSinceMs: number; isSeen: boolean };

export const sightKinds = ['flame', 'smokeSeen'] as const;
export type SightKind = (typeof sightKinds)[number];

/** What the camera supports at one instant. */
export type Support = Record<SightKind, boolean>;

const noLook: Look = { atMs: -1, value: 0, sinceMs: -1, lowSinceMs: -1, isSeen: false };

/** A camera that was never heard. */
export const noSight: Sight = {
  flame: noLook,
  smokeSeen: noLook,
  vote: noVote,
  said: { own: 0, optical: -1, opticalAtMs: -1 },
};

/** From here on it looks like fire; the watcher `edge-agent/vision/flame` calls this level "corroborates". It ends below the other. */
export const seenFrom = 0.5;
const seenUntil = 0.3;
/** Older than this counts as not configured. Three times the 10 s within which a sign must be renewed to last. */
const freshMs = 30_000;

/** The quantity one sample later; `atMs` must be newer. A single sample never counts: what is seen must last `holdMs`. */
export function seeLook(before: Look, read: number, atMs: number, holdMs: number): Look {
  const value = Math.max(0, Math.min(1, read));
  const silent = before.atMs >= 0 && atMs - before.atMs > freshMs;
  const { isSeen, sinceMs, lowSinceMs } = silent ? noLook : before;
  if (value >= (sinceMs >= 0 ? seenUntil : seenFrom)) {
    const from = sinceMs >= 0 ? sinceMs : atMs;
    return { atMs, value, sinceMs: from, lowSinceMs: -1, isSeen: isSeen || atMs - from >= holdMs };
  }
  const low = lowSinceMs >= 0 ? lowSinceMs : atMs;
  const over = !isSeen || atMs - low >= holdMs;
  return { atMs, value, sinceMs: over ? -1 : sinceMs, lowSinceMs: over ? -1 : low, isSeen: !over };
}

/** True while it is seen and the sample lies near `nowMs`; a camera whose clock is elsewhere supports nothing. */
function counts({ isSeen, atMs }: Look, nowMs: number): boolean {
  return isSeen && Math.abs(nowMs - atMs) <= freshMs;
}

/** What a camera supports when a channel speaks at `nowMs`. */
export function supportOf({ flame, smokeSeen }: Sight, nowMs: number): Support {
  return { flame: counts(flame, nowMs), smokeSeen: counts(smokeSeen, nowMs) };
}

/** True while what the camera shows by itself is worth a look. */
export function isOptical(sight: Sight, nowMs: number): boolean {
  const { flame, smokeSeen } = supportOf(sight, nowMs);
  return flame || smokeSeen;
}
