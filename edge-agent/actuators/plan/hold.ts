import { barred, isAway, isSpent, standing, unguarded } from './guard.ts';
import { bypassed } from './own-orders.ts';
import { type Act, leaseLeftMs, leaseOf, nextId, order, report, trouble } from './record.ts';
import type { Hold, Reason, Step } from './types.ts';

/** What a receipt says of a reason. */
export function actOf({ requestId, action, issuer, alert }: Reason): Act {
  return { id: requestId, action, issuer, alert };
}

/** Reports that a reason asks for its act, once per request. */
export function ask(step: Step, reason: Reason): void {
  if (reason.asked) return;
  reason.asked = true;
  report(step, actOf(reason), 'requested');
}

/** Begins a hold for a reason that passed every guard at this very instant. */
export function start(step: Step, reason: Reason): void {
  const { state, rules, atMs } = step;
  const { hold } = state;
  if (hold !== undefined && hold.action !== reason.action) endHold(step, `${reason.action} took its place`);
  if (reason.refused !== undefined) renameRequest(step, reason);
  ask(step, reason);
  reason.joined = true;
  const act = { ...actOf(reason), text: reason.text };
  // Shadow and exercise reach no device that could lapse, and what cannot be taken back must not lapse.
  const leased = rules.mode === 'live' && !rules.actuator.irreversible.includes(reason.action);
  state.awaySinceMs ??= atMs;
  // An order for what is already held is sent again, but the hold stays the same one.
  state.hold = state.hold === undefined ? { ...act, wire: act.id } : { ...state.hold, wire: act.id };
  if (leased) Object.assign(state.hold, leaseOf(step, reason.action));
  delete state.restSinceMs;
  step.limits.note(rules.actuator.id, atMs);
  report(step, act, 'authorised');
  command(step, act, leaseLeftMs(state.hold, atMs));
}

/** Decides and records an act of a disarmed actuator, once; nothing moves, and nothing is held. */
export function rehearse(step: Step, reason: Reason, why: string): void {
  if (reason.rehearsed) return;
  const { mode: whole } = step.rules;
  const mode = whole === 'live' ? 'exercise' : whole;
  if (reason.refused !== undefined) renameRequest(step, reason);
  reason.asked = true;
  reason.rehearsed = true;
  const act = { ...actOf(reason), mode };
  report(step, act, 'requested');
  report(step, { ...act, why }, 'authorised');
  order(step, { ...act, text: reason.text });
}

/** What was only rehearsed is asked for afresh, because the actuator is armed again. */
export function wakeRehearsed(step: Step): void {
  for (const reason of step.state.reasons) if (reason.rehearsed) renameRequest(step, reason);
}

/** Gives a reason a fresh request id, so that a later act does not share one with an earlier refusal or release. */
function renameRequest(step: Step, reason: Reason): void {
  reason.requestId = nextId(step);
  delete reason.refused;
  delete reason.asked;
  delete reason.joined;
  delete reason.rehearsed;
  delete reason.limit;
}

/** Orders an action and, when it is real, waits for the device's own word. */
function command(step: Step, act: Act & { text: string }, leaseMs?: number): void {
  const { state, rules, atMs } = step;
  const { pending } = state;
  if (pending !== undefined && !pending.missed)
    report(step, { ...pending, why: `${act.action} was ordered before it was read back` }, 'unverified');
  state.commanded = act.action;
  state.commandedAtMs = atMs;
  state.lastAlert = act.alert;
  order(step, { ...act, leaseMs });
  if (rules.mode !== 'live') return;
  const deadlineAtMs = atMs + rules.actuator.readBackWithinMs;
  state.pending = { ...act, wire: act.id, deadlineAtMs, repeats: 0, missed: false };
}

/** Keeps a hold going: further reasons share it, and its lease is renewed at its half. Answers why it is not renewed. */
export function keep(step: Step, hold: Hold): string | undefined {
  join(step, hold);
  const { atMs } = step;
  if (hold.leaseUntilMs === undefined || hold.renewAtMs === undefined || atMs < hold.renewAtMs) return undefined;
  const why = unguarded(step) ?? barred(step, hold.action);
  if (atMs >= hold.leaseUntilMs && (why !== undefined || !hold.resumed))
    return release(step, 'its lease ran out') ?? why;
  delete hold.resumed;
  if (why !== undefined) return `${hold.action} is not renewed: ${why}`;
  const lease = leaseOf(step, hold.action);
  if (lease.leaseUntilMs <= hold.leaseUntilMs) return undefined;
  hold.leaseBeforeMs = hold.leaseUntilMs;
  Object.assign(hold, lease, { wire: nextId(step) });
  const { action, issuer, alert } = hold;
  const text = `Renews ${hold.id}: ${hold.text}`;
  order(step, { id: hold.wire, action, issuer, alert, text, leaseMs: leaseLeftMs(hold, atMs) });
  report(step, hold, stageOf(step, hold));
  return undefined;
}

/** Reasons that want what is already being held share the hold instead of acting again. */
function join(step: Step, hold: Hold): void {
  const out = bypassed(step) !== undefined;
  for (const reason of step.state.reasons) {
    if (reason.joined || reason.muted !== undefined || reason.action !== hold.action) continue;
    if (reason.waitUntilMs !== undefined || (out && !reason.person)) continue;
    if (reason.refused !== undefined) renameRequest(step, reason);
    ask(step, reason);
    reason.joined = true;
    report(step, { ...actOf(reason), why: `already held under ${hold.id}` }, 'authorised');
    if (stageOf(step, hold) === 'verified') report(step, actOf(reason), 'verified');
  }
}

function stageOf({ state, rules }: Step, hold: Hold): 'authorised' | 'sent' | 'verified' | 'unverified' {
  if (rules.mode !== 'live') return 'authorised';
  if (state.confirmed?.old === false && state.confirmed.state === rules.expected[hold.action]) return 'verified';
  return state.pending === undefined || state.pending.missed ? 'unverified' : 'sent';
}

/** Takes reasons away, and tells those that shared a hold or never got one what became of them. */
export function drop(step: Step, gone: (reason: Reason) => boolean): void {
  const { state, rules } = step;
  const dropped = state.reasons.filter(gone);
  if (dropped.length === 0) return;
  state.reasons = state.reasons.filter((reason) => !dropped.includes(reason));
  for (const reason of dropped) {
    if (reason.rehearsed) {
      const mode = rules.mode === 'live' ? 'exercise' : rules.mode;
      report(step, { ...actOf(reason), mode, why: 'its reason ended' }, 'released');
    } else if (reason.refused !== undefined)
      report(step, { ...actOf(reason), why: 'its reason ended before the act was allowed' }, 'expired');
    else if (reason.joined && reason.requestId !== state.hold?.id)
      report(step, { ...actOf(reason), why: 'its reason ended' }, 'released');
  }
}

/** Ends a hold in the record only; what the device should do next is the caller's business. */
export function endHold(step: Step, why: string): void {
  const { state } = step;
  const { hold } = state;
  if (hold === undefined) return;
  delete state.hold;
  report(step, { ...hold, why }, 'released');
  for (const reason of state.reasons) {
    if (!reason.joined || reason.action !== hold.action) continue;
    if (reason.requestId !== hold.id) report(step, { ...actOf(reason), why }, 'released');
    renameRequest(step, reason);
  }
}

/** Ends the hold and orders rest. An interlock may forbid that too; then it is tried again on every occasion. */
export function release(step: Step, why: string): string | undefined {
  const { state, rules } = step;
  const alert = state.hold?.alert ?? state.lastAlert;
  endHold(step, why);
  const { rest } = rules.actuator;
  const forbidden = barred(step, rest);
  if (forbidden !== undefined) return `${rest} is refused: ${forbidden}`;
  const act: Act = { id: nextId(step), action: rest, issuer: `edge:${rules.site}`, alert };
  report(step, act, 'authorised');
  toRest(step, { ...act, text: `Releases: ${why}` });
  return undefined;
}

/** Orders rest. The rest time begins now, and again when the device confirms it. */
export function toRest(step: Step, act: Act & { text: string }): void {
  command(step, act);
  step.state.restSinceMs = step.atMs;
  delete step.state.awaySinceMs;
}

/** Ends a hold that lasted as long as it may, even though its reason lasts. */
export function endOverlongHold(step: Step): void {
  const { state, rules } = step;
  if (state.hold === undefined || standing(step) !== undefined || !isSpent(step) || !isAway(step)) return;
  const { holdMaxMs, restMinMs = 0 } = rules.actuator;
  drop(step, ({ untilMs }) => untilMs !== undefined);
  const why = `the longest hold of ${holdMaxMs} ms was reached`;
  trouble(step, 'hold-max', why);
  const stuck = release(step, why);
  if (stuck !== undefined) trouble(step, 'interlock', stuck);
  // Without a rest time the same lasting reason would begin again at once, and the limit would mean nothing.
  if (restMinMs === 0) for (const reason of state.reasons) reason.muted ??= 'holdMax';
}
