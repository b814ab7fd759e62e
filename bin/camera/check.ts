import type { Seen } from '@tocsin/edge-agent/vision';
import type { Frame } from '../../edge-agent/vision/types.ts';
import { type LiveDeps, watchCamera } from './live-stills.ts';
import { glance } from './people.ts';
import { stillOf } from './stills.ts';

export type Look = {
  camera: string;
  isWell: boolean;
  pictures: number;
  framesPerSecond: number;
  picture?: { width: number; height: number; ageMs: number };
  refused: number;
  /** Of the newest picture, in levels 0 to 255 and as the mean squared Laplacian (vision/types.ts). */
  brightness?: number;
  sharpness?: number;
  /** People seen in the newest picture; absent when nobody can say. */
  people?: number;
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
    ageMs = Math.round(clock.nowMs() - frame.capturedAtMs);
    newest = frame;
  });
  await new Promise<void>((resolve) => {
    clock.after(lookMs, resolve);
  });
  const trouble = watching.trouble();
  await watching.stop();
  const { refused } = watching.counters();
  const still = newest && stillOf(newest.jpeg, newest.capturedAtMs, camera.id);
  const looked = still && (await glance(still, { model: camera.model, clock }));
  const framesPerSecond = rateOf(arrivals);
  const look = {
    camera: camera.id,
    isWell: still !== undefined && framesPerSecond >= rateShareMin * camera.fps && trouble === undefined,
    pictures: arrivals.length,
    framesPerSecond,
    ...(still ? { picture: { width: still.width, height: still.height, ageMs } } : {}),
    refused,
    ...(looked?.seen ? measuresOf(looked.seen) : {}),
    ...(looked && 'people' in looked ? { people: looked.people } : {}),
    ...(trouble === undefined ? {} : { trouble }),
  };
  return {
    ...look,
    says: sentencesOf(look, { wanted: camera.fps, lookMs, why: looked && 'why' in looked ? looked.why : '' }),
  };
}

/** From the first to the last picture, so that the time to connect does not count. */
function rateOf(arrivals: readonly number[]): number {
  const [first, last] = [arrivals[0] ?? 0, arrivals.at(-1) ?? 0];
  return last > first ? Math.round(((arrivals.length - 1) * 10_000) / (last - first)) / 10 : 0;
}

function measuresOf({ grid: { y, sharpness } }: Seen) {
  const brightness = Math.round(y.reduce((sum, level) => sum + level, 0) / y.length);
  return { brightness, sharpness: Math.round(sharpness) };
}

function sentencesOf(look: Omit<Look, 'says'>, told: { wanted: number; lookMs: number; why: string }): string[] {
  const { camera, picture, pictures, framesPerSecond, refused, brightness, sharpness, people, trouble } = look;
  const says: string[] = [];
  if (picture) {
    const few = framesPerSecond < rateShareMin * told.wanted ? ` (too few: ${told.wanted} are wanted)` : '';
    says.push(
      `${camera}: ${pictures} pictures of ${picture.width} × ${picture.height}, ${framesPerSecond} a second${few}.`,
    );
    says.push(`The newest was ${picture.ageMs} ms old when it came.`);
  } else says.push(`${camera}: no picture came in ${told.lookMs / 1_000} s.`);
  if (refused > 0) says.push(`${refused} pictures were broken or too large.`);
  if (brightness !== undefined) says.push(`Brightness ${brightness} of 255, sharpness ${sharpness}.`);
  if (people !== undefined) says.push(`People seen now: ${people}.`);
  if (told.why !== '') says.push(`People cannot be told: ${told.why}`);
  if (trouble !== undefined) says.push(trouble);
  return says;
}
