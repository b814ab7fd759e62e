import type { ActuatorConfig } from '../../site/types.ts';
import { amountAt, at, eitherOf, objectOf, type Report, reportOf, textOf } from '../mqtt-switch/decode.ts';
import type { Dialect, Heard } from '../mqtt-switch/dialect.ts';
import { openSwitch } from '../mqtt-switch/switch-driver.ts';
import { checkWords, type Words, wordsOf } from '../mqtt-switch/words.ts';
import type { DriverType } from '../types.ts';
import { TasmotaActuator } from './config.ts';

/** Longest PulseTime: 64900 is 64800 s (Tasmota docs, Commands, PulseTime). */
export const pulseMsMax = 64_800_000;
const pollEveryMs = 10_000;

/**
 * The number that PulseTime takes for at least so long: tenths of a second up to 111, from 112 seconds plus 100; 0 is none
 * (Tasmota docs, Commands, PulseTime; SetPulseTimer in support_tasmota.ino).
 */
export function pulseOf(ms: number): number {
  if (ms <= 0) return 0;
  const tenths = Math.ceil(ms / 100);
  return tenths <= 111 ? tenths : Math.ceil(ms / 1000) + 100;
}

/** How long a number of PulseTime is, in milliseconds. */
export function msOfPulse(pulse: number): number {
  return pulse <= 111 ? pulse * 100 : (pulse - 100) * 1000;
}

type Tasmota = ActuatorConfig & TasmotaActuator;

/** The topics of a device, by what is said on them. */
function topicsOf({ topic, fullTopic = '%prefix%/%topic%/', relay = 1 }: Tasmota) {
  const of = (prefix: string, what: string) =>
    `${fullTopic.replace('%prefix%', prefix).replace('%topic%', topic)}${what}`;
  return {
    command: (what: string) => of('cmnd', what),
    result: of('stat', 'RESULT'),
    power: of('stat', `POWER${relay}`),
    /** Devices with a single relay leave the number out, unless SetOption26 is 1. */
    onlyPower: of('stat', 'POWER'),
    sensors: of('stat', 'STATUS10'),
    state: of('tele', 'STATE'),
    sensor: of('tele', 'SENSOR'),
    will: of('tele', 'LWT'),
  };
}

function settingsOf(words: Words, relay: number, command: (what: string) => string) {
  const wanted = pulseOf(words.lapseMs);
  return {
    pulse(report: Report | undefined): Heard[] {
      const set = amountAt(report, 'Set');
      const left = amountAt(report, 'Remaining');
      if (set === undefined) return [];
      const wrong = `its PulseTime${relay} is ${set} and must be ${wanted}`;
      const remedy = { topic: command(`PulseTime${relay}`), payload: String(wanted) };
      const setting: Heard = {
        kind: 'setting',
        name: `PulseTime${relay}`,
        ...(set === wanted ? {} : { wrong, remedy }),
      };
      return left === undefined ? [setting] : [setting, { kind: 'running', leftMs: msOfPulse(left) }];
    },
    powerOn(state: unknown): Heard[] {
      if (typeof state !== 'number') return [];
      // 4 disables control; 5 turns PulseTime round, for every relay of the device: it then ends OFF instead of ON.
      const right = words.awayOutput ? state !== 4 && state !== 5 : state === 5;
      const wrong = `its PowerOnState is ${state}, so that PulseTime does not end ${words.away}`;
      return [{ kind: 'setting', name: 'PowerOnState', ...(right ? {} : { wrong }) }];
    },
  };
}

/** How Tasmota is spoken to. Its POWER follows the output pin: it is published after the pin was set (ExecuteCommandPower). */
export function tasmotaDialect(actuator: ActuatorConfig): Dialect {
  const { relay = 1, feedback } = actuator as Tasmota;
  const topics = topicsOf(actuator as Tasmota);
  const words = wordsOf(actuator);
  const settings = settingsOf(words, relay, topics.command);
  const powerKeys = relay === 1 ? ['POWER', 'POWER1'] : [`POWER${relay}`];

  const outputs = (report: Report): Heard[] | undefined => {
    const key = powerKeys.find((name) => Object.hasOwn(report, name));
    if (key === undefined) return [];
    const on = eitherOf(report[key], 'ON', 'OFF');
    return on === undefined ? undefined : [{ kind: 'output', on }];
  };
  const contacts = (report: Report | undefined): Heard[] => {
    const on = feedback && eitherOf(at(report, `Switch${feedback.input}`), 'ON', 'OFF');
    return on === undefined ? [] : [{ kind: 'contact', on: on !== (feedback?.invert ?? false) }];
  };
  const results = (report: Report): Heard[] | undefined => {
    const heard = outputs(report);
    const pulse = settings.pulse(objectOf(at(report, `PulseTime${relay}`)));
    return heard && [...heard, ...pulse, ...settings.powerOn(at(report, 'PowerOnState'))];
  };

  return {
    device: `the Tasmota device ${(actuator as Tasmota).topic}`,
    topics: [
      topics.result,
      topics.power,
      ...(relay === 1 ? [topics.onlyPower] : []),
      topics.state,
      topics.will,
      ...(feedback === undefined ? [] : [topics.sensors, topics.sensor]),
    ],
    settings: words.irreversible ? [`PulseTime${relay}`] : [`PulseTime${relay}`, 'PowerOnState'],
    feedback: feedback !== undefined,
    fixedLapseMs: words.lapseMs,
    pollEveryMs,
    hear(topic, payload) {
      if (topic === topics.will || topic === topics.power || topic === topics.onlyPower) {
        const text = textOf(payload);
        if (topic === topics.will) {
          const online = eitherOf(text, 'Online', 'Offline');
          return online === undefined ? undefined : [{ kind: 'online', online }];
        }
        const on = eitherOf(text, 'ON', 'OFF');
        return on === undefined ? undefined : [{ kind: 'output', on }];
      }
      const report = reportOf(payload);
      if (report === undefined) return undefined;
      if (topic === topics.sensor) return contacts(report);
      if (topic === topics.sensors) return contacts(objectOf(at(report, 'StatusSNS')));
      return topic === topics.state ? outputs(report) : results(report);
    },
    // Not in a Backlog: that queues behind whatever Delay somebody else's Backlog still waits for.
    order: (on) => ({ topic: topics.command(`POWER${relay}`), payload: on ? 'ON' : 'OFF' }),
    ask: () => [
      { topic: topics.command(`POWER${relay}`), payload: '' },
      { topic: topics.command(`PulseTime${relay}`), payload: '' },
      ...(words.irreversible ? [] : [{ topic: topics.command('PowerOnState'), payload: '' }]),
      ...(feedback === undefined ? [] : [{ topic: topics.command('STATUS'), payload: '10' }]),
    ],
  };
}

/** A relay of a Tasmota device, whose PulseTime ends a hold that nobody renews. */
export const tasmota: DriverType = {
  driver: 'tasmota',
  actuator: TasmotaActuator,
  check(actuator) {
    const wrong = checkWords(actuator);
    if (actuator.leaseMs > pulseMsMax) wrong.push(`leaseMs is longer than the longest PulseTime of ${pulseMsMax} ms`);
    return wrong;
  },
  actions: (actuator) => wordsOf(actuator).actions,
  expected: (_actuator, action) => action,
  open: (actuator, host) => openSwitch(actuator, host, tasmotaDialect(actuator)),
};
