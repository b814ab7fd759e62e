import type { Descriptor } from '@tocsin/contracts';
import type { ChannelLimits, SiteChannels } from '../judge.ts';

/**
 * Everything a site ever said that it measures. Readings wait on a gateway for days and arrive after its file was changed, so they are
 * judged by every description and not by the newest: what one of them allowed is stored.
 *
 * Channels remembered of one site (those of its newest description are, whatever their number); the oldest are forgotten first. */
export const describedMax = 16_384;

type Entry = ChannelLimits & { device: string; channel: string };

function* entriesOf({ devices }: Descriptor): Generator<Entry> {
  for (const { device, channels } of devices)
    for (const { channel, unit, min = -Infinity, max = Infinity } of channels)
      yield { device, channel, unit, min, max };
}

function* entriesIn(channels: SiteChannels): Generator<Entry> {
  for (const [device, known] of channels)
    for (const [channel, units] of known) for (const limits of units) yield { device, channel, ...limits };
}

/** Newest descriptions first; of two entries of one name and unit the wider range holds. */
function gather(entries: Iterable<Entry>, max: number): SiteChannels {
  const channels = new Map<string, Map<string, ChannelLimits[]>>();
  let count = 0;
  for (const { device, channel, unit, min, max: most } of entries) {
    const units = channels.get(device)?.get(channel);
    const had = units?.find((one) => one.unit === unit);
    if (had !== undefined) Object.assign(had, { min: Math.min(had.min, min), max: Math.max(had.max, most) });
    if (had !== undefined || count >= max) continue;
    count += 1;
    const known = channels.get(device) ?? new Map<string, ChannelLimits[]>();
    channels.set(device, known.set(channel, [...(units ?? []), { unit, min, max: most }]));
  }
  return channels;
}

/** Adds a description to what was known before; the same map when it says nothing new, so that what was looked up in it holds. */
export function addDescription(before: SiteChannels | undefined, descriptor: Descriptor): SiteChannels {
  const fresh = [...entriesOf(descriptor)];
  if (before !== undefined && fresh.every((entry) => isKnown(before, entry))) return before;
  return gather([...fresh, ...(before === undefined ? [] : entriesIn(before))], Math.max(fresh.length, describedMax));
}

function isKnown(channels: SiteChannels, { device, channel, unit, min, max }: Entry): boolean {
  const had = channels
    .get(device)
    ?.get(channel)
    ?.find((one) => one.unit === unit);
  return had !== undefined && had.min <= min && had.max >= max;
}

type Line = [device: string, channel: string, unit: string, min: number | null, max: number | null];

/** As text for the file of sites; JSON knows no infinity, so that is null. */
export function writeDescribed(channels: SiteChannels): string {
  const finite = (x: number) => (Number.isFinite(x) ? x : null);
  const lines: Line[] = [];
  for (const { device, channel, unit, min, max } of entriesIn(channels))
    lines.push([device, channel, unit, finite(min), finite(max)]);
  return JSON.stringify(lines);
}

/** Reads what `writeDescribed` wrote. */
export function readDescribed(text: string): SiteChannels {
  const lines = JSON.parse(text) as Line[];
  const entries = lines.map(([device, channel, unit, min, max]) => ({
    device,
    channel,
    unit,
    min: min ?? -Infinity,
    max: max ?? Infinity,
  }));
  return gather(entries, Number.POSITIVE_INFINITY);
}
