import { statSync } from 'node:fs';
import { opendir, open as openFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Fault } from '@tocsin/contracts';
import { pictureBytesMax } from '../../jpeg.ts';
import type { CameraSource, SourceConfig, SourceHost } from '../../types.ts';
import { type Connection, keepOpen, pause } from '../keep-open.ts';
import { FolderSource } from './config.ts';

/** Most pictures of a folder: nearly three hours at 10 a second. */
export const picturesMax = 100_000;
const folderProblem = (path: string) => `There is no folder ${path}`;

/** Names of the JPEG files of a folder in the order of their characters, so that it is the same everywhere. */
async function namesOf(path: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of await opendir(path)) {
      if (!/\.jpe?g$/i.test(entry.name)) continue;
      if (names.length === picturesMax)
        throw new Fault('FILE_UNREADABLE', `${path} holds over ${picturesMax} pictures.`);
      names.push(entry.name);
    }
  } catch (error) {
    if (error instanceof Fault) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new Fault('FILE_UNREADABLE', `${folderProblem(path)}.`);
    throw new Fault('FILE_UNREADABLE', `The folder ${path} cannot be read (${code}).`);
  }
  if (names.length === 0) throw new Fault('FILE_UNREADABLE', `${path} holds no JPEG (.jpg, .jpeg).`);
  return names.sort((a, b) => (a < b ? -1 : 1));
}

/** Reads one picture, or says why it is none; a pipe or device of that name is never waited for. */
async function readPicture(path: string): Promise<Uint8Array | string> {
  try {
    if (!statSync(path).isFile()) return 'it is no file';
    await using file = await openFile(path);
    const { size } = await file.stat();
    if (size > pictureBytesMax) return `it is larger than ${pictureBytesMax} bytes`;
    const bytes = new Uint8Array(size);
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    return bytes.subarray(0, bytesRead);
  } catch (error) {
    return `it cannot be read (${(error as NodeJS.ErrnoException).code})`;
  }
}

function open(config: SourceConfig, host: SourceHost) {
  const { path, repeat, framesPerSecond = host.framesPerSecond } = config as FolderSource;
  const { clock } = host;
  const folder = resolve(host.directory, path);
  const everyMs = 1000 / framesPerSecond;

  async function connect({ signal, takeBytes, refuse }: Connection): Promise<string> {
    let dueAtMs: number | undefined;
    do {
      for (const name of await namesOf(folder)) {
        const bytes = await readPicture(join(folder, name));
        const nowMs = clock.monotonicMs();
        if (typeof bytes === 'string') refuse(bytes);
        else takeBytes(bytes);
        // A machine that was busy does not make up for what it missed.
        dueAtMs = Math.max((dueAtMs ?? nowMs) + everyMs, nowMs);
        await pause(host, dueAtMs - nowMs, signal);
        if (signal.aborted) throw new Fault('CAMERA_UNREACHABLE', 'It was stopped.');
      }
    } while (repeat);
    return 'The folder was shown once and is over.';
  }

  return keepOpen({ host, silenceMs: 10_000 + 2 * everyMs, connect });
}

/** A folder of JPEG files in place of a camera. */
export const folder: CameraSource = {
  kind: 'folder',
  schema: FolderSource,
  check: (config, { directory }) => {
    const path = resolve(directory, (config as FolderSource).path);
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    return isFolder ? [] : [`/path: ${folderProblem(path)}; name one that is there`];
  },
  open,
};
