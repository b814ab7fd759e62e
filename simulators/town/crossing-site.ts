import { arrive, emptyStreet, stepStreet, tracksOf } from '../crossing/pedestrians.ts';
import { clearanceLeftMs, signalStart, stepSignal } from '../crossing/signal.ts';
import { relayDevice } from './relay-device.ts';
import { story, storyTime } from './story.ts';
import type { SiteStage } from './town.ts';

/** A crossing whose controller answers a hold request itself: it keeps its own limit and its own watchdog. */
export function startCrossing(stage: SiteStage): void {
  const lidar = stage.connect('lidar');
  const signal = stage.connect('signal');
  const luck = { people: stage.luck.fork('people'), noise: stage.luck.fork('noise') };
  const hold = relayDevice({ client: signal, stage, base: 'field/hold', relay: { autoOffMs: 6_000, travelMs: 20 } });
  let state = signalStart;
  let street = emptyStreet;
  let tookStep = 0;
  let slowDone = '';
  let beat = 0;
  stage.every(100, (elapsedMs) => {
    const nowMs = elapsedMs;
    const dtMs = nowMs - tookStep;
    tookStep = nowMs;
    const { tS, round } = storyTime(elapsedMs);
    for (const slowS of story.crossing.slowArrivesS) {
      const id = `${round}/${slowS}`;
      if (tS < slowS || tS > slowS + 1 || slowDone === id) continue;
      slowDone = id;
      street = arrive(street, story.crossing, { speedMps: story.crossing.slowSpeedMps, direction: 1, yM: 1.5 });
    }
    street = stepStreet(street, story.crossing, { nowMs, dtMs, walk: state.phase === 1, luck: luck.people });
    const call = street.people.some((person) => !person.crossing);
    const before = state.phase;
    state = stepSignal(state, { nowMs, dtMs, hold: hold.contact() === 'ON', call });
    beat += 1;
    if (beat % 2 === 0) {
      const people = tracksOf(street, luck.noise).map(({ id, xM, yM, vxMps, vyMps }) => ({
        id,
        x: xM,
        y: yM,
        vx: vxMps,
        vy: vyMps,
      }));
      lidar.publish('field/lidar/tracks', { people });
    }
    if (beat % 5 === 0 || before !== state.phase) {
      signal.publish('field/signal/state', {
        phase: state.phase,
        leftS: Number((clearanceLeftMs(state, nowMs) / 1000).toFixed(2)),
      });
    }
  });
}
