import { compilePath } from '../../sensors/path.ts';
import type { ActuatorConfig } from '../../site/types.ts';
import { reportOf, textOf } from '../mqtt-switch/decode.ts';
import type { Dialect } from '../mqtt-switch/dialect.ts';
import { openSwitch } from '../mqtt-switch/switch-driver.ts';
import { checkWords, wordsOf } from '../mqtt-switch/words.ts';
import type { DriverType } from '../types.ts';
import { HaSwitchActuator } from './config.ts';

/** Such a switch cannot be asked; this is how often its timer is judged. */
const pollEveryMs = 10_000;

type HaSwitch = ActuatorConfig & HaSwitchActuator;

/** How a switch announced to Home Assistant is spoken to; defaults as in Home Assistant's MQTT switch. */
export function haSwitchDialect(actuator: ActuatorConfig): Dialect {
  const { commandTopic, stateTopic, statePath, availabilityTopic, availabilityPath, ...more } = actuator as HaSwitch;
  const { payloadOn = 'ON', payloadOff = 'OFF', payloadAvailable = 'online', payloadNotAvailable = 'offline' } = more;
  const { stateOn = payloadOn, stateOff = payloadOff, autoOffS } = more;
  const reader = (path: string | undefined) => {
    const get = path === undefined ? undefined : compilePath(path);
    return (payload: Uint8Array): string | undefined => {
      if (get === undefined) return textOf(payload);
      const value = get(reportOf(payload));
      const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
      return isPlain ? String(value) : undefined;
    };
  };
  const state = reader(statePath);
  const availability = reader(availabilityPath);
  return {
    device: `the switch on ${commandTopic}`,
    topics: [stateTopic, ...(availabilityTopic === undefined ? [] : [availabilityTopic])],
    settings: [],
    feedback: false,
    ...(autoOffS === undefined ? {} : { fixedLapseMs: autoOffS * 1000 }),
    pollEveryMs,
    hear(topic, payload) {
      if (topic === availabilityTopic) {
        const text = availability(payload);
        if (text !== payloadAvailable && text !== payloadNotAvailable) return undefined;
        return [{ kind: 'online', online: text === payloadAvailable }];
      }
      const text = state(payload);
      // `None` takes the state back: it is not known (Home Assistant, MQTT switch).
      if (text === 'None') return [];
      return text === stateOn || text === stateOff ? [{ kind: 'output', on: text === stateOn }] : undefined;
    },
    order: (on) => ({ topic: commandTopic, payload: on ? payloadOn : payloadOff }),
    ask: () => [],
  };
}

function check(actuator: ActuatorConfig): string[] {
  const wrong = checkWords(actuator);
  const { commandTopic, stateTopic, availabilityTopic, autoOffS, ...more } = actuator as HaSwitch;
  const { payloadOn = 'ON', payloadOff = 'OFF' } = more;
  const { stateOn = payloadOn, stateOff = payloadOff } = more;
  if (stateOn === stateOff || payloadOn === payloadOff) wrong.push('on and off have the same payload or state');
  if (commandTopic === stateTopic)
    wrong.push('stateTopic must differ from commandTopic, else the agent would confirm its own orders');
  if (availabilityTopic === stateTopic || availabilityTopic === commandTopic)
    wrong.push('availabilityTopic must differ from stateTopic and commandTopic');
  if (wrong.length > 0) return wrong;
  const { away, irreversible } = wordsOf(actuator);
  if (irreversible && autoOffS !== undefined) wrong.push(`${away} is irreversible, and autoOffS would undo it`);
  if (!irreversible && autoOffS === undefined)
    wrong.push(`${away} is a hold: give the device a timer of its own that ends it, and its length as autoOffS`);
  if (!irreversible && autoOffS !== undefined && autoOffS * 1000 < actuator.leaseMs)
    wrong.push(`autoOffS is shorter than leaseMs, so that the device would end ${away} too early`);
  return wrong;
}

/** A switch as it is announced to Home Assistant over MQTT. Nothing of its timer can be read; see the README. */
export const haSwitch: DriverType = {
  driver: 'ha-switch',
  actuator: HaSwitchActuator,
  check,
  actions: (actuator) => wordsOf(actuator).actions,
  expected: (_actuator, action) => action,
  // Such a switch speaks when it has something to say; its contract has no question.
  canAsk: () => false,
  open: (actuator, host) => openSwitch(actuator, host, haSwitchDialect(actuator)),
};
