import { Worker } from 'node:worker_threads';
import { type Clip, type ClipOrder, type ClipProgress, framesOf, type renderClip } from './clip.ts';

/**
 * As `renderClip`, on a thread of its own, so that the caller's event loop stays free. A `signal` ends the thread; the
 * clip can go on later.
 */
export async function renderClipInWorker(order: ClipOrder, about: Parameters<typeof renderClip>[1]): Promise<Clip> {
  const { dir, onProgress, signal } = about;
  const frames = framesOf(order);
  signal?.throwIfAborted();
  const worker = new Worker(new URL('./clip-worker.ts', import.meta.url), { workerData: { order, dir } });
  const stop = () => void worker.terminate();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (progress: ClipProgress) => onProgress?.(progress));
      worker.once('error', reject);
      worker.once('exit', (code) =>
        code === 0 ? resolve() : reject(signal?.reason ?? new Error('The clip was not finished.')),
      );
    });
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  return { dir, frames, fps: order.fps };
}
