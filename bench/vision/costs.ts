import { silentLogger, systemClock } from '@tocsin/contracts';
import { createEyes, type Seen } from '@tocsin/edge-agent/vision';
import { drawFrame, encodeFrame, paintStreet, stationStreet, stationStreetCamera } from '@tocsin/simulators/cameras';
import { noSight, stepSight } from '../../edge-agent/cameras/camera/sight.ts';
import { stepSupervision, unwatched } from '../../edge-agent/cameras/supervision/supervision.ts';
import { initialFlame, stepFlame } from '../../edge-agent/vision/flame/flame.ts';
import { interleaved, median } from '../harness/pairs.ts';
import { busyScene, picturesOf, toAndFro } from './pictures.ts';
import { sightConfigOf } from './sight-config.ts';
import { models } from './throughput.ts';

/** CPU milliseconds of one picture for each part that is no decoding and no inference. */
export type Costs = Record<'drawing' | 'encoding' | 'sight' | 'supervision' | 'flames', number>;

/** Pictures of one turn; drawing takes a hundred times as long as the others. */
const steps = 150;
const drawn = 8;

async function cpuMsOf(count: number, work: (n: number) => unknown): Promise<number> {
  const before = process.cpuUsage();
  for (let n = 0; n < count; n += 1) await work(n);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / count;
}

/** What the real eyes see of the busy crossing. */
async function watch(): Promise<{ seen: Seen[]; config: Awaited<ReturnType<typeof sightConfigOf>> }> {
  const eyes = createEyes({ models: { detector: models.default }, clock: systemClock, logger: silentLogger });
  await eyes.start();
  try {
    const config = await sightConfigOf(models.default, eyes);
    const seen: Seen[] = [];
    for (const jpeg of await picturesOf('busy'))
      seen.push(await eyes.look({ jpeg, number: seen.length, capturedAtMs: 0 }));
    return { seen, config };
  } finally {
    await eyes.stop();
  }
}

/** Measures the small parts in turns: drawing 640 × 360, and what judges a picture once the eyes have seen it. */
export async function costs(rounds: number): Promise<Costs> {
  const { seen, config } = await watch();
  const { supervision, reference } = config;
  const backdrop = paintStreet({ street: stationStreet, camera: stationStreetCamera(640), weather: { light: 'day' } });
  const frame = drawFrame(backdrop, busyScene, 2_500);
  let [tick, sight, watched, flame] = [0, noSight(0), unwatched, initialFlame];
  const next = () => {
    tick += 1;
    return { ...toAndFro(seen, tick), number: tick, capturedAtMs: tick * 100 };
  };
  const parts: Record<keyof Costs, () => Promise<number>> = {
    drawing: () => cpuMsOf(drawn, (n) => drawFrame(backdrop, busyScene, 2_500 + 100 * n)),
    encoding: () => cpuMsOf(drawn, () => encodeFrame(frame)),
    sight: () =>
      cpuMsOf(steps, () => {
        const one = next();
        sight = stepSight(sight, { kind: 'seen', seen: one, nowMs: one.capturedAtMs }, config).state;
      }),
    supervision: () =>
      cpuMsOf(steps, () => {
        const { grid, capturedAtMs: atMs } = next();
        watched = stepSupervision(watched, { grid, atMs, ...(reference && { reference }) }, supervision).state;
      }),
    flames: () =>
      cpuMsOf(steps, () => {
        const { grid, capturedAtMs: atMs } = next();
        flame = stepFlame(flame, { grid, atMs }, {}).state;
      }),
  };
  for (const part of Object.values(parts)) await part();
  const results = await interleaved(parts, rounds);
  return Object.fromEntries(Object.entries(results).map(([name, values]) => [name, median(values)])) as Costs;
}
