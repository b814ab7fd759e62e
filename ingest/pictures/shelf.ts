import { createHash } from 'node:crypto';
import nodeDisk from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, isName, isPictureHash } from '@tocsin/contracts';

/** What a shelf asks of the disk; a test hands in one that fails. */
export type Disk = Pick<
  typeof nodeDisk,
  'mkdir' | 'open' | 'rename' | 'rm' | 'readdir' | 'readFile' | 'stat' | 'statfs'
>;

export type ShelfOptions = {
  dir: string;
  /** Below this much free space nothing more is put on the shelf: what is left belongs to alerts. */
  freeBytesMin: number;
  disk?: Disk;
};

export type Kept = { sha256: string; bytes: number; atMs: number };

/** Files named by the hash of their content, in a folder a site; when `put` returns, the file is on disk whole. */
export type Shelf = ReturnType<typeof createShelf>;

const fileName = /^([0-9a-f]{64})\.jpg$/;
/** A file that was altered is kept under this ending until its age ends it, for whoever looks for the cause. */
const alteredEnding = '.altered';

/** SHA-256 of bytes in hexadecimal: the name of a picture. */
export function pictureHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A name may consist of dots, which a file system takes for another folder. */
export function isFolderName(site: string): boolean {
  return isName(site) && !/^\.+$/.test(site);
}

/** What the disk says, in the words of the fault table. */
function diskFault(cause: unknown, what: string): Fault {
  if (cause instanceof Fault) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return new Fault(isFull ? 'STORE_FULL' : 'STORE_BUSY', `${what}: ${code ?? message}.`, { cause });
}

/** Makes a shelf in a directory that only its owner can read. Nothing is read before `load`. */
export function createShelf({ dir, freeBytesMin, disk = nodeDisk }: ShelfOptions) {
  const sites = new Map<string, { kept: Map<string, Kept>; bytes: number }>();
  let partial = 0;

  const folderOf = (site: string) => join(dir, site);
  const pathOf = (site: string, sha256: string) => join(dir, site, `${sha256}.jpg`);

  function note(site: string, one: Kept): void {
    const shelf = sites.get(site) ?? { kept: new Map<string, Kept>(), bytes: 0 };
    sites.set(site, shelf);
    shelf.kept.set(one.sha256, one);
    shelf.bytes += one.bytes;
  }

  function strike(site: string, sha256: string): void {
    const shelf = sites.get(site);
    shelf!.bytes -= shelf?.kept.get(sha256)?.bytes ?? 0;
    shelf?.kept.delete(sha256);
  }

  const has = (site: string, sha256: string) => sites.get(site)?.kept.has(sha256) ?? false;

  async function loadFolder(site: string): Promise<void> {
    const found: Kept[] = [];
    for (const name of await disk.readdir(folderOf(site))) {
      const path = join(dir, site, name);
      const sha256 = fileName.exec(name)?.[1];
      if (sha256 === undefined) {
        // What a crash left half-written is worth nothing; what was altered stays until its time has come.
        if (!name.endsWith(alteredEnding)) await disk.rm(path, { force: true, recursive: true });
        continue;
      }
      const { size, mtimeMs } = await disk.stat(path);
      found.push({ sha256, bytes: size, atMs: mtimeMs });
    }
    found.sort((a, b) => a.atMs - b.atMs);
    for (const kept of found) note(site, kept);
  }

  async function syncFolder(site: string): Promise<void> {
    const folder = await disk.open(folderOf(site), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  async function write(site: string, { sha256, atMs }: Kept, bytes: Uint8Array): Promise<void> {
    const { bavail, bsize } = await disk.statfs(dir);
    if (bavail * bsize - bytes.byteLength < freeBytesMin)
      throw new Fault('STORE_FULL', `Less than ${freeBytesMin} bytes are free at ${dir}.`);
    partial += 1;
    const half = join(dir, site, `${partial}.part`);
    try {
      const file = await disk.open(half, 'w', 0o600);
      try {
        await file.writeFile(bytes);
        await file.utimes(atMs / 1_000, atMs / 1_000);
        await file.sync();
      } finally {
        await file.close();
      }
      await disk.rename(half, pathOf(site, sha256));
      await syncFolder(site);
    } catch (error) {
      await disk.rm(half, { force: true }).catch(() => {});
      throw error;
    }
  }

  return {
    /** Reads what is there, and tidies away what a crash left half-written. */
    async load(): Promise<void> {
      await disk.mkdir(dir, { recursive: true, mode: 0o700 });
      for (const site of await disk.readdir(dir)) if (isFolderName(site)) await loadFolder(site);
    },
    has,
    /** Keeps bytes under their hash, durably. Throws STORE_FULL or STORE_BUSY, and then nothing is kept. */
    async put(site: string, bytes: Uint8Array, atMs: number): Promise<string> {
      const kept = { sha256: pictureHash(bytes), bytes: bytes.byteLength, atMs };
      if (has(site, kept.sha256)) return kept.sha256;
      try {
        if (!sites.has(site)) await disk.mkdir(folderOf(site), { recursive: true, mode: 0o700 });
        await write(site, kept, bytes);
      } catch (error) {
        throw diskFault(error, 'A picture could not be kept');
      }
      note(site, kept);
      return kept.sha256;
    },
    /** The bytes as they were put, or undefined when they are not there. Throws PICTURE_INVALID when they are other bytes now. */
    async read(site: string, sha256: string): Promise<Uint8Array | undefined> {
      if (!isPictureHash(sha256) || !has(site, sha256)) return undefined;
      const bytes = await disk.readFile(pathOf(site, sha256)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw diskFault(error, 'A picture could not be read');
      });
      if (bytes !== undefined && pictureHash(bytes) === sha256) return bytes;
      throw new Fault('PICTURE_INVALID', 'It is not what its hash says.');
    },
    /** Takes an altered file off the shelf; it stays beside it until `tidy` ends it. */
    async setAside(site: string, sha256: string): Promise<void> {
      if (!has(site, sha256)) return;
      strike(site, sha256);
      await disk.rename(pathOf(site, sha256), pathOf(site, sha256) + alteredEnding).catch(() => {});
    },
    async remove(site: string, pictures: readonly string[]): Promise<void> {
      for (const sha256 of pictures) {
        await disk.rm(pathOf(site, sha256), { force: true });
        if (sites.has(site)) strike(site, sha256);
      }
    },
    /** Deletes altered files that are older than this. */
    async tidy(beforeMs: number): Promise<void> {
      for (const site of sites.keys())
        for (const name of await disk.readdir(folderOf(site))) {
          const path = join(dir, site, name);
          if (name.endsWith(alteredEnding) && (await disk.stat(path)).mtimeMs < beforeMs)
            await disk.rm(path, { force: true });
        }
    },
    sites: (): string[] => [...sites.keys()],
    /** What is kept of a site, the oldest first. */
    list: (site: string): Kept[] => [...(sites.get(site)?.kept.values() ?? [])],
    count: (site: string): number => sites.get(site)?.kept.size ?? 0,
    /** Bytes kept of a site. */
    bytes: (site: string): number => sites.get(site)?.bytes ?? 0,
  };
}
