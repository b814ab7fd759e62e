import { type AlertTransition, alertKey } from '@tocsin/contracts';
import { type AlertRecord, wordOf } from './desk.ts';

/**
 * Alerts the desk makes itself, about the system and not about the world: class trouble (or supervisory), origin cloud.
 * Pure.
 * A standing trouble is raised and cleared; an incident (lost readings, a forged batch) is over when it is noticed and
 * only
 * wants to be seen: it is raised with condition normal and stays open until a person acknowledges it.
 */
export type Trouble = {
  site: string;
  rule: string;
  subject: string;
  event: string;
  reasons: string[];
  advice: string;
  atMs: number;
  class?: 'supervisory' | 'trouble';
};

/** Rules that the desk makes; the version says which program text decided. */
export const deskRuleVersion = 'desk-1';
export const siteOfflineRule = 'site-offline';

/** What is said of a store by its fault code, and what a person can do; codes that are not here are no alert. */
const storeWords: Partial<Record<string, { event: string; advice: string }>> = {
  STORE_DAMAGED: {
    event: 'A store was damaged',
    advice: 'Keep the file that was set aside and check the disk. Alerts and readings may be missing here.',
  },
  STORE_FULL: {
    event: 'A store cannot grow',
    advice: 'Make room on the disk. Gateways keep what is not acknowledged and send it again.',
  },
  STORE_BUSY: {
    event: 'A store does not answer',
    advice: 'It is tried again by itself. If it lasts, look at the disk and the program’s log.',
  },
  LOG_GAP: {
    event: 'Part of the log is missing for a reader',
    advice:
      'A store was restored from an older copy than the log reaches back. What lies between can no longer be shown.',
  },
};

/** The incident of a store that lost something or stood still; undefined for codes that are not about stores. */
export function storeTrouble(note: { site: string; code: string; text: string; atMs: number }): Trouble | undefined {
  const { site, code, text, atMs } = note;
  const words = storeWords[code];
  return (
    words && {
      site,
      rule: 'store',
      subject: code,
      ...words,
      reasons: text.match(/.{1,240}/gs)?.slice(0, 12) ?? [],
      atMs,
    }
  );
}

/** True for alerts whose cloud part no engine knows, because the desk made it. */
export function isDeskMade(record: AlertRecord): boolean {
  return record.origins.cloud?.newest.ruleVersion === deskRuleVersion;
}

function transitionOf(record: AlertRecord | undefined, trouble: Trouble): AlertTransition {
  const newest = record?.origins.cloud?.newest;
  return {
    v: 1,
    key: alertKey(trouble.site, trouble.rule, trouble.subject),
    site: trouble.site,
    rule: trouble.rule,
    subject: trouble.subject,
    origin: 'cloud',
    occurrence: (newest?.occurrence ?? 0) + 1,
    number: 1,
    kind: 'raise',
    class: trouble.class ?? 'trouble',
    severity: 'Moderate',
    urgency: 'Immediate',
    certainty: 'Observed',
    condition: 'active',
    operator: 'unacknowledged',
    latch: 'none',
    data: 'good',
    event: trouble.event.slice(0, 160),
    reasons: trouble.reasons.map((reason) => reason.slice(0, 240)),
    advice: trouble.advice,
    evidence: [],
    takenAtMs: trouble.atMs,
    decidedAtMs: trouble.atMs,
    ruleVersion: deskRuleVersion,
  };
}

/** Raises or clears a standing trouble; undefined when it already is as it should be. */
export function standing(
  record: AlertRecord | undefined,
  trouble: Trouble,
  present: boolean,
): AlertTransition | undefined {
  const word = record && wordOf(record, 'cloud');
  if (present === (word !== undefined && word.condition !== 'normal')) return undefined;
  const raise = transitionOf(record, trouble);
  if (present) return raise;
  const { occurrence, number } = record!.origins.cloud!.newest;
  return { ...raise, kind: 'clear', condition: 'normal', occurrence, number: number + 1 };
}

/** Raises an incident; undefined while the same incident still waits to be seen, so that a repeat does not nag. */
export function incident(
  record: AlertRecord | undefined,
  trouble: Trouble,
  seen: boolean,
): AlertTransition | undefined {
  const raise = { ...transitionOf(record, trouble), condition: 'normal' as const };
  const same = JSON.stringify(record?.origins.cloud?.newest.reasons) === JSON.stringify(raise.reasons);
  return record !== undefined && !seen && same ? undefined : raise;
}
