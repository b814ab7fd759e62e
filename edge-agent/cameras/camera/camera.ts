import { join } from 'node:path';
import { type AlertTransition, type Clock, Fault, type Logger, pictureBytesMax, type Secret } from '@tocsin/contracts';
import type { Evidence } from '../../evidence/evidence.ts';
import type { PipelineEvent } from '../../pipeline/types.ts';
import type { Eyes } from '../../vision/eyes/eyes.ts';
import type { Frame, Seen } from '../../vision/types.ts';
import { countFrame, framesPerSecond, noFrames } from '../frame-rate.ts';
import { createNewest } from '../newest.ts';
import { sourceOf } from '../sources/index.ts';
import { knownViewOf, supervisionFor, viewOf as viewOfGrid, watchedBefore } from '../supervision/supervision.ts';
import type { FieldPictures } from '../types.ts';
import { createAlbum } from './album.ts';
import { readCalibrated } from './calibrated.ts';
import type { CameraConfig } from './config.ts';
import { createMemory, type Memory } from './memory.ts';
import { noSight, type SightConfig, type SightEvent, stepSight } from './sight.ts';
import { viewOf } from './view.ts';

export type CameraDeps = {
  site: string;
  camera: CameraConfig;
  /** Rules whose alerts get pictures of this camera. */
  rules: ReadonlySet<string>;
  eyes: Eyes;
  /** Folder of the site file. */
  directory: string;
  /** Folder in which the camera may keep what it knows of its view over a restart. */
  memoryDir: string;
  field: FieldPictures;
  clock: Clock;
  logger: Logger;
  random(): number;
  readSecret(secret: Secret): string;
  feed(events: PipelineEvent[]): void;
  evidence(): Evidence | undefined;
};

export type CameraCounters = {
  looked: number;
  /** Pictures that could not be read, and looks that failed. */
  invalid: number;
  failed: number;
  slot: ReturnType<ReturnType<typeof createNewest>['counters']>;
  source: ReturnType<ReturnType<NonNullable<ReturnType<typeof sourceOf>>['open']>['counters']>;
};

const tickMs = 500;
/** A picture older than this is not looked at any more: what it shows is no basis for an act. */
const maxAgeMs = 1_000;
/** The rate is that of the last 5 s: 5 pictures at the slowest rate people are followed at would still show. */
const rateWindowMs = 5_000;

/**
 * The shell of one camera: takes the newest picture whenever its time has come, has it looked at, and lets the reducer say what it means. One
 * picture of a camera is under way at a time. Nothing here decides.
 */
export function createCamera(deps: CameraDeps) {
  const { camera, eyes, clock, directory } = deps;
  const { id, source, fps } = camera;
  const kind = sourceOf(source.kind);
  if (kind === undefined) throw new Fault('SITE_FILE_INVALID', `Camera ${id} has the unknown source ${source.kind}.`);
  const logger = named(deps.logger, id);
  const slot = createNewest({ maxAgeMs });
  const album = createAlbum({ camera, rules: deps.rules, eyes, evidence: deps.evidence, logger });
  const everyMs = 1000 / fps;
  const counters = { looked: 0, invalid: 0, failed: 0 };
  let config: SightConfig = { camera, supervision: supervisionFor(fps) };
  let sight = noSight(clock.nowMs());
  let rate = noFrames;
  let dueAtMs = Number.NEGATIVE_INFINITY;
  let isLooking = false;
  let isStopped = false;
  let isRunning = false;
  let lastWhy: string | undefined;
  let scene: string | undefined;
  /** JPEG of the calibrated view, until it has been looked at. */
  let reference: Uint8Array | undefined;
  let memory: Memory | undefined;
  let sourceWhy: string | undefined;
  let before = slot.counters();
  let isLate = false;
  let lastBug = '';
  let cancelDue: () => void = () => {};
  let cancelTick: () => void = () => {};

  const opened = kind.open(source, {
    clock,
    logger,
    random: deps.random,
    readSecret: deps.readSecret,
    directory,
    framesPerSecond: fps,
    field: deps.field,
    emit(frame) {
      slot.put(frame);
      pump();
    },
    trouble(why) {
      sourceWhy = why;
      contained(tellSource);
    },
  });

  /** A mistake of ours silences this camera, and its silence is told; the gateway and its other sensors go on. */
  function contained(work: () => void): void {
    try {
      work();
    } catch (error) {
      const bug = String(error);
      if (bug !== lastBug) logger.error({ error: (error as Error).stack ?? bug }, 'A camera failed.');
      lastBug = bug;
    }
  }

  /** Why no pictures are looked at: what the source says, or that they come too late. */
  function tellSource(): void {
    const late = isLate ? `Its pictures are older than ${maxAgeMs / 1_000} s when they come.` : undefined;
    step({ kind: 'source', why: sourceWhy ?? late, atMs: clock.nowMs() });
  }

  function step(event: SightEvent): void {
    const stepped = stepSight(sight, event, config);
    sight = stepped.state;
    deps.feed(stepped.events);
  }

  /** Looks at the newest picture if its time has come and nothing is under way. */
  function pump(): void {
    if (!isRunning || isLooking) return;
    const nowMs = clock.monotonicMs();
    const waitMs = dueAtMs - nowMs;
    if (waitMs > 1) {
      cancelDue();
      cancelDue = clock.after(waitMs, pump);
      return;
    }
    const frame = slot.take(clock.nowMs());
    if (frame === undefined) return;
    // A camera that was late does not look twice as often afterwards.
    dueAtMs = Math.max(dueAtMs + everyMs, nowMs);
    isLooking = true;
    void look(frame).finally(() => {
      isLooking = false;
      pump();
    });
  }

  async function look(frame: Frame): Promise<void> {
    try {
      took(frame, await eyes.look(frame, lookOptions(camera)));
    } catch (error) {
      contained(() => missed(error));
    }
  }

  function took(frame: Frame, seen: Seen): void {
    counters.looked += 1;
    rate = countFrame(rate, clock.monotonicMs(), rateWindowMs);
    if (lastWhy !== undefined) step({ kind: 'eyes', why: undefined, atMs: clock.nowMs() });
    lastWhy = undefined;
    step({ kind: 'seen', seen, nowMs: clock.nowMs() });
    album.took(frame, seen, sight.glance?.followed ?? []);
  }

  function missed(error: unknown): void {
    const fault = error instanceof Fault ? error : new Fault('MODEL_FAILED', String(error));
    // At the end of the gateway its eyes end with it, which is no news.
    if (fault.code === 'TOO_MANY_REQUESTS' || !isRunning) return;
    counters[fault.code === 'PICTURE_INVALID' ? 'invalid' : 'failed'] += 1;
    if (fault.code === 'PICTURE_INVALID') {
      deps.feed([{ kind: 'refused', device: id, code: fault.code, detail: fault.detail, atMs: clock.nowMs() }]);
      return;
    }
    blind(fault.detail);
  }

  function blind(why: string): void {
    if (why !== lastWhy) logger.error({ why }, 'The eyes do not answer.');
    lastWhy = why;
    step({ kind: 'eyes', why, atMs: clock.nowMs() });
  }

  function tick(): void {
    cancelTick = clock.after(tickMs, tick);
    contained(() => {
      const atMs = clock.nowMs();
      const state = eyes.state();
      if (!state.ok) blind(state.why);
      noteLateness();
      const frames = framesPerSecond(rate, clock.monotonicMs(), rateWindowMs);
      step({ kind: 'tick', atMs, ...(frames === undefined ? {} : { framesPerSecond: frames }) });
      deps.evidence()?.view(viewOf(sight, { site: deps.site, camera: id, atMs, ...(scene && { scene }) }));
      void memory?.note(knownViewOf(sight.supervision), clock.monotonicMs());
      pump();
    });
    void learnReference();
  }

  /** Pictures that come, but too late to be looked at, are not the silence of a camera. */
  function noteLateness(): void {
    const now = slot.counters();
    const wasLate = isLate;
    isLate = now.taken === before.taken && (isLate || now.stale > before.stale);
    before = now;
    if (isLate !== wasLate) tellSource();
  }

  /** Takes up the calibration, and what was known of the view when the gateway ended. */
  async function learn(): Promise<void> {
    const calibrated = readCalibrated(camera, logger);
    if (calibrated === undefined) return;
    if ('why' in calibrated) {
      config = { ...config, unplaced: calibrated.why };
      return;
    }
    const { ground, hash, still } = calibrated;
    config = { ...config, ground };
    reference = still;
    memory = createMemory(join(deps.memoryDir, `camera-${id}.json`), { calibration: hash, logger });
    const view = await memory.recall();
    if (view !== undefined) sight = { ...sight, supervision: watchedBefore(view) };
  }

  /** Has the picture of the calibration made small, so that a moved camera can be told; tried again until the eyes can. */
  async function learnReference(): Promise<void> {
    const jpeg = reference;
    if (jpeg === undefined || !eyes.state().ok) return;
    reference = undefined;
    try {
      const frame = { jpeg, capturedAtMs: 0, number: 0 };
      const { grid } = await eyes.look(frame, { camera: `${id} reference`, detector: false, classifier: false });
      config = { ...config, reference: viewOfGrid(grid) };
      // The still of a large camera is made small enough to travel.
      const isLarge = jpeg.byteLength > pictureBytesMax;
      const still = isLarge ? await eyes.draw({ jpeg, marks: [], bytesMax: pictureBytesMax }) : jpeg;
      scene ??= await deps.evidence()?.scene(still);
    } catch (error) {
      if (error instanceof Fault && error.code === 'PICTURE_INVALID')
        logger.warn({ error: error.message }, 'The reference picture of a camera cannot be read.');
      else if (isRunning) reference = jpeg;
    }
  }

  return {
    id,
    async start(): Promise<void> {
      await learn();
      if (isStopped) return;
      isRunning = true;
      opened.start();
      tick();
    },
    async stop(): Promise<void> {
      isStopped = true;
      const wasRunning = isRunning;
      isRunning = false;
      cancelTick();
      cancelDue();
      await opened.stop();
      if (wasRunning) await memory?.keep(knownViewOf(sight.supervision));
    },
    /** Told of every alert; those that rest on this camera get pictures. */
    alerted: (transition: AlertTransition) => album.alerted(transition),
    counters: (): CameraCounters => ({ ...counters, slot: slot.counters(), source: opened.counters() }),
  };
}

export type Camera = ReturnType<typeof createCamera>;

/** A log whose lines say which camera they are about. */
function named(logger: Logger, camera: string): Logger {
  return {
    info: (fields, text) => logger.info({ camera, ...fields }, text),
    warn: (fields, text) => logger.warn({ camera, ...fields }, text),
    error: (fields, text) => logger.error({ camera, ...fields }, text),
  };
}

function lookOptions({ id, model, classifier }: CameraConfig) {
  return {
    camera: id,
    detector: model === 'none' ? (false as const) : model,
    classifier: classifier ?? (false as const),
  };
}
