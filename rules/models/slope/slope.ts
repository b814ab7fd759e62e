import { dimensionOf } from '@tocsin/contracts';
import type { ModelAnswer, ModelEvent, ModelType } from '../../engine/types.ts';
import { unchanged } from '../../engine/unchanged.ts';
import { sayValue } from '../../engine/words.ts';
import { type TwoTracks, twoTracks } from '../two-tracks.ts';
import { type SlopeConfig, SlopeFields } from './config.ts';
import { type Doubt, doubtOf, stuckConfidence } from './doubt.ts';
import { emptyForecast, type Forecast, type Judgement, judge } from './forecast/forecast.ts';
import { limitsOf } from './forecast/forecast-config.ts';
import { firstMotion, type MotionState, move, warm } from './motion.ts';
import type { Motion } from './motion-types.ts';

/** One track: the motion, its judgement, and the words that are repeated until the next evaluation. */
export type SlopeTrack = { motion: MotionState; forecast: Forecast; doubt: Doubt; saidAtMs: number };
export type SlopeState = TwoTracks<SlopeTrack>;

const dayMs = 86_400_000;
/** Outputs come at most this often within a window: once a minute for a day. */
const outputsPerWindow = 1440;
const noDoubt: Doubt = { factor: 1, indication: 0, reasons: [] };

const tracks = twoTracks<SlopeTrack, SlopeConfig>(
  (config) => ({ motion: firstMotion(config), forecast: emptyForecast, doubt: noDoubt, saidAtMs: -1 }),
  step,
);

/** Motion of one sensor of a slope and what it indicates, from one reading a second to one a month. */
export const slope: ModelType<SlopeState, SlopeConfig> = {
  type: 'slope',
  revision: 2,
  config: SlopeFields,
  prepare(config, site) {
    const { input } = config;
    const unit = config.unit ?? (dimensionOf(site.unitOf(input)) === dimensionOf('deg') ? 'deg' : 'mm');
    const intervalMs = site.intervalMsOf(input);
    return intervalMs === undefined ? { ...config, unit } : { ...config, unit, intervalMs };
  },
  inputs: ({ input, temperature, unit = 'mm' }) =>
    temperature === undefined
      ? { streams: [input], trackDevices: [], units: [unit] }
      : { streams: [input, temperature], trackDevices: [], units: [unit, 'Cel'] },
  outputs: ({ unit = 'mm' }) => [
    { channel: 'velocity', unit: `${unit}/d` },
    ...(unit === 'mm' ? [{ channel: 'acceleration', unit: 'mm/d2' }] : []),
    { channel: 'angle', unit: 'deg' },
    { channel: 'steady', unit: `${unit}/d` },
    { channel: 'noise', unit },
    ...['failure', 'failureFrom', 'failureTo', 'saito'].map((channel) => ({ channel, unit: 'd' })),
    { channel: 'trend', unit: '{state}' },
    { channel: 'confidence', unit: '1' },
    { channel: 'alone', unit: '{state}' },
    { channel: 'indication', unit: '{state}' },
  ],
  initial: tracks.initial,
  step: tracks.step,
};

function step(track: SlopeTrack, event: ModelEvent, config: SlopeConfig): ModelAnswer<SlopeTrack> {
  if (event.kind !== 'reading') return unchanged(track);
  if (event.input === 1) {
    const motion = warm(track.motion, event.value, event.takenAtMs);
    return motion === track.motion ? unchanged(track) : { state: { ...track, motion } };
  }
  const moved = move(track.motion, event, config);
  if (moved.state === track.motion) return unchanged(track);
  const next = { ...track, motion: moved.state };
  const restMs = (config.windowMs ?? dayMs) / outputsPerWindow;
  // Readings a little early, as irregular ones are, still speak each time.
  const due = track.saidAtMs < 0 || event.takenAtMs - track.saidAtMs >= 0.9 * restMs;
  if (moved.stuck && due)
    return {
      state: { ...next, saidAtMs: event.takenAtMs },
      outputs: { confidence: stuckConfidence },
      reasons: [`The reading has not changed from ${sayValue(event.value, config.unit ?? 'mm')}; the sensor is stuck.`],
    };
  if (moved.motion === undefined || !(due || moved.motion.fresh)) return { state: next };
  return say(next, moved.motion, config);
}

function say(track: SlopeTrack, motion: Motion, config: SlopeConfig): ModelAnswer<SlopeTrack> {
  const { state: forecast, judgement } = judge(track.forecast, motion, config);
  const unit = config.unit ?? 'mm';
  const doubt = motion.fresh
    ? doubtOf(track.motion, motion, { unit, slipMin: limitsOf(config).absolute[0] })
    : track.doubt;
  return {
    state: { ...track, forecast, doubt, saidAtMs: motion.atMs },
    outputs: outputsOf(motion, judgement, { doubt, unit }),
    reasons: doubt.reasons.length > 0 ? [...judgement.reasons, ...doubt.reasons] : judgement.reasons,
  };
}

/** Listeners hear the outputs in this order: `alone` must stand before `indication`. */
function outputsOf(
  motion: Motion,
  judgement: Judgement,
  { doubt, unit }: { doubt: Doubt; unit: 'mm' | 'deg' },
): Record<string, number> {
  const outputs: Record<string, number> = { velocity: motion.velocity };
  if (motion.acceleration !== undefined && unit === 'mm') outputs.acceleration = motion.acceleration;
  if (judgement.angleDeg !== undefined) outputs.angle = judgement.angleDeg;
  if (judgement.steady !== undefined) outputs.steady = judgement.steady;
  outputs.noise = motion.noise;
  if (judgement.failureInMs !== undefined) outputs.failure = judgement.failureInMs / dayMs;
  if (judgement.failureFromMs !== undefined) outputs.failureFrom = judgement.failureFromMs / dayMs;
  if (judgement.failureToMs !== undefined) outputs.failureTo = judgement.failureToMs / dayMs;
  if (judgement.saitoInMs !== undefined) outputs.saito = judgement.saitoInMs / dayMs;
  outputs.trend = judgement.trend;
  outputs.confidence = judgement.confidence * doubt.factor;
  outputs.alone = judgement.alone ? 1 : 0;
  outputs.indication = Math.max(judgement.indication, doubt.indication);
  return outputs;
}
