import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { silentLogger, systemClock } from '@tocsin/contracts';
import { usualSupervision } from '@tocsin/edge-agent/cameras';
import { createPipeline, type PipelineEffect, type PipelineEvent } from '@tocsin/edge-agent/pipeline';
import { loadSite, type Site } from '@tocsin/edge-agent/site';
import { createEyes, type Eyes, type Seen } from '@tocsin/edge-agent/vision';
import { type ClipOrder, readTruth, renderClip } from '@tocsin/simulators/cameras';
import { noSight, type SightConfig, stepSight } from '../../edge-agent/cameras/camera/sight.ts';
import { readCalibration } from '../../edge-agent/vision/ground/ground.ts';

const file = resolve(import.meta.dirname, '../../simulators/town/sites/station-street.yaml');
const folders: string[] = [];

/** The site of the demonstration. */
export function stationStreet(): Site {
  const loaded = loadSite(file);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.site;
}

/** The default model, in the process that a gateway would use. */
export async function openEyes(detector = 'nanodet-g-384x640-int8'): Promise<Eyes> {
  const eyes = createEyes({ models: { detector }, timeoutMs: 60_000, clock: systemClock, logger: silentLogger });
  await eyes.start();
  return eyes;
}

/** Draws a clip into a folder that is gone after the tests. */
export async function draw(order: ClipOrder) {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-clip-'));
  folders.push(dir);
  await renderClip(order, { dir });
  return { dir, truth: await readTruth(dir) };
}

/** Removes what was drawn. */
export function tidy(): void {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true });
}

/** Has every frame of a clip looked at. */
export async function lookAt(eyes: Eyes, { dir, truth }: Awaited<ReturnType<typeof draw>>): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const [number, { file: name, tMs }] of truth.frames.entries())
    seen.push(await eyes.look({ jpeg: new Uint8Array(readFileSync(join(dir, name))), number, capturedAtMs: tMs }));
  return seen;
}

/** How the camera of a site is judged, as its shell would have it. */
export function sightOf(site: Site): SightConfig {
  const [camera] = site.cameras;
  if (camera?.calibration === undefined) throw new Error('The site has no calibrated camera.');
  const { calibration } = readCalibration(readFileSync(camera.calibration, 'utf8'), dirname(camera.calibration));
  return { camera, ground: { calibration, input: { width: 640, height: 384 } }, supervision: usualSupervision };
}

/** The gateway from what its eyes see to what it decides, on simulated time; `others` come between the pictures, by time. */
export function decide(site: Site, seen: readonly Seen[], others: readonly PipelineEvent[]) {
  const pipeline = createPipeline(site);
  const config = sightOf(site);
  let sight = noSight(seen[0]!.capturedAtMs);
  const effects: { atMs: number; effect: PipelineEffect }[] = [];
  const waiting = [...others];
  const feed = (events: readonly PipelineEvent[], atMs: number) => {
    for (const event of events) for (const effect of pipeline.step(event)) effects.push({ atMs, effect });
  };
  let tickAtMs = seen[0]!.capturedAtMs;
  for (const one of seen) {
    const atMs = one.capturedAtMs;
    while (waiting[0] !== undefined && instantOf(waiting[0]) <= atMs) feed([waiting.shift()!], atMs);
    const stepped = stepSight(sight, { kind: 'seen', seen: one, nowMs: atMs }, config);
    sight = stepped.state;
    feed(stepped.events, atMs);
    for (; tickAtMs <= atMs; tickAtMs += 500) feed([{ kind: 'tick', atMs: tickAtMs }], atMs);
  }
  return effects;
}

const instantOf = (event: PipelineEvent): number => ('receivedAtMs' in event ? event.receivedAtMs : event.atMs);
