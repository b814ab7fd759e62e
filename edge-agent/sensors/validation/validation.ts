/**
 * Judges every reading of a site before anything is decided on it: is it possible, is it new, when was it taken, and
 * does its sensor still see. A pure reducer over plain state: time comes only in events, so live agent, replay and
 * simulation judge alike.
 */
import assert from 'node:assert';
import type { DeviceConfig } from '../../site/types.ts';
import { countRefused, type Device, openDevice, putBack, streamsOf, takeChanged } from './devices.ts';
import { createGatewayClock } from './gateway-clock.ts';
import { findSilent } from './silence.ts';
import { judge, type Report, type Stream } from './stream.ts';
import type { IncomingTracks, Judgement, Trouble, Validator } from './types.ts';

export * from './types.ts';

const none: readonly Trouble[] = [];

/** Gathers the troubles of one event; the usual event has none and costs nothing. */
function createTroubles() {
  let gathered: Trouble[] | undefined;
  const tell = (trouble: Trouble | undefined): void => {
    if (trouble === undefined) return;
    gathered ??= [];
    gathered.push(trouble);
  };
  const report: Report = ({ device, channel }, kind, raised, detail, atMs) =>
    tell({ kind, raised, device: device.id, ...(channel ? { channel: channel.id } : {}), detail, atMs });
  const take = (): readonly Trouble[] => {
    const taken = gathered ?? none;
    gathered = undefined;
    return taken;
  };
  return { tell, report, take };
}

/** Creates the validator of a site's devices. It depends on nothing but the events and restored states it is given. */
export function createValidator(devices: readonly DeviceConfig[]): Validator {
  const byId = new Map(devices.map((config) => [config.id, openDevice(config)]));
  assert(byId.size === devices.length, 'Two devices have the same id.');
  const streams = [...byId.values()].flatMap(streamsOf);
  const gateway = createGatewayClock(devices, streams);
  const troubles = createTroubles();
  const unknown = (code: 'DEVICE_UNKNOWN' | 'CHANNEL_UNKNOWN', detail: string): Judgement => ({
    verdict: 'refuse',
    code,
    detail,
    troubles: troubles.take(),
  });

  function judgeOne(device: Device, stream: Stream, incoming: { at: IncomingTracks; value: number }): Judgement {
    const { receivedAtMs } = incoming.at;
    troubles.tell(gateway.arrival(receivedAtMs));
    const judgement = judge(stream, incoming.at, incoming.value, troubles.report);
    if (judgement.verdict === 'accept') troubles.tell(countRefused(device, false, receivedAtMs));
    else if (judgement.verdict === 'refuse' && judgement.code !== 'RATE_EXCEEDED') {
      troubles.tell(countRefused(device, true, receivedAtMs));
    }
    // Written into the fresh answer instead of copied, because this runs for every reading.
    return Object.assign(judgement, { troubles: troubles.take() });
  }

  return {
    reading(reading) {
      const device = byId.get(reading.device);
      if (device === undefined) return unknown('DEVICE_UNKNOWN', 'No such device.');
      const stream = device.channels.get(reading.channel);
      if (stream !== undefined) return judgeOne(device, stream, { at: reading, value: reading.value });
      troubles.tell(countRefused(device, true, reading.receivedAtMs));
      return unknown('CHANNEL_UNKNOWN', 'No such channel.');
    },
    tracks(tracks) {
      const device = byId.get(tracks.device);
      if (device?.tracks === undefined) return unknown('DEVICE_UNKNOWN', 'No such device with tracks.');
      return judgeOne(device, device.tracks, { at: tracks, value: 0 });
    },
    refused(id, atMs) {
      const device = byId.get(id);
      if (device !== undefined) troubles.tell(countRefused(device, true, atMs));
      return troubles.take();
    },
    tick(atMs) {
      troubles.tell(gateway.tick(atMs));
      findSilent(streams, atMs, gateway.awakeSinceMs(), troubles.report);
      return troubles.take();
    },
    takeDirty: () => takeChanged(byId.values()),
    restore(states) {
      putBack(byId, states);
      gateway.restart();
    },
  };
}
