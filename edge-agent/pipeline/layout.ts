import assert from 'node:assert';
import { driverOf } from '../actuators/index.ts';
import type { ActuatorRules } from '../actuators/plan/plan.ts';
import type { ActuatorConfig, Site } from '../site/types.ts';

/** A measured stream, looked up once per site instead of once per reading. */
export type Stream = { name: string; unit: string; isWatched: boolean };

/** A value says nothing to an interlock after this many of its usual intervals, the same as a gap (domain.md §1.7). */
const staleIntervals = 3;

/** The measured streams of a site by device and channel. */
export function streamsOf({ devices }: Site, watches: (stream: string) => boolean): Map<string, Map<string, Stream>> {
  const streams = new Map<string, Map<string, Stream>>();
  for (const { id, channels } of devices) {
    const rows = channels.map((channel): [string, Stream] => {
      const name = `${id}/${channel.id}`;
      return [channel.id, { name, unit: channel.unit, isWatched: watches(name) }];
    });
    streams.set(id, new Map(rows));
  }
  return streams;
}

/** Units and usual intervals of every measured stream, as the rule engine wants them. */
export function measuresOf({ devices }: Site): { units: Map<string, string>; intervalsMs: Map<string, number> } {
  const units = new Map<string, string>();
  const intervalsMs = new Map<string, number>();
  for (const { id, channels, intervalMs } of devices)
    for (const channel of channels) {
      units.set(`${id}/${channel.id}`, channel.unit);
      intervalsMs.set(`${id}/${channel.id}`, intervalMs);
    }
  return { units, intervalsMs };
}

/** How old a value may be for an interlock; what a model makes is as slow as the slowest device could make it. */
export function stalenessOf({ devices }: Site): (stream: string) => number {
  const byDevice = new Map(devices.map(({ id, intervalMs }) => [id, intervalMs * staleIntervals]));
  const slowestMs = Math.max(0, ...byDevice.values());
  return (stream) => byDevice.get(stream.slice(0, stream.indexOf('/'))) ?? slowestMs;
}

/** The actuators of a site with their drivers' words for actions and states. */
export function actuatorsOf({ site, mode, timeZone, actuators }: Site): ActuatorRules[] {
  return actuators.map((actuator) => ({
    ...{ site, mode, actuator, expected: expectedOf(actuator) },
    ...(timeZone === undefined ? {} : { timeZone }),
    canAsk: driverOf(actuator.driver)?.canAsk?.(actuator) ?? true,
  }));
}

function expectedOf(actuator: ActuatorConfig): Record<string, string> {
  const driver = driverOf(actuator.driver);
  assert(driver !== undefined, `Actuator ${actuator.id} has the unknown driver ${actuator.driver}.`);
  return Object.fromEntries(driver.actions(actuator).map((action) => [action, driver.expected(actuator, action)]));
}
