import type { Descriptor } from '@tocsin/contracts';
import { conditions, models, ruleVersion } from '@tocsin/rules/engine';
import { driverOf } from '../actuators/index.ts';
import type { Site } from '../site/types.ts';

type Device = Descriptor['devices'][number];

/** Channels that models of a site compute, under the id of the model; a model that feeds another comes before it. */
function modelDevices(site: Site): Device[] {
  const units = new Map<string, string>();
  for (const { id, channels } of site.devices)
    for (const channel of channels) units.set(`${id}/${channel.id}`, channel.unit);
  const waiting = [...site.models];
  const devices: Device[] = [];
  for (let rounds = waiting.length; rounds > 0 && waiting.length > 0; rounds -= 1) {
    for (const model of waiting.splice(0)) {
      const type = models.find((one) => one.type === model.type);
      const inputs = type?.inputs(model as never);
      if (type === undefined || inputs === undefined) continue;
      if (inputs.streams.some((stream) => !units.has(stream))) {
        waiting.push(model);
        continue;
      }
      const wanted = inputs.streams.map((stream, i) => inputs.units?.[i] ?? units.get(stream)!);
      const outputs = type.outputs(model as never, wanted);
      for (const { channel, unit } of outputs) units.set(`${model.id}/${channel}`, unit);
      devices.push({ device: model.id, format: model.type, channels: outputs });
    }
  }
  return devices;
}

/** What a site publishes of itself: everything another room needs to understand its batches, made from the site file alone. */
export function descriptorOf(site: Site, version: string): Descriptor {
  const measured = site.devices.map((device): Device => {
    const channels = device.channels.map(({ id, name, unit, min, max }) => {
      return { channel: id, name, unit, min, max, intervalMs: device.intervalMs };
    });
    return { device: device.id, name: device.name, format: device.format, channels };
  });
  const rules = site.rules.map((rule) => {
    const { id, type, event } = rule;
    const severities = conditions.find((one) => one.type === type)?.ladder(rule as never) ?? [];
    return { rule: id, event, type, class: rule.class ?? 'alarm', severities, version: ruleVersion(rule) };
  });
  const actuators = site.actuators.map((actuator) => {
    const { id, name, driver, onSilence, irreversible } = actuator;
    const actions = driverOf(driver)?.actions(actuator) ?? [];
    return { actuator: id, name, driver, actions, onSilence, irreversible: irreversible.length > 0 };
  });
  const { name, configHash, mode, timeZone, location } = site;
  const whole: Descriptor = {
    v: 1,
    site: site.site,
    name,
    version,
    configHash,
    mode,
    timeZone,
    location,
    devices: [...measured, ...modelDevices(site)],
    rules,
    actuators,
  };
  // Fields that are not set must be absent on the wire, not null.
  return JSON.parse(JSON.stringify(whole)) as Descriptor;
}
