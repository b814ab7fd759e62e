/**
 * A process that goes the whole way with a picture, as the shell of a camera does: the eyes in their own process decode, infer and
 * look for boxes; then supervision, tracks, the ground, zones and readings.
 */
import { silentLogger, systemClock } from '@tocsin/contracts';
import { createEyes } from '@tocsin/edge-agent/vision';
import { noSight, stepSight } from '../../edge-agent/cameras/camera/sight.ts';
import { usageOf } from '../harness/process-usage.ts';
import { picturesOf, toAndFro } from './pictures.ts';
import { sightConfigOf } from './sight-config.ts';
import type { Turn, TurnResult } from './throughput.ts';

const { model } = JSON.parse(process.argv[2]!) as { model: string };
const eyes = createEyes({ models: { detector: model }, clock: systemClock, logger: silentLogger });
await eyes.start();
const config = await sightConfigOf(model, eyes);
const pictures = await picturesOf('busy');
/** The scene goes on from turn to turn, ten pictures a second of its own time. */
let number = 0;
let sight = noSight(0);
let tracks = 0;

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + usageOf(eyes.usage().pid!).cpuSeconds * 1000;
};

async function turn({ pictures: count }: Turn): Promise<TurnResult> {
  const stages: Record<'decode' | 'infer' | 'post' | 'way' | 'sight', number[]> = {
    ...{ decode: [], infer: [], post: [], way: [], sight: [] },
  };
  const cpuBefore = cpuMs();
  const beganMs = performance.now();
  for (let n = 0; n < count; n += 1) {
    const capturedAtMs = number * 100;
    const fromMs = performance.now();
    const seen = await eyes.look({ jpeg: toAndFro(pictures, number), number, capturedAtMs }, { camera: 'cam-1' });
    const seenMs = performance.now();
    const stepped = stepSight(sight, { kind: 'seen', seen, nowMs: capturedAtMs }, config);
    sight = stepped.state;
    for (const event of stepped.events) if (event.kind === 'tracks') tracks += event.tracks.length;
    number += 1;
    const { decode, infer, post } = seen.timesMs;
    stages.decode.push(decode);
    stages.infer.push(infer);
    stages.post.push(post);
    stages.way.push(seenMs - fromMs - decode - infer - post);
    stages.sight.push(performance.now() - seenMs);
  }
  const elapsedMs = performance.now() - beganMs;
  return { pictures: count, elapsedMs, cpuMs: cpuMs() - cpuBefore, stages, tracks };
}

process.on('message', (asked: Turn) => void turn(asked).then((result) => process.send!(result)));
process.on('disconnect', () => process.exit(0));
process.send!({ ready: true });
