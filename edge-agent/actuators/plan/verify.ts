import { barred, interlocked, unguarded } from './guard.ts';
import { drop } from './hold.ts';
import { answered } from './poll.ts';
import { leaseLeftMs, leaseOf, nextId, order, report, trouble } from './record.ts';
import type { Pending, PlanEvent, Step } from './types.ts';

/** A command that could not be sent is tried again at growing distances, up to this power of two of the read-back time. */
const backoffPowerMax = 5;

/**
 * Shortens every running length of time that a clock set backwards would have stretched: a lease never has more left than
 * its own length, and a read-back deadline neither.
 */
export function fitClock({ state, rules, atMs }: Step): void {
  const { leaseMs, readBackWithinMs } = rules.actuator;
  const { hold, pending } = state;
  if (hold?.leaseUntilMs !== undefined && hold.renewAtMs !== undefined) {
    hold.leaseUntilMs = Math.min(hold.leaseUntilMs, atMs + leaseMs);
    hold.renewAtMs = Math.min(hold.renewAtMs, atMs + leaseMs / 2);
  }
  if (pending?.deadlineAtMs !== undefined) {
    const longestMs = readBackWithinMs * 2 ** backoffPowerMax;
    pending.deadlineAtMs = Math.min(pending.deadlineAtMs, atMs + longestMs);
  }
  if (state.awaitUntilMs !== undefined) state.awaitUntilMs = Math.min(state.awaitUntilMs, atMs + readBackWithinMs);
  const { arming, bypass, waiting, asked } = state;
  for (const lasting of [arming, bypass, waiting])
    if (lasting !== undefined) lasting.untilMs = Math.min(lasting.untilMs, atMs + lasting.spanMs);
  if (asked !== undefined) asked.atMs = Math.min(asked.atMs, atMs);
  if (state.confirmed !== undefined) state.confirmed.atMs = Math.min(state.confirmed.atMs, atMs);
  if (state.awaySinceMs !== undefined) state.awaySinceMs = Math.min(state.awaySinceMs, atMs);
  if (state.restSinceMs !== undefined) state.restSinceMs = Math.min(state.restSinceMs, atMs);
  for (const reason of state.reasons) {
    if (reason.untilMs !== undefined && reason.spanMs !== undefined)
      reason.untilMs = Math.min(reason.untilMs, atMs + reason.spanMs);
    if (reason.waitUntilMs !== undefined && reason.delayMs !== undefined)
      reason.waitUntilMs = Math.min(reason.waitUntilMs, atMs + reason.delayMs);
  }
}

/**
 * A clock that jumped does not tell how much is left of a lease: what a person ordered for a time ends, and a hold whose reason lasts is
 * renewed at once or has lapsed.
 */
export function doubtLease(step: Step): void {
  const { state, atMs } = step;
  drop(step, ({ untilMs }) => untilMs !== undefined);
  const { hold } = state;
  if (hold?.leaseUntilMs === undefined) return;
  hold.leaseUntilMs = Math.min(hold.leaseUntilMs, atMs + 1);
  hold.renewAtMs = atMs;
}

/** Takes in what the device says of itself: proof of the pending command, or a change that nobody ordered. */
export function hear(step: Step, event: Extract<PlanEvent, { kind: 'readBack' }>): void {
  const { state, rules, atMs } = step;
  // A retained message is what was true once: it may be the first knowledge, and nothing more.
  if (event.old && state.confirmed !== undefined) return;
  state.confirmed = { state: event.state, atMs, old: event.old };
  if (event.old) return;
  answered(step);
  if (rules.mode !== 'live') return;
  const { pending } = state;
  if (pending !== undefined && event.state === rules.expected[pending.action]) verified(step, pending);
  if (state.awaitUntilMs !== undefined) state.awaitUntilMs = atMs;
  else supervise(step);
}

/** Holds the device's word against what was ordered last: a state that changed without an order is a trouble. */
export function supervise(step: Step): void {
  const { commanded, confirmed, pending } = step.state;
  if (commanded === undefined || pending !== undefined || confirmed === undefined || confirmed.old) return;
  const agrees = confirmed.state === step.rules.expected[commanded];
  trouble(step, 'disagreement', agrees ? undefined : `ordered ${commanded}, but it reports ${confirmed.state}`);
}

function verified(step: Step, pending: Pending): void {
  const { state, rules, atMs } = step;
  delete state.pending;
  if (pending.action === rules.actuator.rest) state.restSinceMs = atMs;
  reportAll(step, pending, 'verified');
  trouble(step, 'unverified', undefined);
  trouble(step, 'disagreement', undefined);
}

/** Reports a stage to the command itself and to every reason that shares its hold. */
function reportAll(step: Step, pending: Pending, stage: 'verified' | 'unverified', why?: string): void {
  report(step, { ...pending, why }, stage);
  for (const { joined, action, requestId, issuer, alert } of step.state.reasons)
    if (joined && action === pending.action && requestId !== pending.id)
      report(step, { id: requestId, action, issuer, alert, why }, stage);
}

/** Takes in whether the driver could hand a command to the wire. */
export function handed(step: Step, event: Extract<PlanEvent, { kind: 'sent' }>): void {
  const { state, rules, atMs } = step;
  const { pending, hold } = state;
  const why = event.why ?? 'the driver could not send it';
  if (pending?.wire === event.commandId) {
    const known = pending.failed !== undefined;
    if (event.ok) {
      delete pending.failed;
      pending.deadlineAtMs = atMs + rules.actuator.readBackWithinMs;
    } else pending.failed = why;
    if (event.ok || !known) report(step, event.ok ? pending : { ...pending, why }, event.ok ? 'sent' : 'failed');
    return;
  }
  if (hold?.wire !== event.commandId || event.ok || hold.leaseBeforeMs === undefined) return;
  // A renewal that never left does not lengthen the lease; it is tried again before the lease ends.
  hold.leaseUntilMs = hold.leaseBeforeMs;
  hold.renewAtMs = Math.max(atMs, (atMs + hold.leaseBeforeMs) / 2);
  report(step, { ...hold, why: `renewal: ${why}` }, 'failed');
}

/**
 * Judges a command whose read-back is overdue. It is repeated where that is harmless: once when the action can be taken back, and
 * as long as it is wanted when it never left the agent. In every other case it is unverified, which is trouble.
 */
export function watchPending(step: Step): void {
  const { state, rules, atMs } = step;
  const { pending } = state;
  if (pending?.deadlineAtMs === undefined || atMs < pending.deadlineAtMs) return;
  const unsent = pending.failed !== undefined;
  const again = isHarmless(step, pending);
  if (unsent || !again) miss(step, pending);
  if (!again) {
    delete pending.deadlineAtMs;
    return;
  }
  const { action } = pending;
  pending.repeats += 1;
  pending.wire = nextId(step);
  pending.deadlineAtMs = atMs + rules.actuator.readBackWithinMs * 2 ** Math.min(pending.repeats, backoffPowerMax);
  const held = state.hold?.action === action ? state.hold : undefined;
  // The repeat carries a full lease, so it is a renewal too.
  if (held !== undefined) Object.assign(held, { wire: pending.wire }, held.leaseUntilMs && leaseOf(step, action));
  const text = `Repeats ${pending.id}, which was not read back: ${pending.text}`;
  order(step, { ...pending, id: pending.wire, text, leaseMs: leaseLeftMs(held, atMs) });
}

function isHarmless(step: Step, pending: Pending): boolean {
  const { state, rules, atMs } = step;
  const { action } = pending;
  if (action !== rules.actuator.rest) {
    const wanted = state.reasons.some(
      (reason) => reason.muted === undefined && reason.waitUntilMs === undefined && reason.action === action,
    );
    if (!wanted || state.hold?.action !== action || unguarded(step) !== undefined) return false;
    if (state.hold.leaseUntilMs !== undefined && atMs >= state.hold.leaseUntilMs) return false;
  }
  // A person who ends what stands is obeyed, and repeating it is the same order; the edge itself never ends it.
  const forbidden = pending.issuer.startsWith('edge:') ? barred(step, action) : interlocked(step, action);
  const once = pending.repeats === 0 && !rules.actuator.irreversible.includes(action);
  return (pending.failed !== undefined || once) && forbidden === undefined;
}

function miss(step: Step, pending: Pending): void {
  if (pending.missed) return;
  pending.missed = true;
  const within = `no read-back within ${step.rules.actuator.readBackWithinMs} ms`;
  const why = pending.failed === undefined ? within : `${within}: ${pending.failed}`;
  reportAll(step, pending, 'unverified', why);
  trouble(step, 'unverified', `${pending.action}: ${why}`);
}
