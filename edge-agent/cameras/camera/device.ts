import { opticalUnit } from '@tocsin/rules/engine';
import type { ChannelConfig, DeviceConfig } from '../../site/types.ts';
import type { CameraConfig } from './config.ts';

/** The name of a camera in place of a format: what it says comes from its eyes, not from a topic. */
export const cameraFormat = 'camera';

/** Readings of a camera are told this often, and at once where a rule could be waiting for them: when nobody becomes somebody. */
export const cameraIntervalMs = 1_000;

/** Most of anything that one picture can hold (contracts: 256 tracks). */
const countMax = 256;

/**
 * What a camera says, as a device of its site. Coverage and frames are said always, also of a dead camera; the others only while the
 * camera can be believed, because nobody seen and nothing seen are not the same. So the silence of those is told by supervision.
 */
export function deviceOf({ id, name, model, flames, classifier, calibration, zones }: CameraConfig): DeviceConfig {
  const sees = model !== 'none';
  const channel = (
    channelId: string,
    unit: string,
    max?: number,
    more: Partial<ChannelConfig> = {},
  ): ChannelConfig => ({
    id: channelId,
    unit,
    min: 0,
    ...(max === undefined ? {} : { max }),
    sporadic: true,
    ...more,
  });
  const always = { sporadic: false };
  const ofZone = (zone: string): ChannelConfig[] => [
    channel(`${zone}-coverage`, '%', 100, always),
    channel(`${zone}-people`, '{people}', countMax),
    channel(`${zone}-vehicles`, '{vehicles}', countMax),
    channel(`${zone}-dwell`, 's', 3_600),
    channel(`${zone}-speed`, 'm/s', 100),
    channel(`${zone}-direction`, 'deg', 360),
  ];
  return {
    id,
    ...(name === undefined ? {} : { name }),
    format: cameraFormat,
    intervalMs: cameraIntervalMs,
    latenessMs: 5_000,
    clockSkewMs: 300_000,
    channels: [
      channel('coverage', '%', 100, always),
      channel('frames', 'Hz', 60, always),
      ...(sees ? [channel('people', '{people}', countMax), channel('vehicles', '{vehicles}', countMax)] : []),
      ...(flames || classifier !== undefined
        ? [channel('flame', opticalUnit, 1), channel('smoke', opticalUnit, 1)]
        : []),
      ...(sees && calibration !== undefined ? zones.flatMap(({ id: zone }) => ofZone(zone)) : []),
    ],
    ...(sees && calibration !== undefined ? { tracks: { sporadic: true } } : {}),
  };
}
