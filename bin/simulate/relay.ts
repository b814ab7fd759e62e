import { Fault, systemClock } from '@tocsin/contracts';
import {
  createRelayDevice,
  type RelayFirmware,
  shellyGen1Firmware,
  shellyGen2Firmware,
  tasmotaFirmware,
  zigbee2mqttFirmware,
} from '@tocsin/simulators';
import mqtt from 'mqtt';
import { oneOf, type Simulated } from './words.ts';

export const relayNames = ['tasmota', 'shelly-gen1', 'shelly-gen2', 'zigbee2mqtt'] as const;
export type RelayName = (typeof relayNames)[number];

const faults = ['none', 'sticks', 'lies', 'lags', 'silent', 'timerless'] as const;

export type RelayOptions = {
  firmware: RelayName;
  /** Address of a broker that is there already. */
  mqttUrl?: string;
  name?: string;
  username?: string;
  password?: string;
};

type Made = { firmware: RelayFirmware; listen?(): Promise<string>; close?(): Promise<void> };

function makeOf(firmware: RelayName, device: string): Made {
  if (firmware === 'shelly-gen1') return shellyGen1Firmware({ device });
  if (firmware === 'shelly-gen2') return { firmware: shellyGen2Firmware({ device }) };
  if (firmware === 'tasmota') return { firmware: tasmotaFirmware({ topic: device }) };
  return { firmware: zigbee2mqttFirmware({ device }) };
}

/** Joins a relay to a broker. Throws ARGUMENT_INVALID, MQTT_UNREACHABLE. */
export async function simulateRelay({ firmware, mqttUrl, name, username, password }: RelayOptions): Promise<Simulated> {
  if (mqttUrl === undefined)
    throw new Fault('ARGUMENT_INVALID', 'A relay needs a broker.', { remedy: 'Give --mqtt mqtt://127.0.0.1:1884.' });
  const device = name ?? 'siren';
  const made = makeOf(firmware, device);
  const login = { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
  const probe = await mqtt
    .connectAsync(mqttUrl, { ...login, clientId: device, reconnectPeriod: 0, connectTimeout: 5_000 }, false)
    .catch((cause: Error) => {
      throw new Fault(
        'ARGUMENT_INVALID',
        `The broker at ${mqttUrl} does not let ${device} in: ${cause.message || 'no answer'}.`,
        {
          remedy: 'Look at its address, --username and TOCSIN_MQTT_PASSWORD.',
          cause,
        },
      );
    });
  await probe.endAsync();
  const relay = createRelayDevice({
    connect: (options) => mqtt.connect(mqttUrl, { ...options, ...login, clientId: device, reconnectPeriod: 1_000 }),
    clock: systemClock,
    firmware: made.firmware,
  });
  await relay.start();
  const page = await made.listen?.();
  return {
    where: `${firmware} ${device} at ${mqttUrl}${page ? `, its page at http://${page}` : ''}`,
    look: () => ({ contact: relay.contact() ? 'on' : 'off' }),
    deeds: {
      hand: {
        usage: 'hand on|off',
        says: 'Somebody turns it on site.',
        run: ([on]) => relay.byHand(oneOf(on, ['on', 'off']) === 'on'),
      },
      fault: {
        usage: `fault ${faults.join('|')}`,
        says: 'How it goes wrong.',
        run: ([fault]) => relay.setFault(oneOf(fault, faults)),
      },
    },
    async stop() {
      await made.close?.();
      await relay.stop();
    },
  };
}
