import { type AlertTransition, compareSeverity, type Evidence, type RuleBase, type Severity } from '@tocsin/contracts';
import type { AlertState, Verdict } from '../engine/types.ts';

/**
 * The life of one alert: a reducer from verdicts and acts of operators to transitions. The planes never mix: the condition
 * says what the world does, the operator plane who has seen it, the latch whether a person must end it. Every change of a
 * plane is one numbered transition, so that `(key, origin, occurrence, number)` names it for ever.
 */
export type AlertRule = {
  site: string;
  origin: 'edge' | 'cloud';
  key: string;
  subject: string;
  rule: Pick<RuleBase, 'id' | 'event' | 'class' | 'urgency' | 'certainty' | 'advice' | 'latch'>;
  severities: readonly Severity[];
  version: string;
};

/** What is remembered of an alert, ready for JSON. */
export type AlertMemory = AlertState & {
  level: number;
  reasons: string[];
  updatedAtMs: number;
  /** The danger fell below the severity from which it latches: the severity stays until a person confirms that it is over. */
  held?: boolean;
  /** Number of the newest transition that somebody has to have seen: the raise or the last escalation. */
  wokenNumber?: number;
};

export type Saying = { verdict: Verdict; decidedAtMs: number; late: boolean; evidence?: () => Evidence[] };
export type Heard = { memory: AlertMemory | undefined; transition?: AlertTransition };
/** `seenNumber` is the newest transition the person saw; without it the act counts for whatever the alert is now. */
export type Act = { act: 'acknowledge' | 'reset'; by: string; note?: string; atMs: number; seenNumber?: number };
export type Acted = { memory: AlertMemory; transition: AlertTransition } | { refused: string };

/** Renewed reasons are told at most this often; severities, data and condition are told at once. */
const updateEveryMs = 60_000;
const reasonsMax = 12;
const reasonLengthMax = 240;

type Telling = {
  kind: AlertTransition['kind'];
  takenAtMs: number;
  decidedAtMs: number;
  late?: boolean;
  evidence?: Evidence[];
  retold?: boolean;
  by?: string;
  note?: string;
};

function tell(memory: AlertMemory, about: AlertRule, telling: Telling): AlertTransition {
  const { rule, site, origin, version } = about;
  const { key, subject, occurrence, number, severity, condition, operator, latch, data, reasons } = memory;
  const { kind, takenAtMs, decidedAtMs, late, evidence = [], retold, by, note } = telling;
  return {
    v: 1,
    key,
    site,
    rule: rule.id,
    subject,
    origin,
    occurrence,
    number,
    kind,
    class: rule.class ?? 'alarm',
    severity,
    urgency: rule.urgency ?? 'Immediate',
    certainty: rule.certainty ?? 'Observed',
    condition,
    operator,
    latch,
    data,
    event: rule.event,
    reasons,
    ...(rule.advice === undefined ? {} : { advice: rule.advice }),
    evidence,
    takenAtMs,
    decidedAtMs,
    ruleVersion: version,
    ...(late ? { late } : {}),
    ...(retold ? { retold } : {}),
    ...(by === undefined ? {} : { by }),
    ...(note === undefined ? {} : { note }),
  };
}

function kindOf(memory: AlertMemory | undefined, { verdict, decidedAtMs, late }: Saying) {
  const { level, recovering, data, reasons } = verdict;
  if (memory === undefined || memory.condition === 'normal') return level > 0 ? 'raise' : undefined;
  if (level > memory.level) return 'escalate';
  if (level === 0) return 'clear';
  if (level < memory.level) return 'stepDown';
  if (recovering && memory.condition === 'active') return 'recover';
  if (recovering !== (memory.condition === 'recovering') || data !== memory.data) return 'update';
  // Live data that confirm what backlog raised are news at once: only now may anything be moved.
  if (memory.late && !late && data === 'good') return 'update';
  const renewed = reasons.join('\n') !== memory.reasons.join('\n');
  return renewed && decidedAtMs - memory.updatedAtMs >= updateEveryMs ? 'update' : undefined;
}

/** The level from which an alert latches; infinite when it never does. */
function latchLevelOf({ rule: { latch = false }, severities }: AlertRule): number {
  if (typeof latch === 'boolean') return latch ? 1 : Number.POSITIVE_INFINITY;
  const from = severities.findIndex((severity) => compareSeverity(severity, latch) >= 0);
  return from < 0 ? Number.POSITIVE_INFINITY : from + 1;
}

/** Keeps a latched severity while the danger is lower but not over: only a person may let it go. */
function holdLatched(verdict: Verdict, memory: AlertMemory | undefined, latchLevel: number): Verdict | undefined {
  if (memory?.latch !== 'latched' || memory.condition === 'normal' || memory.level < latchLevel) return undefined;
  if (verdict.level === 0 || verdict.level >= latchLevel) return undefined;
  const why = `${memory.severity} until a person confirms by a reset that it is over.`;
  return { ...verdict, level: latchLevel, recovering: true, reasons: [why, ...verdict.reasons] };
}

/** Hears a verdict; answers no transition when it is no news. */
export function hearVerdict(memory: AlertMemory | undefined, about: AlertRule, saying: Saying): Heard {
  const { decidedAtMs, late } = saying;
  const before = memory?.condition === 'normal' ? 0 : (memory?.level ?? 0);
  let { verdict } = saying;
  // Late data never clear or step down, and neither do stale data, whatever a condition says.
  if (late && verdict.level <= before) return { memory };
  if (verdict.data !== 'good' && verdict.level < before)
    verdict = { ...verdict, level: before, recovering: memory?.condition === 'recovering' };
  const latchLevel = latchLevelOf(about);
  const held = holdLatched(verdict, memory, latchLevel);
  verdict = held ?? verdict;
  const kind = kindOf(memory, { ...saying, verdict });
  if (kind === undefined) return { memory };
  const { level, takenAtMs, data } = verdict;
  const raised = kind === 'raise';
  const next: AlertMemory = {
    rule: about.rule.id,
    subject: about.subject,
    key: about.key,
    occurrence: (memory?.occurrence ?? 0) + (raised ? 1 : 0),
    number: raised ? 1 : memory!.number + 1,
    severity: level > 0 ? about.severities[level - 1]! : memory!.severity,
    condition: level === 0 ? 'normal' : verdict.recovering ? 'recovering' : 'active',
    // Worse than what was acknowledged, or a new occurrence: somebody has to look again.
    operator: raised || kind === 'escalate' ? 'unacknowledged' : memory!.operator,
    latch: level >= latchLevel || memory?.latch === 'latched' ? 'latched' : 'none',
    data,
    takenAtMs,
    late: late || (!raised && memory!.late && !(level > 0 && data === 'good')),
    level,
    reasons: verdict.reasons.slice(0, reasonsMax).map((reason) => reason.slice(0, reasonLengthMax)),
    updatedAtMs: decidedAtMs,
    ...(held === undefined ? {} : { held: true }),
    wokenNumber: raised ? 1 : kind === 'escalate' ? memory!.number + 1 : memory!.wokenNumber,
  };
  const evidence = raised || kind === 'escalate' ? saying.evidence?.() : undefined;
  return { memory: next, transition: tell(next, about, { kind, takenAtMs, decidedAtMs, late, evidence }) };
}

/** Which acts an alert would take now; a reset with its cause present would only alarm again, so it is not one of them. */
export function actsOf(memory: Pick<AlertMemory, 'condition' | 'operator' | 'latch' | 'held'>): {
  acknowledge: boolean;
  reset: boolean;
} {
  return {
    acknowledge: memory.operator === 'unacknowledged',
    reset: memory.latch === 'latched' && (memory.condition === 'normal' || memory.held === true),
  };
}

/** Performs an act, or says why not. A reset by a named person also acknowledges. */
export function performAct(memory: AlertMemory | undefined, about: AlertRule | undefined, act: Act): Acted {
  if (memory === undefined || about === undefined) return { refused: 'There is no such alert.' };
  const can = actsOf(memory);
  // An acknowledgement that crossed an escalation on its way must not silence what nobody has seen.
  if (act.seenNumber !== undefined && act.seenNumber < (memory.wokenNumber ?? 0))
    return { refused: 'It has got worse since; look again.' };
  if (act.act === 'acknowledge' && !can.acknowledge) return { refused: 'It is acknowledged already.' };
  if (act.act === 'reset' && !can.reset) {
    const why =
      memory.latch === 'none'
        ? 'It is not latched; it ends by itself.'
        : 'Its cause is still present; it would alarm again.';
    return { refused: why };
  }
  const { held: _, ...rest } = memory;
  const next: AlertMemory = {
    ...(act.act === 'reset' ? rest : memory),
    number: memory.number + 1,
    operator: 'acknowledged',
    latch: act.act === 'reset' ? 'none' : memory.latch,
  };
  const telling = { kind: act.act, takenAtMs: memory.takenAtMs, decidedAtMs: act.atMs, by: act.by, note: act.note };
  return { memory: next, transition: tell(next, about, telling) };
}

/** True while an alert is not over: its cause is present or it is latched. */
export function isStanding({ condition, latch }: Pick<AlertState, 'condition' | 'latch'>): boolean {
  return condition !== 'normal' || latch === 'latched';
}

/** Tells a standing alert again, because what was told before may be lost: the same occurrence, the next number. */
export function retell(
  memory: AlertMemory,
  about: AlertRule,
  { atMs, evidence }: { atMs: number; evidence?: Evidence[] },
): { memory: AlertMemory; transition: AlertTransition } {
  const next = { ...memory, number: memory.number + 1, updatedAtMs: atMs };
  const { takenAtMs, late } = memory;
  const telling = { kind: 'update' as const, takenAtMs, decidedAtMs: atMs, late, evidence, retold: true };
  return { memory: next, transition: tell(next, about, telling) };
}
