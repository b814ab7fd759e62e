import { createHash } from 'node:crypto';
import nodeDisk from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, PictureNote } from '@tocsin/contracts';
import { Compile } from 'typebox/compile';

/** What the files of evidence ask of the disk; a test hands in one that fails. */
export type Disk = Pick<
  typeof nodeDisk,
  'mkdir' | 'open' | 'rename' | 'rm' | 'readdir' | 'readFile' | 'stat' | 'statfs'
>;

/** Folders: frames the cloud does not have yet, frames it has (or that nobody is to get), stills of empty streets. */
export type Folder = 'waiting' | 'kept' | 'scenes';
export type File = { sha256: string; folder: Folder; bytes: number; atMs: number };
/** A note that may not have reached the journal before the process died. */
export type Owed = { name: string; note: PictureNote };

const pictureName = /^([0-9a-f]{64})\.jpg$/;
const owedName = /^[0-9a-f]{64}-[0-9a-f]{32}\.json$/;
const isNote = Compile(PictureNote);

/** SHA-256 of bytes in hexadecimal: the name of a picture. */
export function pictureHash(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Where a note is written down until the journal has it. */
export function owedNameOf(note: PictureNote): string {
  return `${note.sha256}-${pictureHash(`${note.alert} ${note.occurrence}`).slice(0, 32)}.json`;
}

/** What the disk says, in the words of the fault table. */
export function diskFault(cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return new Fault(isFull ? 'STORE_FULL' : 'STORE_BUSY', `Evidence: ${code ?? message}.`, { cause });
}

export type Files = ReturnType<typeof createFiles>;

/** Pictures named by their hash below a directory that only its owner can read; every write is on disk, whole, when it returns. */
export function createFiles(dir: string, freeBytesMin: number, disk: Disk = nodeDisk) {
  let parts = 0;

  const at = (folder: Folder, name: string) => join(dir, folder, name);

  async function sync(folder: Folder): Promise<void> {
    const open = await disk.open(join(dir, folder), 'r');
    try {
      await open.sync();
    } finally {
      await open.close();
    }
  }

  async function write(path: { folder: Folder; name: string; atMs: number }, content: Uint8Array | string) {
    parts += 1;
    const half = at(path.folder, `${parts}.part`);
    try {
      const file = await disk.open(half, 'w', 0o600);
      try {
        await file.writeFile(content);
        await file.utimes(path.atMs / 1_000, path.atMs / 1_000);
        await file.sync();
      } finally {
        await file.close();
      }
      await disk.rename(half, at(path.folder, path.name));
    } catch (error) {
      await disk.rm(half, { force: true }).catch(() => {});
      throw error;
    }
  }

  async function read(folder: Folder, found: { files: File[]; owed: Owed[] }): Promise<void> {
    for (const name of await disk.readdir(join(dir, folder))) {
      const path = at(folder, name);
      const sha256 = pictureName.exec(name)?.[1];
      if (sha256 !== undefined) {
        const { size, mtimeMs } = await disk.stat(path);
        found.files.push({ sha256, folder, bytes: size, atMs: mtimeMs });
        continue;
      }
      const note = owedName.test(name) ? await noteAt(path) : undefined;
      if (note === undefined) await disk.rm(path, { force: true, recursive: true });
      else found.owed.push({ name, note });
    }
  }

  async function noteAt(path: string): Promise<PictureNote | undefined> {
    try {
      const note: unknown = JSON.parse(await disk.readFile(path, 'utf8'));
      return isNote.Check(note) ? note : undefined;
    } catch {
      return undefined;
    }
  }

  return {
    /** Reads what is there, the oldest first, and tidies away what a crash left half-written. */
    async load(): Promise<{ files: File[]; owed: Owed[] }> {
      const found = { files: [] as File[], owed: [] as Owed[] };
      for (const folder of ['waiting', 'kept', 'scenes'] as const) {
        await disk.mkdir(join(dir, folder), { recursive: true, mode: 0o700 });
        await read(folder, found);
      }
      found.files.sort((a, b) => a.atMs - b.atMs);
      return found;
    },
    /** Throws STORE_FULL when so little is free that the journal will need it. */
    async demandRoom(bytes: number): Promise<void> {
      const { bavail, bsize } = await disk.statfs(dir);
      if (bavail * bsize - bytes < freeBytesMin)
        throw new Fault('STORE_FULL', `Less than ${freeBytesMin} bytes are free at ${dir}.`);
    },
    async putPicture({ sha256, folder, atMs }: File, jpeg: Uint8Array): Promise<void> {
      await write({ folder, name: `${sha256}.jpg`, atMs }, jpeg);
      await sync(folder);
    },
    async putOwed(note: PictureNote): Promise<void> {
      await write({ folder: 'waiting', name: owedNameOf(note), atMs: note.takenAtMs }, JSON.stringify(note));
    },
    removeOwed: (name: string): Promise<void> => disk.rm(at('waiting', name), { force: true }),
    /** The bytes of a picture, or undefined when they are gone or are not what their name says. */
    async read({ folder, sha256 }: File): Promise<Uint8Array | undefined> {
      const bytes = await disk.readFile(at(folder, `${sha256}.jpg`)).catch(() => undefined);
      return bytes !== undefined && pictureHash(bytes) === sha256 ? bytes : undefined;
    },
    move: (file: File, to: Folder): Promise<void> =>
      disk.rename(at(file.folder, `${file.sha256}.jpg`), at(to, `${file.sha256}.jpg`)),
    remove: ({ folder, sha256 }: File): Promise<void> => disk.rm(at(folder, `${sha256}.jpg`), { force: true }),
  };
}
