/** Draws one clip on a thread of its own; started by `renderClipInWorker`. */
import { parentPort, workerData } from 'node:worker_threads';
import sharp from 'sharp';
import { type ClipOrder, renderClip } from './clip.ts';

sharp.concurrency(1);
sharp.cache(false);
const { order, dir } = workerData as { order: ClipOrder; dir: string };
await renderClip(order, { dir, onProgress: (progress) => parentPort?.postMessage(progress) });
