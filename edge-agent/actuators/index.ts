import { modbus } from './modbus/modbus.ts';
import { mqttRelay } from './mqtt-relay/mqtt-relay.ts';
import type { DriverType } from './types.ts';

export type * from './types.ts';

/** Every kind of actuator connection; a new one is a folder and a line here. */
export const drivers = [mqttRelay, modbus] as const satisfies readonly DriverType[];

/** The schemas of an actuator entry in the site file, one per driver. */
export const actuatorSchemas = drivers.map(({ actuator }) => actuator);

/** The driver of that name, or undefined when there is none. */
export function driverOf(name: string): DriverType | undefined {
  return drivers.find(({ driver }) => driver === name);
}
