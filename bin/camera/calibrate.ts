import type { Clock } from '@tocsin/contracts';
import type { Saved } from '../../dashboard/web/calibrate/words.ts';
import { type CameraToCalibrate, openCalibration } from './calibration.ts';
import { type LocalServer, startLocalServer } from './local-server.ts';
import { readPage } from './page-files.ts';

export type CalibrateOptions = {
  camera: CameraToCalibrate;
  /** The built page. */
  webDir: string;
  clock: Clock;
  /** 0 or absent takes a free one. */
  port?: number | undefined;
  minutes: number;
  onSaved(saved: Saved): void;
};

/** Takes a first picture and serves the page for one camera; resolves when the address can be opened. */
export async function startCalibration(options: CalibrateOptions): Promise<LocalServer> {
  const { camera, clock, minutes, onSaved } = options;
  const page = readPage(options.webDir);
  const routes = await openCalibration({ camera, endsAtMs: clock.nowMs() + minutes * 60_000, onSaved });
  return startLocalServer({ page, routes, ...(options.port === undefined ? {} : { port: options.port }) });
}
