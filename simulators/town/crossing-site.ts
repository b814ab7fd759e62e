import { type ClipOrder, framesIn, framesOf, playClip, stationStreet, stationStreetCamera } from '../cameras/index.ts';
import { clearanceLeftMs, signalStart, stepSignal } from '../crossing/signal.ts';
import { crossingScene } from './crossing-scene.ts';
import { relayDevice } from './relay-device.ts';
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

/**
 * A crossing with a drawn camera, and a controller that answers a hold request itself: it keeps its own limit and its own watchdog. It is
 * called in step with the pictures; that its clearance is held changes nothing in them, because nobody in the street waits for it.
 */
export function startCrossing(stage: SiteStage, clipDir: string): void {
  const camera = stage.connect('cam-1');
  const signal = stage.connect('signal');
  const hold = relayDevice({ client: signal, stage, base: 'field/hold', relay: { autoOffMs: 6_000, travelMs: 20 } });
  stage.whenStopped(
    playClip({
      frames: framesIn(clipDir, framesOf(crossingClip)),
      fps: crossingClip.fps,
      clock: stage.clock,
      loop: true,
      onFrame: ({ jpeg }) => camera.show('field/cam-1/jpeg', jpeg),
    }).stop,
  );
  let state = signalStart;
  let tookStep = 0;
  let beat = 0;
  stage.every(100, (nowMs) => {
    const dtMs = nowMs - tookStep;
    tookStep = nowMs;
    const { tS } = storyTime(nowMs);
    const call = story.crossing.walksS.some((s) => tS >= s && tS < s + 1);
    const before = state.phase;
    state = stepSignal(state, { nowMs, dtMs, hold: hold.contact() === 'ON', call });
    beat += 1;
    if (beat % 5 === 0 || before !== state.phase) {
      signal.publish('field/signal/state', {
        phase: state.phase,
        leftS: Number((clearanceLeftMs(state, nowMs) / 1000).toFixed(2)),
      });
    }
  });
}
