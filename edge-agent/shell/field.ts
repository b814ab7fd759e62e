import type { Publish } from '@tocsin/contracts';
import type { ActuatorDriver } from '../actuators/index.ts';
import type { PipelineEvent } from '../pipeline/types.ts';
import { formatOf, type SensorFormat } from '../sensors/index.ts';
import type { DeviceConfig } from '../site/types.ts';

export type FieldListener = (topic: string, payload: Uint8Array, retained: boolean) => void;

/** The site's own MQTT side: the gateway's broker in this process, or a client of one that runs on site. */
export type FieldPort = {
  publish: Publish;
  /** Tells of every message of others; never of what `publish` sent. */
  onMessage(listener: FieldListener): void;
  /** Topics without wildcards that matter; called once, before the first message is needed. */
  subscribe(topics: readonly string[]): void;
  /** Why nothing comes from the field just now, or undefined while it does. */
  problem?(): string | undefined;
};

/** Longest payload of a sensor or actuator that is looked at. */
export const fieldPayloadBytesMax = 262_144;

type Target =
  | { kind: 'device'; device: DeviceConfig; decode: ReturnType<SensorFormat['compile']> }
  | { kind: 'actuator'; id: string; driver: ActuatorDriver };

export type OpenActuator = { id: string; driver: ActuatorDriver };

export type Router = {
  topics(): string[];
  /** The events a message means, in order. Drivers report by themselves. */
  route(message: { topic: string; payload: Uint8Array; retained: boolean; atMs: number }): PipelineEvent[];
};

/** Joins topics to the decoders of devices and to the drivers of actuators. */
export function createRouter(devices: readonly DeviceConfig[], actuators: readonly OpenActuator[]): Router {
  const targets = new Map<string, Target[]>();
  const add = (topic: string, target: Target) => targets.set(topic, [...(targets.get(topic) ?? []), target]);
  for (const device of devices) {
    if (device.topic === undefined) continue;
    const decode = formatOf(device.format)!.compile(device);
    add(device.topic, { kind: 'device', device, decode });
  }
  for (const { id, driver } of actuators)
    for (const topic of driver.topics) add(topic, { kind: 'actuator', id, driver });

  function deviceEvents(target: Extract<Target, { kind: 'device' }>, message: Parameters<Router['route']>[0]) {
    const { payload, retained, atMs } = message;
    const device = target.device.id;
    const { values, tracks, refused } = target.decode(payload, atMs);
    const events: PipelineEvent[] = [];
    const stale = (what: string) =>
      events.push({
        kind: 'refused',
        device,
        code: 'TIME_IMPLAUSIBLE',
        detail: `${what} was retained by the broker and carries no time of its own.`,
        atMs,
      });
    for (const value of values) {
      // A retained value without a time may be years old; taking the arrival for its time would be a lie.
      if (retained && value.atMs === undefined) stale(value.channel);
      else events.push({ kind: 'reading', device, ...value, receivedAtMs: atMs, late: retained });
    }
    if (tracks !== undefined) {
      if (retained) stale('A frame of tracks');
      else events.push({ kind: 'tracks', device, ...tracks, receivedAtMs: atMs, late: false });
    }
    for (const { code, detail } of refused) events.push({ kind: 'refused', device, code, detail, atMs });
    return events;
  }

  return {
    topics: () => [...targets.keys()],
    route(message) {
      const { topic, payload, atMs } = message;
      const found = targets.get(topic);
      if (found === undefined)
        return [
          { kind: 'refused', code: 'DEVICE_UNKNOWN', detail: `No device speaks on ${topic.slice(0, 128)}.`, atMs },
        ];
      const [first] = found;
      if (payload.byteLength > fieldPayloadBytesMax) {
        const device = first!.kind === 'device' ? first!.device.id : undefined;
        const detail = `${payload.byteLength} bytes of ${fieldPayloadBytesMax} on ${topic}.`;
        return [{ kind: 'refused', device, code: 'PAYLOAD_TOO_LARGE', detail, atMs }];
      }
      const events: PipelineEvent[] = [];
      for (const target of found) {
        if (target.kind === 'device') for (const event of deviceEvents(target, message)) events.push(event);
        else target.driver.message(topic, payload, message.retained);
      }
      return events;
    },
  };
}
