import { Fault, systemClock } from '@tocsin/contracts';
import { formatOf } from '@tocsin/edge-agent/sensors';
import { readSecret, type Site } from '@tocsin/edge-agent/site';
import mqtt from 'mqtt';
import { mergedRows } from './merge.ts';
import { emptySummary, type ReplayHooks, type ReplaySummary } from './replay.ts';
import type { ReplayRow, ReplaySource } from './rows.ts';

export type LiveOptions = Pick<ReplayHooks, 'refused' | 'progress'> & {
  /** How many times faster than recorded. */
  speed: number;
  env: Record<string, string | undefined>;
  /** Overrides the field broker of the site file. */
  broker?: string;
};

type Credentials = { username?: string; password?: string };

/** The broker and, for each device, a credential that may publish on its topic. */
function access(site: Site, { broker, env }: LiveOptions): { url: string; of(topic: string): Credentials } {
  if (site.broker === undefined) {
    if (broker === undefined)
      throw new Fault('ARGUMENT_INVALID', 'The site file names no field broker.', {
        remedy: 'Give --broker mqtt://host:port.',
      });
    return { url: broker, of: () => ({}) };
  }
  if ('url' in site.broker) {
    const { url, username, password } = site.broker;
    const credentials = { username, password: password && readSecret(password, env) };
    return { url: broker ?? url, of: () => credentials };
  }
  const { listen, users } = site.broker;
  return {
    url: broker ?? `mqtt://${listen.host}:${listen.port}`,
    of(topic) {
      const user = users.find(({ publish }) => publish.includes(topic));
      if (!user)
        throw new Fault('NOT_ALLOWED', `No user of the site file may publish on ${topic}.`, {
          remedy: 'Add one under broker.users.',
        });
      return { username: user.username, password: readSecret(user.password, env) };
    },
  };
}

/**
 * Publishes a recording to the site's field broker, each device in its own format, stamped with the present time so that the gateway
 * believes it; the pace is the recording's times `speed`. What a running `tocsin edge` decides is seen there, not here.
 */
export async function replayLive(source: ReplaySource, site: Site, options: LiveOptions): Promise<ReplaySummary> {
  const summary = emptySummary();
  const { url, of } = access(site, options);
  const clients = new Map<string, mqtt.MqttClient>();
  const publish = async (topic: string, payload: string) => {
    const { username, password } = of(topic);
    const id = username ?? `replay-${process.pid}`;
    let client = clients.get(id);
    if (!client) {
      client = await mqtt
        .connectAsync(
          url,
          { clientId: id, username, password, protocolVersion: 4, reconnectPeriod: 1000, connectTimeout: 5000 },
          false,
        )
        .catch((cause: Error) => {
          throw new Fault('BROKER_UNREACHABLE', `${url}: ${cause.message || 'no answer'}.`, {
            remedy: 'Is `tocsin edge` running?',
            cause,
          });
        });
      clients.set(id, client);
    }
    await client.publishAsync(topic, payload, { qos: 1 });
  };
  const began = systemClock.nowMs();
  try {
    for await (const rows of framesOf(source, site, options, summary)) {
      summary.firstAtMs ??= rows[0]!.atMs;
      const dueMs = began + (rows[0]!.atMs - summary.firstAtMs) / options.speed;
      const waitMs = dueMs - systemClock.nowMs();
      if (waitMs > 1) await new Promise<void>((done) => systemClock.after(waitMs, done));
      summary.lastAtMs = rows[0]!.atMs;
      await publishFrame({ rows, atMs: Math.round(dueMs), site, source, publish });
      options.progress?.(summary);
    }
  } finally {
    await Promise.all([...clients.values()].map((client) => client.endAsync()));
  }
  return summary;
}

/** Rows of one instant together, because a device says them in one message. */
async function* framesOf(
  source: ReplaySource,
  site: Site,
  options: LiveOptions,
  summary: ReplaySummary,
): AsyncGenerator<ReplayRow[]> {
  let frame: ReplayRow[] = [];
  for await (const row of mergedRows(source, site)) {
    if ('why' in row) {
      summary.refused.PAYLOAD_MALFORMED = (summary.refused.PAYLOAD_MALFORMED ?? 0) + 1;
      options.refused(row);
      continue;
    }
    if (row.made === undefined) summary.rows += 1;
    if (row.made === undefined) summary.readings += row.values.length;
    if (frame.length > 0 && frame[0]!.atMs !== row.atMs) {
      yield frame;
      frame = [];
    }
    frame.push(row);
  }
  if (frame.length > 0) yield frame;
}

type FrameToPublish = {
  rows: ReplayRow[];
  atMs: number;
  site: Site;
  source: ReplaySource;
  publish(topic: string, payload: string): Promise<void>;
};

async function publishFrame({ rows, atMs, site, source, publish }: FrameToPublish): Promise<void> {
  const tracks = rows.flatMap(({ track }) => (track ? [track] : []));
  const hasPicture = tracks.length > 0 || rows.some(({ made }) => made === 'emptyPicture');
  for (const device of site.devices) {
    const values = rows.flatMap((row) => row.values.filter((value) => value.device === device.id));
    const seesTracks = hasPicture && (source.tracks?.device ?? device.id) === device.id && device.tracks !== undefined;
    if (values.length === 0 && !seesTracks) continue;
    if (device.topic === undefined) {
      const remedy = 'Replay without --live, or publish its pictures on the topic of its source.';
      throw new Fault('ARGUMENT_INVALID', `${device.id} is a camera: its gateway hears it through its eyes.`, {
        remedy,
      });
    }
    const payload = formatOf(device.format)!.encode(device, { values, atMs, ...(seesTracks ? { tracks } : {}) });
    await publish(device.topic, payload);
  }
}
