import type { ActuatorConfig } from '../../site/types.ts';
import { amountAt, at, eitherOf, objectOf, type Report, reportOf, textOf } from '../mqtt-switch/decode.ts';
import type { Dialect, Heard } from '../mqtt-switch/dialect.ts';
import { openSwitch } from '../mqtt-switch/switch-driver.ts';
import { checkWords, secondsUp, wordsOf } from '../mqtt-switch/words.ts';
import type { DriverType } from '../types.ts';
import { Zigbee2MqttActuator } from './config.ts';

/** Every question is a radio message in a network that carries some tens a second. */
const pollEveryMs = 60_000;
/** Longest `on_time`: 65 535 tenths of a second (Zigbee Cluster Library, On With Timed Off); `countdown` has 43 200 s. */
const timerSMax = { on_time: 6_553, countdown: 43_200 } as const;

type Zigbee = ActuatorConfig & Zigbee2MqttActuator;

/** `{"state":"online"}`, or the bare word of versions before 2.0. */
function onlineOf(payload: Uint8Array, who: { who?: 'bridge' }): Heard[] | undefined {
  const online = eitherOf(at(reportOf(payload), 'state') ?? textOf(payload), 'online', 'offline');
  return online === undefined ? undefined : [{ kind: 'online', online, ...who }];
}

function stateOf(report: Report, stateKey: string, countdownKey: string | undefined): Heard[] | undefined {
  const value = at(report, stateKey);
  const on = eitherOf(value, 'ON', 'OFF');
  if (value !== undefined && value !== null && on === undefined) return undefined;
  const heard: Heard[] = on === undefined ? [] : [{ kind: 'output', on }];
  const countdownS = countdownKey === undefined ? undefined : amountAt(report, countdownKey);
  if (countdownKey !== undefined && countdownS !== undefined)
    heard.push({ kind: 'setting', name: countdownKey }, { kind: 'running', leftMs: countdownS * 1000 });
  return heard;
}

function optionsOf(report: Report, transaction: string): Heard[] {
  if (at(report, 'transaction') !== transaction) return [];
  const options = objectOf(at(objectOf(at(report, 'data')), 'to'));
  return [{ kind: 'honest', honest: at(report, 'status') === 'ok' && at(options, 'optimistic') === false }];
}

/**
 * How Zigbee2MQTT is spoken to. Out of the box it publishes the state that was asked for as soon as the radio message was taken
 * (`optimistic`), so that option is switched off, and nothing counts as proof before Zigbee2MQTT has confirmed that it is.
 */
export function zigbee2mqttDialect(actuator: ActuatorConfig): Dialect {
  const { device, baseTopic = 'zigbee2mqtt', endpoint, timer, id } = actuator as Zigbee;
  const words = wordsOf(actuator);
  const suffix = endpoint === undefined ? '' : `_${endpoint}`;
  const stateKey = `state${suffix}`;
  const countdownKey = timer === 'countdown' && !words.irreversible ? `countdown${suffix}` : undefined;
  const topics = {
    state: `${baseTopic}/${device}`,
    set: `${baseTopic}/${device}/set`,
    get: `${baseTopic}/${device}/get`,
    availability: `${baseTopic}/${device}/availability`,
    bridge: `${baseTopic}/bridge/state`,
    options: `${baseTopic}/bridge/request/device/options`,
    optionsAnswer: `${baseTopic}/bridge/response/device/options`,
  };
  const transaction = `tocsin-${id}`;

  return {
    device: `the Zigbee device ${device}`,
    topics: [topics.state, topics.availability, topics.bridge, topics.optionsAnswer],
    settings: countdownKey === undefined ? [] : [countdownKey],
    feedback: false,
    echoes: true,
    pollEveryMs,
    hear(topic, payload) {
      if (topic === topics.availability) return onlineOf(payload, {});
      if (topic === topics.bridge) return onlineOf(payload, { who: 'bridge' });
      const report = reportOf(payload);
      if (report === undefined) return undefined;
      return topic === topics.state ? stateOf(report, stateKey, countdownKey) : optionsOf(report, transaction);
    },
    order(on, { lapseMs }) {
      const hold = on && lapseMs > 0 && words.awayOutput ? { [`${timer}${suffix}`]: secondsUp(lapseMs) } : {};
      return { topic: topics.set, payload: JSON.stringify({ [stateKey]: on ? 'ON' : 'OFF', ...hold }) };
    },
    ask: () => [
      { topic: topics.options, payload: JSON.stringify({ id: device, options: { optimistic: false }, transaction }) },
      { topic: topics.get, payload: JSON.stringify({ [stateKey]: '' }) },
      ...(countdownKey === undefined ? [] : [{ topic: topics.get, payload: JSON.stringify({ [countdownKey]: '' }) }]),
    ],
  };
}

/** A switch of a Zigbee device behind Zigbee2MQTT, whose timed off ends a hold that nobody renews. */
export const zigbee2mqtt: DriverType = {
  driver: 'zigbee2mqtt',
  actuator: Zigbee2MqttActuator,
  check(actuator) {
    const wrong = checkWords(actuator);
    if (wrong.length > 0) return wrong;
    const { away, awayOutput, irreversible } = wordsOf(actuator);
    const { timer } = actuator as Zigbee;
    const longestS = timerSMax[timer];
    if (irreversible) return wrong;
    if (!awayOutput) wrong.push(`${away} is a hold with the output off, and Zigbee has no timer that switches on`);
    if (actuator.leaseMs > longestS * 1000) wrong.push(`leaseMs is longer than the longest ${timer} of ${longestS} s`);
    return wrong;
  },
  actions: (actuator) => wordsOf(actuator).actions,
  expected: (_actuator, action) => action,
  open: (actuator, host) => openSwitch(actuator, host, zigbee2mqttDialect(actuator)),
};
