/**
 * A scene drawn once into a folder, to be played again and again.
 *
 * Folder: `stamp.json` (a hash of the whole order), `000000.jpg` …, `truth.ndjson` (one line a frame), and at the end
 * `truth.json`. A picture is written under another name and renamed, and its line follows it; so a line means that its
 * picture is whole. A clip that was interrupted goes on after its last whole line; a folder with another stamp is
 * drawn anew; one with `truth.json` is ready. One writer a folder at a time. Nothing is synced to disk: this is a
 * cache.
 */
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@tocsin/contracts';
import type { Camera } from './camera.ts';
import { drawFrame } from './drawing/frame.ts';
import type { Weather } from './drawing/light.ts';
import { paintStreet, type Street } from './drawing/street.ts';
import { encodeFrame } from './encode.ts';
import type { Scene } from './scene.ts';
import type { ClipTruth } from './truth.ts';

/** Everything that decides how a clip looks; plain data, so that a worker can be given it and a hash can name it. */
export type ClipOrder = {
  street: Street;
  camera: Camera;
  weather: Weather;
  scene: Scene;
  fps: number;
  durationMs: number;
  /** Instant of the scene at the first frame; 0 unless said. */
  fromMs?: number;
};

export type ClipProgress = { done: number; of: number };
export type Clip = { dir: string; frames: number; fps: number };

/** Raised when the drawing changes, so that old clips are drawn anew. */
const drawingVersion = 2;
/** Half an hour at 10 frames a second; some 2 GB at 1280 × 720. */
export const clipFramesMax = 18_000;
const pixelsMax = 1920 * 1080;

/** Frames of an order; refuses one that is too large to draw (`ARGUMENT_INVALID`). */
export function framesOf({ camera, fps, durationMs }: ClipOrder): number {
  const frames = Math.round((durationMs * fps) / 1000);
  const isFit =
    Number.isFinite(frames) && frames >= 1 && frames <= clipFramesMax && camera.width * camera.height <= pixelsMax;
  if (isFit) return frames;
  const most = `at most ${clipFramesMax} frames of ${pixelsMax} pixels`;
  throw new Fault('ARGUMENT_INVALID', `A clip has at least one and ${most}; ${frames} were asked for.`);
}

/** Names an order: equal orders draw equal bytes. */
export function stampOf(order: ClipOrder): string {
  return createHash('sha256')
    .update(JSON.stringify({ drawingVersion, ...order }))
    .digest('hex');
}

/** The file of a frame. */
export const fileOf = (frame: number): string => `${String(frame).padStart(6, '0')}.jpg`;

type Line = ClipTruth['frames'][number];

/** Draws a clip into a folder, or finishes or reuses what is there. A `signal` stops it between two frames. */
export async function renderClip(
  order: ClipOrder,
  about: { dir: string; onProgress?: (progress: ClipProgress) => void; signal?: AbortSignal },
): Promise<Clip> {
  const { dir, onProgress, signal } = about;
  const { camera, fps, fromMs = 0 } = order;
  const of = framesOf(order);
  const clip = { dir, frames: of, fps };
  const lines = await whatIsThere(dir, { stamp: stampOf(order), of });
  if (lines === 'ready') {
    onProgress?.({ done: of, of });
    return clip;
  }
  if (lines.length < of) {
    const backdrop = paintStreet(order);
    for (let frame = lines.length; frame < of; frame += 1) {
      signal?.throwIfAborted();
      const tMs = fromMs + (frame * 1000) / fps;
      const drawn = drawFrame(backdrop, order.scene, tMs);
      await replace(join(dir, fileOf(frame)), await encodeFrame(drawn));
      const line: Line = { file: fileOf(frame), tMs, actors: drawn.truth };
      await appendFile(join(dir, 'truth.ndjson'), `${JSON.stringify(line)}\n`);
      lines.push(line);
      onProgress?.({ done: frame + 1, of });
    }
  }
  const truth: ClipTruth = { width: camera.width, height: camera.height, fps, frames: lines.slice(0, of) };
  await replace(join(dir, 'truth.json'), JSON.stringify(truth));
  return clip;
}

/** The truth of a finished clip. */
export async function readTruth(dir: string): Promise<ClipTruth> {
  return JSON.parse(await readFile(join(dir, 'truth.json'), 'utf8')) as ClipTruth;
}

async function replace(path: string, content: string | Buffer): Promise<void> {
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
}

/** Whole frames of this very order in the folder; clears the folder of frames of another. */
async function whatIsThere(dir: string, { stamp, of }: { stamp: string; of: number }): Promise<Line[] | 'ready'> {
  await mkdir(dir, { recursive: true });
  const names = await readdir(dir);
  const known = await textOf(join(dir, 'stamp.json'));
  if (known !== JSON.stringify({ stamp })) {
    const ours = names.filter((name) => /^(\d{6}\.jpg|truth\.json|truth\.ndjson|stamp\.json)(\.part)?$/.test(name));
    for (const name of ours) await rm(join(dir, name));
    await replace(join(dir, 'stamp.json'), JSON.stringify({ stamp }));
    return [];
  }
  const there = new Set(names);
  if (there.has('truth.json') && Array.from({ length: of }, (_, i) => fileOf(i)).every((file) => there.has(file))) {
    return 'ready';
  }
  const text = await textOf(join(dir, 'truth.ndjson'));
  // The part after the last line's end was cut off by whatever stopped the writer.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole !== text) await replace(join(dir, 'truth.ndjson'), whole);
  const lines = whole.split('\n').filter((line) => line !== '');
  const parsed = lines.map((line) => JSON.parse(line) as Line);
  if (parsed.every(({ file }) => there.has(file))) return parsed;
  await rm(join(dir, 'truth.ndjson'), { force: true });
  return [];
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
