import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '@tocsin/contracts';
import { parseManifest } from './parse.ts';
import type { Manifest } from './schema.ts';

/** Names a model: one of Tocsin's own (`nanodet-g-384x640-int8`), or the path of a manifest (`….json`). */
export type ManifestRef = string;

/** A manifest and where its files are. */
export type LoadedManifest = { ref: ManifestRef; manifest: Manifest; path: string; modelPath: string };

/** Largest manifest that is read; one with 2,000 class names has 40 kB. */
export const manifestBytesMax = 256 * 1024;

/** The folder of the models that come with Tocsin. */
const ownModels = fileURLToPath(new URL('../../../models/', import.meta.url));

/** Path of the manifest a reference names. */
export function manifestPath(ref: ManifestRef): string {
  return /^[A-Za-z0-9._-]+$/.test(ref) && !ref.endsWith('.json') ? join(ownModels, `${ref}.json`) : ref;
}

/** Reads and checks a manifest, and finds its model beside it; everything wrong is one Fault `MODEL_INVALID`. */
export function loadManifest(ref: ManifestRef): LoadedManifest {
  const path = manifestPath(ref);
  const isOwn = path !== ref;
  let text: string;
  try {
    if (statSync(path).size > manifestBytesMax) {
      throw new Fault('MODEL_INVALID', `${path} has more than ${manifestBytesMax} bytes, which no manifest has.`);
    }
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const why = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    if (!isOwn)
      throw new Fault('FILE_UNREADABLE', `${path}: ${why}.`, { remedy: 'Look at its name and rights.', cause });
    const remedy = 'Name one of the models in models/, or give the path of a manifest (….json).';
    throw new Fault('MODEL_INVALID', `There is no model named “${ref}” (${why}).`, { remedy, cause });
  }
  const parsed = parseManifest(text);
  if (!parsed.ok) throw new Fault('MODEL_INVALID', `${path}: ${parsed.problems.join(' ')}`);
  return { ref, manifest: parsed.manifest, path, modelPath: modelBeside(path, parsed.manifest.file) };
}

function modelBeside(path: string, file: string): string {
  const modelPath = join(dirname(path), file);
  try {
    // A link may lead within the folder, never out of it.
    const folder = realpathSync(dirname(path));
    const real = realpathSync(modelPath);
    if (lstatSync(modelPath).isSymbolicLink() && dirname(real) !== folder) {
      throw new Fault('MODEL_INVALID', `${modelPath} is a link that leads out of its folder.`, {
        remedy: 'Put the file itself beside the manifest.',
      });
    }
    if (!statSync(real).isFile()) throw new Fault('MODEL_INVALID', `${modelPath} is not a file.`);
    return join(folder, basename(real));
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const why = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new Fault('MODEL_INVALID', `${path} names ${file}, which cannot be read (${why}).`, {
      remedy: 'Put it beside the manifest.',
      cause,
    });
  }
}
