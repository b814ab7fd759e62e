import type { Command, Publish } from '@tocsin/contracts';
import type { TSchema } from 'typebox';
import type { ActuatorConfig } from '../site/types.ts';

/** What the host gives a running driver. */
export type DriverHost = {
  publish: Publish;
  /**
   * The device's own report of its state, in the site file's words. `old` when the message may be from long ago (retained):
   * it then counts as first knowledge only, never as proof and never as permission.
   */
  readBack(state: string, old?: boolean): void;
};

/** A running connection to one actuator. `send` only hands over; success is what `readBack` says later. */
export type ActuatorDriver = {
  /** Field topics whose messages belong to this driver. */
  topics: string[];
  /** `retained` says that the broker had kept the message from earlier. */
  message(topic: string, payload: Uint8Array, retained?: boolean): void;
  /** Hands the command over; throws when it cannot, and then nothing has left. */
  send(command: Command): void;
  /** Asks the device for its present state, where the protocol can. */
  ask(): void;
};

/** A kind of actuator connection. `actuator` is the schema of the whole actuator entry in the site file. */
export type DriverType = {
  driver: string;
  actuator: TSchema;
  check?(actuator: ActuatorConfig): string[];
  actions(actuator: ActuatorConfig): string[];
  /** State that a successful action is read back as. */
  expected(actuator: ActuatorConfig, action: string): string;
  open(actuator: ActuatorConfig, host: DriverHost): ActuatorDriver;
};
