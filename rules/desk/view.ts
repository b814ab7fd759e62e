import { type ActuatorTruth, type AlertView, alertClasses, compareSeverity, type OriginView } from '@tocsin/contracts';
import type { Static } from 'typebox';
import {
  type AlertRecord,
  acknowledgementOf,
  isForgotten,
  type Origin,
  origins,
  wordOf,
  worstSeverity,
} from './desk.ts';

/** Shows a record as one row of the alert list. Pure. */
type Word = NonNullable<ReturnType<typeof wordOf>>;
const conditions = ['normal', 'recovering', 'active'] as const;
const dataStates = ['good', 'stale', 'noData'] as const;
/** As many reasons as one transition may carry (contracts/alert.ts). */
const reasonsMax = 12;

function worst<const T extends string>(order: readonly T[], values: readonly T[]): T {
  return order[Math.max(0, ...values.map((value) => order.indexOf(value)))]!;
}

/** The word a row is told in: the worst condition, then the worst severity, then the newest; the edge wins a tie. */
function leading(words: readonly Word[]): Word {
  return words.reduce((a, b) => {
    const byCondition = conditions.indexOf(b.condition) - conditions.indexOf(a.condition);
    const bySeverity = a.condition === 'normal' ? 0 : compareSeverity(b.severity, a.severity);
    return (byCondition || bySeverity || b.decidedAtMs - a.decidedAtMs) > 0 ? b : a;
  });
}

function originView(record: AlertRecord, origin: Origin): Static<typeof OriginView> | undefined {
  const word = wordOf(record, origin);
  if (word === undefined) return undefined;
  const { condition, severity, decidedAtMs: atMs, receivedAtMs } = word;
  return { condition, severity, atMs, receivedAtMs };
}

/** Leaves out what is undefined, so that a stage that has not happened is absent and never null. */
function known<T extends object>(fields: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: NonNullable<T[K]>;
  };
}

function ladderOf(record: AlertRecord): AlertView['ladder'] {
  const members = record.members.map((origin) => record.origins[origin]!);
  const earliest = (field: 'takenAtMs' | 'raisedAtMs' | 'receivedAtMs') =>
    members.length === 0 ? undefined : Math.min(...members.map((memory) => memory[field]));
  return known({
    takenAtMs: earliest('takenAtMs'),
    decidedAtMs: earliest('raisedAtMs'),
    actedAtMs: record.actedAtMs,
    confirmedAtMs: record.confirmedAtMs,
    receivedAtMs: earliest('receivedAtMs'),
    notifiedAtMs: record.notifiedAtMs,
    acknowledgedAtMs: acknowledgementOf(record)?.atMs,
  });
}

/** Says above the old reasons that nobody at the site vouches for them any more; undefined while somebody does. */
function forgottenReasons(record: AlertRecord, told: readonly Word[]): string[] | undefined {
  const edge = told.find(({ origin }) => origin === 'edge');
  if (!isForgotten(record) || edge === undefined) return undefined;
  if (edge.condition === 'normal' && edge.latch === 'none') return undefined;
  const since = new Date(record.forgotten!.atMs).toISOString();
  return [
    `The gateway began anew at ${since} and no longer knows this alert: it was re-imaged, or the end was lost.`,
    `Its last word was "${edge.condition}". Make sure at the site, then reset it with a reason.`,
  ];
}

/** One row of the alert list: the worst of what edge and cloud say, and whether they agree. */
export function viewOf(record: AlertRecord, actuators: ActuatorTruth[], version: number): AlertView {
  const words = origins.flatMap((origin) => wordOf(record, origin) ?? []);
  const present = words.filter(({ condition, latch }) => condition !== 'normal' || latch === 'latched');
  const lead = leading(present.length > 0 ? present : words);
  const told = present.length > 0 ? present : [lead];
  const condition = worst(
    conditions,
    words.map((word) => word.condition),
  );
  const latch = words.some((word) => word.latch === 'latched') ? 'latched' : 'none';
  const others = told.filter((word) => word !== lead).flatMap(({ reasons }) => reasons);
  const acknowledged = acknowledgementOf(record);
  const forgotten = forgottenReasons(record, told);
  const over = condition === 'normal' && latch === 'none';
  const ladder = ladderOf(record);
  return {
    key: record.key,
    site: record.site,
    rule: record.rule,
    subject: record.subject,
    occurrence: record.occurrence,
    event: lead.event,
    class: worst(
      alertClasses.toReversed(),
      told.map((word) => word.class),
    ),
    severity: worstSeverity(record),
    urgency: lead.urgency,
    certainty: lead.certainty,
    condition,
    operator: acknowledged ? 'acknowledged' : 'unacknowledged',
    latch,
    data: worst(dataStates, [...told.map((word) => word.data), ...(forgotten === undefined ? [] : ['stale' as const])]),
    reasons: [...new Set([...(forgotten ?? []), ...lead.reasons, ...others])].slice(0, reasonsMax),
    late: told.every(({ origin, late }) => record.origins[origin]?.raised?.late ?? late === true),
    raisedAtMs: ladder.decidedAtMs ?? record.changedAtMs,
    changedAtMs: record.changedAtMs,
    origins: known({ edge: originView(record, 'edge'), cloud: originView(record, 'cloud') }),
    ladder,
    actuators,
    version,
    ...known({
      advice: lead.advice,
      endedAtMs: over ? Math.max(...words.map((word) => word.decidedAtMs)) : undefined,
      acknowledgedBy: acknowledged?.by,
      note: acknowledged?.note ?? record.note,
      disagreement: record.disagreement,
      asked: record.asked && (({ commandId: _id, ...asked }) => asked)(record.asked),
    }),
  };
}
