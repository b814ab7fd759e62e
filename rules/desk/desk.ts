import { type AlertTransition, compareSeverity, type Receipt, type Severity } from '@tocsin/contracts';
import { compareLife, type Heard, joinTransition, type OriginMemory, type PersonsWord, saidBy } from './origin.ts';

/**
 * The alarm desk as a reducer over one alert: what edge and cloud say, what operators did, and what became of the acts.
 * Pure: time comes in the events; the shell keeps records and performs what follows.
 */
export type Origin = 'edge' | 'cloud';
export const origins = ['edge', 'cloud'] as const;

/** Life, occurrence and number of the newest word of an origin at the moment of a person's act. */
export type Mark = { rank: number; occurrence: number; number: number };

/** An operator's wish that only the site can fulfil, and what became of it. */
export type Asked = {
  act: 'acknowledge' | 'reset';
  by: string;
  atMs: number;
  commandId: string;
  state: 'waiting' | 'refused' | 'expired';
  why?: string;
};

export type DeskAcknowledgement = {
  by: string;
  atMs: number;
  note?: string;
  severity: Severity;
  marks: Partial<Record<Origin, Mark>>;
};

/** The desk's memory of one alert. `members` are the origins that took part in the present occurrence. */
export type AlertRecord = {
  key: string;
  site: string;
  rule: string;
  subject: string;
  occurrence: number;
  origins: Partial<Record<Origin, OriginMemory>>;
  members: Origin[];
  /** Origins that can no longer speak (re-imaged gateway, removed rule) and whose last word a person has set aside. */
  setAside: Partial<Record<Origin, { rank: number; occurrence: number; by: string; atMs: number }>>;
  acknowledged?: DeskAcknowledgement;
  asked?: Asked;
  note?: string;
  actuators: string[];
  actedAtMs?: number;
  confirmedAtMs?: number;
  notifiedAtMs?: number;
  differsSinceMs?: number;
  disagreement?: string;
  /** Set when the site began epoch `rank` and told all that stands without naming this alert. */
  forgotten?: { rank: number; atMs: number };
  changedAtMs: number;
};

/** Difference between edge and cloud shorter than this is the normal delay of two deciders, not a disagreement. */
export const disagreementGraceMs = 5000;
/** More actuators than this are never joined to one alert. */
const actuatorsMax = 32;

/** What an origin says now, with what a person set aside taken as normal; undefined when it never spoke. */
export function wordOf(record: AlertRecord, origin: Origin): ReturnType<typeof saidBy> | undefined {
  const memory = record.origins[origin];
  if (memory === undefined) return undefined;
  const aside = record.setAside[origin];
  const word = saidBy(memory);
  if (aside === undefined || compareLife(memory, aside) > 0) return word;
  return { ...word, condition: 'normal', latch: 'none' };
}

/** True while an origin still holds the alert: its cause is present or it is latched. */
function holds(record: AlertRecord, origin: Origin): boolean {
  const word = wordOf(record, origin);
  return word !== undefined && (word.condition !== 'normal' || word.latch === 'latched');
}

/** True when the gateway told all that stands in a later epoch than that of its word here, and left this alert out. */
export function isForgotten({ forgotten, origins: { edge } }: AlertRecord): boolean {
  return forgotten !== undefined && edge !== undefined && edge.rank < forgotten.rank;
}

/** The record after its site told all that stands in the epoch of `rank`; the very same object when that changes nothing. */
export function forget(record: AlertRecord, rank: number, atMs: number): AlertRecord {
  const { edge } = record.origins;
  if (edge === undefined || edge.rank >= rank || isForgotten(record)) return record;
  const next = { ...record, forgotten: { rank, atMs } };
  return holds(record, 'edge') ? { ...next, changedAtMs: atMs } : next;
}

/** A life told again goes on in the new epoch, with all that persons did in it; anything else there is a new life. */
function carryOver(record: AlertRecord, { transition, rank }: Heard): AlertRecord {
  const { origin, occurrence, number, retold } = transition;
  const memory = record.origins[origin];
  if (!retold || memory === undefined || memory.rank >= rank) return record;
  if (memory.occurrence !== occurrence || memory.newest.number >= number) return record;
  const { acknowledged } = record;
  const carried = { ...record, origins: { ...record.origins, [origin]: { ...memory, rank } } };
  const mark = acknowledged?.marks[origin];
  if (acknowledged === undefined || mark?.rank !== memory.rank) return carried;
  const marks = { ...acknowledged.marks, [origin]: { ...mark, rank } };
  return { ...carried, acknowledged: { ...acknowledged, marks } };
}

/** The worst severity among origins for which the alert is not over; of all when it is over everywhere. */
export function worstSeverity(record: AlertRecord): Severity {
  const words = origins.flatMap((origin) => wordOf(record, origin) ?? []);
  const present = words.filter(({ condition }) => condition !== 'normal');
  const [first, ...rest] = (present.length > 0 ? present : words).map(({ severity }) => severity);
  return rest.reduce((a, b) => (compareSeverity(a, b) >= 0 ? a : b), first ?? 'Unknown');
}

function markOf(memory: OriginMemory): Mark {
  return { rank: memory.rank, occurrence: memory.occurrence, number: memory.newest.number };
}

/**
 * True when an origin got worse than a person has seen: a raise or escalation after the mark, above the severity
 * then.
 */
function outgrown(memory: OriginMemory | undefined, mark: Mark | undefined, severity: Severity): boolean {
  if (memory?.raised === undefined || compareSeverity(memory.raised.severity, severity) <= 0) return false;
  if (mark === undefined) return true;
  return (compareLife(memory, mark) || memory.raised.number - mark.number) > 0;
}

type Acknowledgement = Pick<DeskAcknowledgement, 'by' | 'atMs' | 'note'>;

/** Who on the side of one origin has seen it since it last got worse, unless the other origin is worse than that. */
function seenAt(record: AlertRecord, origin: Origin): Acknowledgement[] {
  const { acknowledged, reset, raised, newest } = record.origins[origin]!;
  const other = origin === 'edge' ? 'cloud' : 'edge';
  const seen = raised?.severity ?? newest.severity;
  if (holds(record, other) && outgrown(record.origins[other], undefined, seen)) return [];
  return [acknowledged, reset].filter(
    (word) => word !== undefined && word.number > (raised?.number ?? 0),
  ) as PersonsWord[];
}

/** Who acknowledged the alert as it stands, first come first named; undefined while nobody has. */
export function acknowledgementOf(record: AlertRecord): Acknowledgement | undefined {
  const valid = record.members.flatMap((origin) => seenAt(record, origin));
  const all: Acknowledgement[] = record.acknowledged === undefined ? valid : [record.acknowledged, ...valid];
  return all.reduce<Acknowledgement | undefined>((a, b) => (a && a.atMs <= b.atMs ? a : b), undefined);
}

function empty({ key, site, rule, subject }: AlertTransition): AlertRecord {
  const lists = { origins: {}, members: [], setAside: {}, actuators: [] };
  return { key, site, rule, subject, occurrence: 0, ...lists, changedAtMs: 0 };
}

/** The next occurrence starts with clean operator and ladder planes. */
function beginOccurrence(record: AlertRecord): AlertRecord {
  const { key, site, rule, subject, setAside, changedAtMs } = record;
  const occurrence = record.occurrence + 1;
  return {
    key,
    site,
    rule,
    subject,
    occurrence,
    origins: record.origins,
    members: [],
    setAside,
    actuators: [],
    changedAtMs,
  };
}

/** Remembers since when edge and cloud differ; the text comes after the grace, by `settle`. */
function compareOrigins(record: AlertRecord, atMs: number): AlertRecord {
  const { differsSinceMs: since, disagreement: _text, ...rest } = record;
  const edge = wordOf(record, 'edge');
  const cloud = wordOf(record, 'cloud');
  const differs = edge && cloud && (edge.condition === 'normal') !== (cloud.condition === 'normal');
  return differs ? settle({ ...rest, differsSinceMs: since ?? atMs }, atMs) : rest;
}

/** The record after one more transition of an origin; the very same object when it changes nothing. */
export function applyTransition(before: AlertRecord | undefined, heard: Heard): AlertRecord {
  const { transition, receivedAtMs } = heard;
  const { origin } = transition;
  let record = carryOver(before ?? empty(transition), heard);
  const memory = record.origins[origin];
  const joined = joinTransition(memory, heard);
  if (memory !== undefined && JSON.stringify(joined) === JSON.stringify(memory)) return before ?? record;
  const begins = memory === undefined || compareLife(joined, memory) > 0;
  const other = origin === 'edge' ? 'cloud' : 'edge';
  if (begins && !holds(record, other)) record = beginOccurrence(record);
  record = {
    ...record,
    occurrence: Math.max(record.occurrence, joined.occurrence),
    origins: { ...record.origins, [origin]: joined },
    members: record.members.includes(origin) ? record.members : [...record.members, origin],
    changedAtMs: receivedAtMs,
  };
  const { acknowledged, ...rest } = record;
  const worse =
    acknowledged !== undefined &&
    origins.some((name) => outgrown(record.origins[name], acknowledged.marks[name], acknowledged.severity));
  return compareOrigins(answered(worse ? rest : record), receivedAtMs);
}

/** A wish is fulfilled when the site says so. */
function answered(record: AlertRecord): AlertRecord {
  const { asked, ...rest } = record;
  const edge = wordOf(record, 'edge');
  if (asked === undefined || edge === undefined) return record;
  const done = asked.act === 'reset' ? edge.latch === 'none' : edge.operator === 'acknowledged';
  return done ? rest : record;
}

/** The record as time passes: states the disagreement once it outlasts the grace. */
export function settle(record: AlertRecord, atMs: number): AlertRecord {
  const edge = wordOf(record, 'edge');
  const cloud = wordOf(record, 'cloud');
  if (record.differsSinceMs === undefined || !edge || !cloud) return record;
  if (atMs < record.differsSinceMs + disagreementGraceMs) return record;
  const disagreement = `The edge says ${edge.condition}, the cloud says ${cloud.condition}.`;
  return disagreement === record.disagreement ? record : { ...record, disagreement };
}

/** When `settle` has to be called next, or undefined when time alone changes nothing. */
export function dueAtMs(record: AlertRecord): number | undefined {
  if (record.differsSinceMs === undefined || record.disagreement !== undefined) return undefined;
  return record.differsSinceMs + disagreementGraceMs;
}

export type PersonsAct = { by: string; atMs: number; note?: string };

/** A person acknowledges the alert as it stands; whoever came first is named in the refusal. */
export function acknowledge(
  record: AlertRecord,
  act: PersonsAct,
): { record: AlertRecord } | { refused: { by: string; atMs: number } } {
  const earlier = acknowledgementOf(record);
  if (earlier !== undefined) return { refused: { by: earlier.by, atMs: earlier.atMs } };
  return { record: seenBy(record, act) };
}

function seenBy(record: AlertRecord, { by, atMs, note }: PersonsAct): AlertRecord {
  const marks: DeskAcknowledgement['marks'] = {};
  for (const origin of origins) {
    const memory = record.origins[origin];
    if (memory !== undefined) marks[origin] = markOf(memory);
  }
  const words = note === undefined ? {} : { note };
  const acknowledged = { by, atMs, ...words, severity: worstSeverity(record), marks };
  return { ...record, acknowledged, ...words, changedAtMs: atMs };
}

/** Takes the last word of a decider that can no longer speak as normal from now on, on a person's responsibility. */
export function setAside(record: AlertRecord, origin: Origin, act: PersonsAct): AlertRecord {
  const memory = record.origins[origin];
  if (memory === undefined) return record;
  const { by, atMs } = act;
  const aside = { rank: memory.rank, occurrence: memory.occurrence, by, atMs };
  const seen = acknowledgementOf(record) === undefined ? seenBy(record, act) : record;
  const next = { ...seen, setAside: { ...record.setAside, [origin]: aside }, changedAtMs: atMs };
  return compareOrigins(next, atMs);
}

const acts: readonly Receipt['state'][] = ['sent', 'accepted', 'executed', 'verified'];

/** A receipt this much older than the decision belongs to an earlier occurrence; both are times of the same gateway. */
const receiptLeadMs = 1000;

/** Joins the receipt of an act to the alert that caused it: its first act and first confirmation, and the actuator. */
export function applyReceipt(record: AlertRecord, receipt: Receipt, receivedAtMs: number): AlertRecord {
  const raisedAtMs = record.members.includes('edge') ? record.origins.edge!.raisedAtMs : 0;
  const earlier = receipt.atMs < raisedAtMs - receiptLeadMs;
  // Shadow and exercise move nothing, so they are no rung of the ladder.
  if (earlier || receipt.mode !== 'live') return joinActuator(record, receipt, receivedAtMs);
  const acted = acts.includes(receipt.state) ? Math.min(record.actedAtMs ?? receipt.atMs, receipt.atMs) : undefined;
  const verified = receipt.state === 'verified' ? (receipt.confirmedAtMs ?? receipt.atMs) : undefined;
  const confirmed = verified === undefined ? undefined : Math.min(record.confirmedAtMs ?? verified, verified);
  const next = joinActuator(record, receipt, receivedAtMs);
  const times = { ...(acted ? { actedAtMs: acted } : {}), ...(confirmed ? { confirmedAtMs: confirmed } : {}) };
  return { ...next, ...times };
}

function joinActuator(record: AlertRecord, receipt: Receipt, receivedAtMs: number): AlertRecord {
  const { actuators } = record;
  const known = actuators.includes(receipt.device) || actuators.length >= actuatorsMax;
  return { ...record, actuators: known ? actuators : [...actuators, receipt.device], changedAtMs: receivedAtMs };
}
