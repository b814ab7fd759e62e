import type { ConditionEvent, ConditionType } from '../../engine/types.ts';
import { unchanged } from '../../engine/unchanged.ts';
import { initialLadder, type LadderAnswer, type LadderState, ladderSample, ladderTick } from '../ladder.ts';
import { planLadder } from '../ladder-plan.ts';
import { checkLevels, type LevelConfig, LevelFields } from './config.ts';

/** The ladder's own state, and the model's reasons as they were said last. */
export type LevelState = { ladder: LadderState; why: readonly string[]; saidAtMs: number };
type Answer = ReturnType<ConditionType<LevelState, LevelConfig>['step']>;

/** Levels are whole numbers, so half of one lies safely between two of them. */
const halfLevel = 0.5;

function prepared(config: LevelConfig, site: Parameters<typeof planLadder>[1]): LevelConfig {
  const ladder = config.ladder.map(({ severity, level }) => ({
    severity,
    at: level,
    clear: level - halfLevel,
    holdMs: 0,
    clearHoldMs: 0,
  }));
  return { ...config, plan: planLadder({ ...config, direction: 'above', ladder }, site) };
}

/** The ladder's answer in the words of the model; what is missing comes before what was last believed. */
function inItsWords(state: LevelState, { state: ladder, verdict }: LadderAnswer, why: readonly string[]): Answer {
  if (verdict === undefined) return { state: { ...state, ladder } };
  const blind = verdict.data === 'good' ? [] : verdict.reasons.slice(0, 1);
  const reasons = why.length > 0 ? [...blind, ...why] : verdict.reasons;
  return { state: { ladder, why, saidAtMs: verdict.takenAtMs }, verdict: { ...verdict, reasons } };
}

function hear(state: LevelState, event: Extract<ConditionEvent, { kind: 'reading' }>, config: LevelConfig): Answer {
  const { why = [], takenAtMs, late } = event;
  const answer = ladderSample(state.ladder, event, config.plan!);
  if (answer.verdict !== undefined) return inItsWords(state, answer, why);
  const { said, data } = answer.state;
  const due = !late && said.level > 0 && takenAtMs - state.saidAtMs >= (config.updateEveryMs ?? 3_600_000);
  if (due && data === 'good' && why.length > 0 && why.join('\n') !== state.why.join('\n')) {
    const { level, recovering } = said;
    const verdict = { level, recovering, data, reasons: [...why], takenAtMs };
    return { state: { ladder: answer.state, why, saidAtMs: takenAtMs }, verdict };
  }
  return answer.state === state.ladder ? unchanged(state) : { state: { ...state, ladder: answer.state } };
}

/** The level of a model as an alert: the model brings persistence, dwell and reasons, the rule brings severities. */
export const level: ConditionType<LevelState, LevelConfig> = {
  type: 'level',
  config: LevelFields,
  check: checkLevels,
  prepare: prepared,
  adopt: ({ plan }, at, takenAtMs) => ({ ladder: initialLadder(plan!, at, takenAtMs), why: [], saidAtMs: takenAtMs }),
  inputs: ({ input }) => ({ streams: [input], rules: [] }),
  ladder: ({ ladder }) => ladder.map(({ severity }) => severity),
  confirmedFrom({ input, ladder }, outputOf) {
    const from = outputOf(input)?.confirmedFrom;
    return from === undefined ? undefined : ladder.find((step) => step.level >= from)?.severity;
  },
  limits: ({ ladder }) => ladder.map((step) => ({ label: step.severity, value: step.level })),
  initial: ({ plan }) => ({ ladder: initialLadder(plan!), why: [], saidAtMs: 0 }),
  step(state, event, config) {
    if (event.kind === 'reading') return hear(state, event, config);
    if (event.kind !== 'tick') return unchanged(state);
    const answer = ladderTick(state.ladder, event.atMs, event.awakeSinceMs ?? 0, config.plan!);
    return answer.state === state.ladder ? unchanged(state) : inItsWords(state, answer, state.why);
  },
};
