import type { ConditionType } from '../../engine/types.ts';
import { initialLadder, type LadderState, ladderCalm, ladderSample, ladderTick } from '../ladder.ts';
import { checkLadder } from '../ladder-config.ts';
import { planLadder } from '../ladder-plan.ts';
import { type ThresholdConfig, ThresholdFields } from './config.ts';

/** A measured or derived value against a ladder of limits, each with its deadband and delays. */
export const threshold: ConditionType<LadderState, ThresholdConfig> = {
  type: 'threshold',
  config: ThresholdFields,
  check: checkLadder,
  prepare: (config, site) => ({ ...config, plan: planLadder(config, site) }),
  adopt: ({ plan }, level, takenAtMs) => initialLadder(plan!, level, takenAtMs),
  inputs: ({ input }) => ({ streams: [input], rules: [] }),
  ladder: ({ ladder }) => ladder.map(({ severity }) => severity),
  limits: ({ ladder }) => ladder.map(({ severity, at }) => ({ label: severity, value: at })),
  initial: ({ plan }) => initialLadder(plan!),
  step(state, event, { plan }) {
    if (event.kind === 'reading') return ladderSample(state, event, plan!);
    if (event.kind === 'tick') return ladderTick(state, event.atMs, event.awakeSinceMs ?? 0, plan!);
    return { state };
  },
  calm: (state, { plan }) => ladderCalm(state, plan!),
};
