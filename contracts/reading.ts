import Type, { type Static } from 'typebox';
import { Finite, InstantMs, Name } from './names.ts';

/**
 * Quality flags of a reading, as bits of one byte (0 is good). A flagged reading is stored with its flags;
 * only readings without an `unusable` flag reach models and conditions.
 */
export const qualityFlags = {
  /** Value outside the channel's physical range. */
  range: 1,
  /** One sample far from its neighbours (median of 5 ± 5 MAD, domain.md §1.7). */
  spike: 2,
  /** The value has not moved for longer than the channel allows. */
  stuck: 4,
  /** First reading after a silence of more than three intervals. */
  gap: 8,
  /** Older than the newest reading of its stream. */
  outOfOrder: 16,
  /** The device's clock is not believed; the time is the gateway's arrival. */
  clockSuspect: 32,
  /** Sent after the fact (backlog of a device or a gateway). */
  late: 64,
  /** The level jumped and the slope did not: the sensor was reset or replaced. */
  reset: 128,
} as const;
export type QualityFlag = keyof typeof qualityFlags;

/** Flags that keep a reading away from models and conditions. */
export const unusableFlags = qualityFlags.range | qualityFlags.spike | qualityFlags.stuck | qualityFlags.outOfOrder;

/** True when decisions may use a reading of this quality. */
export function isUsable(quality: number): boolean {
  return (quality & unusableFlags) === 0;
}

/** The names of the flags set in `quality`, in the order of the table. */
export function flagsOf(quality: number): QualityFlag[] {
  return (Object.keys(qualityFlags) as QualityFlag[]).filter((flag) => (quality & qualityFlags[flag]) !== 0);
}

/** One measured value, in the unit its channel declares; `(device, channel, takenAtMs)` names it. */
export const Reading = Type.Object({
  device: Name,
  channel: Name,
  value: Finite,
  takenAtMs: InstantMs,
  quality: Type.Integer({ minimum: 0, maximum: 255, description: 'Bits of qualityFlags; 0 is good.' }),
});
export type Reading = Static<typeof Reading>;

/** A person or vehicle on the ground plane at one instant; the id lives only as long as the track. */
export const Track = Type.Object({
  id: Type.Integer({ minimum: 0 }),
  xM: Finite,
  yM: Finite,
  vxMps: Type.Optional(Finite),
  vyMps: Type.Optional(Finite),
});
export type Track = Static<typeof Track>;

/** Everybody a device sees at one instant; an empty list says that it sees nobody, which is news too. */
export const TrackFrame = Type.Object({
  device: Name,
  takenAtMs: InstantMs,
  tracks: Type.Array(Track, { maxItems: 256 }),
});
export type TrackFrame = Static<typeof TrackFrame>;
