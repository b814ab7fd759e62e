import { open } from 'node:fs/promises';
import { converter, Fault } from '@tocsin/contracts';
import type { Site } from '@tocsin/edge-agent/site';
import type { SignalFeed } from './merge.ts';
import { cellNumber, columnFinder, guessSeparator, splitLine, type TableShape } from './table.ts';
import { timeColumn, timeReader } from './times.ts';

export type ReplaySource = {
  file: string;
  time?: string;
  everyMs?: number;
  startMs: number;
  timeZone: string;
  maps: readonly string[];
  tracks?: { spec: string; device?: string; fps?: number };
  header: 'auto' | 'no';
  widths?: readonly number[];
  /** What a first look over the tracks told: whether their rows are in order and how often pictures came. */
  pictures?: { isSorted: boolean; everyMs: number };
  /** States of a signal that come from elsewhere than the file. */
  signal?: SignalFeed;
};

export type ReplayRow = {
  atMs: number;
  line: number;
  values: { device: string; channel: string; value: number }[];
  track?: { id: number; xM: number; yM: number };
  /** Not of the file: a state of the signal (told again), or a picture with nobody on it. */
  made?: 'signal' | 'again' | 'emptyPicture';
};
export type RefusedRow = { line: number; why: string };

type Mapping = { column: string; device: string; channel: string; convert: (value: number) => number };

/** Reads `COLUMN=device/channel[:unit]` against the site file; without a unit the column is in the channel's own unit. */
export function parseMap(text: string, site: Site): Mapping {
  const match = /^(.+)=([A-Za-z0-9._-]+)\/([A-Za-z0-9._-]+)(?::(.+))?$/.exec(text);
  if (!match) {
    throw new Fault('ARGUMENT_INVALID', `--map ${text} is not COLUMN=device/channel[:unit].`, {
      remedy: 'Example: --map mm=ext-1/displacement:mm',
    });
  }
  const [, column, device, channel, unit] = match as unknown as [string, string, string, string, string | undefined];
  const channels = site.devices.find(({ id }) => id === device)?.channels;
  if (!channels) {
    throw new Fault('DEVICE_UNKNOWN', `--map ${text}: the site file has no device "${device}".`, {
      remedy: `It has: ${site.devices.map(({ id }) => id).join(', ')}.`,
    });
  }
  const described = channels.find(({ id }) => id === channel);
  if (!described) {
    throw new Fault('CHANNEL_UNKNOWN', `--map ${text}: device "${device}" has no channel "${channel}".`, {
      remedy: `It has: ${channels.map(({ id }) => id).join(', ') || 'none'}.`,
    });
  }
  const convert = converter(unit ?? described.unit, described.unit);
  if (!convert) {
    throw new Fault('UNIT_WRONG', `--map ${text}: "${unit}" cannot be turned into the channel's "${described.unit}".`, {
      remedy: 'Units are UCUM codes, for example mm, Cel, %/m, [ppm].',
    });
  }
  return { column, device, channel, convert };
}

/** Above any number that trackers count to. */
const namedIdsFrom = 1_000_000_000;

type TrackColumns = {
  device: string;
  time: number[];
  id: number;
  x: number;
  y: number;
  toM: (value: number) => number;
};

function lengthUnit(unit: string): (value: number) => number {
  const toM = converter(unit, 'm');
  if (!toM)
    throw new Fault('UNIT_WRONG', `--tracks: "${unit}" is not a length.`, {
      remedy: 'Write for example --tracks frame,id,x,y:m',
    });
  return toM;
}

function trackDevice(site: Site, named: string | undefined): string {
  const able = site.devices.filter((device) => 'tracks' in device && device.tracks !== undefined).map(({ id }) => id);
  const device = named ?? able[0];
  if (device === undefined || !able.includes(device)) {
    throw new Fault(
      'DEVICE_UNKNOWN',
      `--tracks needs a device with tracks; the site file has ${able.join(', ') || 'none'}.`,
    );
  }
  return device;
}

/** Lines of a file without end-of-line marks, with the bytes read so far for progress. */
export async function* lines(file: string): AsyncGenerator<{ text: string; line: number }> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file);
  } catch (cause) {
    throw new Fault('FILE_UNREADABLE', `${file}: ${(cause as Error).message}.`, { cause });
  }
  let line = 0;
  try {
    for await (const text of handle.readLines({ encoding: 'utf8', autoClose: false })) {
      line += 1;
      if (text.trim() !== '' && !text.startsWith('#'))
        yield { text: line === 1 ? text.replace(/^\uFEFF/, '') : text, line };
    }
  } finally {
    // A reader who has seen enough leaves early, and the file is closed all the same.
    await handle.close();
  }
}

/** The first lines of a file decide its shape: separator, header and width. */
async function shapeOf(source: ReplaySource): Promise<{ shape: TableShape; header?: string[]; width: number }> {
  const head: string[] = [];
  for await (const { text } of lines(source.file)) {
    head.push(text);
    if (head.length === 2) break;
  }
  if (head.length === 0) throw new Fault('PAYLOAD_MALFORMED', `${source.file} is empty.`);
  const shape: TableShape = {
    separator: guessSeparator(head.at(-1)!),
    ...(source.widths ? { widths: source.widths } : {}),
  };
  const first = splitLine(head[0]!, shape);
  const width = Math.max(splitLine(head.at(-1)!, shape).length, first.length);
  if (source.header === 'no' || source.widths) return { shape, width };
  // A row in which no cell that is asked for reads as a number or date can only be a header.
  const trackTime = source.tracks?.spec.split(',').slice(0, 1) ?? [];
  const wanted = source.time === undefined ? trackTime : timeColumn(source.time).columns;
  const reads = (cell: string | undefined) => cell !== undefined && /^[-+]?(\d|\.\d)/.test(cell);
  const positions = wanted.filter((name) => /^#?\d+$/.test(name) && !first.includes(name));
  const isHeader =
    positions.length > 0 ? !reads(first[Number(positions[0]!.replace('#', '')) - 1]) : !first.every(reads);
  return isHeader ? { shape, header: first, width } : { shape, width };
}

/** Reads a recording row by row; rows that cannot be read are given back with the reason, never dropped in silence. */
export async function* replayRows(source: ReplaySource, site: Site): AsyncGenerator<ReplayRow | RefusedRow> {
  const mappings = source.maps.map((text) => parseMap(text, site));
  const { shape, header, width } = await shapeOf(source);
  const find = columnFinder(header, width);
  const columns = mappings.map((mapping) => ({ ...mapping, index: find(mapping.column) }));
  const timeSpec = source.time === undefined ? undefined : timeColumn(source.time);
  const tracks = source.tracks ? trackColumns(source.tracks, site, find) : undefined;
  const timeAt = timeSpec?.columns.map(find) ?? tracks?.time ?? [];
  // The time column of tracks without --fps counts seconds, unless it holds dates.
  const form = timeSpec?.form ?? (tracks ? 's' : 'auto');
  const readTime = timeReader({ form, startMs: source.startMs, timeZone: source.timeZone });
  const frameMs = 1000 / (source.tracks?.fps ?? 1);
  const idOf = trackIds();
  let count = 0;
  for await (const { text, line } of lines(source.file)) {
    if (line === 1 && header) continue;
    const cells = splitLine(text, shape);
    let atMs: number | undefined;
    if (tracks && source.tracks?.fps !== undefined) {
      const frame = cellNumber(cells[tracks.time[0]!]);
      atMs = frame === undefined ? undefined : source.startMs + frame * frameMs;
    } else if (timeAt.length > 0) atMs = readTime(timeAt.map((index) => cells[index] ?? '').join(' '));
    else atMs = source.startMs + count * source.everyMs!;
    count += 1;
    if (atMs === undefined) {
      yield { line, why: `"${timeAt.map((index) => cells[index] ?? '').join(' ')}" is no time` };
      continue;
    }
    const row: ReplayRow = { atMs, line, values: [] };
    for (const { index, device, channel, convert } of columns) {
      const value = cellNumber(cells[index]);
      if (value === undefined)
        yield { line, why: `column ${header?.[index] ?? index + 1}: "${cells[index] ?? ''}" is no number` };
      else row.values.push({ device, channel, value: convert(value) });
    }
    if (tracks) {
      const [x, y] = [tracks.x, tracks.y].map((index) => cellNumber(cells[index]));
      const id = idOf(cells[tracks.id]);
      if (id === undefined || x === undefined || y === undefined) yield { line, why: 'id, x or y is no number' };
      else row.track = { id, xM: tracks.toM(x), yM: tracks.toM(y) };
    }
    yield row;
  }
}

/** Ids as the engine wants them: whole numbers stay what they are, names are numbered as they come. */
function trackIds(): (cell: string | undefined) => number | undefined {
  const named = new Map<string, number>();
  return (cell) => {
    if (cell === undefined || cell === '') return undefined;
    const number = Number(cell);
    if (Number.isInteger(number) && number >= 0) return number;
    const known = named.get(cell) ?? namedIdsFrom + named.size;
    named.set(cell, known);
    return known;
  };
}

function trackColumns(
  tracks: NonNullable<ReplaySource['tracks']>,
  site: Site,
  find: (name: string) => number,
): TrackColumns {
  const match = /^([^,]+),([^,]+),([^,]+),([^,:]+)(?::(.+))?$/.exec(tracks.spec);
  if (!match)
    throw new Fault('ARGUMENT_INVALID', `--tracks ${tracks.spec} is not TIME,ID,X,Y[:unit].`, {
      remedy: 'Example: --tracks frame,id,x,y:m --fps 15',
    });
  const [, time, id, x, y, unit = 'm'] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string | undefined,
  ];
  return {
    device: trackDevice(site, tracks.device),
    time: [find(time)],
    id: find(id),
    x: find(x),
    y: find(y),
    toM: lengthUnit(unit),
  };
}

export { trackDevice };
