import type { ChannelKind, FirePlan } from './config.ts';
import type { FireTrack } from './fire-state.ts';
import { silenceMs } from './presence.ts';
import { isWarming } from './rhythm.ts';
import { driftMaxShare } from './smoke.ts';

/** State of the detector itself: 0 good, 1 warming up, 2 maintenance due, 3 fault. */
export type Service = { state: number; confidence: number };

/** CO2 only supports, so that its loss costs half of what another channel's costs. */
const weights: Record<ChannelKind, number> = { temperature: 1, smoke: 1, co: 1, co2: 0.5 };
/** A channel that warms up, or that has drifted as far as it is followed, is half believed. */
const half = 0.5;
/** Close enough to the bound to call it reached. */
const nearlyAll = 0.98;

/** True when the base line cannot follow any further, up or (a meter far below zero) down. */
export function isDirty({ smoke }: FireTrack, { alarmDb }: FirePlan): boolean {
  return smoke.base >= driftMaxShare * nearlyAll * alarmDb || smoke.base <= -nearlyAll * alarmDb;
}

/** For how long a channel that should be there has been silent; 0 while it speaks. */
export function lostMs(kind: ChannelKind, track: FireTrack, nowMs: number): number {
  const { startedAtMs } = track;
  return silenceMs(track.presence, kind, track[kind], { startedAtMs, nowMs });
}

/** How well the detector is, and how far its word rests on channels that work. */
export function serviceOf(track: FireTrack, plan: FirePlan, nowMs: number): Service {
  let state = 0;
  let believed = 0;
  let all = 0;
  for (let i = 0; i < plan.kinds.length; i += 1) {
    const kind = plan.kinds[i]!;
    const weight = weights[kind];
    all += weight;
    const channel = track[kind];
    if (lostMs(kind, track, nowMs) > 0) state = 3;
    else if (isWarming(channel, plan.warmUpMs[kind])) {
      state = Math.max(state, 1);
      believed += half * weight;
    } else if (kind === 'smoke' && isDirty(track, plan)) {
      state = Math.max(state, 2);
      believed += half * weight;
    } else if (channel.atMs >= 0) believed += weight;
  }
  return { state, confidence: believed / all };
}
