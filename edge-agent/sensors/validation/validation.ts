/**
 * Judges every reading of a site before anything is decided on it: is it possible, is it new, when was it taken, and does its sensor
 * still see. A pure reducer over plain state: time comes only in events, so live agent, replay and simulation judge alike.
 */
import assert from 'node:assert';
import type { DeviceConfig } from '../../site/types.ts';
import { createGatewayClock } from './gateway-clock.ts';
import { count, type Score } from './score.ts';
import { initialState, isStreamState } from './state.ts';
import { gapIntervals, judge, type Report, type Stream } from './stream.ts';
import type { IncomingTracks, Judgement, Trouble, Validator } from './types.ts';

export * from './types.ts';

const none: readonly Trouble[] = [];
/** Keys of what is not a channel; `*` and `!` are not legal in names, so they never meet one. */
const tracksKey = '*tracks';
const refusedKey = '!refused';

/** What the validator keeps of one device. */
type Device = {
  config: DeviceConfig;
  channels: Map<string, Stream>;
  tracks: Stream | undefined;
  refused: Score;
  refusedDirty: boolean;
};

function openDevice(config: DeviceConfig): Device {
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
    tracks: config.tracks === undefined ? undefined : stream(tracksKey, undefined),
    refused: [0, 0],
    refusedDirty: false,
  };
}

/** Creates the validator of a site's devices. Its answers depend on nothing but the events and restored states it is given. */
export function createValidator(devices: readonly DeviceConfig[]): Validator {
  const byId = new Map(devices.map((config) => [config.id, openDevice(config)]));
  assert(byId.size === devices.length, 'Two devices have the same id.');
  const streams = [...byId.values()].flatMap(({ channels, tracks }) => [
    ...channels.values(),
    ...(tracks ? [tracks] : []),
  ]);
  const gateway = createGatewayClock(devices, streams);
  let troubles: Trouble[] | undefined;

  const report: Report = ({ device, channel }, kind, raised, detail, atMs) => {
    troubles ??= [];
    troubles.push({ kind, raised, device: device.id, ...(channel ? { channel: channel.id } : {}), detail, atMs });
  };
  const tell = (trouble: Trouble | undefined): void => {
    if (trouble === undefined) return;
    troubles ??= [];
    troubles.push(trouble);
  };
  const takeTroubles = (): readonly Trouble[] => {
    const taken = troubles ?? none;
    troubles = undefined;
    return taken;
  };

  function countRefused(device: Device, bad: boolean, atMs: number): void {
    if (!bad && device.refused[0] === 0) return;
    device.refusedDirty = true;
    const raised = count(device.refused, bad);
    if (raised === undefined) return;
    const detail = raised ? 'Much of what it sends cannot be read.' : 'What it sends can be read again.';
    tell({ kind: 'refused', raised, device: device.config.id, detail, atMs });
  }

  function judgeOne(device: Device, stream: Stream, reading: IncomingTracks, value: number): Judgement {
    tell(gateway.arrival(reading.receivedAtMs));
    const judgement = judge(stream, reading, value, report) as Judgement;
    if (judgement.verdict === 'accept') countRefused(device, false, reading.receivedAtMs);
    else if (judgement.verdict === 'refuse' && judgement.code !== 'RATE_EXCEEDED') {
      countRefused(device, true, reading.receivedAtMs);
    }
    // Written into the fresh answer instead of copied, because this runs for every reading.
    return judgement.verdict === 'drop' ? { verdict: 'drop', troubles: takeTroubles() } : withTroubles(judgement);
  }
  const withTroubles = (judgement: Judgement): Judgement => Object.assign(judgement, { troubles: takeTroubles() });

  return {
    reading(reading) {
      const device = byId.get(reading.device);
      if (device === undefined) {
        return { verdict: 'refuse', code: 'DEVICE_UNKNOWN', detail: 'No such device.', troubles: none };
      }
      const stream = device.channels.get(reading.channel);
      if (stream === undefined) {
        countRefused(device, true, reading.receivedAtMs);
        return { verdict: 'refuse', code: 'CHANNEL_UNKNOWN', detail: 'No such channel.', troubles: takeTroubles() };
      }
      return judgeOne(device, stream, reading, reading.value);
    },
    tracks(tracks) {
      const device = byId.get(tracks.device);
      if (device?.tracks === undefined) {
        return { verdict: 'refuse', code: 'DEVICE_UNKNOWN', detail: 'No such device with tracks.', troubles: none };
      }
      return judgeOne(device, device.tracks, tracks, 0);
    },
    refused(id, atMs) {
      const device = byId.get(id);
      if (device !== undefined) countRefused(device, true, atMs);
      return takeTroubles();
    },
    tick(atMs) {
      tell(gateway.tick(atMs));
      for (const stream of streams) {
        const { state, device } = stream;
        if (state.silent) continue;
        const sinceMs = Math.max(state.arrivedAtMs, gateway.awakeSinceMs());
        if (atMs - sinceMs <= gapIntervals * device.intervalMs) continue;
        state.silent = true;
        stream.dirty = true;
        const last =
          state.arrivedAtMs < 0 ? 'It has never spoken' : `Silent since ${new Date(state.arrivedAtMs).toISOString()}`;
        report(stream, 'noData', true, `${last}; a reading is due every ${device.intervalMs} ms.`, atMs);
      }
      return takeTroubles();
    },
    takeDirty() {
      const dirty: [string, unknown][] = [];
      for (const stream of streams) {
        if (!stream.dirty) continue;
        stream.dirty = false;
        dirty.push([stream.key, structuredClone(stream.state)]);
      }
      for (const device of byId.values()) {
        if (!device.refusedDirty) continue;
        device.refusedDirty = false;
        dirty.push([`${device.config.id}/${refusedKey}`, [...device.refused]]);
      }
      return dirty;
    },
    restore(states) {
      const byKey = new Map(streams.map((stream) => [stream.key, stream]));
      for (const [key, state] of states) {
        const stream = byKey.get(key);
        if (stream !== undefined && isStreamState(state)) stream.state = structuredClone(state);
        const device = key.endsWith(`/${refusedKey}`) ? byId.get(key.slice(0, -refusedKey.length - 1)) : undefined;
        if (device !== undefined && Array.isArray(state) && state.length === 2) device.refused = [...state] as Score;
      }
      gateway.restart();
    },
  };
}
