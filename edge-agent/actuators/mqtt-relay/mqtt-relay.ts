import assert from 'node:assert';
import type { Command } from '@tocsin/contracts';
import { compilePath, type Getter } from '../../sensors/path.ts';
import type { ActuatorConfig } from '../../site/types.ts';
import type { ActuatorDriver, DriverHost, DriverType } from '../types.ts';
import { MqttRelayActuator } from './config.ts';

/** A state report is a word or a small JSON object; anything larger is not one. */
export const reportBytesMax = 16_384;
/** Longest state text the contracts carry. */
const stateMax = 64;

/** An actuator entry that was checked against MqttRelayActuator. */
type Relay = ActuatorConfig & MqttRelayActuator;

/** Reads the state out of a report; undefined when the report does not hold one, which confirms nothing. */
export function readState(payload: Uint8Array, path: Getter | undefined): string | undefined {
  if (payload.byteLength > reportBytesMax) return undefined;
  const text = new TextDecoder().decode(payload).trim();
  if (path === undefined) return stateText(text);
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return undefined;
  }
  const place = path(root);
  const plain = typeof place === 'string' || typeof place === 'number' || typeof place === 'boolean';
  return plain ? stateText(String(place)) : undefined;
}

function stateText(text: string): string | undefined {
  return text === '' || text.length > stateMax ? undefined : text;
}

/** Fills the placeholders of a payload. Seconds are rounded up, so that the device never lapses before its lease. */
export function payloadOf(send: string, command: Command, leaseMs: number): string {
  const leaseS = Math.max(1, Math.ceil((command.leaseMs ?? leaseMs) / 1000));
  return send.replaceAll('{leaseS}', String(leaseS)).replaceAll('{id}', command.id);
}

function check(actuator: ActuatorConfig): string[] {
  const { id, rest, irreversible = [], actions, commandTopic, stateTopic, askTopic } = actuator as Relay;
  const wrong: string[] = [];
  if (!Object.hasOwn(actions, rest)) wrong.push(`rest is ${rest}, but ${id} has no such action`);
  for (const action of irreversible) {
    if (!Object.hasOwn(actions, action)) wrong.push(`irreversible names ${action}, but ${id} has no such action`);
    if (action === rest) wrong.push(`rest (${rest}) cannot be irreversible`);
    if (actions[action]?.send.includes('{leaseS}'))
      wrong.push(`${action} is irreversible and has no lease, so its payload cannot hold {leaseS}`);
  }
  const states = new Map<string, string>();
  for (const [action, { state }] of Object.entries(actions)) {
    const other = states.get(state);
    // Were two actions confirmed by the same text, one would prove the other.
    if (other !== undefined) wrong.push(`${action} and ${other} are confirmed by the same state ${state}`);
    states.set(state, action);
  }
  if (commandTopic === stateTopic || askTopic === stateTopic)
    wrong.push('stateTopic must differ from commandTopic and askTopic, else the agent would confirm its own orders');
  return wrong;
}

function open(actuator: ActuatorConfig, host: DriverHost): ActuatorDriver {
  const {
    commandTopic,
    stateTopic,
    statePath,
    actions,
    askTopic,
    askPayload = '',
    leaseMs,
  } = actuator as Relay & Required<Pick<ActuatorConfig, 'leaseMs'>>;
  const path = statePath === undefined ? undefined : compilePath(statePath);
  // The site file has one word for what is ordered and what is confirmed; a text it does not know is passed on as it is.
  const words = new Map(Object.entries(actions).map(([action, { state }]) => [state, action]));
  return {
    topics: [stateTopic],
    message(topic, payload, retained = false) {
      if (topic !== stateTopic) return;
      const state = readState(payload, path);
      if (state !== undefined) host.readBack(words.get(state) ?? state, retained);
    },
    send(command) {
      const action = Object.hasOwn(actions, command.action) ? actions[command.action] : undefined;
      assert(action !== undefined, `${actuator.id} was sent ${command.action}, which it does not have.`);
      // Never retained: a broker that kept an order would hand it to a device that wakes up much later.
      host.publish(commandTopic, payloadOf(action.send, command, leaseMs), { qos: 1, retain: false });
    },
    ask() {
      if (askTopic !== undefined) host.publish(askTopic, askPayload, { qos: 1, retain: false });
    },
  };
}

/** A relay on MQTT: orders on one topic, the device's own report on another, and nothing believed but the report. */
export const mqttRelay: DriverType = {
  driver: 'mqtt-relay',
  actuator: MqttRelayActuator,
  check,
  actions: (actuator) => Object.keys((actuator as Relay).actions),
  expected: (_actuator, action) => action,
  canAsk: (actuator) => (actuator as Relay).askTopic !== undefined,
  open,
};
