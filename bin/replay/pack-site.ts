import { Fault } from '@tocsin/contracts';
import { checkSite, type Site } from '@tocsin/edge-agent/site';
import { type Pack, packs } from '@tocsin/rules/packs';
import { parse } from 'yaml';

/** A column of a recording as a channel of a device. */
export type PackStream = { device: string; channel: string; unit: string; intervalMs: number };

export type PackSite = {
  pack: string;
  /** Facts as given: `KEY=VALUE`, the value in YAML; a list may be written `a,b`. */
  facts: readonly string[];
  streams: readonly PackStream[];
  /** Devices that send tracks, with the usual time between frames. */
  trackDevices?: readonly { device: string; intervalMs: number }[];
  timeZone?: string;
};

type Fact = { type?: string; enum?: readonly string[]; items?: { type?: string; properties?: Record<string, Fact> } };

/** The id of the pack in a site that is made for a replay; names of its rules begin with it. */
const siteId = 'replay';

function packOf(name: string): Pack {
  const pack = packs().find((candidate) => candidate.pack === name);
  if (pack !== undefined) return pack;
  const known = packs().map((candidate) => candidate.pack);
  throw new Fault('ARGUMENT_INVALID', `There is no pack "${name}".`, { remedy: `Known are ${known.join(', ')}.` });
}

const factsOf = (pack: Pack) => (pack.facts as { properties?: Record<string, Fact> }).properties ?? {};

function readFact(text: string, pack: Pack): [name: string, value: unknown] {
  const [, name = '', written = ''] = /^([A-Za-z0-9]+)=(.+)$/s.exec(text) ?? [];
  const facts = factsOf(pack);
  const fact = facts[name];
  if (fact === undefined) {
    throw new Fault(
      'ARGUMENT_INVALID',
      `--fact ${text}: ${name === '' ? 'it is not KEY=VALUE' : `no fact "${name}"`}.`,
      {
        remedy: `The pack ${pack.pack} asks for ${Object.keys(facts).join(', ')}.`,
      },
    );
  }
  const bare = fact.type === 'array' && !written.trimStart().startsWith('[');
  try {
    return [name, parse(bare ? `[${written}]` : written)];
  } catch (cause) {
    throw new Fault('ARGUMENT_INVALID', `--fact ${text}: the value cannot be read.`, { cause });
  }
}

/**
 * Lets names say what columns are. A column `d/rain` is the fact `rain`; a device's columns become one entry of a list of
 * sensors, under the names of its fields (`temperature`, `smoke`) or as `input` where the name says nothing.
 */
function factsFromStreams(pack: Pack, streams: readonly PackStream[]): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  const facts = Object.entries(factsOf(pack));
  const lists = facts.flatMap(([name, { type, items }]) =>
    type === 'array' && items?.properties !== undefined ? [{ name, fields: items.properties }] : [],
  );
  const entries = new Map<string, Record<string, unknown>>();
  for (const { device, channel } of streams) {
    const stream = `${device}/${channel}`;
    const single = facts.find(([name, { type }]) => name === channel && type === 'string');
    const several = facts.find(([name, { items }]) => name === `${channel}s` && items?.type === 'string');
    const named = lists.find(({ fields }) => Object.hasOwn(fields, channel));
    const list = named ?? lists.find(({ fields }) => 'input' in fields);
    if (single) made[single[0]] = stream;
    else if (several) made[several[0]] = [...((made[several[0]] as string[]) ?? []), stream];
    else if (list) {
      const key = `${list.name}/${device}`;
      const id = 'id' in list.fields ? { id: device } : {};
      entries.set(key, { ...entries.get(key), ...id, [named ? channel : 'input']: stream });
    } else {
      const known = [...lists.flatMap(({ fields }) => Object.entries(fields)), ...facts].flatMap(([name, fact]) =>
        fact.type === 'string' && fact.enum === undefined && name !== 'id' ? [name] : [],
      );
      throw new Fault('ARGUMENT_INVALID', `--map …=${stream}: the pack ${pack.pack} knows no channel "${channel}".`, {
        remedy: `Name it one of ${known.join(', ')}.`,
      });
    }
  }
  for (const { name } of lists) {
    const rows = [...entries].flatMap(([key, row]) => (key.startsWith(`${name}/`) ? [row] : []));
    if (rows.length > 0) made[name] = rows;
  }
  return made;
}

/** A site made of nothing but a recording's columns and a pack; the pack's id is `replay`. */
export function siteFromPack({ pack: name, facts, streams, trackDevices = [], timeZone }: PackSite): Site {
  const pack = packOf(name);
  const given = Object.fromEntries(facts.map((text) => readFact(text, pack)));
  const ids = [...new Set([...streams.map(({ device }) => device), ...trackDevices.map(({ device }) => device)])];
  const devices = ids.map((id) => {
    const own = streams.filter(({ device }) => device === id);
    const tracks = trackDevices.find(({ device }) => device === id);
    const intervalMs = Math.min(
      ...own.map((stream) => stream.intervalMs),
      tracks?.intervalMs ?? Number.POSITIVE_INFINITY,
    );
    return {
      id,
      format: 'json-path',
      topic: `replay/${id}`,
      intervalMs: Math.max(1, Math.round(intervalMs)),
      channels: own.map(({ channel, unit }) => ({ id: channel, path: `$.${channel}`, unit })),
      ...(tracks === undefined ? {} : { tracks: { path: '$.tracks', id: '$.id', x: '$.x', y: '$.y', unit: 'm' } }),
    };
  });
  const derived = factsFromStreams(pack, streams);
  const [firstTracks] = trackDevices;
  if (firstTracks !== undefined && 'tracks' in factsOf(pack)) derived.tracks = firstTracks.device;
  const site = {
    site: siteId,
    name: `A recording with the pack ${name}`,
    ...(timeZone === undefined ? {} : { timeZone }),
    devices,
    packs: [{ pack: name, id: siteId, ...derived, ...given }],
  };
  // JSON is YAML, so the file's own check answers in its own words.
  const checked = checkSite(JSON.stringify(site, undefined, 1), `the pack ${name}`, '0'.repeat(64));
  if (checked.ok) return checked.site;
  const problems = checked.problems.map(({ path, message, remedy }) => `${path}: ${message} ${remedy}`.trim());
  throw new Fault('ARGUMENT_INVALID', `The pack ${name} cannot judge this recording.\n${problems.join('\n')}`, {
    remedy: 'Give what is missing with --fact KEY=VALUE, or write a site file.',
  });
}
