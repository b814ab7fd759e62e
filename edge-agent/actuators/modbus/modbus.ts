import type { DriverType } from '../types.ts';
import { check } from './check.ts';
import { ModbusActuator } from './config.ts';
import { type Modbus, open } from './hand.ts';

/** Equipment behind Modbus TCP or a serial gateway: orders on coils and registers, and nothing believed but contacts on other addresses. */
export const modbus: DriverType = {
  driver: 'modbus',
  actuator: ModbusActuator,
  check,
  actions: (actuator) => Object.keys((actuator as Modbus).actions),
  expected: (_actuator, action) => action,
  // An echo never counts as an answer, so asking would only make its silence a trouble of its own.
  canAsk: (actuator) => (actuator as Modbus).echo === undefined,
  open: (actuator, host) => open(actuator as Modbus, host),
};
