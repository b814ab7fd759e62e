import type { Frame } from '../../edge-agent/vision/types.ts';
import { type LiveDeps, watchCamera } from './live-stills.ts';
import { stillOf } from './stills.ts';

export type Look = {
  camera: string;
  isWell: boolean;
  pictures: number;
  framesPerSecond: number;
  picture?: { width: number; height: number; ageMs: number };
  refused: number;
  trouble?: string;
  /** The same in sentences. */
  says: string[];
};

/** Less than this share of the wanted rate is told; people outrun their boxes below 5 pictures a second (vision.md §5). */
const rateShareMin = 0.7;

/** Watches a camera for a while and says what comes. */
export async function lookAt(deps: LiveDeps, lookMs: number): Promise<Look> {
  const { camera, clock } = deps;
  const arrivals: number[] = [];
  let newest: Frame | undefined;
  let ageMs = 0;
  const watching = watchCamera(deps, (frame) => {
    arrivals.push(clock.monotonicMs());
    ageMs = clock.nowMs() - frame.capturedAtMs;
    newest = frame;
  });
  await new Promise<void>((resolve) => {
    clock.after(lookMs, resolve);
  });
  const trouble = watching.trouble();
  await watching.stop();
  const { refused } = watching.counters();
  const [first, last] = [arrivals[0] ?? 0, arrivals.at(-1) ?? 0];
  // From the first to the last picture, so that the time to connect does not count.
  const framesPerSecond = arrivals.length < 2 ? 0 : ((arrivals.length - 1) * 1_000) / (last - first);
  const still = newest && stillOf(newest.jpeg, newest.capturedAtMs, camera.id);
  const isSlow = framesPerSecond < rateShareMin * camera.fps;
  return {
    camera: camera.id,
    isWell: still !== undefined && !isSlow && trouble === undefined,
    pictures: arrivals.length,
    framesPerSecond: Math.round(framesPerSecond * 10) / 10,
    ...(still ? { picture: { width: still.width, height: still.height, ageMs: Math.round(ageMs) } } : {}),
    refused,
    ...(trouble === undefined ? {} : { trouble }),
    says: [
      ...(still
        ? [
            `${camera.id}: ${arrivals.length} pictures of ${still.width} × ${still.height}, ${framesPerSecond.toFixed(1)} a second${isSlow ? ` (too few: ${camera.fps} are wanted)` : ''}.`,
            `The newest was ${Math.round(ageMs)} ms old when it came.`,
          ]
        : [`${camera.id}: no picture came in ${lookMs / 1_000} s.`]),
      ...(refused > 0 ? [`${refused} pictures were broken or too large.`] : []),
      ...(trouble === undefined ? [] : [trouble]),
    ],
  };
}
