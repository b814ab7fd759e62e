import { isIP } from 'node:net';
import { ActuatorBase, Name, Secret } from '@tocsin/contracts';
import Type from 'typebox';
import type { ActuatorConfig } from '../../site/types.ts';
import { asked } from './asked.ts';
import type { SnmpActuator } from './controller.ts';

/** Defaults in milliseconds: bench controllers answer in 15 to 45 ms, radio links in some hundred. */
const timeoutMsUsual = 500;
const lookMsUsual = 1000;

/** What every actuator behind an SNMP controller says in the site file. */
export const snmpFields = {
  ...ActuatorBase.properties,
  host: Type.String({ minLength: 2, maxLength: 45, description: 'IP address of the controller; no name.' }),
  port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, default: 161, description: 'UDP port.' })),
  readCommunity: Type.Unsafe<Secret>({ ...Secret, description: 'Community that may read.' }),
  writeCommunity: Type.Unsafe<Secret>({ ...Secret, description: 'Community that may write.' }),
  action: Type.Unsafe<string>({ ...Name, description: 'Name of the request; the other action is rest.' }),
  timeoutMs: Type.Optional(
    Type.Integer({
      minimum: 50,
      maximum: 5000,
      default: timeoutMsUsual,
      description: 'An answer is waited for so long.',
    }),
  ),
  lookMs: Type.Optional(
    Type.Integer({
      minimum: 200,
      maximum: 10_000,
      default: lookMsUsual,
      description: 'Time between two looks at the controller while nothing is asked of it; 250 ms otherwise.',
    }),
  ),
} as const;

/** What is wrong with an entry as far as every SNMP controller is concerned. */
export function checkSnmp(actuator: ActuatorConfig & SnmpActuator & { action: string }): string[] {
  const { id, host, rest, action, irreversible = [], timeoutMs = timeoutMsUsual, leaseMs } = actuator;
  const wrong: string[] = [];
  if (isIP(host) === 0) wrong.push(`host of ${id} is ${host}, which is no IP address`);
  if (action === rest) wrong.push(`action and rest of ${id} are both ${rest}`);
  if (action === asked || rest === asked)
    wrong.push(`${asked} is what ${id} reports of a request without effect; choose another name`);
  if (irreversible.length > 0) wrong.push(`${id} asks a controller for time, which is never irreversible`);
  if (leaseMs < 4 * timeoutMs) wrong.push(`leaseMs of ${id} must be at least four times timeoutMs (${4 * timeoutMs})`);
  return wrong;
}

/** The entry with every default of the fields above filled in. */
export function filled<T extends Partial<SnmpActuator>>(actuator: T) {
  return { port: 161, timeoutMs: timeoutMsUsual, lookMs: lookMsUsual, ...actuator };
}
