import type { Command } from '@tocsin/contracts';
import { standing } from './guard.ts';
import { report } from './record.ts';
import type { Step } from './types.ts';
import { isPerson, spanText } from './words.ts';

/** The site file's default, for an entry that was written by hand. */
const withinMsDefault = 300_000;

type Answer =
  | { kind: 'go' }
  /** It is the first of two and has begun to wait. */
  | { kind: 'wait'; why: string }
  | { kind: 'refuse'; why: string };

const nameOf = (issuer: string) => issuer.trim().toLowerCase();

/** True when the site file asks two persons for this act. Rest is an act of two only where it ends what cannot be taken back. */
function needsTwo(step: Step, action: string): boolean {
  const { twoPersons, rest } = step.rules.actuator;
  if (!twoPersons?.actions.includes(action)) return false;
  return action !== rest || standing(step) !== undefined;
}

/** Holds an order that passed every guard against the order of the person before: the first waits, the second lets both go. */
export function askSecond(step: Step, asked: Command): Answer {
  const { state, rules, atMs } = step;
  if (!needsTwo(step, asked.action)) return { kind: 'go' };
  if (!isPerson(asked.issuer)) return { kind: 'refuse', why: `${asked.action} needs the orders of two persons` };
  const { waiting } = state;
  if (waiting === undefined) {
    const spanMs = rules.actuator.twoPersons!.withinMs ?? withinMsDefault;
    const { id, action, issuer, reason: text, alert } = asked;
    state.waiting = {
      id,
      action,
      issuer,
      text,
      ...(alert === undefined ? {} : { alert }),
      untilMs: atMs + spanMs,
      spanMs,
    };
    return { kind: 'wait', why: `it waits for a second person, at most ${spanText(spanMs)}` };
  }
  if (waiting.action !== asked.action)
    return { kind: 'refuse', why: `${waiting.action}, asked for by ${waiting.issuer}, waits for a second person` };
  if (nameOf(waiting.issuer) === nameOf(asked.issuer))
    return { kind: 'refuse', why: `the second person must be another than ${waiting.issuer}` };
  delete state.waiting;
  report(step, { ...waiting, why: `confirmed by ${asked.issuer} with ${asked.id}` }, 'authorised');
  return { kind: 'go' };
}

/** Ends the wait for a second person. */
export function endWaiting(step: Step, why: string): void {
  const { waiting } = step.state;
  if (waiting === undefined) return;
  delete step.state.waiting;
  report(step, { ...waiting, why }, 'expired');
}
