import {
  type CameraState,
  type Clock,
  Fault,
  jpegSize,
  type Logger,
  type PictureBook,
  type PictureReader,
  type Publish,
  pictureBytesMax,
  type Running,
  topics,
} from '@tocsin/contracts';
import { createRetention, type PictureLimits } from './retention.ts';
import { createShelf, type Disk, isFolderName, pictureHash } from './shelf.ts';
import { createViews } from './views.ts';

export type PicturesDeps = {
  /** Where the frames of alerts are kept, a folder a site; the stills of empty streets are kept beside them in `scenesDir`. */
  dir: string;
  scenesDir: string;
  /** The desk's word on which pictures belong to an alert. */
  book: PictureBook;
  publish: Publish;
  clock: Clock;
  logger: Logger;
  limits?: Partial<PictureLimits & { freeBytesMin: number }>;
  /** Called when pictures cannot be kept; at most once an hour. */
  onTrouble?(code: string, text: string): void;
  disk?: Disk;
};

export type PictureCounters = {
  received: number;
  stored: number;
  /** Came again, or nobody wants them any more. */
  repeated: number;
  unwanted: number;
  refused: number;
  /** Waited for their note in vain, or there was no room to wait. */
  dropped: number;
  notStored: number;
  deleted: number;
};

export type Pictures = Running &
  PictureReader & {
    start(): Promise<void>;
    /** Takes a picture a site published. Throws PAYLOAD_TOO_LARGE or PICTURE_INVALID; what else becomes of it shows later. */
    receive(site: string, payload: Uint8Array): void;
    /** Takes a live view; throws an input Fault when it does not fit. */
    view(site: string, payload: Uint8Array): void;
    counters(): PictureCounters;
    /** Resolves when everything received so far was dealt with. */
    idle(): Promise<void>;
  };

/** 30 days, 10 GB, of which one site may take a tenth: about 800 occurrences of 8 frames of 150 kB. */
const defaultLimits = { keepMs: 30 * 86_400_000, bytesMax: 10e9, siteBytesMax: 1e9 } as const;
/** Room left for alerts and readings when pictures fill a disk. */
const freeBytesMin = 268_435_456;
/** A picture waits this long for its note, which comes by another way and may be the later of the two. */
const waitMs = 600_000;
const waitingPerSiteMax = 16;
const waitingMax = 128;
/** Pictures being written; more are let go, their sites send them again. */
const writingMax = 32;
const lookEveryMs = 1_000;
const sweepEveryMs = 600_000;
/** After the disk refused, this long passes before it is asked again. */
const restMs = 10_000;
const troubleEveryMs = 3_600_000;
/** Stills kept of one site: its cameras' own, and as many that a camera has just replaced. */
const scenesMax = 32;

type Waiting = { bytes: Uint8Array; sinceMs: number };

/**
 * Keeps the frames of alerts, and nothing else: a picture is stored only when a note of its own site has announced it, and deleted when its
 * time or room is over. Files are written off the thread that carries alarms and leave it free space; bytes never enter a database.
 */
export function createPictures(deps: PicturesDeps): Pictures {
  const { book, publish, clock, logger } = deps;
  const limits = { ...defaultLimits, freeBytesMin, ...deps.limits };
  const more = deps.disk === undefined ? {} : { disk: deps.disk };
  const shelf = createShelf({ dir: deps.dir, freeBytesMin: limits.freeBytesMin, ...more });
  const scenes = createShelf({ dir: deps.scenesDir, freeBytesMin: limits.freeBytesMin, ...more });
  const retention = createRetention(shelf, book, limits);
  const views = createViews(clock);
  const waiting = new Map<string, Map<string, Waiting>>();
  const counters: PictureCounters = {
    received: 0,
    stored: 0,
    repeated: 0,
    unwanted: 0,
    refused: 0,
    dropped: 0,
    notStored: 0,
    deleted: 0,
  };
  let work: Promise<void> = Promise.resolve();
  let writing = 0;
  let restUntilMs = 0;
  let troubleAtMs = Number.NEGATIVE_INFINITY;
  let sweptAtMs = 0;
  let cancelLook = () => {};
  let running = false;

  function answer(site: string, sha256: string): void {
    publish(topics.pictureAck(site), JSON.stringify({ v: 1, sha256: [sha256] }));
  }

  /** One thing after the other; a failure costs only itself. */
  function next(task: () => Promise<void>): void {
    work = work.then(task).catch(failed);
  }

  function failed(error: unknown): void {
    counters.notStored += 1;
    restUntilMs = clock.monotonicMs() + restMs;
    if (clock.monotonicMs() - troubleAtMs < troubleEveryMs) return;
    troubleAtMs = clock.monotonicMs();
    const text = error instanceof Error ? error.message : String(error);
    logger.error({ error: text }, 'Pictures cannot be kept; sites keep what they have.');
    if (error instanceof Fault) deps.onTrouble?.(error.code, `Pictures cannot be kept; sites keep theirs. ${text}`);
  }

  function isSceneOf(site: string, sha256: string): boolean {
    return views.scenes(site).includes(sha256);
  }

  /** What is to be done with a picture now; a desk that cannot answer will be asked again. */
  function fateOf(site: string, sha256: string) {
    if (isSceneOf(site, sha256)) return 'scene' as const;
    try {
      return book.fate(site, sha256);
    } catch {
      return 'unknown' as const;
    }
  }

  function decide(site: string, sha256: string, bytes: Uint8Array): boolean {
    const fate = fateOf(site, sha256);
    if (fate === 'unknown') return false;
    if (fate === 'unwanted') {
      counters.unwanted += 1;
      answer(site, sha256);
      return true;
    }
    if ((fate === 'scene' ? scenes : shelf).has(site, sha256) && fate !== 'awaited') {
      counters.repeated += 1;
      answer(site, sha256);
      return true;
    }
    if (writing >= writingMax || clock.monotonicMs() < restUntilMs) {
      counters.notStored += 1;
      return true;
    }
    writing += 1;
    next(async () => {
      try {
        await (fate === 'scene' ? keepScene(site, bytes) : keep(site, sha256, bytes));
        counters.stored += 1;
        answer(site, sha256);
      } finally {
        writing -= 1;
      }
    });
    return true;
  }

  /** On disk first, then in the book, then acknowledged: whatever dies in between, the site sends it again and nothing is doubled. */
  async function keep(site: string, sha256: string, bytes: Uint8Array): Promise<void> {
    await shelf.put(site, bytes, clock.nowMs());
    book.stored(site, sha256);
    counters.deleted += (await retention.fit(site)) + (await retention.fitAll());
  }

  async function keepScene(site: string, bytes: Uint8Array): Promise<void> {
    await scenes.put(site, bytes, clock.nowMs());
    const named = views.scenes(site);
    const others = scenes.list(site).filter(({ sha256 }) => !named.includes(sha256));
    const going = others.slice(0, Math.max(0, scenes.count(site) - scenesMax));
    await scenes.remove(
      site,
      going.map(({ sha256 }) => sha256),
    );
  }

  function wait(site: string, sha256: string, bytes: Uint8Array): void {
    const own = waiting.get(site) ?? new Map<string, Waiting>();
    waiting.set(site, own);
    const sinceMs = own.get(sha256)?.sinceMs ?? clock.monotonicMs();
    own.set(sha256, { bytes, sinceMs });
    const all = [...waiting.values()].reduce((sum, { size }) => sum + size, 0);
    if (own.size <= waitingPerSiteMax && all <= waitingMax) return;
    own.delete(own.keys().next().value!);
    counters.dropped += 1;
  }

  /** Looks again at what waits for its note. */
  function look(): void {
    cancelLook = clock.after(lookEveryMs, look);
    const nowMs = clock.monotonicMs();
    for (const [site, own] of waiting) {
      for (const [sha256, { bytes, sinceMs }] of own) {
        const isOver = nowMs - sinceMs > waitMs;
        if (!isOver && !decide(site, sha256, bytes)) continue;
        own.delete(sha256);
        if (isOver) counters.dropped += 1;
      }
      if (own.size === 0) waiting.delete(site);
    }
    views.tidy();
    if (nowMs - sweptAtMs < sweepEveryMs) return;
    sweptAtMs = nowMs;
    next(sweep);
  }

  async function sweep(): Promise<void> {
    const nowMs = clock.nowMs();
    counters.deleted += await retention.sweep(nowMs);
    await shelf.tidy(nowMs - limits.keepMs);
    for (const site of scenes.sites()) {
      const named = views.scenes(site);
      const old = scenes.list(site).filter((one) => one.atMs < nowMs - limits.keepMs && !named.includes(one.sha256));
      await scenes.remove(
        site,
        old.map(({ sha256 }) => sha256),
      );
    }
  }

  return {
    async start() {
      await shelf.load();
      await scenes.load();
      running = true;
      sweptAtMs = clock.monotonicMs();
      next(sweep);
      look();
    },
    async stop() {
      running = false;
      cancelLook();
      await work;
    },
    receive(site, payload) {
      if (!running) return;
      counters.received += 1;
      const sha256 = pictureHash(payload);
      try {
        if (!isFolderName(site)) throw new Fault('CONTRACT_BROKEN', `${site} cannot be the name of a folder.`);
        if (payload.byteLength > pictureBytesMax)
          throw new Fault('PAYLOAD_TOO_LARGE', `A picture of ${payload.byteLength} bytes, at most ${pictureBytesMax}.`);
        if (jpegSize(payload) === undefined) throw new Fault('PICTURE_INVALID', `${sha256} is not a JPEG.`);
      } catch (error) {
        counters.refused += 1;
        // It would come again for ever: that nobody wants it is an answer too.
        answer(site, sha256);
        throw error;
      }
      // A copy, because the payload is a window on what came over the line.
      const bytes = Uint8Array.from(payload);
      if (!decide(site, sha256, bytes)) wait(site, sha256, bytes);
    },
    view: (site, payload) => views.take(site, payload),
    cameras: (site): CameraState[] => views.of(site, (sha256) => scenes.has(site, sha256)),
    async read(site, sha256) {
      try {
        return await shelf.read(site, sha256);
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'PICTURE_INVALID') throw error;
        // Told before it is moved, so that it is found again while it could not be told.
        book.gone(site, [sha256], 'altered');
        await shelf.setAside(site, sha256);
        throw error;
      }
    },
    async scene(site, camera) {
      const sha256 = views.sceneOf(site, camera);
      return sha256 === undefined ? undefined : scenes.read(site, sha256);
    },
    counters: () => ({ ...counters }),
    async idle() {
      let seen: Promise<void> | undefined;
      while (seen !== work) {
        seen = work;
        await seen;
      }
    },
  };
}
