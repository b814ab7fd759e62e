import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '@tocsin/contracts';
import { type Eyes, fitPicture, type Manifest } from '@tocsin/edge-agent/vision';
import { type Report, reportOf } from './report.ts';
import type { Told } from './score.ts';
import { readTruth } from './truth.ts';

export type EvalOptions = {
  eyes: Eyes;
  manifest: Manifest;
  folder: string;
  truth: string;
  /** Score from which recall and precision count. */
  score: number;
  progress(done: number, of: number): void;
};
/** What came of it; frames that could not be read are told by name, never counted as empty. */
export type Evaluation = { report: Report; unreadable: string[]; passedOver: number };

/** Most frames of one evaluation; an hour at 10 fps. */
const framesMax = 36_000;

/** Shows every frame the truth speaks about to the eyes and compares what they tell. */
export async function evaluate(options: EvalOptions): Promise<Evaluation> {
  const { eyes, manifest, folder, truth, score, progress } = options;
  const files = jpegsOf(folder);
  const { frames, truths, passedOver } = readTruth(truth, { files, map: manifest.map });
  if (frames.length === 0) {
    throw new Fault('ARGUMENT_INVALID', `${truth} speaks about none of the ${files.length} JPEGs in ${folder}.`, {
      remedy: 'The names must be the same; only JPEG is read.',
    });
  }
  const told: Told[] = [];
  const scales = new Map<string, number>();
  const unreadable: string[] = [];
  for (const [i, frame] of frames.entries()) {
    progress(i, frames.length);
    try {
      const seen = await eyes.look({ jpeg: readFileSync(join(folder, frame)), number: i + 1, capturedAtMs: 0 });
      const { content } = fitPicture(seen.picture, manifest.input);
      scales.set(frame, content.height / seen.picture.height);
      for (const { kind, box, score: value } of seen.detections ?? []) told.push({ frame, kind, box, score: value });
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'PICTURE_INVALID') throw error;
      unreadable.push(frame);
    }
  }
  const readable = frames.filter((frame) => scales.has(frame));
  const report = reportOf({
    ...{ frames: readable, told, score, scaleOf: (frame) => scales.get(frame)! },
    truths: truths.filter(({ frame }) => scales.has(frame)),
  });
  return { report, unreadable, passedOver };
}

function jpegsOf(folder: string): string[] {
  try {
    const files = readdirSync(folder).filter((name) => /\.jpe?g$/i.test(name));
    return files.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).slice(0, framesMax);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new Fault('FILE_UNREADABLE', `${folder}: ${why}.`, { remedy: 'Give a folder of JPEGs.', cause });
  }
}
