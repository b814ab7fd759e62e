import type { ChannelKind, FirePlan } from './config.ts';
import type { FireTrack } from './fire-state.ts';
import { silenceMs } from './presence.ts';
import { isWarming, type Rhythm } from './rhythm.ts';
import { driftMaxShare, noisyShare } from './smoke.ts';

/** State of the detector itself: 0 good, 1 warming up, 2 maintenance due, 3 fault. */
export type Service = { state: number; confidence: number };

/** CO2 only supports, so that its loss costs half of what another channel's costs. */
const co2Weight = 0.5;
/** A channel that warms up, or that has drifted as far as it is followed, is half believed. */
const half = 0.5;
/** Close enough to the bound to call it reached. */
const nearlyAll = 0.98;

/** True when the base line cannot follow any further, up or (a meter far below zero) down. */
export function isDirty({ smoke }: FireTrack, { alarmDb }: FirePlan): boolean {
  return smoke.base >= driftMaxShare * nearlyAll * alarmDb || smoke.base <= -nearlyAll * alarmDb;
}

/** True when noise drowns marginal smoke. */
export function isNoisy({ smoke }: FireTrack, { alarmDb }: FirePlan): boolean {
  return smoke.noiseDb >= noisyShare * alarmDb;
}

/** For how long a channel that should be there has been silent; 0 while it speaks. */
export function lostMs(kind: ChannelKind, rhythm: Rhythm, track: FireTrack, nowMs: number): number {
  return silenceMs(track.presence, kind, rhythm, { startedAtMs: track.startedAtMs, nowMs });
}

/** State of one channel; -1 before its first word. */
function stateOf(kind: ChannelKind, rhythm: Rhythm, track: FireTrack, plan: FirePlan, nowMs: number): number {
  if (lostMs(kind, rhythm, track, nowMs) > 0) return 3;
  if (rhythm.atMs < 0) return -1;
  if (isWarming(rhythm, plan.warmUpMs[kind])) return 1;
  return kind === 'smoke' && (isDirty(track, plan) || isNoisy(track, plan)) ? 2 : 0;
}

const believed = (state: number) => (state === 0 ? 1 : state === 3 || state < 0 ? 0 : half);

/** How well the detector is, and how far its word rests on channels that work. */
export function serviceOf(track: FireTrack, plan: FirePlan, nowMs: number): Service {
  const { has } = plan;
  // Written out, because reading a field by a name that varies is slow.
  const temperature = has.temperature ? stateOf('temperature', track.temperature, track, plan, nowMs) : 0;
  const smoke = has.smoke ? stateOf('smoke', track.smoke, track, plan, nowMs) : 0;
  const co = has.co ? stateOf('co', track.co, track, plan, nowMs) : 0;
  const co2 = has.co2 ? stateOf('co2', track.co2, track, plan, nowMs) : 0;
  const state = Math.max(0, temperature, smoke, co, co2);
  const all = (has.temperature ? 1 : 0) + (has.smoke ? 1 : 0) + (has.co ? 1 : 0) + (has.co2 ? co2Weight : 0);
  const sum =
    (has.temperature ? believed(temperature) : 0) +
    (has.smoke ? believed(smoke) : 0) +
    (has.co ? believed(co) : 0) +
    (has.co2 ? co2Weight * believed(co2) : 0);
  return { state, confidence: sum / all };
}
