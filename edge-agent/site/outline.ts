import { type ModelType, models } from '@tocsin/rules/engine';
import type { Findings, Place } from './problems.ts';

/**
 * What a site file names, taken even from entries that have mistakes, so that one mistake does not make others look
 * wrong. A row `fits` when its schema has nothing against it.
 */
export type Row = {
  value: Record<string, unknown>;
  place: Place;
  id: string | undefined;
  fits: boolean;
  /** What made the row, when the file does not have it itself; its place is then that of its maker. */
  maker?: Maker;
};

/** A pack or a column of the matrix, as an entry of the file and in words. */
export type Maker = { place: Place; entry: Record<string, unknown>; words: string };
/** The makers of rows that the file does not have itself, by the row's index in the file's list. */
export type MadeBy = Record<'devices' | 'models' | 'rules' | 'responses', Map<number, Maker>>;
export type Outline = {
  devices: Row[];
  cameras: Row[];
  models: Row[];
  rules: Row[];
  actuators: Row[];
  responses: Row[];
  /** Unit of every measured stream whose unit is text. */
  units: Map<string, string>;
  intervalsMs: Map<string, number>;
  /** Measured streams and outputs of models. */
  streams: Set<string>;
  /** Devices that send tracks. */
  trackDevices: Set<string>;
  /** Ids of packs with mistakes: what they would make is not known. */
  brokenPacks: string[];
};

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The rows of a list of the file that are sets of fields at all. */
export function rowsOf(value: unknown, place: Place, findings?: Findings): Row[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((row, i) => {
    if (!isRecord(row)) return [];
    const at = [...place, i];
    const id = typeof row.id === 'string' ? row.id : undefined;
    return [{ value: row, place: at, id, fits: findings?.below(at) !== true }];
  });
}

/** Reads the names out of a file that was just held against its schema. */
export function outlineOf(file: Record<string, unknown>, findings: Findings, madeBy: MadeBy): Outline {
  const list = (name: string) => rowsOf(file[name], [name], findings);
  const packs = list('packs');
  const withMade = (name: keyof MadeBy) =>
    list(name).map((row): Row => {
      const maker = madeBy[name].get(Number(row.place[1]));
      return maker === undefined ? row : { ...row, place: maker.place, maker };
    });
  const outline: Outline = {
    devices: withMade('devices'),
    cameras: list('cameras'),
    models: withMade('models'),
    rules: withMade('rules'),
    actuators: list('actuators'),
    responses: withMade('responses'),
    units: new Map(),
    intervalsMs: new Map(),
    streams: new Set(),
    trackDevices: new Set(),
    brokenPacks: packs.flatMap(({ id, fits }) => (fits || id === undefined ? [] : [id])),
  };
  for (const { value, id, place } of outline.devices) {
    if (id === undefined) continue;
    if (value.tracks !== undefined) outline.trackDevices.add(id);
    for (const channel of rowsOf(value.channels, place)) {
      const stream = `${id}/${channel.id}`;
      outline.streams.add(stream);
      outline.units.set(stream, typeof channel.value.unit === 'string' ? channel.value.unit : '1');
      if (typeof value.intervalMs === 'number') outline.intervalsMs.set(stream, value.intervalMs);
    }
  }
  for (const { value, id } of outline.models) {
    for (const channel of outputsOf(value)) outline.streams.add(`${id}/${channel}`);
  }
  return outline;
}

/** Channels that a model makes; none when its entry is too broken to tell. */
function outputsOf(config: Record<string, unknown>): string[] {
  const type = (models as readonly ModelType[]).find((candidate) => candidate.type === config.type);
  if (type === undefined) return [];
  try {
    const { streams } = type.inputs(config);
    return type
      .outputs(
        config,
        streams.map(() => '1'),
      )
      .map(({ channel }) => channel);
  } catch {
    return [];
  }
}

/** True when a pack with mistakes might make something of this name. */
export function mayBeMade(name: string, { brokenPacks }: Outline): boolean {
  return brokenPacks.some((id) => name.startsWith(`${id}-`));
}
