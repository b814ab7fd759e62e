import type { Jump } from './gate.ts';

/**
 * What the level of a sensor did that is not motion. A jump within one interval that stays, with the same slow pace before and
 * after, is a reset or a block that slipped: nobody can tell from one sensor. It is left out of the velocity, kept in the
 * displacement, and said. A flag of the gateway or the site's own `resetJump` makes it a reset; a second jump the same way
 * within the memory makes both movement.
 */
export type Level = {
  /** Taken off every reading, so that velocity sees one line. */
  offset: number;
  /** The part of it that the ground may have moved. */
  slipped: number;
  /** The newest jump: when (-1 for none), how far, and what it was taken for. */
  jumpAtMs: number;
  jump: number;
  was: 'jump' | 'reset' | 'movement';
};

export const firstLevel: Level = { offset: 0, slipped: 0, jumpAtMs: -1, jump: 0, was: 'jump' };

/** `add` goes onto the points since `sinceMs`, so that they stay one line with what comes. */
export type Levelled = { level: Level; add: number; sinceMs: number };

/** Two jumps that cancel to within this share were a glitch of several readings. */
const glitchShare = 0.3;

/** The level after a jump between two readings. */
export function hearJump(level: Level, jump: Jump, rules: { resetJump?: number; memoryMs: number }): Levelled {
  const { atMs, size } = jump;
  const reset = rules.resetJump !== undefined && Math.abs(size) >= rules.resetJump;
  const left = {
    offset: level.offset + size,
    slipped: level.slipped + (reset ? 0 : size),
    jumpAtMs: atMs,
    jump: size,
    was: reset ? ('reset' as const) : ('jump' as const),
  };
  const stands = { level: left, add: 0, sinceMs: atMs };
  if (reset || level.jumpAtMs < 0 || level.was === 'reset' || atMs - level.jumpAtMs > rules.memoryMs) return stands;
  if (Math.abs(size + level.jump) <= glitchShare * Math.abs(size) && level.was === 'jump')
    return { ...stands, level: { ...left, jumpAtMs: -1, jump: 0 } };
  if (size * level.jump < 0) return stands;
  const before = level.was === 'jump' ? level.jump : 0;
  const { offset, slipped } = level;
  const moved = {
    offset: offset - before,
    slipped: slipped - before,
    jumpAtMs: atMs,
    jump: size,
    was: 'movement' as const,
  };
  return { level: moved, add: before, sinceMs: level.jumpAtMs };
}

/** The gateway said that the sensor was reset: a jump since `recentMs` was it, or else `step`, the largest step since then. */
export function hearReset(level: Level, step: Jump | undefined, recentMs: number): Levelled {
  const { jumpAtMs, jump } = level;
  if (jumpAtMs >= 0 && jumpAtMs >= recentMs) {
    if (level.was === 'reset') return { level, add: 0, sinceMs: jumpAtMs };
    if (level.was === 'jump')
      return { level: { ...level, slipped: level.slipped - jump, was: 'reset' }, add: 0, sinceMs: jumpAtMs };
    return { level: { ...level, offset: level.offset + jump, was: 'reset' }, add: -jump, sinceMs: jumpAtMs };
  }
  if (step === undefined) return { level, add: 0, sinceMs: -1 };
  const { atMs, size } = step;
  const next = { ...level, offset: level.offset + size, jumpAtMs: atMs, jump: size, was: 'reset' as const };
  return { level: next, add: -size, sinceMs: atMs };
}
