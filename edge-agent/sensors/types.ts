import type { FaultCode, Track } from '@tocsin/contracts';
import type { TSchema } from 'typebox';
import type { DeviceConfig } from '../site/types.ts';

/** One value of a payload, already in the channel's unit; `atMs` is the device's own time where it gave one. */
export type DecodedValue = { channel: string; value: number; atMs?: number };

/** What a payload said, and which of its parts were refused and why; a bad part never costs the good ones. */
export type Decoded = {
  values: DecodedValue[];
  tracks?: { tracks: Track[]; atMs?: number };
  refused: { code: FaultCode; detail: string }[];
};

/** What a device has to say at one instant, in the units of its channels. */
export type Said = { values: readonly { channel: string; value: number }[]; tracks?: readonly Track[]; atMs: number };

/**
 * A way in which devices write their payloads. `device` is the schema of the whole device entry in the site file,
 * `compile` prepares a decoder once per device; decoders are pure and never throw. `receivedAtMs` lets a format
 * whose times count from now (SenML) place them; without it such values are left to the arrival.
 */
export type SensorFormat = {
  format: string;
  device: TSchema;
  /**
   * What the schema cannot say, one message per mistake, each beginning with its place, as in `/channels/0/unit: …`.
   */
  check?(device: DeviceConfig): string[];
  compile(device: DeviceConfig): (payload: Uint8Array, receivedAtMs?: number) => Decoded;
  /** The inverse: the payload a device of this format would send. */
  encode(device: DeviceConfig, said: Said): string;
};
