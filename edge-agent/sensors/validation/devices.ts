import type { DeviceConfig } from '../../site/types.ts';
import { count, type Score } from './score.ts';
import { initialState, isStreamState } from './state.ts';
import type { Stream } from './stream.ts';
import type { Trouble } from './types.ts';

// Names of what is not a channel; `*` and `!` are not legal in names, so they never meet one.
const tracksName = '*tracks';
const refusedName = '!refused';

/** What the validator keeps of one device: its streams, and how much of its input could not be read. */
export type Device = {
  config: DeviceConfig;
  channels: Map<string, Stream>;
  tracks: Stream | undefined;
  refused: Score;
  refusedDirty: boolean;
};

/** A device that never spoke. */
export function openDevice(config: DeviceConfig): Device {
  const stream = (name: string, channel: Stream['channel']): Stream => ({
    key: `${config.id}/${name}`,
    device: config,
    channel,
    state: initialState(),
    dirty: false,
  });
  return {
    config,
    channels: new Map(config.channels.map((channel) => [channel.id, stream(channel.id, channel)])),
    tracks: config.tracks === undefined ? undefined : stream(tracksName, undefined),
    refused: [0, 0],
    refusedDirty: false,
  };
}

/** Every stream of a device. */
export function streamsOf({ channels, tracks }: Device): Stream[] {
  return tracks === undefined ? [...channels.values()] : [...channels.values(), tracks];
}

/** Counts one input as readable or not; answers the trouble that begins or ends with it. */
export function countRefused(device: Device, bad: boolean, atMs: number): Trouble | undefined {
  if (!bad && device.refused[0] === 0) return undefined;
  device.refusedDirty = true;
  const raised = count(device.refused, bad);
  if (raised === undefined) return undefined;
  const detail = raised ? 'Much of what it sends cannot be read.' : 'What it sends can be read again.';
  return { kind: 'refused', raised, device: device.config.id, detail, atMs };
}

/** Hands out copies of the states that changed, and forgets that they did. */
export function takeChanged(devices: Iterable<Device>): [key: string, state: unknown][] {
  const changed: [string, unknown][] = [];
  for (const device of devices) {
    for (const stream of streamsOf(device)) {
      if (!stream.dirty) continue;
      stream.dirty = false;
      changed.push([stream.key, stream.state]);
    }
    if (!device.refusedDirty) continue;
    device.refusedDirty = false;
    changed.push([`${device.config.id}/${refusedName}`, [...device.refused]]);
  }
  return changed;
}

function isScore(state: unknown): state is Score {
  return Array.isArray(state) && state.length === 2 && state.every((part) => Number.isInteger(part));
}

/** Puts committed states back; what belongs to nothing or has another shape is ignored. */
export function putBack(devices: ReadonlyMap<string, Device>, states: Iterable<[key: string, state: unknown]>): void {
  for (const [key, state] of states) {
    const slash = key.indexOf('/');
    const device = devices.get(key.slice(0, slash));
    const name = key.slice(slash + 1);
    if (device === undefined) continue;
    if (name === refusedName && isScore(state)) device.refused = [...state];
    const stream = name === tracksName ? device.tracks : device.channels.get(name);
    if (stream !== undefined && isStreamState(state)) stream.state = structuredClone(state);
  }
}
