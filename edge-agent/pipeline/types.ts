import type { AlertTransition, Command, FaultCode, Reading, Receipt, Track } from '@tocsin/contracts';
import type { Remark } from '@tocsin/rules/engine';
import type { OwnTrouble } from './trouble-words.ts';

/**
 * The words between the edge's shell and its decision pipeline (validate → models → conditions → alerts → commands).
 * The pipeline is a reducer: no clock, chance or I/O; live agent, simulation and replay feed it the same events and get the same effects.
 */
export type PipelineEvent =
  /** A decoded value of a described channel, in the channel's unit; `atMs` is the device's own time, absent when it gave none. */
  | {
      kind: 'reading';
      device: string;
      channel: string;
      value: number;
      atMs?: number;
      receivedAtMs: number;
      late?: boolean;
    }
  | { kind: 'tracks'; device: string; tracks: readonly Track[]; atMs?: number; receivedAtMs: number; late?: boolean }
  /** What a camera's supervision or an actuator's driver found wrong with it; without reasons it is over. */
  | { kind: 'trouble'; name: OwnTrouble; device: string; reasons: readonly string[]; atMs: number }
  /** An input that could not be decoded or belongs to nothing; it is counted, and a rising rate is a trouble. */
  | { kind: 'refused'; device?: string; code: FaultCode; detail: string; atMs: number }
  | { kind: 'tick'; atMs: number }
  /** What an actuator's own state message says; `old` when the message was retained by the broker. */
  | { kind: 'readBack'; actuator: string; state: string; old?: boolean; atMs: number }
  /** The driver handed a command to the wire, or could not. */
  | { kind: 'sent'; actuator: string; commandId: string; ok: boolean; why?: string; atMs: number }
  /** The device took the order over its protocol; whether it moved is for its read-back to say. */
  | { kind: 'accepted'; actuator: string; commandId: string; atMs: number }
  /** Why the gateway's clock is not believed, as the shell knows (never synchronised); without a why it is. Jumps are seen here. */
  | { kind: 'clock'; why?: string; atMs: number }
  /** A command from the cloud whose signature, site and form the shell has verified. `monotonicMs` ages it without the wall clock. */
  | { kind: 'order'; command: Command; receivedAtMs: number }
  /** The shell was started again: actuators are asked for their state, nothing is repeated blindly. */
  | { kind: 'restarted'; atMs: number }
  /** A new epoch began: every alert that stands is told again, and nothing is done about it a second time. */
  | { kind: 'retell'; atMs: number };

export type PipelineEffect =
  /** To be stored and sent up; `late` readings travel in the backlog lane. */
  | { kind: 'store'; reading: Reading; unit: string; late: boolean }
  | { kind: 'alert'; transition: AlertTransition }
  /** Intent to act: committed to the journal first, then handed to the actuator's driver (unless its mode is not live). */
  | { kind: 'command'; command: Command }
  | { kind: 'receipt'; receipt: Receipt }
  /** The actuator's driver is to ask for its state. */
  | { kind: 'ask'; actuator: string; atMs: number }
  /** A model asked for something, or refused to, and says why; what comes of a request shows in commands and receipts. */
  | { kind: 'remark'; model: string; remark: Remark; takenAtMs: number; late: boolean; atMs: number }
  /** Something was turned away; the shell counts it by code and keeps a bounded sample. */
  | { kind: 'refused'; code: FaultCode; device?: string; detail: string; atMs: number };

/** The edge's decision pipeline for one site. State is kept per instance so that a shell commits only what changed. */
export type Pipeline = {
  step(event: PipelineEvent): PipelineEffect[];
  /** Keys and JSON-ready states changed since the last call; to be written down before the next `step`, which may change them. */
  takeDirty(): [key: string, state: unknown][];
  restore(states: Iterable<[key: string, state: unknown]>): void;
};
