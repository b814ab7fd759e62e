import type { ActuatorTruth, Descriptor, LatestReading, SeriesReader, SiteView } from '@tocsin/contracts';

type ChannelStory = {
  device: string;
  deviceName: string;
  channel: string;
  name: string;
  unit: string;
  at(tS: number): number;
};
type SiteStory = { site: string; name: string; channels: ChannelStory[]; actuators: Descriptor['actuators'] };

const wobble = (tS: number, seed: number) => Math.sin(tS * 1.7 + seed) * 0.6 + Math.sin(tS * 4.1 + seed * 3) * 0.4;
const actuator = (id: string, name: string, onSilence: string, irreversible = false) => ({
  ...{ actuator: id, name, driver: 'mqtt-relay', actions: ['on', 'off'], onSilence, irreversible },
});

/** Three sites of a town; values are functions of seconds, so that any stretch of time can be asked for. */
export const townStory: readonly SiteStory[] = [
  {
    site: 'hillside',
    name: 'Hillside above Mill Road',
    actuators: [actuator('siren', 'Siren', 'off'), actuator('barrier', 'Road barrier', 'no change')],
    channels: [
      ...slope('ext-1', 'Crown extensometer', 1),
      ...slope('ext-2', 'Flank extensometer', 0.6),
      {
        device: 'creep',
        deviceName: 'Creep model',
        channel: 'velocity',
        name: 'velocity',
        unit: 'mm/h',
        at: (t) => 2 + ((t % 300) / 60) ** 2,
      },
    ],
  },
  {
    site: 'mill-house',
    name: 'Mill House',
    actuators: [
      actuator('lift-recall', 'Lift recall', 'no change'),
      actuator('breaker', 'Main breaker', 'no change', true),
    ],
    channels: [...detector('kitchen', 'Kitchen detector', 1), ...detector('corridor', 'Corridor detector', 0.3)],
  },
  {
    site: 'crossing',
    name: 'Crossing at the school',
    actuators: [actuator('hold', 'Green hold', 'off')],
    channels: [
      {
        device: 'lidar',
        deviceName: 'Lidar',
        channel: 'people',
        name: 'people',
        unit: '{people}',
        at: (t) => Math.round(2 + 2 * wobble(t / 20, 1)),
      },
      {
        device: 'signal',
        deviceName: 'Signal',
        channel: 'left',
        name: 'clearance left',
        unit: 's',
        at: (t) => 12 - (t % 12),
      },
    ],
  },
];

function slope(device: string, deviceName: string, share: number): ChannelStory[] {
  const at = (t: number) => 100 + share * ((t % 300) / 40) ** 2 + 0.15 * wobble(t, share);
  return [{ device, deviceName, channel: 'displacement', name: 'displacement', unit: 'mm', at }];
}

function detector(device: string, deviceName: string, share: number): ChannelStory[] {
  const grow = (t: number) => share * ((t % 300) / 60) ** 2;
  return [
    {
      device,
      deviceName,
      channel: 'temperature',
      name: 'temperature',
      unit: 'Cel',
      at: (t) => 21 + 1.4 * grow(t) + 0.2 * wobble(t, 2),
    },
    {
      device,
      deviceName,
      channel: 'smoke',
      name: 'smoke',
      unit: '%/m',
      at: (t) => 0.1 + 0.5 * grow(t) + 0.05 * wobble(t, 3),
    },
    { device, deviceName, channel: 'co', name: 'CO', unit: '[ppm]', at: (t) => 2 + 3 * grow(t) + wobble(t, 4) },
  ];
}

/** A site of the story as the desk shows it. */
export function townSite(
  { site, name, channels, actuators }: SiteStory,
  nowMs: number,
  change: Partial<SiteView> = {},
): SiteView {
  const devices = [...new Set(channels.map(({ device }) => device))].map((device) => {
    const own = channels.filter((channel) => channel.device === device);
    return {
      device,
      name: own[0]!.deviceName,
      format: 'json',
      channels: own.map(({ channel, name, unit }) => ({ channel, name, unit })),
    };
  });
  const descriptor: Descriptor = {
    v: 1,
    site,
    name,
    version: '0.1.0',
    configHash: 'ab12',
    mode: 'live',
    devices,
    rules: [],
    actuators,
  };
  const status = {
    v: 1,
    site,
    online: true,
    atMs: nowMs,
    health: 'ok',
    problems: [],
    queued: 0,
    refused: 0,
    startedAtMs: nowMs,
  } as const;
  return { site, descriptor, status: { ...status, problems: [] }, lastHeardAtMs: nowMs, ...change };
}

/** An actuator that did what it was told, or whatever else the caller says. */
export function townActuator(
  given: Partial<ActuatorTruth> & { site: string; actuator: string; changedAtMs: number },
): ActuatorTruth {
  const atMs = given.changedAtMs;
  const done = {
    commanded: 'on',
    commandedAtMs: atMs - 400,
    confirmed: 'on',
    confirmedAtMs: atMs,
    state: 'verified',
  } as const;
  return { mode: 'live', issuer: `edge:${given.site}`, ...done, ...given };
}

/** Series of the story up to the present. */
export function townSeries(nowMs: () => number, write: SeriesReader['export']): SeriesReader {
  const all = townStory.flatMap(({ site, channels }) => channels.map((channel) => ({ site, ...channel })));
  return {
    async latest(filter = {}) {
      const atMs = Math.floor(nowMs() / 1_000) * 1_000;
      const wanted = all.filter(
        ({ site, device }) => (filter.site ?? site) === site && (filter.device ?? device) === device,
      );
      return wanted.map(({ site, device, channel, unit, at }): LatestReading => {
        return { site, device, channel, unit, takenAtMs: atMs, value: at(atMs / 1_000), quality: 0 };
      });
    },
    async range({ site, device, channel, fromMs, toMs, points }) {
      const found = all.find((other) => other.site === site && other.device === device && other.channel === channel);
      const bucketMs = Math.max(1_000, Math.ceil((toMs - fromMs) / points / 1_000) * 1_000);
      const tMs: number[] = [];
      for (let atMs = Math.ceil(fromMs / bucketMs) * bucketMs; atMs < Math.min(toMs, nowMs()); atMs += bucketMs)
        tMs.push(atMs);
      const avg = tMs.map((atMs) => found?.at(atMs / 1_000) ?? 0);
      const ones = tMs.map(() => 1);
      return {
        unit: found?.unit ?? '1',
        bucketMs,
        tMs,
        min: avg,
        avg,
        max: avg,
        count: ones,
        quality: tMs.map(() => 0),
      };
    },
    export: write,
  };
}
