import { converter } from '@tocsin/contracts';
import type { DeviceConfig } from '../../site/types.ts';
import { placeAt } from '../path.ts';
import type { Said } from '../types.ts';
import type { JsonPathDevice } from './config.ts';

/** Writes what the device would have sent for these values: the inverse of decoding, for replays and simulations. */
export function encodeJsonPath(config: DeviceConfig, { values, tracks, atMs }: Said): string {
  const device = config as unknown as JsonPathDevice;
  let record: unknown = {};
  if (device.time !== undefined) {
    const { path, unit } = device.time;
    record = placeAt(record, path, unit === 'iso' ? new Date(atMs).toISOString() : unit === 's' ? atMs / 1000 : atMs);
  }
  for (const { channel: id, value } of values) {
    const channel = device.channels.find((candidate) => candidate.id === id);
    if (channel === undefined) continue;
    const toSource = converter(channel.unit, channel.sourceUnit ?? channel.unit);
    const state = Object.entries(channel.map ?? {}).find(([, number]) => number === value)?.[0];
    record = placeAt(record, channel.path, state ?? toSource?.(value) ?? value);
    if (channel.unitPath !== undefined) record = placeAt(record, channel.unitPath, channel.unit);
  }
  if (tracks !== undefined && device.tracks !== undefined) {
    const { path, id, x, y, unit = 'm' } = device.tracks;
    const toSource = converter('m', unit) ?? ((value: number) => value);
    const list = tracks.map((track) =>
      placeAt(placeAt(placeAt({}, id, track.id), x, toSource(track.xM)), y, toSource(track.yM)),
    );
    record = placeAt(record, path, list);
  }
  if (device.records === undefined) return JSON.stringify(record);
  return JSON.stringify(placeAt({}, device.records, [record]));
}
