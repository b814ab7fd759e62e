import type { FaultCode } from '@tocsin/contracts';

/**
 * A decoded value of one channel; `atMs` is the device's own time where it gave one. Same shape as the pipeline's
 * event.
 */
export type IncomingReading = {
  device: string;
  channel: string;
  value: number;
  atMs?: number;
  receivedAtMs: number;
  /** The sender says that this is its backlog: its time is believed and nothing live is concluded from it. */
  late?: boolean;
};

/** A frame of tracks of one device; judged for its time only. */
export type IncomingTracks = { device: string; atMs?: number; receivedAtMs: number; late?: boolean };

/** What can be wrong with a stream, a device or the gateway for longer than one reading. */
export const troubleKinds = ['noData', 'stuck', 'range', 'spikes', 'clock', 'refused', 'flood', 'clockJump'] as const;
export type TroubleKind = (typeof troubleKinds)[number];

/**
 * A lasting fault that began (`raised`) or ended, in words a person can read. Without a channel it is about the
 * whole device (or its tracks), without a device about the gateway itself.
 */
export type Trouble = {
  kind: TroubleKind;
  raised: boolean;
  device?: string;
  channel?: string;
  detail: string;
  atMs: number;
};

/**
 * What becomes of a reading. accept: store it with `quality` (bits of qualityFlags), decide on it only when usable.
 * drop: an exact repeat of a reading already accepted. refuse: it must not be stored.
 */
export type Judgement = { troubles: readonly Trouble[] } & (
  | { verdict: 'accept'; takenAtMs: number; quality: number; late: boolean }
  | { verdict: 'drop' }
  | { verdict: 'refuse'; code: FaultCode; detail: string }
);

/**
 * Judges every reading of a site. Deterministic: same state and input, same answer; no clock and no chance.
 * State is kept per stream (at most 2 KiB of JSON each) so that a shell commits only what changed.
 */
export type Validator = {
  reading(reading: IncomingReading): Judgement;
  tracks(tracks: IncomingTracks): Judgement;
  /** Tells of an input of this device that could not be decoded. */
  refused(device: string, atMs: number): readonly Trouble[];
  /** Lets time pass: silence becomes trouble here, also of streams that never spoke. */
  tick(atMs: number): readonly Trouble[];
  /** Keys and JSON-ready states changed since the last call. */
  takeDirty(): [key: string, state: unknown][];
  /** Puts states back after a restart; unknown keys and states of another shape are ignored. */
  restore(states: Iterable<[key: string, state: unknown]>): void;
};
