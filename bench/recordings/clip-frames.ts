import { execFileSync } from 'node:child_process';
import { silentLogger, systemClock } from '@tocsin/contracts';
import { createEyes, type Eyes, type Frame, type Seen } from '@tocsin/edge-agent/vision';
import { playThroughFfmpeg } from '../../edge-agent/cameras/sources/ffmpeg/ffmpeg.ts';

/** A day after the epoch, so that no instant is 0; clips have no date. */
const startMs = 86_400_000;
/** ffmpeg drops pictures above this rate; the clips have 12 to 12.5 a second. */
const framesPerSecondMax = 25;

/** When each picture of a clip is shown, in ms, as its file says. */
function timesOf(file: string): number[] {
  const wanted = ['-select_streams', 'v:0', '-show_entries', 'frame=best_effort_timestamp_time', '-of', 'json'];
  const said = execFileSync('ffprobe', ['-v', 'error', ...wanted, `file:${file}`], { encoding: 'utf8' });
  const { frames } = JSON.parse(said) as { frames: { best_effort_timestamp_time: string }[] };
  return frames.map(({ best_effort_timestamp_time: time }) => Math.round(1000 * Number(time)));
}

/** All pictures of a clip through the ffmpeg of the cameras, as fast as it can, with the times they are to be shown at. */
export async function framesOf(file: string): Promise<Frame[]> {
  const pictures: Uint8Array[] = [];
  await playThroughFfmpeg({
    host: { clock: systemClock },
    connection: {
      signal: AbortSignal.timeout(60_000),
      take: ({ jpeg }) => void pictures.push(jpeg),
      takeBytes() {},
      refuse(why) {
        throw new Error(`${file}: ${why}`);
      },
      skip() {},
    },
    input: ['-protocol_whitelist', 'file,pipe', '-i', `file:${file}`],
    framesPerSecond: framesPerSecondMax,
  });
  const times = timesOf(file);
  if (times.length !== pictures.length)
    throw new Error(`${file} has ${times.length} pictures, ${pictures.length} came.`);
  return pictures.map((jpeg, number) => ({ jpeg, number, capturedAtMs: startMs + times[number]! }));
}

/** Eyes with one detector, patient because other work may go on beside the bench. */
export async function openEyes(detector: string): Promise<Eyes> {
  const eyes = createEyes({ models: { detector }, timeoutMs: 60_000, clock: systemClock, logger: silentLogger });
  await eyes.start();
  const state = eyes.state();
  if (!state.ok) throw new Error(state.why);
  return eyes;
}

/** What the eyes say to every picture. */
export async function lookAtAll(eyes: Eyes, frames: readonly Frame[]): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const frame of frames) seen.push(await eyes.look(frame));
  return seen;
}

/** The pictures a camera would have given at a lower rate: each the first one when the next is due. */
export function atRate(seen: readonly Seen[], framesPerSecond: number): Seen[] {
  const firstMs = seen[0]?.capturedAtMs ?? 0;
  let due = 0;
  return seen.filter(({ capturedAtMs }) => {
    const slot = ((capturedAtMs - firstMs) * framesPerSecond) / 1000;
    // Times of a file are rounded to its own ticks of up to 10 ms.
    if (slot + 0.1 < due) return false;
    due = Math.max(due + 1, Math.floor(slot + 0.1) + 1);
    return true;
  });
}

/** The clip again and again until so long has passed, as the source `video` repeats a file. */
export function repeated(seen: readonly Seen[], forMs: number): Seen[] {
  const [first, last] = [seen[0]!, seen.at(-1)!];
  const stepMs = (last.capturedAtMs - first.capturedAtMs) / Math.max(1, seen.length - 1);
  const periodMs = Math.round(last.capturedAtMs - first.capturedAtMs + stepMs);
  return Array.from({ length: Math.ceil(forMs / periodMs) }, (_, round) =>
    seen.map((one) => ({ ...one, capturedAtMs: one.capturedAtMs + round * periodMs })),
  ).flat();
}
