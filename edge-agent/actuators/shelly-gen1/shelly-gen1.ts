import type { ActuatorConfig } from '../../site/types.ts';
import { eitherOf, textOf } from '../mqtt-switch/decode.ts';
import type { Dialect } from '../mqtt-switch/dialect.ts';
import { openSwitch } from '../mqtt-switch/switch-driver.ts';
import { checkWords, secondsUp, wordsOf } from '../mqtt-switch/words.ts';
import type { DriverHost, DriverType } from '../types.ts';
import { ShellyGen1Actuator } from './config.ts';
import { lookAtTimer } from './timer.ts';

const pollEveryMs = 10_000;

type Gen1 = ActuatorConfig & ShellyGen1Actuator;

/** How a Shelly of the first generation is spoken to: plain words over MQTT, its timer over HTTP. */
export function shellyGen1Dialect(actuator: ActuatorConfig, { readSecret }: Pick<DriverHost, 'readSecret'>): Dialect {
  const { device, channel = 0, feedback, address, username = 'admin', password } = actuator as Gen1;
  const words = wordsOf(actuator);
  const topics = {
    relay: `shellies/${device}/relay/${channel}`,
    online: `shellies/${device}/online`,
    input: `shellies/${device}/input/${feedback?.input}`,
  };
  const login = () =>
    password && `Basic ${Buffer.from(`${username}:${readSecret(password)}`, 'utf8').toString('base64')}`;
  const wantedS = words.irreversible ? 0 : secondsUp(words.lapseMs);
  return {
    device: `the Shelly ${device}`,
    topics: [topics.relay, topics.online, ...(feedback === undefined ? [] : [topics.input])],
    settings: address === undefined ? [] : [words.awayOutput ? 'auto_off' : 'auto_on'],
    feedback: feedback !== undefined,
    fixedLapseMs: wantedS * 1000,
    pollEveryMs,
    hear(topic, payload) {
      const text = textOf(payload);
      if (topic === topics.online) {
        const online = eitherOf(text, 'true', 'false');
        return online === undefined ? undefined : [{ kind: 'online', online }];
      }
      if (topic === topics.input) {
        const on = eitherOf(text, '1', '0');
        return on === undefined ? undefined : [{ kind: 'contact', on: on !== (feedback?.invert ?? false) }];
      }
      // `overpower`: the device opened its relay because of the load.
      const on = text === 'overpower' ? false : eitherOf(text, 'on', 'off');
      return on === undefined ? undefined : [{ kind: 'output', on }];
    },
    order: (on) => ({ topic: `${topics.relay}/command`, payload: on ? 'on' : 'off' }),
    ask: () => [{ topic: `shellies/${device}/command`, payload: 'update' }],
    ...(address === undefined ? {} : { look: () => lookAtTimer({ address, channel, words, wantedS, login }) }),
  };
}

/** A relay of a first-generation Shelly, whose `auto_off` ends a hold that nobody renews. */
export const shellyGen1: DriverType = {
  driver: 'shelly-gen1',
  actuator: ShellyGen1Actuator,
  check(actuator) {
    const wrong = checkWords(actuator);
    const { away, irreversible } = wordsOf(actuator);
    if (wrong.length === 0 && !irreversible && (actuator as Gen1).address === undefined)
      wrong.push(`${away} is a hold, and a first-generation Shelly shows its timer over HTTP only: give its address`);
    return wrong;
  },
  actions: (actuator) => wordsOf(actuator).actions,
  expected: (_actuator, action) => action,
  open: (actuator, host) => openSwitch(actuator, host, shellyGen1Dialect(actuator, host)),
};
