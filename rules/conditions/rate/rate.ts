import { addToTrend, emptyTrend, leastSquaresSlope, type Trend } from '../../engine/trend.ts';
import type { ConditionType } from '../../engine/types.ts';
import { initialLadder, type LadderSample, type LadderState, ladderSample, ladderTick } from '../ladder.ts';
import { checkLadder } from '../ladder-config.ts';
import { planLadder } from '../ladder-plan.ts';
import { type RateConfig, RateFields } from './config.ts';

const perMs = { s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** Buckets in a window: finer than any rule needs and cheap enough to fit anew at every sample. */
const bucketsMax = 64;

/** Late samples have a window of their own: they may raise, and must not bend the slope of the present. */
export type RateState = { ladder: LadderState; trend: Trend; lateTrend: Trend };

function slopeOf(trend: Trend, config: RateConfig): number | undefined {
  const count = trend.tMs.length;
  if (count < (config.pointsMin ?? 4)) return undefined;
  if (trend.tMs[count - 1]! - trend.tMs[0]! < (config.spanMinMs ?? config.windowMs / 2)) return undefined;
  const slope = leastSquaresSlope(trend);
  return slope === undefined ? undefined : slope * perMs[config.per];
}

function sample(state: RateState, event: LadderSample, config: RateConfig) {
  const which = event.late ? 'lateTrend' : 'trend';
  const trend = addToTrend(state[which], event.takenAtMs, event.value, {
    spanMs: config.windowMs,
    capacity: bucketsMax,
  });
  if (trend === state[which]) return { state };
  const next = { ...state, [which]: trend };
  const value = slopeOf(trend, config);
  if (value === undefined) return { state: next };
  const { takenAtMs, late } = event;
  const { state: ladder, verdict } = ladderSample(state.ladder, { value, takenAtMs, late }, config.plan!);
  return { state: { ...next, ladder }, verdict };
}

/** The least-squares slope of a value over a window, against a ladder of limits. */
export const rate: ConditionType<RateState, RateConfig> = {
  type: 'rate',
  config: RateFields,
  check(config) {
    const problems = checkLadder(config);
    if (config.spanMinMs !== undefined && config.spanMinMs > config.windowMs)
      problems.push(`/spanMinMs: longer than windowMs (${config.windowMs}), so it could never speak; choose less.`);
    return problems;
  },
  prepare: (config, site) => ({ ...config, plan: planLadder(config, site, config.per) }),
  adopt: ({ plan }, level, takenAtMs) => ({
    ladder: initialLadder(plan!, level, takenAtMs),
    trend: emptyTrend,
    lateTrend: emptyTrend,
  }),
  inputs: ({ input }) => ({ streams: [input], rules: [] }),
  ladder: ({ ladder }) => ladder.map(({ severity }) => severity),
  // Limits are rates and the evidence shows values, so there is no line to draw.
  limits: () => [],
  initial: ({ plan }) => ({ ladder: initialLadder(plan!), trend: emptyTrend, lateTrend: emptyTrend }),
  step(state, event, config) {
    if (event.kind === 'reading') return sample(state, event, config);
    if (event.kind !== 'tick') return { state };
    const { state: ladder, verdict } = ladderTick(state.ladder, event.atMs, event.awakeSinceMs ?? 0, config.plan!);
    return { state: ladder === state.ladder ? state : { ...state, ladder }, verdict };
  },
};
