import type { Descriptor } from '@tocsin/contracts';
import { conditions, madeStreams, ruleVersion } from '@tocsin/rules/engine';
import { driverOf } from '../actuators/index.ts';
import type { Site } from '../site/types.ts';
import { loadManifest } from '../vision/manifest/load.ts';

type Device = Descriptor['devices'][number];

/** Channels that models of a site compute, under the id of the model; a model that feeds another comes before it. */
function modelDevices({ devices, models }: Site): Device[] {
  const units = new Map<string, string>();
  for (const { id, channels } of devices)
    for (const channel of channels) units.set(`${id}/${channel.id}`, channel.unit);
  return madeStreams({ models, units }).map(({ model, outputs }) => ({
    device: model.id,
    format: model.type,
    channels: outputs.map(({ channel, unit }) => ({ channel, unit })),
  }));
}

/** The models that look at each camera, with the hashes of their files; one that cannot be read is left out here and told by its camera. */
export function visionOf({ cameras }: Site): NonNullable<Descriptor['vision']> {
  return cameras.flatMap(({ id: camera, model, classifier }) =>
    [model, classifier].flatMap((ref) => {
      if (ref === undefined || ref === 'none') return [];
      try {
        const { name, sha256 } = loadManifest(ref).manifest;
        return [{ camera, model: name, sha256 }];
      } catch {
        return [];
      }
    }),
  );
}

/** What the ledger keeps of a start: what decides from now on. */
export function startBody(site: Site, version: string): object {
  const vision = visionOf(site);
  return { version, configHash: site.configHash, ...(vision.length > 0 ? { vision } : {}) };
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
    const { id, name, driver, onSilence, irreversible, rest } = actuator;
    const actions = driverOf(driver)?.actions(actuator) ?? [];
    return { actuator: id, name, driver, actions, onSilence, rest, irreversible: irreversible.length > 0 };
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
    ...(site.cameras.length > 0 ? { vision: visionOf(site) } : {}),
    actuators,
  };
  // Fields that are not set must be absent on the wire, not null.
  return JSON.parse(JSON.stringify(whole)) as Descriptor;
}
