import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type AlertTransition, type Clock, compareSeverity, Fault, type Logger, type Secret } from '@tocsin/contracts';
import type { Evidence } from '../../evidence/evidence.ts';
import type { PipelineEvent } from '../../pipeline/types.ts';
import type { Eyes } from '../../vision/eyes/eyes.ts';
import { readCalibration } from '../../vision/ground/ground.ts';
import type { Frame, Seen } from '../../vision/types.ts';
import { countFrame, framesPerSecond, noFrames } from '../frame-rate.ts';
import { createNewest } from '../newest.ts';
import { sourceOf } from '../sources/index.ts';
import { type SupervisionConfig, usualSupervision, viewOf as viewOfGrid } from '../supervision/supervision.ts';
import type { FieldPictures } from '../types.ts';
import { emptyClip, type Keep, stepClip } from './clip.ts';
import type { CameraConfig } from './config.ts';
import type { GroundPlan } from './place.ts';
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
const rateWindowMs = 5_000;

/**
 * The shell of one camera: takes the newest picture whenever its time has come, has it looked at, and lets the reducer say what it means. One
 * picture of a camera is under way at a time. Nothing here decides.
 */
export function createCamera(deps: CameraDeps) {
  const { camera, eyes, clock, logger, directory } = deps;
  const { id, source, fps, evidence: wish } = camera;
  const kind = sourceOf(source.kind);
  if (kind === undefined) throw new Fault('SITE_FILE_INVALID', `Camera ${id} has the unknown source ${source.kind}.`);
  const slot = createNewest({ maxAgeMs });
  const everyMs = 1000 / fps;
  const counters = { looked: 0, invalid: 0, failed: 0 };
  let config: SightConfig = { camera, supervision: supervisionOf(fps) };
  let sight = noSight(clock.nowMs());
  let clip = emptyClip;
  let rate = noFrames;
  let dueAtMs = Number.NEGATIVE_INFINITY;
  let isLooking = false;
  let isRunning = false;
  let lastWhy: string | undefined;
  let scene: string | undefined;
  /** JPEG of the calibrated view, until it has been looked at. */
  let reference: Uint8Array | undefined;
  let cancelDue: () => void = () => {};
  let cancelTick: () => void = () => {};

  const opened = kind.open(source, {
    clock,
    logger: named(logger, id),
    random: deps.random,
    readSecret: deps.readSecret,
    directory,
    framesPerSecond: fps,
    field: deps.field,
    emit(frame) {
      slot.put(frame, clock.monotonicMs());
      pump();
    },
    trouble(why) {
      step({ kind: 'source', why, atMs: clock.nowMs() });
    },
  });

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
      missed(error);
    }
  }

  function took(frame: Frame, seen: Seen): void {
    counters.looked += 1;
    rate = countFrame(rate, clock.monotonicMs(), rateWindowMs);
    if (lastWhy !== undefined) step({ kind: 'eyes', why: undefined, atMs: clock.nowMs() });
    lastWhy = undefined;
    step({ kind: 'seen', seen, nowMs: clock.nowMs() });
    const boxes = (sight.glance?.followed ?? []).map(({ kind: what, id: track, box }) => ({
      kind: what,
      id: track,
      box,
    }));
    // Somebody whom the tracker does not believe in yet is blurred all the same.
    const others = (seen.detections ?? []).map(({ kind: what, box }) => ({ kind: what, box }));
    const { picture } = seen;
    const stepped = stepClip(clip, { kind: 'picture', frame, picture, boxes: [...boxes, ...others] }, wish);
    clip = stepped.state;
    for (const keep of stepped.keep) void store(keep);
  }

  function missed(error: unknown): void {
    const fault = error instanceof Fault ? error : new Fault('MODEL_FAILED', String(error));
    if (fault.code === 'TOO_MANY_REQUESTS') return;
    counters[fault.code === 'PICTURE_INVALID' ? 'invalid' : 'failed'] += 1;
    if (fault.code === 'PICTURE_INVALID') {
      deps.feed([{ kind: 'refused', device: id, code: fault.code, detail: fault.detail, atMs: clock.nowMs() }]);
      return;
    }
    blind(fault.detail);
  }

  function blind(why: string): void {
    if (why !== lastWhy) logger.error({ camera: id, why }, 'The eyes do not answer.');
    lastWhy = why;
    step({ kind: 'eyes', why, atMs: clock.nowMs() });
  }

  async function store({ alert, occurrence, role, still }: Keep): Promise<void> {
    const evidence = deps.evidence();
    if (evidence === undefined) return;
    const { blurPeople: blurred } = wish;
    const people = still.boxes.filter(({ kind: what }) => what === 'person' || what === 'bicycle');
    try {
      const jpeg = await eyes.draw({
        jpeg: still.jpeg,
        marks: still.boxes.flatMap(({ kind: what, id: track, box }) =>
          track === undefined ? [] : [{ box, label: `${what} ${track}` }],
        ),
        ...(blurred ? { blur: people.map(({ box }) => box) } : {}),
        widthMax: 1280,
      });
      const { width, height } = sizeWithin(still.picture, 1280);
      await evidence.keep({
        ...{ jpeg, alert, occurrence, camera: id, role, takenAtMs: still.capturedAtMs, blurred },
        ...{ width, height },
      });
    } catch (error) {
      logger.warn({ camera: id, alert, error: String(error) }, 'A picture of an alert could not be drawn.');
    }
  }

  function tick(): void {
    cancelTick = clock.after(tickMs, tick);
    const atMs = clock.nowMs();
    const state = eyes.state();
    if (!state.ok) blind(state.why);
    const frames = framesPerSecond(rate, clock.monotonicMs(), rateWindowMs);
    step({ kind: 'tick', atMs, ...(frames === undefined ? {} : { framesPerSecond: frames }) });
    deps.evidence()?.view(viewOf(sight, { site: deps.site, camera: id, atMs, ...(scene && { scene }) }));
    void learnReference();
    pump();
  }

  /** Reads the calibration; without a good one nobody is placed, and that shows in the coverage of the zones. */
  function learnGround(): void {
    if (camera.calibration === undefined) return;
    try {
      const { file, calibration } = readCalibration(readFileSync(camera.calibration, 'utf8'), camera.calibration);
      const ground: GroundPlan = { calibration, input: inputOf(eyes, camera) };
      config = { ...config, ground };
      if (file.reference !== undefined)
        reference = new Uint8Array(readFileSync(join(dirname(camera.calibration), file.reference)));
    } catch (error) {
      logger.warn({ camera: id, error: String(error) }, 'The calibration of a camera cannot be used.');
    }
  }

  /** Has the picture of the calibration made small, so that a moved camera can be told; tried again until the eyes can. */
  async function learnReference(): Promise<void> {
    const jpeg = reference;
    if (jpeg === undefined || !eyes.state().ok) return;
    reference = undefined;
    scene ??= await deps.evidence()?.scene(jpeg);
    try {
      const frame = { jpeg, capturedAtMs: 0, number: 0 };
      const { grid } = await eyes.look(frame, { camera: `${id} reference`, detector: false, classifier: false });
      config = { ...config, reference: viewOfGrid(grid) };
    } catch (error) {
      if (error instanceof Fault && error.code === 'PICTURE_INVALID')
        logger.warn({ camera: id, error: error.message }, 'The reference picture of a camera cannot be read.');
      else reference = jpeg;
    }
  }

  return {
    id,
    start(): void {
      learnGround();
      isRunning = true;
      opened.start();
      tick();
    },
    async stop(): Promise<void> {
      isRunning = false;
      cancelTick();
      cancelDue();
      await opened.stop();
    },
    /** Told of every alert; those that rest on this camera get pictures. */
    alerted({ kind: what, rule, key, occurrence, severity, takenAtMs, late }: AlertTransition): void {
      if ((what !== 'raise' && what !== 'escalate') || late === true || !deps.rules.has(rule)) return;
      if (compareSeverity(severity, wish.atLeast) < 0) return;
      const stepped = stepClip(clip, { kind: 'alert', alert: key, occurrence, takenAtMs }, wish);
      clip = stepped.state;
      for (const keep of stepped.keep) void store(keep);
    },
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

/** A camera that is looked at seldom by wish is not slow for that. */
function supervisionOf(fps: number): SupervisionConfig {
  const { fpsMin, noPictureMs } = usualSupervision;
  return {
    ...usualSupervision,
    fpsMin: Math.min(fpsMin, 0.6 * fps),
    noPictureMs: Math.max(noPictureMs, 3_000 / fps),
  };
}

/** The size of the detector's input, or that of the usual one while it is not loaded. */
function inputOf(eyes: Eyes, { model }: CameraConfig): { width: number; height: number } {
  const loaded = eyes.models().find(({ ref }) => ref === model);
  return loaded === undefined ? { width: 640, height: 384 } : { width: loaded.width, height: loaded.height };
}

/** The size of a picture that was made narrower, as sharp rounds it. */
function sizeWithin({ width, height }: { width: number; height: number }, widthMax: number) {
  if (width <= widthMax) return { width, height };
  return { width: widthMax, height: Math.round((height * widthMax) / width) };
}
