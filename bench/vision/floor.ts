/**
 * A process that does the least anybody could do with a picture: sharp decodes it to the size of the model's input, onnxruntime runs
 * the model on it, and what comes out is thrown away. The session has the same options as that of the eyes.
 */
import { dirname, join } from 'node:path';
import { fitPicture, loadManifest, manifestPath } from '@tocsin/edge-agent/vision';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { release } from '../../edge-agent/vision/eyes/worker/release.ts';
import { picturesOf, toAndFro } from './pictures.ts';
import type { Turn, TurnResult } from './throughput.ts';

const { model } = JSON.parse(process.argv[2]!) as { model: string };
sharp.concurrency(1);
sharp.cache(false);
const { manifest } = loadManifest(model);
const { input } = manifest;
const session = await ort.InferenceSession.create(join(dirname(manifestPath(model)), manifest.file), {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
});
const { content } = fitPicture({ width: 1280, height: 720 }, input);
const bytes = new Uint8Array(input.width * input.height * 3).fill(input.pad ?? 114);
const tensor = new ort.Tensor('uint8', bytes, [1, input.height, input.width, 3]);
const pictures = await picturesOf('busy');

async function turn({ pictures: count }: Turn): Promise<TurnResult> {
  const stages = { decode: [] as number[], infer: [] as number[] };
  const cpuBefore = process.cpuUsage();
  const beganMs = performance.now();
  for (let n = 0; n < count; n += 1) {
    const fromMs = performance.now();
    const rgb = await sharp(toAndFro(pictures, n))
      .resize(content.width, content.height, { fit: 'fill' })
      .raw()
      .toBuffer();
    bytes.set(rgb, (content.y * input.width + content.x) * 3);
    const decodedMs = performance.now();
    const found = await session.run({ [input.name]: tensor });
    // A floor that fed the garbage collector would be 4 % slower than one must be.
    release([rgb, ...Object.values(found).map(({ data }) => data as Float32Array)]);
    stages.decode.push(decodedMs - fromMs);
    stages.infer.push(performance.now() - decodedMs);
  }
  const elapsedMs = performance.now() - beganMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { pictures: count, elapsedMs, cpuMs: (user + system) / 1000, stages };
}

process.on('message', (asked: Turn) => void turn(asked).then((result) => process.send!(result)));
process.on('disconnect', () => process.exit(0));
process.send!({ ready: true });
