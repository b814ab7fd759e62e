import {
  type Clock,
  evidenceBytesMax,
  Fault,
  jpegSize,
  PictureNote,
  type PictureRole,
  picturesPerOccurrenceMax,
} from '@tocsin/contracts';
import { Compile } from 'typebox/compile';
import { type File, type Files, owedNameOf, pictureHash } from './files.ts';

/** A frame of an alert, as a camera hands it over: boxes drawn and people blurred already. */
export type EvidenceFrame = {
  jpeg: Uint8Array;
  /** Key of the alert. */
  alert: string;
  occurrence: number;
  camera: string;
  role: PictureRole;
  takenAtMs: number;
  width: number;
  height: number;
  blurred: boolean;
};

/** Pictures that were deleted, with the span of time they are from; `unsent` says that the cloud never got them. */
export type Deleted = {
  pictures: string[];
  why: 'age' | 'budget' | 'damaged';
  fromMs: number;
  toMs: number;
  unsent: boolean;
};

export type KeeperOptions = {
  site: string;
  files: Files;
  bytesMax: number;
  keepMs: number;
  clock: Clock;
  /** Where a new frame goes: to `waiting` when there is a cloud to send it to. */
  folder: 'waiting' | 'kept';
  told(note: PictureNote): boolean;
  deleted(what: Deleted): void;
  /** A picture is to be sent, or no longer. */
  onWaiting(sha256: string): void;
  onGone(sha256: string): void;
};

export type Keeper = ReturnType<typeof createKeeper>;

/** The last still of each camera, and one it has just replaced. */
const scenesMax = 32;
/** Occurrences whose frames are counted. */
const occurrencesMax = 256;
/** As many pictures as a gap may name (contracts/batch.ts). */
const namedMax = 64;

const isNote = Compile(PictureNote);

/** Keeps frames and stills in files, counts the frames of each occurrence, and deletes what is too old or too much. */
export function createKeeper(options: KeeperOptions) {
  const { site, files, bytesMax, keepMs, clock } = options;
  const frames = new Map<string, File>();
  const scenes = new Map<string, File>();
  const perOccurrence = new Map<string, number>();
  const counters = { kept: 0, deleted: 0, deletedUnsent: 0 };

  /** Deletes files and says so; frames the cloud never got are told as lost. */
  async function forget(going: readonly File[], why: Deleted['why']): Promise<void> {
    for (const unsent of [true, false]) {
      const some = going.filter(({ folder }) => (folder === 'waiting') === unsent);
      for (let i = 0; i < some.length; i += namedMax) {
        const named = some.slice(i, i + namedMax);
        const times = named.map(({ atMs }) => atMs);
        const pictures = named.map(({ sha256 }) => sha256);
        options.deleted({ pictures, why, fromMs: Math.min(...times), toMs: Math.max(...times), unsent });
      }
    }
    for (const file of going) {
      await files.remove(file);
      frames.delete(file.sha256);
      options.onGone(file.sha256);
      counters.deleted += 1;
      if (file.folder === 'waiting') counters.deletedUnsent += 1;
    }
  }

  /** Age first, then room: frames the cloud has go before those it has not, the oldest first. */
  async function tidy(): Promise<void> {
    const oldestMs = clock.nowMs() - keepMs;
    const byAge = [...frames.values()].sort((a, b) => a.atMs - b.atMs);
    await forget(
      byAge.filter(({ atMs }) => atMs < oldestMs),
      'age',
    );
    let excess = [...frames.values()].reduce((sum, { bytes }) => sum + bytes, 0) - bytesMax;
    if (excess <= 0) return;
    const left = byAge.filter(({ sha256 }) => frames.has(sha256));
    const order = [...left.filter((one) => one.folder === 'kept'), ...left.filter((one) => one.folder === 'waiting')];
    const going: File[] = [];
    for (const file of order) {
      if (excess <= 0) break;
      going.push(file);
      excess -= file.bytes;
    }
    await forget(going, 'budget');
  }

  /** The frame's note, or why it cannot be kept. */
  function judge({ jpeg, ...frame }: EvidenceFrame): PictureNote {
    if (jpeg.byteLength > evidenceBytesMax)
      throw new Fault('PAYLOAD_TOO_LARGE', `A frame of ${jpeg.byteLength} bytes, at most ${evidenceBytesMax}.`);
    const size = jpegSize(jpeg);
    if (size?.width !== frame.width || size.height !== frame.height)
      throw new Fault('PICTURE_INVALID', `A frame of ${frame.camera} is not a JPEG of the size it is said to have.`);
    const note = { v: 1, ...frame, sha256: pictureHash(jpeg), bytes: jpeg.byteLength };
    if (!isNote.Check(note)) throw new Fault('CONTRACT_BROKEN', isNote.Errors(note)[0]?.message ?? 'It does not fit.');
    if (!note.alert.startsWith(`${site}/`)) throw new Fault('SITE_MISMATCH', `${note.alert} is not of ${site}.`);
    count(note);
    return note;
  }

  function count({ alert, occurrence }: PictureNote): void {
    const name = `${alert} ${occurrence}`;
    const before = perOccurrence.get(name) ?? 0;
    if (before >= picturesPerOccurrenceMax)
      throw new Fault('TOO_MANY_REQUESTS', `${name} has ${picturesPerOccurrenceMax} frames already.`);
    perOccurrence.delete(name);
    perOccurrence.set(name, before + 1);
    if (perOccurrence.size > occurrencesMax) perOccurrence.delete(perOccurrence.keys().next().value!);
  }

  /** The note, then the picture, then the journal; whatever dies in between, the rest is done at the next start or was never begun. */
  async function write(note: PictureNote, jpeg: Uint8Array): Promise<void> {
    const { sha256, takenAtMs: atMs } = note;
    await files.demandRoom(jpeg.byteLength);
    await files.putOwed(note);
    if (!frames.has(sha256)) {
      const file: File = { sha256, folder: options.folder, bytes: jpeg.byteLength, atMs };
      try {
        await files.putPicture(file, jpeg);
      } catch (error) {
        // Nobody was told of it, so nobody would ever ask for it.
        await files.remove(file).catch(() => {});
        await files.removeOwed(owedNameOf(note)).catch(() => {});
        throw error;
      }
      frames.set(sha256, file);
    }
    await tell(note);
    if (frames.get(sha256)?.folder === 'waiting') options.onWaiting(sha256);
    counters.kept += 1;
    await tidy();
  }

  async function tell(note: PictureNote): Promise<void> {
    if (options.told(note)) await files.removeOwed(owedNameOf(note));
  }

  async function resume(): Promise<void> {
    const { files: found, owed } = await files.load();
    for (const file of found) (file.folder === 'scenes' ? scenes : frames).set(file.sha256, file);
    for (const { name, note } of owed) {
      if (frames.has(note.sha256)) await tell(note);
      else await files.removeOwed(name);
    }
    for (const { sha256, folder } of frames.values()) if (folder === 'waiting') options.onWaiting(sha256);
    await tidy();
  }

  async function settle(sha256: string): Promise<void> {
    const file = frames.get(sha256);
    if (file?.folder !== 'waiting') return;
    await files.move(file, 'kept');
    frames.set(sha256, { ...file, folder: 'kept' });
  }

  async function keepScene(jpeg: Uint8Array, sha256: string): Promise<void> {
    const file: File = { sha256, folder: 'scenes', bytes: jpeg.byteLength, atMs: clock.nowMs() };
    if (!scenes.has(sha256)) {
      await files.demandRoom(jpeg.byteLength);
      await files.putPicture(file, jpeg);
    }
    scenes.delete(sha256);
    scenes.set(sha256, file);
    for (const old of [...scenes.values()].slice(0, -scenesMax)) {
      await files.remove(old);
      scenes.delete(old.sha256);
      options.onGone(old.sha256);
    }
    options.onWaiting(sha256);
  }

  return {
    judge,
    write,
    resume,
    tidy,
    settle,
    keepScene,
    counters,
    /** Where a picture lies, or undefined when it is not here. */
    find: (sha256: string): File | undefined => frames.get(sha256) ?? scenes.get(sha256),
    /** Strikes a picture whose file is gone or is not what its name says. */
    async lost(sha256: string): Promise<void> {
      const file = frames.get(sha256);
      options.onGone(sha256);
      if (file !== undefined) await forget([file], 'damaged');
    },
  };
}
