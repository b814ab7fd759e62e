/**
 * The eyes of a gateway: one process that decodes pictures and runs models, shared by its cameras. Whatever that process does — hang,
 * crash, eat memory, give nonsense — the agent gets a Fault in bounded time, the process is ended and started anew after a growing
 * pause, and `state` says in words what is wrong. A picture that cannot be answered is never answered with nothing found.
 */
import { type Clock, Fault, type Logger } from '@tocsin/contracts';
import { decoderOf } from '../decoders/index.ts';
import { type LoadedManifest, loadManifest, type ManifestRef } from '../manifest/load.ts';
import type { Frame, Seen } from '../types.ts';
import type { Answer, DrawOrder, DrawRequest, LoadedModel, LookOrder } from './messages.ts';
import { createSupervisor, type EyesState, type FailureCounters } from './supervisor.ts';
import { createTurns } from './turns.ts';

export type { DrawRequest, LoadedModel, Mark } from './messages.ts';
export type { EyesState } from './supervisor.ts';

export type EyesOptions = {
  /** Models to load; the first of each is used unless `look` names another. */
  models: { detector?: ManifestRef | readonly ManifestRef[]; classifier?: ManifestRef | readonly ManifestRef[] };
  /** A picture must be answered by then; 2 s unless given. */
  timeoutMs?: number;
  /** Loading and a first blank picture must be done by then; 30 s unless given. */
  startTimeoutMs?: number;
  /** Most resident memory of the process; 700 MiB unless given. */
  memoryBytesMax?: number;
  /** Largest picture in pixels; 33 million (8K) unless given. */
  pixelsMax?: number;
  threads?: number;
  provider?: string;
  /** Lowest score told, instead of that of the manifest; for evaluation. */
  scoreMin?: number;
  clock: Clock;
  /** Uniform in [0, 1); spreads restarts. */
  random?(): number;
  logger: Logger;
};

export type LookOptions = {
  /** Whose picture it is: of each camera only the newest waits. */
  camera?: string;
  /** Which detector looks; false for none. */
  detector?: ManifestRef | false;
  classifier?: ManifestRef | false;
};

/** What happened since the eyes were made. */
export type EyesCounters = FailureCounters & {
  looked: number;
  drawn: number;
  /** Pictures that were replaced by a newer one of their camera while they waited. */
  superseded: number;
  /** Requests turned away because too many waited or the eyes were not ready. */
  turnedAway: number;
  picturesInvalid: number;
};

export type Eyes = {
  /** Resolves after the first attempt, well or not (see `state`); rejects with `MODEL_INVALID` when a model can never be used. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Looks at one picture. Rejects with `PICTURE_INVALID`, `MODEL_FAILED`, or `TOO_MANY_REQUESTS` when a newer one took its place. */
  look(frame: Frame, options?: LookOptions): Promise<Seen>;
  /** Draws boxes on a picture and answers the JPEG. */
  draw(request: DrawRequest): Promise<Uint8Array>;
  counters(): EyesCounters;
  state(): EyesState;
  /** The models as they were loaded; empty until they are. */
  models(): readonly LoadedModel[];
  /** The process and its memory, for health and benches. */
  usage(): { pid: number | undefined; rssBytes: number };
};

const timeoutMsUsual = 2_000;
/** A drawing may take this many times as long as a look: it decodes, blurs and encodes at full size. */
const drawingsLonger = 3;
const startTimeoutMsUsual = 30_000;
const memoryBytesUsual = 700 * 2 ** 20;
const pixelsUsual = 33_200_000;
/** Largest JPEG taken; a picture of 33 million pixels at high quality has some 15 MB. */
const jpegBytesMax = 32 * 2 ** 20;
/** Cameras that may wait at once, and drawings. */
const waitingMax = 64;
const drawingsMax = 32;
/** The turn that all drawings share: pictures of alerts never hold up who is to be seen now. */
const drawingTurn = 'drawings';

type Job = { order: LookOrder | DrawOrder; resolve(value: Seen | Uint8Array): void; reject(fault: Fault): void };

const listOf = (refs: ManifestRef | readonly ManifestRef[] | undefined): readonly ManifestRef[] =>
  refs === undefined ? [] : typeof refs === 'string' ? [refs] : refs;

/** Loads manifests and holds their task against what they are named for. */
function loadAll(refs: readonly ManifestRef[], task: LoadedModel['task']): LoadedManifest[] {
  return [...new Set(refs)].map((ref) => {
    const loaded = loadManifest(ref);
    const { kind } = loaded.manifest.output;
    if (decoderOf(kind).task === task) return loaded;
    const [wanted, is] = task === 'detect' ? ['detector', 'classifier'] : ['classifier', 'detector'];
    throw new Fault('MODEL_INVALID', `${ref} is named as a ${wanted}, but its output ${kind} is that of a ${is}.`, {
      remedy: `Name it as ${is}.`,
    });
  });
}

/** Makes eyes; nothing runs until `start`. */
export function createEyes(options: EyesOptions): Eyes {
  const { timeoutMs = timeoutMsUsual } = options;
  const detectors = listOf(options.models.detector);
  const classifiers = listOf(options.models.classifier);
  const counters = { looked: 0, drawn: 0, superseded: 0, turnedAway: 0, picturesInvalid: 0 };
  const turns = createTurns<Job>(waitingMax);
  const drawings: Job[] = [];
  let inFlight: Job | undefined;
  let lastId = 0;

  const supervisor = createSupervisor({
    startOrder: () => ({
      type: 'start',
      models: [...loadAll(detectors, 'detect'), ...loadAll(classifiers, 'classify')],
      provider: options.provider ?? 'cpu',
      threads: options.threads ?? 1,
      scoreMin: options.scoreMin,
      pixelsMax: options.pixelsMax ?? pixelsUsual,
    }),
    startTimeoutMs: options.startTimeoutMs ?? startTimeoutMsUsual,
    memoryBytesMax: options.memoryBytesMax ?? memoryBytesUsual,
    clock: options.clock,
    random: options.random ?? Math.random,
    logger: options.logger,
    ready: next,
    answered,
    gone(why) {
      const jobs = [...(inFlight ? [inFlight] : []), ...turns.clear(), ...drawings.splice(0)];
      inFlight = undefined;
      for (const job of jobs) job.reject(new Fault('MODEL_FAILED', why));
    },
  });

  function answered(answer: Exclude<Answer, { type: 'ready' | 'refused' }>): void {
    const job = inFlight;
    if (job?.order.id !== answer.id) return;
    if (answer.type === 'failed' && answer.code === 'MODEL_FAILED') {
      // Its rejection comes with the end of the process, so that whoever looks again meets a state that is true.
      supervisor.failed(answer.detail);
      return;
    }
    supervisor.settled(answer.type === 'seen');
    inFlight = undefined;
    if (answer.type === 'failed') {
      counters.picturesInvalid += 1;
      job.reject(new Fault('PICTURE_INVALID', answer.detail));
    } else {
      counters[answer.type === 'seen' ? 'looked' : 'drawn'] += 1;
      job.resolve(answer.type === 'seen' ? answer.seen : answer.jpeg);
    }
    next();
  }

  function next(): void {
    if (!supervisor.isReady() || inFlight !== undefined) return;
    inFlight = turns.take();
    if (inFlight === undefined) return;
    const { order } = inFlight;
    if (order.type === 'draw') lineUp();
    // A drawing encodes a whole picture and is in nobody's way for so long.
    if (order.type === 'look') supervisor.send(order, timeoutMs, 'A picture was not answered');
    else supervisor.send(order, drawingsLonger * timeoutMs, 'A drawing was not done');
  }

  function ask(order: LookOrder | DrawOrder, wait: (job: Job) => void): Promise<Seen | Uint8Array> {
    return new Promise((resolve, reject) => {
      const fault = refusal(order.jpeg);
      if (fault !== undefined) return reject(fault);
      wait({ order, resolve, reject });
      next();
    });
  }

  function turnAway(job: Job, why: string): void {
    counters.turnedAway += 1;
    job.reject(new Fault('TOO_MANY_REQUESTS', why));
  }

  function waitToLook(camera: string, job: Job): void {
    const put = turns.put(`camera ${camera}`, job);
    if (put === 'full') turnAway(job, `${waitingMax} pictures wait for the eyes already.`);
    else if (put.replaced !== undefined) {
      counters.superseded += 1;
      put.replaced.reject(new Fault('TOO_MANY_REQUESTS', 'A newer picture of the camera took its place.'));
    }
  }

  function waitToDraw(job: Job): void {
    if (drawings.length >= drawingsMax) turnAway(job, `${drawingsMax} drawings wait for the eyes already.`);
    else drawings.push(job);
    lineUp();
  }

  /** Has the drawing that came first wait for the turn of all, unless one does. */
  function lineUp(): void {
    if (drawings.length === 0 || turns.has(drawingTurn)) return;
    if (turns.put(drawingTurn, drawings[0]!) !== 'full') drawings.shift();
  }

  function refusal(jpeg: Uint8Array): Fault | undefined {
    const why = supervisor.closedWhy();
    if (why !== undefined) {
      counters.turnedAway += 1;
      return new Fault('MODEL_FAILED', why);
    }
    if (jpeg.length <= jpegBytesMax) return undefined;
    counters.picturesInvalid += 1;
    return new Fault('PICTURE_INVALID', `The picture has ${jpeg.length} bytes, at most ${jpegBytesMax} are taken.`);
  }

  return {
    start: supervisor.start,
    stop: supervisor.stop,
    look({ jpeg, number, capturedAtMs }, { camera = '', detector, classifier } = {}) {
      lastId += 1;
      const order: LookOrder = {
        ...{ type: 'look', id: lastId, jpeg, number, capturedAtMs },
        detector: detector === false ? undefined : (detector ?? detectors[0]),
        classifier: classifier === false ? undefined : (classifier ?? classifiers[0]),
      };
      return ask(order, (job) => waitToLook(camera, job)) as Promise<Seen>;
    },
    draw(request) {
      lastId += 1;
      return ask({ type: 'draw', id: lastId, ...request }, waitToDraw) as Promise<Uint8Array>;
    },
    counters: () => ({ ...counters, ...supervisor.counters }),
    state: supervisor.state,
    models: supervisor.models,
    usage: supervisor.usage,
  };
}
