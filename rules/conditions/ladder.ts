import type { Calm, Verdict } from '../engine/types.ts';
import { unchanged } from '../engine/unchanged.ts';
import type { StepConfig } from './ladder-config.ts';
import { sayLadder } from './ladder-words.ts';

/**
 * The state machine behind `threshold` and `rate`. Every step of the ladder is a comparator of its own (off → pending → on →
 * recovering) with deadband and delays; the level is the highest step that is on. Guarantees: a higher danger never gives a
 * lower level; stale data neither ripen nor clear; late data may raise and do nothing else; repeats change nothing.
 */
export type Phase = 'off' | 'pending' | 'on' | 'recovering';
export type StepState = {
  phase: Phase;
  /** Start of the running delay; null when none runs. */
  sinceMs: number | null;
  /** When the step last ended; late samples from before that reopen nothing. */
  endedAtMs: number | null;
  /** Start of the delay among late samples. */
  lateSinceMs: number | null;
};
export type LadderState = {
  steps: StepState[];
  /** All steps off and data good: the only thing a safe sample can change is `seenAtMs`. */
  quiet: boolean;
  startedAtMs: number | null;
  /** Newest sample. While quiet it is renewed only every eighth of the stale time, so that quiet costs no writes. */
  seenAtMs: number | null;
  renewAtMs: number;
  value: number | null;
  lateAtMs: number | null;
  data: Verdict['data'];
  said: {
    level: number;
    recovering: boolean;
    data: Verdict['data'];
    blind: boolean;
    value: number | null;
    atMs: number;
    /** Backlog said it, and no live sample has confirmed it since. */
    late?: boolean;
  };
};

/** A ladder completed with what only the site knows. */
export type LadderPlan = {
  sign: 1 | -1;
  steps: readonly StepConfig[];
  /** `sign × at` of the mildest step. */
  firstAt: number;
  missing: 'trouble' | 'alarm' | { keepLastMs: number };
  staleAfterMs: number;
  renewMs: number;
  /** How the judged quantity is called in reasons, and its unit. */
  label: string;
  unit: string;
};

export type LadderSample = { value: number; takenAtMs: number; late: boolean };
export type LadderAnswer = { state: LadderState; verdict?: Verdict };

/**
 * An alert whose value went half as far again beyond `clear` as was last said renews its reasons, at most once a minute:
 * growing danger is news, and noise cannot grow for ever.
 */
const updateGrowth = 1.5;
const updateEveryMs = 60_000;

const off: StepState = { phase: 'off', sinceMs: null, endedAtMs: null, lateSinceMs: null };

export function initialLadder(plan: LadderPlan, level = 0, atMs = 0): LadderState {
  return {
    steps: plan.steps.map((_, k) => (k < level ? { ...off, phase: 'on', sinceMs: null } : off)),
    quiet: false,
    startedAtMs: null,
    seenAtMs: null,
    renewAtMs: -1,
    value: null,
    lateAtMs: null,
    data: 'good',
    said: {
      level: Math.min(level, plan.steps.length),
      recovering: false,
      data: 'good',
      blind: false,
      value: null,
      atMs,
    },
  };
}

/** Live samples that change nothing: safe ones, while quiet, until `seenAtMs` is due. */
export function ladderCalm({ quiet, renewAtMs }: LadderState, { sign, firstAt }: LadderPlan): Calm | undefined {
  if (!quiet) return undefined;
  const [low, high] = sign > 0 ? [Number.NEGATIVE_INFINITY, firstAt] : [-firstAt, Number.POSITIVE_INFINITY];
  return { low, high, untilMs: renewAtMs };
}

/** A live or late sample of the judged quantity. */
export function ladderSample(state: LadderState, sample: LadderSample, plan: LadderPlan): LadderAnswer {
  const { takenAtMs } = sample;
  if (sample.late) return lateSample(state, sample, plan);
  const danger = plan.sign * sample.value;
  if (state.quiet && danger < plan.firstAt && takenAtMs < state.renewAtMs) return unchanged(state);
  if (state.seenAtMs !== null && takenAtMs < state.seenAtMs) return unchanged(state);
  const gap = state.seenAtMs !== null && takenAtMs - state.seenAtMs > plan.staleAfterMs;
  const steps = state.steps.map((step, k) =>
    advance(step, danger, takenAtMs, { limit: plan.steps[k]!, sign: plan.sign, gap }),
  );
  const quiet = steps.every(({ phase }) => phase === 'off');
  if (takenAtMs === state.seenAtMs && sample.value === state.value && steps.every((s, k) => s === state.steps[k]))
    return unchanged(state);
  const startedAtMs = state.startedAtMs ?? takenAtMs;
  const renewAtMs = takenAtMs + plan.renewMs;
  const next = {
    ...state,
    steps,
    quiet,
    startedAtMs,
    seenAtMs: takenAtMs,
    renewAtMs,
    value: sample.value,
    data: 'good' as const,
  };
  return speak(next, plan, takenAtMs);
}

type StepInput = { limit: StepConfig; sign: number; gap: boolean };

function advance(step: StepState, danger: number, atMs: number, { limit, sign, gap }: StepInput): StepState {
  const beyond = danger >= sign * limit.at;
  if (step.phase === 'off' || step.phase === 'pending') {
    if (!beyond) return step.phase === 'off' ? step : { ...step, phase: 'off', sinceMs: null };
    const sinceMs = step.sinceMs ?? atMs;
    if (atMs - sinceMs >= limit.holdMs) return { ...step, phase: 'on', sinceMs: null, lateSinceMs: null };
    return step.phase === 'pending' ? step : { ...step, phase: 'pending', sinceMs };
  }
  if (beyond) return step.phase === 'on' ? step : { ...step, phase: 'on', sinceMs: null };
  const safe = danger <= sign * limit.clear;
  // In the deadband the clear delay starts afresh, but the alert goes on recovering: noise around `clear` is no news.
  if (!safe) return step.phase === 'recovering' && step.sinceMs !== null ? { ...step, sinceMs: null } : step;
  const sinceMs = step.phase === 'recovering' && step.sinceMs !== null && !gap ? step.sinceMs : atMs;
  if (atMs - sinceMs >= limit.clearHoldMs) return { ...step, phase: 'off', sinceMs: null, endedAtMs: atMs };
  if (step.phase === 'recovering' && step.sinceMs === sinceMs) return step;
  return { ...step, phase: 'recovering', sinceMs };
}

/** Late samples have delays of their own and only ever switch a step on. */
function lateSample(state: LadderState, { value, takenAtMs }: LadderSample, plan: LadderPlan): LadderAnswer {
  if (state.lateAtMs !== null && takenAtMs < state.lateAtMs) return unchanged(state);
  const danger = plan.sign * value;
  const steps = state.steps.map((step, k) => {
    if (step.phase === 'on' || step.phase === 'recovering') return step;
    if (step.endedAtMs !== null && takenAtMs <= step.endedAtMs) return step;
    const limit = plan.steps[k]!;
    if (danger < plan.sign * limit.at) return step.lateSinceMs === null ? step : { ...step, lateSinceMs: null };
    const sinceMs = step.lateSinceMs ?? takenAtMs;
    if (takenAtMs - sinceMs >= limit.holdMs) return { ...step, phase: 'on' as const, sinceMs: null, lateSinceMs: null };
    return step.lateSinceMs === sinceMs ? step : { ...step, lateSinceMs: sinceMs };
  });
  // A model may say more than one thing of an instant, and the worst of them counts; a mere repeat changes nothing.
  if (takenAtMs === state.lateAtMs && steps.every((step, k) => step === state.steps[k])) return unchanged(state);
  const next = { ...state, steps, quiet: state.quiet && levelOf(steps) === 0, lateAtMs: takenAtMs };
  return levelOf(steps) > levelOf(state.steps) ? speak(next, plan, takenAtMs, value) : { state: next };
}

/** Time passing: delays end on fresh data, and data grow old. */
export function ladderTick(state: LadderState, atMs: number, awakeSinceMs: number, plan: LadderPlan): LadderAnswer {
  if (state.seenAtMs !== null) {
    // While quiet `seenAtMs` may lag by up to `renewMs`, so that much more is allowed before data count as stale.
    const staleMs = plan.staleAfterMs + (state.quiet ? plan.renewMs : 0);
    if (state.quiet && atMs - state.seenAtMs <= staleMs) return unchanged(state);
    if (atMs - state.seenAtMs <= staleMs) return ripen(state, atMs, plan);
    return Math.min(atMs - state.seenAtMs, atMs - awakeSinceMs) > staleMs
      ? age(state, atMs, 'stale', plan)
      : unchanged(state);
  }
  if (state.startedAtMs === null) return { state: { ...state, startedAtMs: atMs } };
  // A source that never spoke gets twice the time: models say nothing before they have evidence.
  const silentMs = atMs - Math.max(state.startedAtMs, awakeSinceMs);
  return silentMs > 2 * plan.staleAfterMs ? age(state, atMs, 'noData', plan) : unchanged(state);
}

function ripen(state: LadderState, atMs: number, plan: LadderPlan): LadderAnswer {
  let changed = false;
  const steps = state.steps.map((step, k): StepState => {
    const { holdMs, clearHoldMs } = plan.steps[k]!;
    if (step.sinceMs === null) return step;
    const ripeMs = step.phase === 'pending' ? holdMs : clearHoldMs;
    if (atMs - step.sinceMs < ripeMs) return step;
    changed = true;
    if (step.phase === 'pending') return { ...step, phase: 'on', sinceMs: null, lateSinceMs: null };
    return { ...step, phase: 'off', sinceMs: null, endedAtMs: atMs };
  });
  if (!changed) return unchanged(state);
  return speak({ ...state, steps, quiet: steps.every(({ phase }) => phase === 'off') }, plan, atMs);
}

function age(state: LadderState, atMs: number, data: 'stale' | 'noData', plan: LadderPlan): LadderAnswer {
  const kept = typeof plan.missing === 'object' && atMs - (state.seenAtMs ?? atMs) <= plan.missing.keepLastMs;
  if (state.data === data && state.said.blind !== kept) return unchanged(state);
  return speak({ ...state, data, quiet: false }, plan, atMs);
}

function levelOf(steps: readonly StepState[]): number {
  for (let k = steps.length; k > 0; k -= 1) {
    const { phase } = steps[k - 1]!;
    if (phase === 'on' || phase === 'recovering') return k;
  }
  return 0;
}

/** Gives a verdict when there is something to say that was not said before. */
function speak(state: LadderState, plan: LadderPlan, atMs: number, lateValue?: number): LadderAnswer {
  const missing = state.data !== 'good';
  const kept =
    missing && typeof plan.missing === 'object' && atMs - (state.seenAtMs ?? atMs) <= plan.missing.keepLastMs;
  const own = levelOf(state.steps);
  const level = missing && plan.missing === 'alarm' ? Math.max(own, 1) : own;
  const recovering = own > 0 && state.steps.every(({ phase }) => phase !== 'on');
  const blind = missing && !kept;
  const { said } = state;
  const value = lateValue ?? state.value;
  const same =
    level === said.level && recovering === said.recovering && state.data === said.data && blind === said.blind;
  const confirms =
    lateValue === undefined && said.late === true && own > 0 && isBeyond(value, plan.steps[own - 1]!, plan);
  if (same && !confirms && !(level > 0 && grewMaterially(said, value, atMs, plan))) return { state };
  const takenAtMs = lateValue === undefined ? (state.seenAtMs ?? atMs) : atMs;
  const words = sayLadder(plan, {
    level,
    own,
    recovering,
    data: state.data,
    value,
    silentMs: atMs - (state.seenAtMs ?? state.startedAtMs ?? atMs),
  });
  const verdict: Verdict = { level, recovering, data: state.data, reasons: words, takenAtMs };
  if (blind && plan.missing !== 'alarm') verdict.blind = words[0]!;
  const now = { level, recovering, data: state.data, blind, value, atMs };
  const late = lateValue !== undefined || (said.late === true && !confirms && level > 0);
  return { state: { ...state, said: late ? { ...now, late } : now }, verdict };
}

function isBeyond(value: number | null, { at }: StepConfig, { sign }: LadderPlan): boolean {
  return value !== null && sign * value >= sign * at;
}

function grewMaterially(said: LadderState['said'], value: number | null, atMs: number, plan: LadderPlan): boolean {
  if (value === null || atMs - said.atMs < updateEveryMs) return false;
  if (said.value === null) return true;
  const beyond = (x: number) => plan.sign * (x - plan.steps[0]!.clear);
  return beyond(value) >= updateGrowth * Math.max(0, beyond(said.value)) && beyond(value) > beyond(said.value);
}
