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
  /** Ends after so long without a question. */
  minutes: number;
  onSaved(saved: Saved): void;
};

/** `unused` resolves when nobody has asked anything for as long as was given. */
export type Calibrating = LocalServer & { unused: Promise<void> };

/** Takes a first picture and serves the page for one camera; resolves when the address can be opened. */
export async function startCalibration(options: CalibrateOptions): Promise<Calibrating> {
  const { camera, clock, minutes, onSaved, port } = options;
  const page = readPage(options.webDir);
  const routes = await openCalibration({ camera, onSaved });
  const { promise: unused, resolve } = Promise.withResolvers<void>();
  const wait = () => clock.after(minutes * 60_000, resolve);
  let cancel = wait();
  const onAsked = () => {
    cancel();
    cancel = wait();
  };
  const server = await startLocalServer({ page, routes, onAsked, ...(port === undefined ? {} : { port }) });
  return {
    ...server,
    unused,
    async stop() {
      cancel();
      await server.stop();
    },
  };
}
