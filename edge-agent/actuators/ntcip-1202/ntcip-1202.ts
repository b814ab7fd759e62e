import type { ActuatorConfig } from '../../site/types.ts';
import { joinController, type Protocol, type SnmpActuator } from '../snmp/controller.ts';
import { checkSnmp, filled } from '../snmp/fields.ts';
import type { DriverType } from '../types.ts';
import { NtcipActuator } from './config.ts';
import { ntcipDialect, type PhaseAsk } from './dialect.ts';

/** An actuator entry that was checked against NtcipActuator, with its defaults. */
type Entry = ActuatorConfig & NtcipActuator & SnmpActuator;

const protocol: Protocol<PhaseAsk> = { name: 'ntcip-1202', dialectOf: ntcipDialect };

/** What an entry asks its controller for. */
export function phaseAskOf(entry: ActuatorConfig): PhaseAsk {
  const { id, action, rest, leaseMs, request, phase, conflicting = [] } = entry as Entry;
  return {
    actuator: id,
    action,
    rest,
    leaseMs,
    register: request === 'pedestrian-hold' ? 'hold' : 'call',
    phase,
    conflicting: conflicting.filter((other) => other !== phase),
  };
}

/** A request to a signal controller by NTCIP 1202: pedestrian call and hold, never a force-off, and nothing the phase forbids. */
export const ntcip1202: DriverType = {
  driver: 'ntcip-1202',
  actuator: NtcipActuator,
  check(actuator) {
    const { id, phase, conflicting = [] } = actuator as Entry;
    const wrong = checkSnmp(actuator as Entry);
    if (conflicting.includes(phase)) wrong.push(`phase ${phase} of ${id} cannot conflict with itself`);
    return wrong;
  },
  actions: (actuator) => [(actuator as Entry).action, actuator.rest],
  expected: (_actuator, action) => action,
  open: (actuator, host) => joinController(filled(actuator as Entry), host, { protocol, ask: phaseAskOf(actuator) }),
};
