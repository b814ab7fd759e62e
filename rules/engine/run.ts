import type { Evidence } from '@tocsin/contracts';
import type { AlertBook, Trouble } from './book.ts';
import { type EvidenceStore, pointsOf, remember } from './evidence.ts';
import { advance, type Gates, open, shut } from './gate.ts';
import type { ModelNode, Plan, RuleNode, StreamNode } from './plan.ts';
import type { ConditionEvent, EngineEffect, EngineEvent, ModelAnswer, ModelEvent, Verdict } from './types.ts';

/**
 * Feeds events to models and rules in a fixed order: a reading first reaches the models on its stream (and, through them,
 * the streams they make), then the rules on it, then the rules that listen to those rules. The quiet path, a reading that
 * changes no answer, allocates nothing: event objects are reused and an unchanged step answers a shared object.
 */
export type Run = {
  plan: Plan;
  gates: Gates;
  /** Live samples by the index of their stream, and late ones apart from them. */
  evidence: EvidenceStore;
  lateEvidence: EvidenceStore;
  book: AlertBook;
  /** Last tick, and since when the agent has been up without a break that matters. */
  clock: { tickAtMs: number; awakeSinceMs: number };
  clockDirty: boolean;
  /** States were put back and no tick has come since. */
  restored: boolean;
  dirtyRules: RuleNode[];
  dirtyModels: ModelNode[];
  effects: EngineEffect[];
  decidedAtMs: number;
  reading: Extract<ConditionEvent, { kind: 'reading' }>;
  tick: Extract<ConditionEvent, { kind: 'tick' }>;
};

/** The effects of an event that had none. */
export const nothing: EngineEffect[] = [];
Object.freeze(nothing);

/** Missed ticks of this length at a restart mean that the agent was down; silence in that time is nobody's fault. */
const downFromMs = 60_000;
/** Evidence of a transition holds at most this many series (contract). */
const evidenceMax = 8;

type When = { takenAtMs: number; late: boolean; reset?: boolean; why?: readonly string[] };

function emit(run: Run, effect: EngineEffect): void {
  if (run.effects === nothing) run.effects = [];
  run.effects.push(effect);
}

function emitTrouble(run: Run, trouble: Omit<Trouble, 'decidedAtMs'>): void {
  const transition = run.book.trouble({ ...trouble, decidedAtMs: run.decidedAtMs });
  if (transition !== undefined) emit(run, { kind: 'alert', transition });
}

function fail(run: Run, node: RuleNode | ModelNode, error: unknown): void {
  node.failed = true;
  const rule = 'about' in node ? 'rule-failed' : 'model-failed';
  const reasons = [`${node.id}: ${error instanceof Error ? error.message : String(error)}`];
  emitTrouble(run, { rule, subject: node.id, reasons, takenAtMs: run.decidedAtMs });
}

function markRule(run: Run, rule: RuleNode): void {
  if (rule.dirty) return;
  rule.dirty = true;
  run.dirtyRules.push(rule);
}

/** Steps one rule; an error inside it stops this rule alone, loudly. */
function stepRule(run: Run, rule: RuleNode, event: ConditionEvent, late: boolean): void {
  if (rule.failed) return;
  let verdict: Verdict | undefined;
  try {
    const answer = rule.type.step(rule.state, event, rule.config);
    verdict = answer.verdict;
    if (answer.state !== rule.state) {
      rule.state = answer.state;
      for (const stream of rule.streams) shut(run.gates, stream);
      markRule(run, rule);
    }
  } catch (error) {
    fail(run, rule, error);
    return;
  }
  if (verdict !== undefined) hear(run, rule, verdict, late);
}

function hear(run: Run, rule: RuleNode, verdict: Verdict, late: boolean): void {
  const wasBlind = rule.verdict?.blind !== undefined;
  rule.verdict = verdict;
  markRule(run, rule);
  const evidence = () => evidenceOf(run, rule, late);
  const transition = run.book.hear(rule.about, { verdict, decidedAtMs: run.decidedAtMs, late, evidence });
  if (transition !== undefined) emit(run, { kind: 'alert', transition });
  if (wasBlind || verdict.blind !== undefined) gatherBlind(run, rule.device, verdict.takenAtMs);
  const { level, takenAtMs, data } = verdict;
  const severity = level > 0 ? rule.about.severities[level - 1]! : 'Unknown';
  for (const other of rule.heardBy)
    stepRule(run, other, { kind: 'verdict', rule: rule.id, level, severity, takenAtMs, late, data }, late);
}

/** One trouble per device, however many rules it leaves blind. */
function gatherBlind(run: Run, device: string, takenAtMs: number): void {
  const blind = (run.plan.rulesOf.get(device) ?? []).filter(({ verdict }) => verdict?.blind !== undefined);
  const reasons = blind.map(({ id, verdict }) => `Rule ${id}: ${verdict!.blind}`);
  emitTrouble(run, { rule: 'no-data', subject: device, reasons, takenAtMs });
}

/** Gives one sample of a stream to everything that listens to it. */
export function feed(run: Run, stream: StreamNode, value: number, when: When): void {
  const { takenAtMs, late: saidLate, reset, why } = when;
  // A sample from before the newest one is late by definition, whatever it claims.
  const late = saidLate || !advance(run.gates, stream.index, takenAtMs);
  remember(late ? run.lateEvidence : run.evidence, stream.index, [takenAtMs, value], stream.bucketMs);
  for (let i = 0; i < stream.models.length; i += 1) {
    const input = stream.modelInputs[i]!;
    const converted = stream.convert[i]!(value);
    const event = { kind: 'reading', input, value: converted, takenAtMs, late, reset, why } as const;
    stepModel(run, stream.models[i]!, event, takenAtMs);
  }
  const { reading } = run;
  for (let i = 0; i < stream.rules.length; i += 1) {
    reading.input = stream.ruleInputs[i]!;
    reading.value = value;
    reading.takenAtMs = takenAtMs;
    reading.late = late;
    // A model on the stream of this rule may have spoken in between.
    reading.why = why;
    stepRule(run, stream.rules[i]!, reading, late);
  }
  if (!late) open(run.gates, stream);
}

/** Steps one model and feeds what it says; an error inside it stops this model alone, loudly. */
function stepModel(run: Run, model: ModelNode, event: ModelEvent, takenAtMs: number): void {
  if (model.failed) return;
  let answer: ModelAnswer<unknown>;
  try {
    answer = model.type.step(model.state, event, model.config);
    if (answer.state !== model.state) {
      model.state = answer.state;
      if (!model.dirty) run.dirtyModels.push(model);
      model.dirty = true;
    }
  } catch (error) {
    fail(run, model, error);
    return;
  }
  const late = event.kind !== 'tick' && event.late;
  const { outputs, reasons: why, remarks = [] } = answer;
  for (const remark of remarks) emit(run, { kind: 'remark', model: model.id, remark, takenAtMs, late });
  if (outputs === undefined) return;
  for (const [channel, value] of Object.entries(outputs)) {
    const stream = model.outputs.get(channel);
    if (stream === undefined || !Number.isFinite(value)) continue;
    emit(run, { kind: 'derived', stream: stream.name, unit: stream.unit, value, takenAtMs, late });
    feed(run, stream, value, { takenAtMs, late, why });
  }
}

/** Everybody a device sees at one instant. */
export function stepTracks(run: Run, event: Extract<EngineEvent, { kind: 'tracks' }>): void {
  const { device, tracks, takenAtMs, late } = event;
  run.decidedAtMs = event.receivedAtMs ?? takenAtMs;
  for (const model of run.plan.trackModels.get(device) ?? [])
    stepModel(run, model, { kind: 'tracks', tracks, takenAtMs, late }, takenAtMs);
}

/** Time passing. */
export function stepTick(run: Run, atMs: number): void {
  run.decidedAtMs = atMs;
  if (run.restored) wake(run, atMs);
  run.clock = { tickAtMs: atMs, awakeSinceMs: run.clock.awakeSinceMs };
  run.clockDirty = true;
  for (const model of run.plan.models) stepModel(run, model, { kind: 'tick', atMs }, atMs);
  const { tick } = run;
  for (const rule of run.plan.rules) {
    tick.atMs = atMs;
    tick.awakeSinceMs = run.clock.awakeSinceMs;
    stepRule(run, rule, tick, false);
  }
}

/** The first tick after a restart: what failed is tried again, what is no longer configured ends. */
function wake(run: Run, atMs: number): void {
  run.restored = false;
  const { tickAtMs } = run.clock;
  if (tickAtMs >= 0 && atMs - tickAtMs > downFromMs) run.clock = { tickAtMs, awakeSinceMs: atMs };
  for (const transition of run.book.retire(atMs)) emit(run, { kind: 'alert', transition });
  const tried = [...run.book.memories.values()].filter(({ rule }) => rule === 'rule-failed' || rule === 'model-failed');
  for (const { rule, subject } of tried)
    emitTrouble(run, { rule: rule as Trouble['rule'], subject, reasons: [], takenAtMs: atMs });
  for (const { rule, subject, condition } of run.book.memories.values())
    if (rule === 'no-data' && condition !== 'normal') gatherBlind(run, subject, atMs);
}

/** An act of a person on an alert. */
export function stepOperator(run: Run, event: Extract<EngineEvent, { kind: 'operator' }>): void {
  const { act, key, atMs } = event;
  const acted = run.book.act(key, event);
  if ('refused' in acted) emit(run, { kind: 'refused', act, key, why: acted.refused });
  else {
    emit(run, { kind: 'alert', transition: acted.transition });
    const rule = run.plan.rules.find(({ about }) => about.key === key);
    run.decidedAtMs = atMs;
    // What a latch held back comes out with the reset: the severity that the danger has by now.
    if (act === 'reset' && rule?.verdict !== undefined) hear(run, rule, rule.verdict, false);
    if (rule === undefined) return;
    for (const other of [rule, ...rule.heardBy])
      stepRule(run, other, { kind: 'operator', rule: rule.id, act, atMs }, false);
  }
}

/** Tells every alert that stands again, with the evidence that is at hand; after a restart that is none. */
export function stepRetell(run: Run, atMs: number): void {
  const evidence = (id: string) => {
    const rule = run.plan.rules.find(({ about }) => about.rule.id === id);
    return rule === undefined ? [] : evidenceOf(run, rule, false);
  };
  for (const transition of run.book.retell(atMs, evidence)) emit(run, { kind: 'alert', transition });
}

/** The samples a rule saw: its inputs with their limits, those of rules it listens to, then what models made them from. */
function evidenceOf(run: Run, rule: RuleNode, late: boolean): Evidence[] {
  const seen = new Map<StreamNode, Evidence>();
  const add = (stream: StreamNode, limits: Evidence['limits']) => {
    if (seen.has(stream) || seen.size >= evidenceMax) return;
    const points = pointsOf(late ? run.lateEvidence : run.evidence, stream.index);
    if (points.length === 0) return;
    const { device, channel, unit } = stream;
    seen.set(stream, { device, channel, unit, points, limits });
  };
  const addRule = (node: RuleNode) => {
    for (const stream of node.streams) add(stream, node.type.limits(node.config).slice(0, evidenceMax));
    for (const other of node.of) addRule(other);
  };
  addRule(rule);
  for (const stream of seen.keys()) for (const source of stream.source?.streams ?? []) add(source, []);
  return [...seen.values()];
}
