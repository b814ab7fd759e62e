import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Fault } from '@tocsin/contracts';

/**
 * Writes a file so that there is always a whole one: the old stays until the new is on the disk, and is then kept
 * beside it as `.bak`. Throws STORE_FULL with the old file untouched.
 */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const folder = dirname(path);
  const beside = (suffix: string) => join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.${suffix}`);
  const [fresh, before] = [beside('new'), beside('old')];
  try {
    const file = openSync(fresh, 'wx', 0o644);
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (existsSync(path)) {
      copyFileSync(path, before, constants.COPYFILE_EXCL);
      renameSync(before, `${path}.bak`);
    }
    renameSync(fresh, path);
    syncFolder(folder);
  } catch (cause) {
    for (const left of [fresh, before]) rmSync(left, { force: true });
    throw new Fault('STORE_FULL', `${path} could not be written (${(cause as NodeJS.ErrnoException).code ?? cause}).`, {
      remedy: 'Look at the rights of the folder and the space on the disk.',
      cause,
    });
  }
}

/** A rename is only on the disk when its folder is. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
