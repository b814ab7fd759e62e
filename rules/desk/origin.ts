import type { AlertTransition, Severity } from '@tocsin/contracts';

/**
 * What one decider (edge or cloud) said about one alert, as a join: every field is a newest or an earliest of
 * something, so that
 * any order and any repetition of the same transitions ends in the same memory.
 * `rank` orders the lives of a decider: a re-made outbox (a new epoch) starts its counters at 1 again and still counts
 * as newer.
 */
export type OriginMemory = {
  rank: number;
  occurrence: number;
  newest: Snapshot;
  /** Newest transition that is not a late step down; what holds while a late step down may not take effect. */
  firm?: Snapshot;
  /** Event time of the newest sample that kept the alert active. */
  activeTakenAtMs?: number;
  takenAtMs: number;
  raisedAtMs: number;
  receivedAtMs: number;
  /** Newest raise or escalation: what a person has to look at again. */
  raised?: { number: number; severity: Severity; late: boolean };
  /** Newest acknowledgement and newest reset; a person who resets has seen it too. */
  acknowledged?: PersonsWord;
  reset?: PersonsWord;
};
export type PersonsWord = { number: number; by: string; atMs: number; note?: string };

/** A transition without its name and its evidence, which stay in the history. */
export type Snapshot = Omit<AlertTransition, 'v' | 'key' | 'site' | 'rule' | 'subject' | 'evidence'> & {
  receivedAtMs: number;
};

/** A transition as the desk hears it; `rank` is the place of the decider's epoch among those of its site. */
export type Heard = { transition: AlertTransition; rank: number; receivedAtMs: number };

function snapshotOf({ transition, receivedAtMs }: Heard): Snapshot {
  const { v: _v, key: _key, site: _site, rule: _rule, subject: _subject, evidence: _evidence, ...rest } = transition;
  return { ...rest, receivedAtMs };
}

/** Backlog may raise an alert; it may not by itself make one look better. */
function isLateStepDown({ late, kind, condition }: Snapshot): boolean {
  return late === true && (condition !== 'active' || kind === 'stepDown');
}

function newer<T extends { number: number }>(a: T | undefined, b: T | undefined): T | undefined {
  return a === undefined || (b !== undefined && b.number > a.number) ? b : a;
}

function alone(heard: Heard): OriginMemory {
  const { transition, rank, receivedAtMs } = heard;
  const newest = snapshotOf(heard);
  const { number, kind, severity, condition, takenAtMs, decidedAtMs, by, note } = newest;
  // The raise or escalation itself may be lost; what nobody at the site has acknowledged has to be looked at.
  const unseen = newest.retold === true && newest.operator === 'unacknowledged';
  const raises = kind === 'raise' || kind === 'escalate' || unseen;
  const persons = kind === 'acknowledge' || kind === 'reset';
  const words = note === undefined ? {} : { note };
  const who = by ?? (newest.origin === 'edge' ? `edge:${transition.site}` : 'cloud');
  return {
    rank,
    occurrence: newest.occurrence,
    newest,
    ...(isLateStepDown(newest) ? {} : { firm: newest }),
    ...(condition === 'active' ? { activeTakenAtMs: takenAtMs } : {}),
    takenAtMs,
    raisedAtMs: decidedAtMs,
    receivedAtMs,
    ...(raises ? { raised: { number, severity, late: newest.late === true } } : {}),
    ...(persons
      ? { [kind === 'reset' ? 'reset' : 'acknowledged']: { number, by: who, atMs: decidedAtMs, ...words } }
      : {}),
  };
}

/** Positive when the life and occurrence of `a` come after those of `b`. */
export function compareLife(
  a: Pick<OriginMemory, 'rank' | 'occurrence'>,
  b: Pick<OriginMemory, 'rank' | 'occurrence'>,
): number {
  return a.rank - b.rank || a.occurrence - b.occurrence;
}

/** The memory after one more transition; a transition of an older occurrence or life changes nothing. */
export function joinTransition(memory: OriginMemory | undefined, heard: Heard): OriginMemory {
  const other = alone(heard);
  const order = memory === undefined ? -1 : compareLife(memory, other);
  if (memory === undefined || order < 0) return other;
  if (order > 0) return memory;
  const firm = newer(memory.firm, other.firm);
  const raised = newer(memory.raised, other.raised);
  const acknowledged = newer(memory.acknowledged, other.acknowledged);
  const reset = newer(memory.reset, other.reset);
  const activeTakenAtMs = Math.max(memory.activeTakenAtMs ?? 0, other.activeTakenAtMs ?? 0);
  return {
    rank: memory.rank,
    occurrence: memory.occurrence,
    newest: newer(memory.newest, other.newest)!,
    ...(firm ? { firm } : {}),
    ...((memory.activeTakenAtMs ?? other.activeTakenAtMs) === undefined ? {} : { activeTakenAtMs }),
    takenAtMs: Math.min(memory.takenAtMs, other.takenAtMs),
    raisedAtMs: Math.min(memory.raisedAtMs, other.raisedAtMs),
    receivedAtMs: Math.min(memory.receivedAtMs, other.receivedAtMs),
    ...(raised ? { raised } : {}),
    ...(acknowledged ? { acknowledged } : {}),
    ...(reset ? { reset } : {}),
  };
}

/**
 * What the decider says now: its newest word, unless that is late and older than the sample that keeps the alert
 * active.
 */
export function saidBy({ newest, firm, activeTakenAtMs }: OriginMemory): Snapshot {
  const overtaken = isLateStepDown(newest) && activeTakenAtMs !== undefined && newest.takenAtMs < activeTakenAtMs;
  return overtaken && firm !== undefined ? firm : newest;
}
