import { disarmed, tellArming } from './arming.ts';
import { isAway, refusal, standing } from './guard.ts';
import { actOf, ask, drop, endHold, endOverlongHold, keep, rehearse, release, start, wakeRehearsed } from './hold.ts';
import { bypassed, tendOwn } from './own-orders.ts';
import { poll } from './poll.ts';
import { report, trouble } from './record.ts';
import { resume } from './restart.ts';
import { endWaiting } from './second-person.ts';
import type { Reason, Step } from './types.ts';
import { fitClock, watchPending } from './verify.ts';
import { spanText } from './words.ts';

/**
 * Brings what was ordered in line with who still wants what: begins, renews, refuses and releases.
 * It is called after every event of the actuator and on every tick, so whatever is due happens on the first occasion.
 */
export function reconcile(step: Step): void {
  const { state, atMs } = step;
  fitClock(step);
  tend(step);
  drop(step, ({ untilMs }) => untilMs !== undefined && untilMs <= atMs);
  for (const reason of state.reasons)
    if (reason.waitUntilMs !== undefined && reason.waitUntilMs <= atMs) delete reason.waitUntilMs;
  if (state.awaitUntilMs !== undefined) {
    if (atMs < state.awaitUntilMs) return;
    resume(step);
  }
  endOverlongHold(step);
  watchPending(step);
  const { target, blocked } = choose(step);
  const quiet = disarmed(step);
  if (quiet === undefined) wakeRehearsed(step);
  const ended = quiet ?? bypassed(step) ?? 'its reason ended';
  const stuck = follow(step, quiet === undefined ? target : undefined, ended);
  if (quiet !== undefined && target !== undefined && target.action !== state.hold?.action)
    rehearse(step, target, quiet);
  trouble(step, 'interlock', stuck ?? blocked);
  if (state.hold !== undefined || !isWaitingForRest(step)) trouble(step, 'hold-max', undefined);
}

/** Lets time end what has an end of its own, and sees to what is due. */
function tend(step: Step): void {
  const { waiting } = step.state;
  if (waiting !== undefined && step.world.clockDoubt() !== undefined)
    endWaiting(step, 'the clock of the gateway changed while it waited for a second person');
  else if (waiting !== undefined && step.atMs >= waiting.untilMs)
    endWaiting(step, `no second person within ${spanText(waiting.spanMs)}`);
  tendOwn(step);
  tellArming(step);
  poll(step);
  // A disarmed actuator is not held by an order from before.
  if (disarmed(step) !== undefined) drop(step, ({ untilMs }) => untilMs !== undefined);
}

/** True while a reason that used up the longest hold still lasts and has to wait. */
function isWaitingForRest({ rules, state, atMs }: Step): boolean {
  if (state.reasons.some(({ muted }) => muted === 'holdMax')) return true;
  if (state.reasons.length === 0 || state.restSinceMs === undefined) return false;
  return atMs - state.restSinceMs < (rules.actuator.restMinMs ?? 0);
}

/** People before rules; among rules the worst, then the oldest, then by name. There is one person's reason at most. */
function compare(a: Reason, b: Reason): number {
  return (
    Number(b.person) - Number(a.person) ||
    b.severity - a.severity ||
    a.sinceMs - b.sinceMs ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}

/** The first reason that every guard lets pass; those turned away before it are told why, once per why. */
function choose(step: Step): { target?: Reason; blocked?: string } {
  const { state, limits, rules, atMs } = step;
  const out = bypassed(step);
  let blocked: string | undefined;
  for (const reason of state.reasons.toSorted(compare)) {
    if (reason.muted !== undefined || reason.waitUntilMs !== undefined) continue;
    // The guards of a running hold are asked again when its lease is renewed.
    const barredWhy = reason.person ? undefined : out;
    if (barredWhy === undefined && state.hold?.action === reason.action) return { target: reason, blocked };
    const guard = barredWhy ?? refusal(step, reason);
    const full = guard === undefined ? limits.full(rules.actuator.id, atMs) : undefined;
    const why = guard ?? full?.why;
    if (why === undefined) return { target: reason, blocked };
    reason.limit = full?.key;
    if (full === undefined) delete reason.limit;
    // What still shares a hold is told with the release of that hold.
    if (reason.refused !== why && !reason.joined) {
      ask(step, reason);
      reason.refused = why;
      report(step, { ...actOf(reason), why }, 'refused');
    }
    // Acts that wait for their turn are told together, once for each limit.
    if (guard !== undefined) blocked ??= `${reason.action} is refused: ${guard}`;
  }
  return { blocked };
}

/** Follows the chosen reason; answers what keeps it from doing so. */
function follow(step: Step, target: Reason | undefined, ended: string): string | undefined {
  const { hold } = step.state;
  if (hold !== undefined && target?.action === hold.action) return keep(step, hold);
  if (target !== undefined) {
    start(step, target);
    return undefined;
  }
  const stands = standing(step);
  if (stands !== undefined) {
    if (hold !== undefined && hold.action !== stands) endHold(step, `${stands} stands`);
    return undefined;
  }
  return hold !== undefined || isAway(step) ? release(step, ended) : undefined;
}
