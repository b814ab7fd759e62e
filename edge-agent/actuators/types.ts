import type { Clock, Command, Logger, Publish, Secret } from '@tocsin/contracts';
import type { TSchema } from 'typebox';
import type { ActuatorConfig } from '../site/types.ts';

/** What a driver can find wrong with its device: it cannot be reached, or would not fall back by itself when the agent falls silent. */
export const deviceTroubles = ['unreachable', 'watchdog'] as const;
export type DeviceTrouble = (typeof deviceTroubles)[number];

/** What the host gives a running driver. */
export type DriverHost = {
  /** Publishes on the field broker; throws when there is no way to it. */
  publish: Publish;
  clock: Clock;
  logger: Logger;
  /** Uniform in [0, 1); spreads reconnections. */
  random(): number;
  /** Throws a Fault when the secret cannot be had. */
  readSecret(secret: Secret): string;
  /**
   * The device's own report of its state, in the site file's words. `old` when the message may be from long ago (retained):
   * it then counts as first knowledge only, never as proof and never as permission.
   */
  readBack(state: string, old?: boolean): void;
  /** The device took the order over its protocol; no proof that anything moved. */
  accepted(commandId: string): void;
  /** An order that `send` took did not leave after all, or the device turned it away. */
  failed(commandId: string, why: string): void;
  /** What is wrong with the device or the way to it, or undefined when it is over; the same said twice changes nothing. */
  trouble(name: DeviceTrouble, why: string | undefined): void;
};

/** A running connection to one actuator. `send` only hands over; success is what `readBack` says later. */
export type ActuatorDriver = {
  /** Field topics whose messages belong to this driver. */
  topics: string[];
  /** `retained` says that the broker had kept the message from earlier. */
  message(topic: string, payload: Uint8Array, retained?: boolean): void;
  /** Opens a connection of its own, where the protocol has one; it is kept open, and troubles tell when it cannot be. */
  start?(): void;
  /** Gives back whatever is held at the device where the protocol can, within two seconds, and closes the connection. */
  stop?(): Promise<void>;
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
  /** False where `ask` gets no answer from this device, so that its silence says nothing; left out: it gets one. */
  canAsk?(actuator: ActuatorConfig): boolean;
  open(actuator: ActuatorConfig, host: DriverHost): ActuatorDriver;
};
