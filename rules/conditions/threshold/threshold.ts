import type { ConditionType } from '../../engine/types.ts';
import { initialLadder, type LadderAnswer, type LadderState, ladderCalm, ladderSample, ladderTick } from '../ladder.ts';
import { checkLadder } from '../ladder-config.ts';
import { planLadder } from '../ladder-plan.ts';
import { type ThresholdConfig, ThresholdFields } from './config.ts';

/** A value that a model made is told with the model's own reasons behind the limit. */
function withWhy(answer: LadderAnswer, why: readonly string[] | undefined): LadderAnswer {
  if (answer.verdict === undefined || why === undefined || why.length === 0) return answer;
  const { verdict } = answer;
  return { state: answer.state, verdict: { ...verdict, reasons: [...verdict.reasons, ...why] } };
}

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
    if (event.kind === 'reading') return withWhy(ladderSample(state, event, plan!), event.why);
    if (event.kind === 'tick') return ladderTick(state, event.atMs, event.awakeSinceMs ?? 0, plan!);
    return { state };
  },
  calm: (state, { plan }) => ladderCalm(state, plan!),
};
