import { gpio } from './gpio/gpio.ts';
import { haSwitch } from './ha-switch/ha-switch.ts';
import { httpSiren } from './http-siren/http-siren.ts';
import { messageSign } from './message-sign/message-sign.ts';
import { modbus } from './modbus/modbus.ts';
import { mqttRelay } from './mqtt-relay/mqtt-relay.ts';
import { ntcip1202 } from './ntcip-1202/ntcip-1202.ts';
import { shellyGen1 } from './shelly-gen1/shelly-gen1.ts';
import { shellyGen2 } from './shelly-gen2/shelly-gen2.ts';
import { tasmota } from './tasmota/tasmota.ts';
import type { DriverType } from './types.ts';
import { utmcUg405 } from './utmc-ug405/utmc-ug405.ts';
import { zigbee2mqtt } from './zigbee2mqtt/zigbee2mqtt.ts';

export type * from './types.ts';

/** Every kind of actuator connection; a new one is a folder and a line here. */
export const drivers = [
  mqttRelay,
  tasmota,
  shellyGen1,
  shellyGen2,
  zigbee2mqtt,
  haSwitch,
  modbus,
  ntcip1202,
  utmcUg405,
  gpio,
  httpSiren,
  messageSign,
] as const satisfies readonly DriverType[];

/** The schemas of an actuator entry in the site file, one per driver. */
export const actuatorSchemas = drivers.map(({ actuator }) => actuator);

/** The driver of that name, or undefined when there is none. */
export function driverOf(name: string): DriverType | undefined {
  return drivers.find(({ driver }) => driver === name);
}
