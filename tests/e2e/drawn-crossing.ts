import { randomBytes } from 'node:crypto';
import { crossingClip, signalOf } from '@tocsin/simulators';
import {
  actorsAt,
  drawFrame,
  encodeFrame,
  paintStreet,
  type Scene,
  spoil,
  stationStreetScene,
} from '@tocsin/simulators/cameras';
import { crossingPlan, serveController } from '@tocsin/simulators/controller';
import { eventually } from './processes.ts';
import { townSite } from './town-site.ts';

const fps = 10;

/** The crossing of the demonstration with a cloud, as real processes on free ports. */
export async function drawnCrossing() {
  const communities = { read: randomBytes(8).toString('hex'), write: randomBytes(8).toString('hex') };
  const controller = await serveController({ communities });
  const site = await townSite('station-street', (text) => text.replace('port: 18843', `port: ${controller.port}`), {
    TOWN_READ_COMMUNITY: communities.read,
    TOWN_WRITE_COMMUNITY: communities.write,
  });
  return { ...site, controller };
}

export type Walker = Parameters<typeof stationStreetScene>[0][number];

/** Pictures of a scene, drawn before they are shown, and the same behind a covered lens. */
export async function pictures(walkers: readonly Walker[], durationMs: number) {
  const scene: Scene = stationStreetScene(walkers);
  const backdrop = paintStreet(crossingClip);
  const frames: Buffer[] = [];
  for (let tMs = 0; tMs < durationMs; tMs += 1000 / fps)
    frames.push(await encodeFrame(drawFrame(backdrop, scene, tMs)));
  const last = drawFrame(backdrop, scene, durationMs);
  const covered: Buffer[] = [];
  // The noise of a sensor goes on behind a covered lens.
  for (let seed = 1; seed <= 5; seed += 1) covered.push(await encodeFrame(spoil(last, 'covered', seed)));
  return { scene, frames, covered };
}

/** Phase of the pedestrians. */
const pedestrians = 2;

/** The street in real time: a camera that shows pictures, and a controller that is called once and may be asked to hold by SNMP. */
export async function street(
  site: Awaited<ReturnType<typeof drawnCrossing>>,
  { scene, frames, covered }: Awaited<ReturnType<typeof pictures>>,
  callAtMs: number,
) {
  const { controller } = site;
  const camera = site.client('cam-1');
  const cabinet = site.client('signal');
  await eventually('camera and cabinet are connected', () => (camera.connected && cabinet.connected) || undefined);
  const beganAtMs = performance.now();
  const elapsed = () => performance.now() - beganAtMs;
  let isCovered = false;
  let isCalled = false;
  let before = -1;
  let beat = 0;
  /** When the controller has the hold of the pedestrians' phase on its books, and when walk and clearance began and ended. */
  const holds: { tMs: number; on: boolean }[] = [];
  const phases: { tMs: number; phase: number }[] = [];
  const timer = setInterval(() => {
    const tMs = elapsed();
    if (!isCalled && tMs >= callAtMs) controller.tell({ kind: 'press', phase: pedestrians });
    isCalled ||= tMs >= callAtMs;
    const state = controller.state();
    const on = (state.registers.hold & (1 << (pedestrians - 1))) !== 0;
    if (on !== (holds.at(-1)?.on ?? false)) holds.push({ tMs, on });
    const signal = signalOf(state);
    if (beat % 5 === 0 || signal.phase !== before) {
      if (signal.phase !== before) phases.push({ tMs, phase: signal.phase });
      cabinet.publish('field/signal/state', JSON.stringify(signal), { qos: 1 });
    }
    before = signal.phase;
    const due = Math.min(frames.length - 1, Math.floor(tMs / (1000 / fps)));
    camera.publish('field/cam-1/jpeg', (isCovered ? covered[beat % covered.length] : frames[due])!, { qos: 0 });
    beat += 1;
  }, 1000 / fps);
  return {
    holds,
    phases,
    shouts: controller.shouts,
    now: elapsed,
    /** When the clearance ends if nobody holds it. */
    plannedEndMs: () => phases.find(({ phase }) => phase === 2)!.tMs + crossingPlan.ring[1]!.pedestrian!.clearanceMs,
    cover: () => {
      isCovered = true;
    },
    /** People on the road at an instant of the scene, exactly. */
    onRoad: (tMs: number) =>
      actorsAt(scene, tMs).filter(({ actor, x }) => actor.kind !== 'vehicle' && x > 0 && x < 10).length,
    async stop() {
      clearInterval(timer);
      await Promise.all([camera.endAsync(true), cabinet.endAsync(true), controller.stop()]);
    },
  };
}
