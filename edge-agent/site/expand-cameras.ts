import type { CameraConfig } from '../cameras/camera/config.ts';
import { deviceOf } from '../cameras/camera/device.ts';
import { type MadeBy, rowsOf } from './outline.ts';
import type { Findings } from './problems.ts';

/**
 * Puts what each camera is to everybody behind its eyes, a device with channels and tracks, behind the devices of the file. What is
 * wrong with it is told at the camera.
 */
export function expandCameras(file: Record<string, unknown>, findings: Findings, madeBy: MadeBy): void {
  const devices = Array.isArray(file.devices) ? (file.devices as unknown[]) : [];
  for (const { value, place, fits } of rowsOf(file.cameras, ['cameras'], findings)) {
    if (!fits) continue;
    madeBy.devices.set(devices.length, { place, entry: value, words: `the camera ${value.id}` });
    devices.push(deviceOf(value as CameraConfig));
  }
  file.devices = devices;
}
