import type { CameraSource } from '../types.ts';
import { folder } from './folder/folder.ts';
import { mjpeg } from './mjpeg/mjpeg.ts';
import { mqtt } from './mqtt/mqtt.ts';
import { rtsp } from './rtsp/rtsp.ts';
import { snapshot } from './snapshot/snapshot.ts';
import { usb } from './usb/usb.ts';
import { video } from './video/video.ts';

/** Every way in which pictures come to the gateway; a new one is a folder and a line here. */
export const sources = [snapshot, mjpeg, rtsp, usb, mqtt, folder, video] as const satisfies readonly CameraSource[];

/** The schemas of a camera's source in the site file, one per kind. */
export const sourceSchemas = sources.map(({ schema }) => schema);

/** The source of that kind, or undefined when there is none. */
export function sourceOf(kind: string): CameraSource | undefined {
  return sources.find((source) => source.kind === kind);
}
