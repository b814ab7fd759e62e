import { type ClipOrder, framesIn, framesOf, playClip, stationStreet, stationStreetCamera } from '../cameras/index.ts';
import { type ControllerState, crossingPlan, serveController } from '../controller/index.ts';
import { crossingScene } from './crossing-scene.ts';
import { story, storyS, storyTime } from './story.ts';
import type { SiteStage } from './town.ts';

/** What the camera of Station Street sees in one round of the story; drawn once and then played again and again. */
export const crossingClip: ClipOrder = {
  street: stationStreet,
  camera: stationStreetCamera(640),
  weather: { light: 'day' },
  scene: crossingScene(),
  fps: 10,
  durationMs: storyS * 1000,
};

/** Phase of the pedestrians in the controller's plan. */
const pedestrians = 2;
/** A call is served after the vehicles' yellow and red clearance, so it comes so long before the walk of the story. */
const callAheadS = 4;

/** What the controller's cabinet tells of its pedestrian signal: 0 don't walk, 1 walk, 2 clearance, and how much of it is left as planned. */
export function signalOf({ interval, index, sinceMs, atMs }: ControllerState): { phase: number; leftS: number } {
  const { number, pedestrian } = crossingPlan.ring[index]!;
  const isOn = number === pedestrians && pedestrian !== undefined;
  if (!isOn || (interval !== 'walk' && interval !== 'clearance')) return { phase: 0, leftS: 0 };
  if (interval === 'walk') return { phase: 1, leftS: 0 };
  return { phase: 2, leftS: Math.max(0, pedestrian.clearanceMs - (atMs - sinceMs)) / 1000 };
}

/**
 * A crossing with a drawn camera, and a controller that is asked over SNMP: it keeps its own limits, its backup timer and its conflict
 * monitor. It is called in step with the pictures; that its clearance is held changes nothing in them.
 */
export async function startCrossing(stage: SiteStage, clipDir: string): Promise<void> {
  const camera = stage.connect('cam-1');
  const cabinet = stage.connect('signal');
  const controller = await serveController({
    clock: stage.clock,
    communities: stage.communities,
    port: stage.ports.controller,
  });
  stage.whenStopped(() => void controller.stop());
  const player = playClip({
    frames: framesIn(clipDir, framesOf(crossingClip)),
    fps: crossingClip.fps,
    clock: stage.clock,
    loop: true,
    onFrame: ({ jpeg }) => camera.show('field/cam-1/jpeg', jpeg),
  });
  stage.whenStopped(player.stop);
  let before = -1;
  let beat = 0;
  stage.every(100, (nowMs) => {
    const { tS } = storyTime(nowMs);
    if (story.crossing.walksS.some((s) => tS >= s - callAheadS && tS < s - callAheadS + 0.5))
      controller.tell({ kind: 'press', phase: pedestrians });
    const signal = signalOf(controller.state());
    beat += 1;
    if (beat % 5 === 0 || before !== signal.phase)
      cabinet.publish('field/signal/state', { phase: signal.phase, leftS: Number(signal.leftS.toFixed(2)) });
    before = signal.phase;
  });
}
