import { Fault } from '@tocsin/contracts';
import type { Site } from '@tocsin/edge-agent/site';
import { type PackStream, siteFromPack } from './pack-site.ts';
import { type ReplaySource, replayRows } from './rows.ts';

/** Rows that are looked at to learn how often each column was taken. */
const rowsLookedAt = 2_000;
/** Assumed until the rows have been looked at; it decides nothing. */
const anyIntervalMs = 1_000;

/** The channels that `--map COLUMN=device/channel:unit` makes; how often they come is learnt later. */
export function streamsOf(maps: readonly string[]): PackStream[] {
  return maps.map((text) => {
    const [, device, channel, unit] = /^.+=([A-Za-z0-9._-]+)\/([A-Za-z0-9._-]+):(.+)$/.exec(text) ?? [];
    if (device !== undefined && channel !== undefined && unit !== undefined)
      return { device, channel, unit, intervalMs: anyIntervalMs };
    throw new Fault('ARGUMENT_INVALID', `--map ${text} is not COLUMN=device/channel:unit.`, {
      remedy: 'Without a site file the unit must be there, for example --map mm=ext-1/displacement:mm',
    });
  });
}

function medianGapMs(timesMs: readonly number[]): number {
  const gaps = timesMs.flatMap((atMs, i) => (i > 0 && atMs > timesMs[i - 1]! ? [atMs - timesMs[i - 1]!] : []));
  gaps.sort((a, b) => a - b);
  return gaps[gaps.length >> 1] ?? anyIntervalMs;
}

/** The usual time between values of each stream, and between frames of tracks, from the first rows of a recording. */
async function intervalsOf(source: ReplaySource, site: Site): Promise<Map<string, number>> {
  const timesMs = new Map<string, number[]>();
  let count = 0;
  for await (const row of replayRows(source, site)) {
    if ('why' in row) continue;
    const names = row.values.map(({ device, channel }) => `${device}/${channel}`);
    if (row.track) names.push('tracks');
    for (const name of names) timesMs.set(name, [...(timesMs.get(name) ?? []).slice(-rowsLookedAt), row.atMs]);
    count += 1;
    if (count >= rowsLookedAt) break;
  }
  return new Map([...timesMs].map(([name, times]) => [name, medianGapMs(times)]));
}

/**
 * A site for a recording without a site file: its columns are the devices, the pack brings models and rules, and the rhythm of
 * the data is learnt from the recording itself. `trackDevice` names the device of the tracks, where there are any.
 */
export async function siteOfRecording(
  source: ReplaySource,
  { pack, facts, trackDevice }: { pack: string; facts: readonly string[]; trackDevice?: string },
): Promise<Site> {
  const { timeZone } = source;
  const make = (intervalsMs: ReadonlyMap<string, number>) => {
    const intervalMs = (name: string) => intervalsMs.get(name) ?? anyIntervalMs;
    const streams = streamsOf(source.maps).map((stream) => ({
      ...stream,
      intervalMs: intervalMs(`${stream.device}/${stream.channel}`),
    }));
    const trackDevices = trackDevice === undefined ? [] : [{ device: trackDevice, intervalMs: intervalMs('tracks') }];
    return siteFromPack({ pack, facts, streams, trackDevices, timeZone });
  };
  return make(await intervalsOf(source, make(new Map())));
}
