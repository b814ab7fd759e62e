import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { detectionsOf } from '../../edge-agent/vision/decoders/finish.ts';
import { fitPicture } from '../../edge-agent/vision/decoders/fit.ts';
import { planOf } from '../../edge-agent/vision/decoders/plan.ts';
import type { Manifest } from '../../edge-agent/vision/manifest/schema.ts';
import type { Box, Detection } from '../../edge-agent/vision/types.ts';
import { type InputSize, regMax } from './nanodet.ts';
import type { Outputs } from './reference.ts';

/** Runs one picture (the bytes of the input) and gives the tensors by name. */
export async function run(session: InferenceSession, { width, height }: InputSize, rgb: Uint8Array): Promise<Outputs> {
  const made = await session.run({ image: new Tensor('uint8', rgb, [1, height, width, 3]) });
  return Object.fromEntries(Object.entries(made).map(([name, { data }]) => [name, data as Float32Array]));
}

/** Gives what the manifest's decoder finds in the tensors of one picture of the input's own size. */
export function decode(manifest: Manifest, outputs: Outputs): Detection[] {
  const { input } = manifest;
  const columns = (name: string) => (name.startsWith('scores') ? manifest.classes.length : 4 * (regMax + 1));
  const tensors = Object.entries(outputs).map(([name, data]) => {
    const dims = [1, data.length / columns(name), columns(name)];
    return [name, { dims, data }] as const;
  });
  const found = detectionsOf(new Map(tensors), planOf(manifest), fitPicture(input, input));
  if (!found.ok) throw new Error(found.why);
  return found.value;
}

/** Runs one picture of the input's own size and gives what the manifest's decoder finds in it. */
export async function detect(session: InferenceSession, manifest: Manifest, rgb: Uint8Array): Promise<Detection[]> {
  return decode(manifest, await run(session, manifest.input, rgb));
}

/** Share of two boxes that both cover. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const both = Math.max(0, width) * Math.max(0, height);
  return both / (a.width * a.height + b.width * b.height - both);
}

/** How well the detections of one model are found again by another. */
export type Agreement = {
  wanted: number;
  found: number;
  overlapSum: number;
  scoreErrorSum: number;
  scoreErrorMax: number;
};

/** Adds how many detections of at least `scoreMin` have one of the same kind with IoU 0.5 in the other list, and how alike these are. */
export function agree(
  sum: Agreement,
  wanted: readonly Detection[],
  other: readonly Detection[],
  scoreMin: number,
): Agreement {
  const next = { ...sum };
  for (const one of wanted.filter(({ score }) => score >= scoreMin)) {
    next.wanted += 1;
    const best = other
      .filter(({ kind }) => kind === one.kind)
      .map((each) => ({ each, iou: overlap(one.box, each.box) }))
      .sort((a, b) => b.iou - a.iou)[0];
    if (best === undefined || best.iou < 0.5) continue;
    const error = Math.abs(best.each.score - one.score);
    next.found += 1;
    next.overlapSum += best.iou;
    next.scoreErrorSum += error;
    next.scoreErrorMax = Math.max(next.scoreErrorMax, error);
  }
  return next;
}

/** Agreement before anything was compared. */
export const noAgreement: Agreement = { wanted: 0, found: 0, overlapSum: 0, scoreErrorSum: 0, scoreErrorMax: 0 };
