import type { ModelAnswer, ModelEvent, ModelType } from '../../engine/types.ts';
import { unchanged } from '../../engine/unchanged.ts';
import { type CrossingConfig, CrossingFields } from './config.ts';
import { decide } from './decide.ts';
import { hear } from './hear.ts';
import { planOf } from './plan.ts';
import { type CrossingState, start } from './state.ts';
import { blank, say } from './tell.ts';
import { follow } from './walkers.ts';
import { collect } from './words.ts';

/**
 * Who waits, who walks, and how much longer the clearance would have to last (domain.md §3.2): the most that anybody
 * on the road still needs (distance left / speed now) plus a margin, minus what is left of the clearance, never above
 * the limits. It only asks: the controller and its conflict monitor keep the last word. Late pictures and readings are
 * history and change nothing.
 */

/** A newest picture this far ahead of the clock came with a wrong time; it must not blind the model until then. */
const aheadMs = 5000;

function step(state: CrossingState, event: ModelEvent, config: CrossingConfig): ModelAnswer<CrossingState> {
  const plan = planOf(config);
  if (event.kind !== 'tick' && event.late) return unchanged(state);
  const atMs = event.kind === 'tick' ? event.atMs : event.takenAtMs;
  const told = collect(state.told);
  let next = state;
  if (state.awakeAtMs < 0) next = { ...state, awakeAtMs: atMs };
  if (event.kind === 'reading') next = hear(next, event, plan, told);
  else if (event.kind === 'tracks') {
    if (atMs <= state.seenAtMs) return unchanged(state);
    next = { ...next, walkers: follow(next.walkers, event.tracks, atMs, plan), seenAtMs: atMs };
  } else if (next.seenAtMs >= 0) {
    const wrong = next.seenAtMs - atMs > aheadMs;
    const blind = wrong || atMs - next.seenAtMs > plan.blindAfterMs;
    const knows = next.walkers.length > 0 || next.clearSinceMs >= 0;
    if (blind && (wrong || knows))
      next = { ...next, walkers: [], clearSinceMs: -1, seenAtMs: wrong ? -1 : next.seenAtMs };
  }
  const decision = decide(next, atMs, event.kind === 'tracks', plan, told);
  const answer = say(decision, atMs, plan, told);
  return answer.state === state && answer.outputs === undefined && told.remarks.length === 0
    ? unchanged(state)
    : answer;
}

/** People at a signalised crossing, what they ask for and the time they need. */
export const crossing: ModelType<CrossingState, CrossingConfig> = {
  type: 'crossing',
  revision: 2,
  config: CrossingFields,
  prepare(config, site) {
    if (config.phaseStaleMs !== undefined) return config;
    const intervalMs = site.intervalMsOf(config.phase);
    return intervalMs === undefined ? config : { ...config, phaseStaleMs: Math.max(5000, 5 * intervalMs) };
  },
  check: ({ from, to }) =>
    Math.hypot(to[0] - from[0], to[1] - from[1]) < 1
      ? ['/to: less than 1 m from `from`; give the middles of two opposite kerb lines in metres.']
      : [],
  inputs(config) {
    const { parts, streams } = planOf(config);
    const unitOf = {
      phase: '{state}',
      vehicle: '{state}',
      preempt: '{state}',
      left: 's',
      button: undefined,
      tap: undefined,
    };
    return { streams: [...streams], trackDevices: [config.tracks], units: parts.map(({ is }) => unitOf[is]) };
  },
  outputs: () => Object.entries(blank).map(([channel, unit]) => ({ channel, unit })),
  initial: () => start,
  step,
};
