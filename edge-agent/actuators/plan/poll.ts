import { trouble } from './record.ts';
import type { Step } from './types.ts';

/** How often a device is asked in vain before its silence is a trouble. */
export const unansweredMax = 3;
/** Where the site file names no interval and the driver can ask. */
const pollMsDefault = 30_000;

/** The longest silence before this device is asked, or undefined when it never is. */
function pollMsOf({ rules }: Pick<Step, 'rules'>): number | undefined {
  if (rules.mode !== 'live') return undefined;
  return rules.actuator.pollMs ?? (rules.canAsk ? pollMsDefault : undefined);
}

/** True when this device is to be asked now: it has neither spoken nor been asked for long enough. */
export function isPollDue(step: Pick<Step, 'rules' | 'state' | 'atMs'>): boolean {
  const pollMs = pollMsOf(step);
  if (pollMs === undefined) return false;
  const { confirmed, asked } = step.state;
  const heardAtMs = confirmed?.old === false ? confirmed.atMs : 0;
  return step.atMs - Math.max(heardAtMs, asked?.atMs ?? 0) >= pollMs;
}

/**
 * Asks a device that has been silent. Silence is counted in questions and not in time, so that an agent that slept or whose clock jumped
 * does not take its own absence for that of the device.
 */
export function poll(step: Step): void {
  const { state, atMs, rules, effects } = step;
  if (!isPollDue(step)) return;
  const unanswered = state.asked?.unanswered ?? 0;
  if (unanswered >= unansweredMax) {
    // What was known of it is history, and interlocks that look at it forbid.
    if (state.confirmed !== undefined) state.confirmed.old = true;
    trouble(step, 'silent', `asked for its state ${unansweredMax} times, it does not answer`);
  }
  state.asked = { atMs, unanswered: unanswered + 1 };
  effects.push({ kind: 'ask', actuator: rules.actuator.id, atMs });
}

/** The shell asks every device when it starts; what was asked before it died says nothing of the device. */
export function restartPoll({ state, rules, atMs }: Step): void {
  if (pollMsOf({ rules }) !== undefined) state.asked = { atMs, unanswered: 0 };
}

/** The device spoke. */
export function answered(step: Step): void {
  if (step.state.asked !== undefined) step.state.asked.unanswered = 0;
  trouble(step, 'silent', undefined);
}
