import type { ActuatorConfig } from '../../site/types.ts';
import { amountAt, at, eitherOf, objectOf, type Report, reportOf, textOf } from '../mqtt-switch/decode.ts';
import type { Dialect, Heard } from '../mqtt-switch/dialect.ts';
import { openSwitch } from '../mqtt-switch/switch-driver.ts';
import { checkWords, secondsUp, type Words, wordsOf } from '../mqtt-switch/words.ts';
import type { DriverType } from '../types.ts';
import { ShellyGen2Actuator } from './config.ts';

const pollEveryMs = 10_000;
/** What a request is about, told by the last digit of its id. */
const kinds = 10;
const aboutOrder = 1;
const aboutStatus = 2;
const aboutConfig = 3;
const aboutInput = 4;

type Gen2 = ActuatorConfig & ShellyGen2Actuator;

/** State of the output in a status, whole or in part. */
function outputOf(status: Report | undefined): Heard[] {
  const on = at(status, 'output');
  return typeof on === 'boolean' ? [{ kind: 'output', on }] : [];
}

/** A whole status names the timer that runs; a notification of a change may leave it out. */
function statusOf(status: Report): Heard[] {
  const output = outputOf(status);
  const leftMs = (amountAt(status, 'timer_duration') ?? 0) * 1000;
  return output.length === 0 ? [] : [...output, { kind: 'running', leftMs }];
}

function contactOf(status: Report | undefined, feedback: Gen2['feedback']): Heard[] {
  const on = at(status, 'state');
  return typeof on === 'boolean' ? [{ kind: 'contact', on: on !== (feedback?.invert ?? false) }] : [];
}

function configOf(config: Report, words: Words): Heard[] {
  const timer = words.awayOutput ? 'auto_off' : 'auto_on';
  // For a hold toggle_after takes the place of the device's own timer; what must last must meet neither.
  const right = !words.irreversible || at(config, timer) === false;
  const wrong = `its ${timer} would undo ${words.away}`;
  return [{ kind: 'setting', name: 'configuration', ...(right ? {} : { wrong }) }];
}

/** An answer is told by the number of its question. */
function answerOf(report: Report, words: Words, feedback: Gen2['feedback']): Heard[] | undefined {
  const id = amountAt(report, 'id');
  if (id === undefined || !Number.isSafeInteger(id)) return undefined;
  const about = id % kinds;
  const number = Math.floor(id / kinds);
  const failure = objectOf(at(report, 'error'));
  if (failure !== undefined) {
    const error = `${String(at(failure, 'message')).slice(0, 100)} (${String(at(failure, 'code')).slice(0, 10)})`;
    if (about === aboutOrder) return [{ kind: 'answer', number, error }];
    return about === aboutConfig ? [{ kind: 'setting', name: 'configuration', wrong: error }] : [];
  }
  const result = objectOf(at(report, 'result'));
  if (result === undefined) return undefined;
  if (about === aboutOrder) return [{ kind: 'answer', number }];
  if (about === aboutStatus) return statusOf(result);
  if (about === aboutConfig) return configOf(result, words);
  return about === aboutInput ? contactOf(result, feedback) : [];
}

/** How a Shelly of the second generation is spoken to: JSON-RPC over MQTT, answers on the topic of the one who asks. */
export function shellyGen2Dialect(actuator: ActuatorConfig): Dialect {
  const { device, channel = 0, feedback, id } = actuator as Gen2;
  const words = wordsOf(actuator);
  const source = `tocsin-${id}`;
  const topics = {
    rpc: `${device}/rpc`,
    answers: `${source}/rpc`,
    events: `${device}/events/rpc`,
    online: `${device}/online`,
    status: `${device}/status/switch:${channel}`,
    input: `${device}/status/input:${feedback?.input}`,
  };
  const request = (number: number, method: string, params: object) => ({
    topic: topics.rpc,
    payload: JSON.stringify({ id: number, src: source, method, params }),
  });
  const { answers, events, online, status, input } = topics;
  return {
    device: `the Shelly ${device}`,
    topics: [answers, events, online, status, ...(feedback === undefined ? [] : [input])],
    settings: ['configuration'],
    feedback: feedback !== undefined,
    pollEveryMs,
    hear(topic, payload) {
      if (topic === online) {
        const isOnline = eitherOf(textOf(payload), 'true', 'false');
        return isOnline === undefined ? undefined : [{ kind: 'online', online: isOnline }];
      }
      const report = reportOf(payload);
      if (report === undefined) return undefined;
      if (topic === status) return statusOf(report);
      if (topic === input) return contactOf(report, feedback);
      if (topic === answers) return answerOf(report, words, feedback);
      const method = at(report, 'method');
      if (method !== 'NotifyStatus' && method !== 'NotifyFullStatus') return [];
      const params = objectOf(at(report, 'params'));
      const contact = feedback && contactOf(objectOf(at(params, `input:${feedback.input}`)), feedback);
      return [...outputOf(objectOf(at(params, `switch:${channel}`))), ...(contact ?? [])];
    },
    order(on, { number, lapseMs }) {
      const timer = lapseMs > 0 && on === words.awayOutput ? { toggle_after: secondsUp(lapseMs) } : {};
      return request(number * kinds + aboutOrder, 'Switch.Set', { id: channel, on, ...timer });
    },
    ask: (number) => [
      request(number * kinds + aboutStatus, 'Switch.GetStatus', { id: channel }),
      request(number * kinds + aboutConfig, 'Switch.GetConfig', { id: channel }),
      ...(feedback === undefined
        ? []
        : [request(number * kinds + aboutInput, 'Input.GetStatus', { id: feedback.input })]),
    ],
  };
}

/** A switch of a Shelly Plus, Pro, Gen3 or Gen4, whose `toggle_after` ends a hold that nobody renews. */
export const shellyGen2: DriverType = {
  driver: 'shelly-gen2',
  actuator: ShellyGen2Actuator,
  check: checkWords,
  actions: (actuator) => wordsOf(actuator).actions,
  expected: (_actuator, action) => action,
  open: (actuator, host) => openSwitch(actuator, host, shellyGen2Dialect(actuator)),
};
