import type { DeviceConfig } from '../../site/types.ts';
import type { Said } from '../types.ts';
import type { SenmlDevice } from './config.ts';

/** Writes what the device would have sent for these values: the inverse of decoding, for replays and simulations. */
export function encodeSenmlJson(config: DeviceConfig, { values, atMs }: Said): string {
  const { channels } = config as unknown as SenmlDevice;
  const records = values.flatMap(({ channel: id, value }) => {
    const channel = channels.find((candidate) => candidate.id === id);
    return channel === undefined ? [] : [{ n: channel.n, u: channel.unit, v: value }];
  });
  return JSON.stringify(records.map((record, i) => (i === 0 ? { bt: atMs / 1000, ...record } : record)));
}
