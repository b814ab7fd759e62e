import { dirname, join } from 'node:path';
import type { Frame, Seen } from '@tocsin/edge-agent/vision';
import { type LiveDeps, watchCamera } from './live-stills.ts';
import { peopleIn } from './people.ts';
import { filesOf } from './saved-file.ts';
import { stillOf } from './stills.ts';
import { openWatcher, type Watched } from './watch.ts';

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
  /** What the supervision would tell, and why the source gives no pictures. */
  troubles: string[];
  /** The same in sentences. */
  says: string[];
};

/** Less than this share of the wanted rate is told; people outrun their boxes below 5 pictures a second (vision.md §5). */
const rateShareMin = 0.7;

/** Watches a camera for a while and says what comes. */
export async function lookAt(deps: LiveDeps, lookMs: number): Promise<Look> {
  const { camera, clock, siteFile } = deps;
  const file = camera.calibration ?? join(dirname(siteFile), `${camera.id}.calibration.json`);
  const watcher = await openWatcher({ model: camera.model, ...filesOf(file), lookMs, clock });
  const arrivals: number[] = [];
  let newest: Frame | undefined;
  let ageMs = 0;
  const source = watchCamera(deps, (frame) => {
    arrivals.push(clock.monotonicMs());
    ageMs = Math.round(clock.nowMs() - frame.capturedAtMs);
    newest = frame;
    watcher.see(frame);
  });
  await new Promise<void>((resolve) => {
    clock.after(lookMs, resolve);
  });
  const trouble = source.trouble();
  await source.stop();
  const watched = await watcher.end();
  const still = newest && stillOf(newest.jpeg, newest.capturedAtMs, camera.id);
  const people = watched.seen && peopleIn(watched.seen);
  const framesPerSecond = rateOf(arrivals);
  const troubles = [...watched.troubles, ...(trouble === undefined ? [] : [trouble])];
  const look = {
    camera: camera.id,
    isWell: still !== undefined && framesPerSecond >= rateShareMin * camera.fps && troubles.length === 0,
    pictures: arrivals.length,
    framesPerSecond,
    ...(still ? { picture: { width: still.width, height: still.height, ageMs } } : {}),
    refused: source.counters().refused,
    ...(watched.seen ? measuresOf(watched.seen) : {}),
    ...(people === undefined ? {} : { people }),
    troubles,
  };
  return { ...look, says: sentencesOf(look, { wantedFps: camera.fps, lookMs, watched }) };
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

type Told = { wantedFps: number; lookMs: number; watched: Watched };

function sentencesOf(look: Omit<Look, 'says'>, { wantedFps, lookMs, watched }: Told): string[] {
  const { camera, picture, pictures, framesPerSecond, refused, brightness, sharpness, people, troubles } = look;
  const says: string[] = [];
  if (picture) {
    const few = framesPerSecond < rateShareMin * wantedFps ? ` (too few: ${wantedFps} are wanted)` : '';
    const size = `${picture.width} × ${picture.height}`;
    says.push(`${camera}: ${pictures} pictures of ${size}, ${framesPerSecond} a second${few}.`);
    says.push(`The newest was ${picture.ageMs} ms old when it came.`);
  } else says.push(`${camera}: no picture came in ${lookMs / 1_000} s.`);
  if (refused > 0) says.push(`${refused} pictures were broken or too large.`);
  if (brightness !== undefined) says.push(`Brightness ${brightness} of 255, sharpness ${sharpness}.`);
  if (people !== undefined) says.push(`People seen now: ${people}.`);
  if (watched.why !== undefined) says.push(`The eyes cannot see: ${watched.why}`);
  if (troubles.length > 0) says.push(...troubles.map((trouble) => `Trouble: ${trouble}`));
  else if (watched.seen) says.push('No trouble with the picture.');
  if (watched.seen && !watched.hasReference) says.push('There is no reference view, so a moved camera cannot be told.');
  return says;
}
