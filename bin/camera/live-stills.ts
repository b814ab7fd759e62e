import { dirname } from 'node:path';
import { type Clock, Fault, type Logger, silentLogger } from '@tocsin/contracts';
import type { SourceCounters } from '@tocsin/edge-agent/cameras';
import { sourceOf } from '@tocsin/edge-agent/cameras';
import { type CameraConfig, readSecret } from '@tocsin/edge-agent/site';
import type { Frame } from '@tocsin/edge-agent/vision';
import { type Still, type Stills, stillOf } from './stills.ts';

export type LiveDeps = {
  camera: CameraConfig;
  siteFile: string;
  env: Record<string, string | undefined>;
  clock: Clock;
  logger?: Logger;
};

/** Cameras that were asleep adjust to the light for about this long; the newest picture then is the one to use. */
const settleMs = 1_000;
/** A camera that has given no picture by then is told to be unreachable. */
const patienceMs = 20_000;

export type Watching = { stop(): Promise<void>; counters(): SourceCounters; trouble(): string | undefined };

/** Opens the source of a camera beside a running gateway and hands over its pictures until stopped. */
export function watchCamera(deps: LiveDeps, onFrame: (frame: Frame) => void): Watching {
  const { camera, siteFile, env, clock } = deps;
  const source = sourceOf(camera.source.kind);
  if (!source) throw new Fault('CAMERA_UNREACHABLE', `There is no source of kind ${camera.source.kind}.`);
  if (source.kind === 'mqtt') {
    throw new Fault('CAMERA_UNREACHABLE', `${camera.id} sends its pictures to the broker of the gateway.`, {
      remedy: 'Save one of them as a file and give it with --picture.',
    });
  }
  let trouble: string | undefined;
  const open = source.open(camera.source, {
    clock,
    logger: deps.logger ?? silentLogger,
    random: Math.random,
    readSecret: (secret) => readSecret(secret, env),
    directory: dirname(siteFile),
    framesPerSecond: camera.fps,
    emit: onFrame,
    trouble(why) {
      trouble = why;
    },
  });
  open.start();
  return { stop: open.stop, counters: open.counters, trouble: () => trouble };
}

/** Single pictures of a live camera; the connection is made for each and given back at once. */
export function stillsOfCamera(deps: LiveDeps): Stills {
  const { camera, clock } = deps;
  return {
    source: `camera ${camera.id}, live (${camera.source.kind})`,
    async take(): Promise<Still> {
      let newest: Frame | undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancelPatience = clock.after(patienceMs, resolve);
      let cancelSettle = () => {};
      const watching = watchCamera(deps, (frame) => {
        if (!newest) cancelSettle = clock.after(settleMs, resolve);
        newest = frame;
      });
      try {
        await promise;
      } finally {
        cancelPatience();
        cancelSettle();
        await watching.stop();
      }
      if (newest) return stillOf(newest.jpeg, newest.capturedAtMs, camera.id);
      const why = watching.trouble() ?? `No picture came within ${patienceMs / 1_000} s.`;
      throw new Fault('CAMERA_UNREACHABLE', `${camera.id}: ${why}`, { remedy: 'Look at its entry in the site file.' });
    },
  };
}
