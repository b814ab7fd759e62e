import type { ActuatorConfig } from '../../site/types.ts';
import { joinController, type Protocol, type SnmpActuator } from '../snmp/controller.ts';
import { checkSnmp, filled } from '../snmp/fields.ts';
import type { DriverType } from '../types.ts';
import { Ug405Actuator } from './config.ts';
import { type StageAsk, ug405Dialect } from './dialect.ts';

/** An actuator entry that was checked against Ug405Actuator, with its defaults. */
type Entry = ActuatorConfig & Ug405Actuator & SnmpActuator;

const protocol: Protocol<StageAsk> = { name: 'utmc-ug405', dialectOf: ug405Dialect };

/** A stage of a UTMC outstation, brought in and kept by its force bit while a lease lasts. */
export const utmcUg405: DriverType = {
  driver: 'utmc-ug405',
  actuator: Ug405Actuator,
  check: (actuator) => checkSnmp(actuator as Entry),
  actions: (actuator) => [(actuator as Entry).action, actuator.rest],
  expected: (_actuator, action) => action,
  open(actuator, host) {
    const entry = filled(actuator as Entry);
    const { id, action, rest, leaseMs, scn, stage } = entry;
    return joinController(entry, host, { protocol, ask: { actuator: id, action, rest, leaseMs, scn, stage } });
  },
};
