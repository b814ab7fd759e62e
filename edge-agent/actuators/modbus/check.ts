import type { ActuatorConfig } from '../../site/types.ts';
import type { ModbusActuator, ModbusContact, ModbusWrite } from './config.ts';
import { contradiction, idleOf, keyOf, moving, pointOf } from './points.ts';

/** What is wrong with an entry that fits its schema, one sentence each. */
export function check(actuator: ActuatorConfig): string[] {
  const modbus = actuator as ActuatorConfig & ModbusActuator;
  return [...checkActions(modbus), ...checkWrites(modbus), ...checkWords(modbus), ...checkTruth(modbus)];
}

function checkActions({ id, rest, irreversible = [], actions }: ModbusActuator): string[] {
  const wrong: string[] = [];
  if (!Object.hasOwn(actions, rest)) wrong.push(`rest is ${rest}, but ${id} has no such action`);
  for (const action of irreversible) {
    if (!Object.hasOwn(actions, action)) wrong.push(`irreversible names ${action}, but ${id} has no such action`);
    if (action === rest) wrong.push(`rest (${rest}) cannot be irreversible`);
  }
  for (const word of [moving, contradiction])
    if (Object.hasOwn(actions, word)) wrong.push(`${word} is what contacts say by themselves and no action`);
  return wrong;
}

function checkWrites({ actions, watchdog }: ModbusActuator): string[] {
  const wrong: string[] = [];
  const known: [action: string, write: ModbusWrite][] = [];
  for (const [action, write] of Object.entries(actions)) {
    const place = keyOf(pointOf(write));
    if (idleOf(write) === Number(write.value)) wrong.push(`${action} writes the value that its pulse ends with`);
    if (watchdog !== undefined && place === `holding ${watchdog.holding}`)
      wrong.push(`${action} and the heartbeat of the watchdog write the same register ${watchdog.holding}`);
    for (const [other, before] of known) {
      if (keyOf(pointOf(before)) !== place) continue;
      if (Number(before.value) === Number(write.value)) wrong.push(`${action} and ${other} write the same to ${place}`);
      else if (before.pulseMs !== undefined || write.pulseMs !== undefined)
        wrong.push(`${action} and ${other} share ${place}, where the end of a pulse would be an order for the other`);
    }
    known.push([action, write]);
  }
  return wrong;
}

function checkWords({ actions, feedback }: ModbusActuator): string[] {
  const wrong: string[] = [];
  const said = new Set<string>();
  for (const contact of feedback) {
    const words = [contact.high, contact.low].filter((word) => word !== undefined);
    const place = keyOf(pointOf(contact));
    if (words.length === 0) wrong.push(`the contact at ${place} says nothing: give it high, low or both`);
    if (feedback.length > 1 && words.length > 1)
      wrong.push(`the contact at ${place} says both high and low: of several contacts each says one state`);
    if (feedback.length === 1 && words.length === 1)
      wrong.push(`a single contact at ${place} needs both high and low, else one of them is guessed`);
    for (const word of words) {
      if (!Object.hasOwn(actions, word)) wrong.push(`the contact at ${place} says ${word}, which is no action`);
      if (said.has(word)) wrong.push(`two levels say ${word}`);
      said.add(word);
    }
    const { bit, equals } = contact as { bit?: number; equals?: number };
    if (bit !== undefined && equals !== undefined) wrong.push(`the contact at ${place} has both bit and equals`);
  }
  for (const action of Object.keys(actions))
    if (!said.has(action)) wrong.push(`no contact says ${action}, so it could never be confirmed`);
  return wrong;
}

function checkTruth({ actions, feedback, echo, watchdog }: ModbusActuator): string[] {
  const wrong: string[] = [];
  const written = new Set(Object.values(actions).map((write) => keyOf(pointOf(write))));
  if (watchdog !== undefined) {
    written.add(`holding ${watchdog.holding}`);
    if (written.has(keyOf(pointOf(watchdog.armed))))
      wrong.push('the watchdog is read where the agent writes: it would confirm its own words');
  }
  const isEcho = (contact: ModbusContact) => written.has(keyOf(pointOf(contact)));
  const echoes = feedback.filter(isEcho);
  if (echo === undefined)
    for (const contact of echoes)
      wrong.push(
        `feedback at ${keyOf(pointOf(contact))} is where orders are written, and an echo proves nothing; name a contact, or write echo: accepted and live without read-back`,
      );
  else if (echoes.length === 0) wrong.push('echo: accepted stands beside contacts that are no echo; leave it out');
  return wrong;
}
