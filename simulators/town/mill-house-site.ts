import { createDetector } from '../fire/fire.ts';
import { servePanel } from '../panel/index.ts';
import { relayDevice } from './relay-device.ts';
import { story, storyTime } from './story.ts';
import type { SiteStage } from './town.ts';

/** Two combined detectors, a lift that comes down when recalled, and a breaker behind Modbus that only a person closes again. */
export async function startMillHouse(stage: SiteStage): Promise<void> {
  const places = { kitchen: story.kitchen, corridor: story.corridor };
  for (const name of ['kitchen', 'corridor'] as const) {
    const client = stage.connect(name);
    const luck = stage.luck.fork(name);
    let round = -1;
    let detector = createDetector(story.fire, places[name], luck);
    stage.every(1_000, (elapsedMs) => {
      const time = storyTime(elapsedMs);
      if (time.round !== round) detector = createDetector(story.fire, places[name], luck);
      round = time.round;
      const { temperatureCel, obscurationPctPerM, coPpm } = detector.step(time.tS, 1);
      client.publish(`field/${name}/state`, { temperature: temperatureCel, smoke: obscurationPctPerM, co: coPpm });
    });
  }

  const lift = stage.connect('lift');
  const homeFloor = 4;
  let floor = homeFloor;
  const recall = relayDevice({
    client: lift,
    stage,
    base: 'field/lift-recall',
    relay: { autoOffMs: 0, travelMs: 100 },
  });
  stage.every(1_000, () => {
    const towards = recall.contact() === 'ON' ? 0 : homeFloor;
    const perS = homeFloor / story.liftTravelS;
    floor = towards > floor ? Math.min(towards, floor + perS) : Math.max(towards, floor - perS);
    lift.publish('field/lift/state', { floor: Number(floor.toFixed(2)) });
  });

  // General power, lifts, smoke control.
  const ways = [{ kind: 'shunt' }, { kind: 'shunt' }, { kind: 'shunt' }] as const;
  const panel = await servePanel({ ways: [...ways], port: stage.ports.panel, clock: stage.clock });
  stage.whenStopped(() => void panel.stop());
  let closedRound = -1;
  stage.every(1_000, (elapsedMs) => {
    const { tS, round } = storyTime(elapsedMs);
    if (tS < story.breakerClosedByHandS || closedRound === round) return;
    closedRound = round;
    panel.touch(0, { kind: 'hand', to: 'closed' });
  });
}
