import type { AlertTransition, Clock, Logger, Secret } from '@tocsin/contracts';
import { devicesBehind } from '@tocsin/rules/engine';
import type { Evidence } from '../evidence/evidence.ts';
import { measuresOf } from '../pipeline/layout.ts';
import type { PipelineEvent } from '../pipeline/types.ts';
import type { Site } from '../site/types.ts';
import { createEyes, type Eyes } from '../vision/eyes/eyes.ts';
import { type Camera, createCamera } from './camera/camera.ts';

export type CamerasDeps = {
  site: Site;
  /** Folder of the site file. */
  directory: string;
  clock: Clock;
  logger: Logger;
  random(): number;
  readSecret(secret: Secret): string;
  feed(events: PipelineEvent[]): void;
  evidence(): Evidence | undefined;
  /** Others than the process of the eyes; for simulations. */
  eyes?: Eyes;
};

/** What the agent's shell knows of its cameras. */
export type Cameras = {
  /** Topics of the field broker on which pictures come. */
  topics(): string[];
  /** True when the message was for a camera. */
  message(topic: string, payload: Uint8Array, retained: boolean): boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Told of every alert that was decided. */
  alerted(transition: AlertTransition): void;
  /** Why the eyes cannot see, or undefined when they can. */
  problem(): string | undefined;
  counters(): Record<string, ReturnType<Camera['counters']>>;
};

const MiB = 2 ** 20;
/** Models that were refused are looked at again this often: a file may be put right, a disk or memory may be free again. */
const reopenMs = 60_000;

/** Opens the cameras of a site, with one process of eyes for all of them. */
export function createCameras(deps: CamerasDeps): Cameras {
  const { site, clock, logger, random } = deps;
  const { provider, threads, timeoutMs, memoryMiB } = site.vision;
  const models = site.cameras.map(({ model }) => model).filter((model) => model !== 'none');
  const classifiers = site.cameras.flatMap(({ classifier }) => classifier ?? []);
  const eyes =
    deps.eyes ??
    createEyes({
      models: { detector: [...new Set(models)], classifier: [...new Set(classifiers)] },
      ...{ provider, threads, timeoutMs, memoryBytesMax: memoryMiB * MiB },
      ...{ clock, logger, random },
    });
  let isStopped = false;
  let cancelOpen: () => void = () => {};
  let lastWhy: string | undefined;
  const listeners = new Map<string, Set<(payload: Uint8Array, retained: boolean) => void>>();
  const behind = devicesBehind({ rules: site.rules, models: site.models, ...measuresOf(site) });
  const resting = (camera: string) => [...behind].flatMap(([rule, devices]) => (devices.has(camera) ? [rule] : []));
  const cameras = site.cameras.map((camera) =>
    createCamera({
      ...deps,
      site: site.site,
      camera,
      eyes,
      memoryDir: site.dataDir,
      rules: new Set(camera.evidence.rules ?? resting(camera.id)),
      field: {
        subscribe(topic, listener) {
          const known = listeners.get(topic) ?? new Set();
          listeners.set(topic, known.add(listener));
          return () => void known.delete(listener);
        },
      },
    }),
  );
  /** Opens the eyes; those that refuse their models are asked again, because nobody may be there to start the gateway anew. */
  async function open(): Promise<void> {
    try {
      await eyes.start();
    } catch (error) {
      // The rest of the gateway goes on; that nobody is seen is a trouble of each camera.
      const why = String(error);
      if (why !== lastWhy) logger.error({ error: why }, 'The eyes cannot start.');
      lastWhy = why;
      if (!isStopped) cancelOpen = clock.after(reopenMs, () => void open());
    }
  }
  const tellOf = (camera: string) => (error: unknown) =>
    logger.error({ camera, error: String(error) }, 'A camera cannot start.');
  const topics = site.cameras.flatMap(({ source }) =>
    source.kind === 'mqtt' && typeof source.topic === 'string' ? [source.topic] : [],
  );
  return {
    topics: () => topics,
    message(topic, payload, retained) {
      if (!topics.includes(topic)) return false;
      for (const listener of listeners.get(topic) ?? []) listener(payload, retained);
      return true;
    },
    async start() {
      await open();
      // Nobody waits for this promise: a camera that cannot start is its own trouble, told by its silence.
      if (!isStopped) await Promise.all(cameras.map((camera) => camera.start().catch(tellOf(camera.id))));
    },
    async stop() {
      isStopped = true;
      cancelOpen();
      await Promise.all(cameras.map((camera) => camera.stop()));
      await eyes.stop();
    },
    alerted(transition) {
      for (const camera of cameras) camera.alerted(transition);
    },
    problem() {
      const state = eyes.state();
      return state.ok ? undefined : `Eyes: ${state.why}`;
    },
    counters: () => Object.fromEntries(cameras.map((camera) => [camera.id, camera.counters()])),
  };
}
