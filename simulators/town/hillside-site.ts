import { createRelayDevice, tasmotaFirmware } from '../relays/index.ts';
import { displacementMm } from '../slope/slope.ts';
import { relayDevice } from './relay-device.ts';
import { story, storyS, storyTime } from './story.ts';
import type { SiteStage } from './town.ts';

/** Two extensometers, a siren that falls silent by itself after 15 s, and a road barrier that stays where it is. */
export function startHillside(stage: SiteStage): void {
  const crown = stage.connect('ext-1');
  const flank = stage.connect('ext-2');
  const noise = { crown: stage.luck.fork('crown'), flank: stage.luck.fork('flank') };
  const perRoundMm = displacementMm(story.slope, storyS);
  const movedMm = (elapsedMs: number) => {
    const { tS, round } = storyTime(elapsedMs);
    return 100 + round * perRoundMm + displacementMm(story.slope, tS);
  };
  stage.every(1_000, (elapsedMs) => {
    const crownMm = movedMm(elapsedMs) + noise.crown.gauss() * story.slope.noiseMm;
    const flankMm = movedMm(elapsedMs) * story.slope.flankShare + noise.flank.gauss() * story.slope.noiseMm;
    crown.publish('field/ext-1/state', { time: new Date(stage.nowMs()).toISOString(), mm: Number(crownMm.toFixed(2)) });
    // SenML in metres (RFC 8428 knows no millimetre): the gateway converts to the channel's unit.
    flank.publish('field/ext-2/state', [
      { bn: 'ext-2/', bt: stage.nowMs() / 1000, n: 'displacement', u: 'm', v: Number((flankMm / 1000).toFixed(6)) },
    ]);
  });
  const siren = createRelayDevice({
    connect: (options) => stage.join('siren', options),
    clock: stage.clock,
    firmware: tasmotaFirmware({ topic: 'siren' }),
    travelMs: 80,
  });
  void siren.start();
  stage.whenStopped(() => void siren.stop());
  relayDevice({
    client: stage.connect('barrier'),
    stage,
    base: 'field/barrier',
    relay: { autoOffMs: 0, travelMs: 2_500 },
  });
}
