import {
  type CameraView,
  type Clock,
  Fault,
  type FaultCode,
  jpegSize,
  type Logger,
  PictureAck,
  type PictureNote,
  pictureBytesMax,
  topics,
  viewBytesMax,
} from '@tocsin/contracts';
import { Compile } from 'typebox/compile';
import { createFiles, type Disk, diskFault, pictureHash } from './files.ts';
import { createKeeper, type Deleted, type EvidenceFrame } from './keeper.ts';
import { noUploads, stepUploads, type UploadEvent } from './uploads.ts';

export type { Deleted, EvidenceFrame } from './keeper.ts';

export type Kept = { ok: true; note: PictureNote } | { ok: false; code: FaultCode; detail: string };

export type EvidenceOptions = {
  site: string;
  dir: string;
  /** Room for frames; default 256 MiB, some 1,700 frames. */
  bytesMax?: number;
  /** A frame is deleted this long after it was taken; default 7 days. */
  keepMs?: number;
  clock: Clock;
  logger: Logger;
  /** The link to the cloud; left out at a gateway that stands alone. `free` is false while anything urgent waits. */
  link?: {
    publish(topic: string, payload: Uint8Array | string, options: { qos: 0 | 1 }): void;
    online(): boolean;
    free(): boolean;
  };
  /** Writes a note down for the cloud and the ledger; true when it is on disk. */
  told(note: PictureNote): boolean;
  /** Writes down what was deleted. */
  deleted(what: Deleted): void;
  freeBytesMin?: number;
  disk?: Disk;
};

export type EvidenceCounters = {
  kept: number;
  refused: number;
  sent: number;
  acknowledged: number;
  acksInvalid: number;
  deleted: number;
  deletedUnsent: number;
  views: number;
  viewsRefused: number;
};

export type Evidence = {
  start(): Promise<void>;
  /** Ends what is being written and stops. */
  stop(): Promise<void>;
  /** Keeps a frame durably, then tells of it; never throws. An alert never waits for it. */
  keep(frame: EvidenceFrame): Promise<Kept>;
  /** Keeps and sends the still of an empty street; answers its hash for the views, or undefined when it could not be kept. */
  scene(jpeg: Uint8Array): Promise<string | undefined>;
  /** Sends what a camera sees now, twice a second at most; dropped while the link has better things to do. */
  view(view: CameraView): void;
  /** The cloud's word on `down/picture`. */
  acked(payload: Uint8Array): void;
  counters(): Readonly<EvidenceCounters>;
  /** Resolves when everything begun so far has come to its end. */
  idle(): Promise<void>;
};

const day = 86_400_000;
/** 256 MiB are some 1,700 frames or 200 occurrences; 64 MiB of the disk are left to the journal. */
const defaults = { bytesMax: 268_435_456, keepMs: 7 * day, freeBytesMin: 67_108_864 };
/** Frames being written; more are refused, because memory is for deciding. */
const writingMax = 24;
const tickMs = 500;
const tidyEveryMs = 60_000;
const viewEveryMs = 450;
const ackBytesMax = 8_192;

const isAck = Compile(PictureAck);

/**
 * Keeps the frames of alerts on the gateway for a limited time and sends them up behind everything that is more urgent. The directory is
 * the queue: what is in `waiting` is sent until the cloud has answered. Files are written off the thread that decides.
 */
export function createEvidence(options: EvidenceOptions): Evidence {
  const { site, clock, logger, link } = options;
  const { bytesMax, keepMs, freeBytesMin } = { ...defaults, ...options };
  const files = createFiles(options.dir, freeBytesMin, options.disk);
  const keeper = createKeeper({
    site,
    files,
    bytesMax,
    keepMs,
    clock,
    folder: link === undefined ? 'kept' : 'waiting',
    told: options.told,
    deleted: options.deleted,
    onWaiting: (sha256) => feed({ kind: 'added', sha256, atMs: clock.monotonicMs() }),
    onGone: (sha256) => feed({ kind: 'ended', sha256 }),
  });
  const viewAtMs = new Map<string, number>();
  const counters = { refused: 0, sent: 0, acknowledged: 0, acksInvalid: 0, views: 0, viewsRefused: 0 };
  let uploads = noUploads;
  let work: Promise<unknown> = Promise.resolve();
  let writing = 0;
  let running = false;
  let tidiedAtMs = Number.NEGATIVE_INFINITY;
  let lastWhy = '';
  let cancelTick = () => {};

  function next<T>(task: () => Promise<T>): Promise<T> {
    const done = work.then(task);
    work = done.catch(() => {});
    return done;
  }

  function complain(error: unknown): Fault {
    const fault = diskFault(error);
    if (fault.detail !== lastWhy) logger.warn({ code: fault.code, detail: fault.detail }, 'A picture was not kept.');
    lastWhy = fault.detail;
    return fault;
  }

  function feed(event: UploadEvent): void {
    if (link === undefined) return;
    const stepped = stepUploads(uploads, event);
    uploads = stepped.state;
    const { send } = stepped;
    if (send !== undefined) void next(() => sendUp(send)).catch(complain);
  }

  async function sendUp(sha256: string): Promise<void> {
    const file = keeper.find(sha256);
    const bytes = file === undefined ? undefined : await files.read(file);
    if (bytes === undefined) {
      await keeper.lost(sha256);
      return;
    }
    counters.sent += 1;
    link!.publish(topics.picture(site), bytes, { qos: 1 });
  }

  function tick(): void {
    cancelTick = clock.after(tickMs, tick);
    const atMs = clock.monotonicMs();
    if (link !== undefined) feed({ kind: 'tick', atMs, online: link.online(), free: link.free() });
    if (atMs - tidiedAtMs < tidyEveryMs) return;
    tidiedAtMs = atMs;
    void next(keeper.tidy).catch(complain);
  }

  return {
    async start() {
      running = true;
      await next(keeper.resume).catch(complain);
      if (running) tick();
    },
    async stop() {
      running = false;
      cancelTick();
      await work;
    },
    async keep(frame) {
      try {
        if (!running || writing >= writingMax) throw new Fault('STORE_BUSY', 'No frames are taken now.');
        const note = keeper.judge(frame);
        writing += 1;
        // A copy, because the camera may reuse its buffer.
        const jpeg = Uint8Array.from(frame.jpeg);
        await next(() => keeper.write(note, jpeg)).finally(() => {
          writing -= 1;
        });
        lastWhy = '';
        return { ok: true, note };
      } catch (error) {
        const { code, detail } = complain(error);
        counters.refused += 1;
        return { ok: false, code, detail };
      }
    },
    async scene(jpeg) {
      try {
        if (jpeg.byteLength > pictureBytesMax || jpegSize(jpeg) === undefined)
          throw new Fault('PICTURE_INVALID', `The still of a scene is no JPEG of at most ${pictureBytesMax} bytes.`);
        const copy = Uint8Array.from(jpeg);
        const sha256 = pictureHash(copy);
        await next(() => keeper.keepScene(copy, sha256));
        return sha256;
      } catch (error) {
        complain(error);
        return undefined;
      }
    },
    view(view) {
      if (!running || link === undefined || !link.online() || !link.free()) return;
      const atMs = clock.monotonicMs();
      if (atMs - (viewAtMs.get(view.camera) ?? Number.NEGATIVE_INFINITY) < viewEveryMs) return;
      const text = JSON.stringify(view);
      if (Buffer.byteLength(text) > viewBytesMax) {
        counters.viewsRefused += 1;
        return;
      }
      viewAtMs.set(view.camera, atMs);
      counters.views += 1;
      link.publish(topics.view(site), text, { qos: 0 });
    },
    acked(payload) {
      const ack = payload.byteLength <= ackBytesMax ? parseAck(payload) : undefined;
      if (ack === undefined) {
        counters.acksInvalid += 1;
        return;
      }
      for (const sha256 of ack.sha256) {
        counters.acknowledged += 1;
        feed({ kind: 'ended', sha256 });
        void next(() => keeper.settle(sha256)).catch(complain);
      }
    },
    counters: () => ({ ...counters, ...keeper.counters }),
    async idle() {
      let seen: Promise<unknown> | undefined;
      while (seen !== work) {
        seen = work;
        await seen;
      }
    },
  };
}

function parseAck(payload: Uint8Array): PictureAck | undefined {
  try {
    const ack: unknown = JSON.parse(new TextDecoder().decode(payload));
    return isAck.Check(ack) ? ack : undefined;
  } catch {
    return undefined;
  }
}
